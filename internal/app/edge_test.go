package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/wire"
)

// nats is an external bus on loopback.
func nats(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "outside", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		MaxPayload: 8 << 20, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not come up")
	}
	return s.ClientURL()
}

// tail follows a wire's live stream until it has an item with a number, and
// returns the numbers of all items that came.
func tail(t *testing.T, url, after string, until int64, joined func()) (numbers []int64) {
	t.Helper()
	done := errors.New("done")
	s := client.Stream{URL: url, Last: after, Format: "headline"}
	if joined != nil {
		s.HTTP = &http.Client{Transport: &announced{then: joined}}
	}
	err := s.Run(t.Context(), func(e client.Event) error {
		if e.Type == "item" {
			numbers = append(numbers, e.Number())
		}
		if e.Number() >= until {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Errorf("the stream of %s ended: %v", url, err)
	}
	return numbers
}

// announced says when the answer has begun.
type announced struct{ then func() }

func (a *announced) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		go a.then()
	}
	return resp, err
}

func TestAnEdgeWithoutADatabaseServesTheWireAndItsReceiptsAreKept(t *testing.T) {
	bus, data := nats(t), t.TempDir()
	home, stopHome := run(t, Config{Data: filepath.Join(data, "home"), HTTP: "127.0.0.1:0", NATS: bus, Mail: Mail{DKIM: []string{"ed25519"}}})
	defer stopHome()
	editor := wire.Actor{Name: "e", Role: wire.RoleEditor}
	publish := func(headline string) wire.ReleaseID {
		r := &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: headline, Body: []wire.Block{wire.P("Text.")}}}, Facets: wire.Facets{Sectors: []string{"energy"}}}
		done, err := home.Desk.Publish(t.Context(), editor, r, desk.Submission{})
		if err != nil {
			t.Fatal(err)
		}
		return done.ID
	}
	for range 3 {
		publish("Before anyone came")
	}
	tail(t, home.LocalURL(), "0", 3, nil) // they are on the stream

	region, stopRegion := run(t, Config{Data: filepath.Join(data, "region"), HTTP: "127.0.0.1:0", NATS: bus, Origin: home.LocalURL(), Roles: []Role{Edge}})
	if region.Store != nil {
		t.Fatal("it has a database")
	}
	var live wire.ReleaseID
	if got := tail(t, region.LocalURL(), "2", 4, func() { live = publish("Live news") }); len(got) != 2 || got[0] != 3 {
		t.Errorf("got %v", got)
	}
	for path, want := range map[string]int{"/readyz": 200, "/metrics": 200, "/v1/items": 404, "/en/": 404} {
		if status, body := get(t, region.LocalURL()+path); status != want {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
	}
	if _, _, err := home.Desk.Do(t.Context(), editor, live, desk.Act{Verb: wire.DoKill, Reason: "It was wrong."}); err != nil {
		t.Fatal(err)
	}
	tail(t, region.LocalURL(), "4", 5, nil) // the kill is there
	if got := tail(t, region.LocalURL(), "0", 5, nil); len(got) != 4 || got[3] != 5 {
		t.Errorf("after the kill a replay tells %v", got)
	}
	stopRegion() // which tells what it has not told yet

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, home.LocalURL()+"/v1/releases/"+string(live)+"/report", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+home.auth.Local())
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var report api.ReportView
	if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
		t.Fatal(err)
	}
	if len(report.Items) != 2 || len(report.Live) == 0 || report.Live[0].Number != 4 || report.Live[0].Sent+report.Live[0].Replayed == 0 {
		t.Errorf("the report says %+v", report)
	}
}

func TestAnEdgeNeedsTheStreamOrADatabase(t *testing.T) {
	c := Config{Data: t.TempDir(), HTTP: "127.0.0.1:0", NATS: nats(t), Roles: []Role{Edge}}
	if _, err := Open(context.Background(), c); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("there is no stream yet: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "wire.db")); err == nil {
		t.Error("it made a database of its own")
	}
	c = Config{Origin: "https://wire.example"}
	if err := c.Complete(); wire.KindOf(err) != wire.Invalid {
		t.Errorf("an origin of a whole wire: %v", err)
	}
}
