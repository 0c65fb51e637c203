package leader_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// clock is a monotonic clock that the test moves.
type clock struct{ at time.Duration }

func (c *clock) since() time.Duration { return c.at }

func enter(s *store.Store, c *clock, process string, sole bool) *leader.Leader {
	return leader.New(s, "lift", process, sole, c.since, slog.New(slog.DiscardHandler))
}

func TestOneLeadsUntilItIsSilent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := &clock{}
		first, second := enter(s, c, "a", false), enter(s, c, "b", false)
		if !first.Leads(t.Context()) || second.Leads(t.Context()) {
			t.Fatal("not the first alone")
		}
		for range 10 { // while the first shows that it lives, nobody else leads
			c.at += leader.LeaseTime / 2
			if !first.Leads(t.Context()) || second.Leads(t.Context()) {
				t.Fatal("the lease passed on although its holder lives")
			}
		}
		c.at += leader.LeaseTime - 1
		if second.Leads(t.Context()) {
			t.Error("taken before the lease was over")
		}
		c.at++
		if !second.Leads(t.Context()) {
			t.Error("not taken from one that is silent")
		}
		if first.Leads(t.Context()) || first.Held().Term != 0 {
			t.Error("the former leader does not know that it was replaced")
		}
		if second.Held().Term != 2 {
			t.Errorf("term %d", second.Held().Term)
		}
	})
}

func TestALeaseThatWasGivenUpIsNotWaitedOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := &clock{}
		first, second := enter(s, c, "a", false), enter(s, c, "b", false)
		first.Leads(t.Context())
		second.Leads(t.Context())
		first.Resign(t.Context())
		if !second.Leads(t.Context()) {
			t.Error("the next has to wait")
		}
	})
}

// Who has watched a holder's silence need not begin to watch when it challenges.
func TestWhoHasWatchedTakesOverAtOnce(t *testing.T) {
	s := storetest.SQLite(t)
	c := &clock{}
	first, second, late := enter(s, c, "a", false), enter(s, c, "b", false), enter(s, c, "c", false)
	first.Leads(t.Context())
	second.Watch(t.Context())
	c.at += leader.LeaseTime
	if late.Leads(t.Context()) {
		t.Error("taken by one that has seen nothing of its silence")
	}
	if !second.Leads(t.Context()) {
		t.Error("not taken by one that has")
	}
}

func TestWhoIsAloneTakesADeadOnesLease(t *testing.T) {
	s := storetest.SQLite(t)
	c := &clock{}
	enter(s, c, "dead", false).Leads(t.Context())
	if !enter(s, c, "new", true).Leads(t.Context()) {
		t.Error("waits for nobody")
	}
}

// A store that gives errors costs nobody the lead: nobody can have taken it. The log
// tells of a store that does not answer in time, not of a process that ends.
func TestAStoreThatFailsCostsNoTerm(t *testing.T) {
	s := storetest.SQLite(t)
	var said bytes.Buffer
	l := leader.New(s, "lift", "a", false, new(clock).since, slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn})))
	l.Leads(t.Context())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	for _, x := range []struct {
		ctx  context.Context
		told int // how often
	}{{ended, 0}, {late, 1}} {
		said.Reset()
		if l.Leads(x.ctx) {
			t.Errorf("%v: leads although it cannot tell", x.ctx.Err())
		}
		if strings.Count(said.String(), "cannot tell who leads") != x.told {
			t.Errorf("%v: says %q", x.ctx.Err(), said.String())
		}
		if !l.Leads(t.Context()) || l.Held().Term != 1 {
			t.Errorf("%v: afterwards: %+v", x.ctx.Err(), l.Held())
		}
	}
}

// What a leader does proves in its own transaction that it still leads.
func TestAReplacedLeaderIsRefusedInItsOwnTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := &clock{}
		first, second := enter(s, c, "a", false), enter(s, c, "b", false)
		first.Leads(t.Context())
		second.Watch(t.Context())
		c.at += leader.LeaseTime
		second.Leads(t.Context())
		err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.HoldLease(first.Held()) })
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Kind != wire.Conflict || e.Field != "lift" {
			t.Errorf("the former leader: %v", err)
		}
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.HoldLease(second.Held()) }); err != nil {
			t.Errorf("the leader: %v", err)
		}
	})
}
