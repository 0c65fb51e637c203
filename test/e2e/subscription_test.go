package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// A search that is saved while the wire runs brings the very next release, and
// one that is ended brings no more; what it brought is amended to the end.
func TestASavedSearchBringsTheNextRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	house := rig.OpenHouse(t, 0, 0, false)
	w := rig.Start(t, rig.Options{Data: t.TempDir(), Args: []string{"--smtp", house.Relay.URL()}})
	publish := func(s rig.Submission) wire.ReleaseID {
		t.Helper()
		r, err := w.Publish(t.Context(), s, "")
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	matched := func(id wire.ReleaseID, mails, hooks int) {
		t.Helper()
		var r rig.Report
		rig.Wait(t, 30*time.Second, "release "+string(id)+" with everyone", func() (err error) {
			if r, err = w.Report(t.Context(), id); err == nil && !r.Settled() {
				err = fmt.Errorf("it is under way: %s", r)
			}
			return err
		})
		m, accepted := r.By(wire.ByMail)
		h, taken := r.By(wire.ByWebhook)
		if m != mails || accepted != mails || h != hooks || taken != hooks {
			t.Errorf("%d letters, %d webhooks; want %d, %d: %s", accepted, taken, mails, hooks, r)
		}
	}
	matched(publish(rig.Story("before", "en")), 0, 0)

	ask := func(in map[string]any) int64 {
		t.Helper()
		s, err := w.Subscribe(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	letters := ask(map[string]any{"query": "lang:en after", "channel": "mail", "new_contact": map[string]any{"name": "Layla", "email": "layla@press.example", "language": "en"}})
	ask(map[string]any{"query": "lang:ja", "channel": "webhook", "address": house.Hooks.Base() + "/hook/1", "secret": rig.Secret, "new_outlet": map[string]any{"name": "Kitahama Shimbun"}})
	wanted := publish(rig.Story("after", "en"))
	matched(wanted, 1, 0)
	matched(publish(rig.Story("after", "ja")), 0, 1)

	if err := w.Unsubscribe(t.Context(), letters); err != nil {
		t.Fatal(err)
	}
	matched(publish(rig.Story("after again", "en")), 0, 0)
	r, err := w.Release(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Act(t.Context(), wanted, wire.DoKill, r.Revision, "It was not true.", nil); err != nil {
		t.Fatal(err)
	}
	matched(wanted, 2, 0) // the story, and that it is withdrawn
}
