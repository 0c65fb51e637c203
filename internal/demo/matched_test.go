package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/demo/directory"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// audience is the whole directory, ready to be asked who wants an item.
type audience struct {
	index   *match.Index
	outlets int
}

func wholeAudience(t *testing.T) audience {
	t.Helper()
	d := Generate(Size{Outlets: directory.DefaultOutlets, Contacts: directory.DefaultContacts}, "http://127.0.0.1:9999")
	a := audience{index: match.NewIndex(), outlets: len(d.Outlets)}
	for _, s := range d.Subscriptions {
		q, err := match.Parse(s.Query)
		if err != nil {
			t.Fatalf("%s: %v", s.Query, err)
		}
		if err := a.index.Put(s.ID, q); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// want counts who wants an edition of a release.
func (a audience) want(r *wire.Release, e *wire.Edition) (outlets, contacts int) {
	it := wire.NewItem(r, e, wire.Publish, nil, time.Unix(0, 0), wire.Amendment{})
	for _, id := range a.index.Match(match.NewDocument(&it)) {
		if int(id) <= a.outlets {
			outlets++
		} else {
			contacts++
		}
	}
	return outlets, contacts
}

// The demo should show a wire at work: each release reaches thousands, and
// nobody is flooded.
func TestTheDirectoryWantsTheReleases(t *testing.T) {
	a := wholeAudience(t)
	t.Run("every release finds its readers", func(t *testing.T) {
		releases, err := Releases()
		if err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		mails := 0
		for _, r := range releases {
			for i := range r.Editions {
				e := &r.Editions[i]
				outlets, contacts := a.want(r, e)
				fmt.Fprintf(&table, "%-8s %5d contacts %5d outlets  %.60s\n", e.Language, contacts, outlets, e.Headline)
				if contacts < 2000 || outlets < 200 {
					t.Errorf("%s: %q reaches %d contacts and %d outlets only", e.Language, e.Headline, contacts, outlets)
				}
				mails += contacts
			}
		}
		per := float64(mails) / directory.DefaultContacts
		t.Logf("\n%s%d mails, %.2f per contact", table.String(), mails, per)
		if per < 1 || per > 1.5 {
			t.Errorf("%.2f mails per contact", per)
		}
	})
	// What a provider sends for the general desks names no industry; the Arabic
	// desks must still get it.
	t.Run("general Arabic news reaches the general desks", func(t *testing.T) {
		r := &wire.Release{
			Facets:   wire.Facets{Priority: wire.Ordinary, Sectors: []string{"top-story", "daily-news"}},
			Editions: []wire.Edition{{Language: "ar", Headline: "افتتاح جسر للمشاة", Body: []wire.Block{wire.P("افتتح الأهالي جسرًا جديدًا للمشاة بعد ثلاث سنوات.")}}},
		}
		outlets, contacts := a.want(r, &r.Editions[0])
		t.Logf("%d contacts, %d outlets", contacts, outlets)
		if outlets < 200 || contacts < 2000 {
			t.Errorf("%d contacts and %d outlets", contacts, outlets)
		}
	})
}
