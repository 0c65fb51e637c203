package streamserver_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/wireroom/wireroom/test/bench/limits"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/streamload"
	"github.com/wireroom/wireroom/test/bench/streamserver"
	"github.com/wireroom/wireroom/test/bench/wirestream"
)

// control serves the control of a server.
func control(t *testing.T, s streamserver.Server) process.Control {
	t.Helper()
	c := httptest.NewServer(streamserver.Control(s))
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return process.Control(c.URL)
}

// join connects desktops to a server.
func join(t *testing.T, s streamserver.Server, o streamload.Options) *streamload.Load {
	t.Helper()
	o.Server = netip.MustParseAddrPort(s.Address())
	l, err := streamload.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := l.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// publish publishes rounds and waits until everyone who wants them has them.
func publish(t *testing.T, c process.Control, rounds, groups int, loads ...*streamload.Load) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for round := range rounds {
		size := 2_000 + 18_000*(round%2)
		var p streamserver.Published
		if err := c.Post(ctx, fmt.Sprintf("/publish?round=%d&size=%d&groups=%d", round, size, groups), &p); err != nil {
			t.Fatal(err)
		}
		if p.Number != int64(round+1) || p.Size < size*95/100 || p.Began == 0 || p.Used.CPU == 0 {
			t.Errorf("round %d: %+v", round, p)
		}
		for _, l := range loads {
			l.Await(ctx, round)
			if got := l.Receipts(round); len(got.Times) != got.Expected || got.Expected == 0 {
				t.Fatalf("round %d: %d of %d, missing %v: %s", round, len(got.Times), got.Expected, got.Missing, l.Count(round).Complaint)
			}
		}
	}
}

func TestEveryServerReachesEveryDesktop(t *testing.T) {
	for name, s := range map[string]struct {
		path string
		open func() (streamserver.Server, error)
	}{
		"edge":       {wirestream.Path, func() (streamserver.Server, error) { return wirestream.Open(t.Context(), "") }},
		"hub":        {others.StreamPath, func() (streamserver.Server, error) { return others.OpenHub() }},
		"centrifuge": {others.CentrifugePath(), func() (streamserver.Server, error) { return others.OpenCentrifuge() }},
		"raw":        {"/", func() (streamserver.Server, error) { return limits.OpenStreams() }},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := s.open()
			if err != nil {
				t.Fatal(err)
			}
			c := control(t, server)
			l := join(t, server, streamload.Options{Desktops: 50, Paths: []string{s.path}})
			publish(t, c, 4, 0, l)
			if got := l.Count(4); got != (streamload.Count{Expected: 200}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestDesktopsWithAFilterEachGetWhatTheyAskedFor(t *testing.T) {
	server, err := wirestream.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := control(t, server)
	l := join(t, server, streamload.Options{Desktops: 40, Groups: 5, Paths: []string{
		wirestream.Path + "?q=" + story.GroupWord("{group}") + "+OR+tisch{desktop}",
		wirestream.Path + "?org=Halden+Gruppe+{group}+ASA&org=Tisch+{desktop}",
	}})
	publish(t, c, 10, 5, l)
	if got := l.Count(10); got != (streamload.Count{Expected: 80}) {
		t.Errorf("%+v", got)
	}
	var receipt streamserver.Receipt
	if err := c.Get(t.Context(), "/receipt?number=1", &receipt); err != nil || receipt.Offered != 8 {
		t.Errorf("%+v: %v", receipt, err)
	}
}

func TestEdgesBehindABusReachEveryDesktop(t *testing.T) {
	bus, err := wirestream.OpenBus(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := control(t, bus)
	var loads []*streamload.Load
	for i := range 3 {
		server, err := wirestream.Open(t.Context(), bus.Address())
		if err != nil {
			t.Fatal(err)
		}
		control(t, server)
		loads = append(loads, join(t, server, streamload.Options{Desktops: 20, First: 20 * i, Paths: []string{wirestream.Path}}))
	}
	publish(t, c, 4, 0, loads...)
	for _, l := range loads {
		if got := l.Count(4); got != (streamload.Count{Expected: 80}) {
			t.Errorf("%+v", got)
		}
	}
}
