package edge

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// History is the wire as it stands in the store. Everything the bus brings is
// already in it. It must be safe for concurrent use.
type History interface {
	// Items returns up to limit items with a wire number above after, ascending
	// and without gaps, except that the oldest may be kept no longer. Text of a
	// story that was killed since may have been taken out.
	Items(ctx context.Context, after int64, limit int) ([]wire.Item, error)
	// Last returns the highest wire number; 0 before the first.
	Last(ctx context.Context) (int64, error)
	// Kills returns the kill of every edition that was killed.
	Kills(ctx context.Context) ([]wire.Item, error)
}

// ErrOlder is returned by a History, wrapped, when what is asked for is kept at
// another place that does not answer at this moment. Who resumes comes back later;
// an amendment does not wait for it and goes to everyone.
var ErrOlder = errors.New("edge: the older items cannot be read at this moment")

// Options of an Edge. History is required; zero values of the others choose
// what is said with them.
type Options struct {
	History  History
	Name     string                // of this edge among all that ever were, in receipts
	Site     format.Site           // for the links in items
	Log      *slog.Logger          // nil discards
	Registry prometheus.Registerer // nil: the figures are kept but not shown
	Now      func() time.Time      // wall clock, for delays since the clear time; nil for time.Now

	Ring  int // newest items kept in memory for resuming; 0 for 1,024
	Reach int // newest items that a connection may resume over; 0 for 100,000
	Queue int // items waiting for one connection before it is cut off; 0 for 256

	// Admit says on whose behalf a request comes. A Forbidden error refuses it with
	// 401; after any other but Invalid it is to come back. nil: nobody in particular.
	Admit func(*http.Request) (Visitor, error)
	// Ended says which of the rights under which something is open are none any more;
	// an error that nobody could look. It is asked every Recheck. nil: they never end.
	Ended   func(context.Context, []Right) ([]Right, error)
	Recheck time.Duration // 0 for 15 s
	// Client is the address that a request comes from, for MaxPerAddress; nil for
	// that of the connection. It must be safe for concurrent use.
	Client func(*http.Request) string

	MaxConnections int // 0 for 100,000
	MaxRate        int // connections made in a second, by all; 0 for no limit
	MaxPerVisitor  int // connections of a visitor that says nothing else, and how fast they may be made; 0 for no limit
	MaxPerAddress  int // those of an address, of visitors without a name; 0 for no limit

	Heartbeat    time.Duration // longest silence; 0 for 15 s
	WriteTimeout time.Duration // for one write to a connection; 0 for 10 s
	Retry        time.Duration // reconnection time, up to half of it more; 0 for 2 s
	Spread       time.Duration // over which Shutdown sends connections away; 0 for 5 s

	// Advances are the texts that are sent ahead, sealed, to who asks for it; nil
	// for none.
	Advances Advances

	// Parameters are further query parameters to accept and leave alone: those
	// that layers outside read, such as a short-lived token.
	Parameters []string
}

// Edge is one live edge. Its methods are safe for concurrent use.
type Edge struct {
	o      Options
	render func(encoding, *wire.Item) ([]byte, error) // JSON of an item; tests replace it
	meters *meters

	ctx       context.Context // ends when Shutdown is over
	cancel    context.CancelFunc
	closing   chan struct{} // closed when Shutdown begins
	shutOnce  sync.Once
	replays   chan struct{} // limits concurrent reads of History by connections
	unsealing chan struct{} // limits how many seals are opened at a time
	width     int           // how many shards there are, once there are any
	tick      time.Duration // of the shards

	delivering sync.Mutex  // held by whoever appends to the ring; taken before mu
	wanted     int64       // by delivering: highest number the bus has brought
	again      *time.Timer // by delivering: next attempt to fetch what is missing
	delivered  atomic.Int64
	shown      atomic.Uint64                     // bits of the views that the newest item was shown in; see foresee
	key        atomic.Pointer[ed25519.PublicKey] // that seals are signed with; nil until it is known
	openings   openings                          // what keys have opened; has a lock of its own, the last to be taken
	pages      pages                             // of the past; has a lock of its own, the last to be taken
	matched    []wire.SubscriptionID             // by delivering: room for groups that want an item

	mu          sync.Mutex // guards all below; never held during I/O or a write to a connection
	started     bool
	ring        ring
	tallies     tallies
	index       *match.Index
	groups      map[string]*group // by what they want
	numbers     groupNumbers
	whole       *group // that wants everything, and so is in no index; nil if nobody does
	round       uint64 // of items that were published
	open        int
	rush        rush
	passes      map[passKey]*pass    // of the connections there are
	accounts    map[string]*account  // by name; those that left, too, for a while
	accountRoom int                  // above so many it is looked whether some can be forgotten
	pace        bucket               // of MaxRate
	killed      map[edition]bool     // editions that a replay tells no more of than their kill
	shards      []*shard             // nil before the first connection that one can serve
	turn        int                  // of the shards
	held        map[advance.ID]*held // what is sent ahead by now
	idle        chan struct{}        // closed when the last connection ended during Shutdown
}

// New returns an edge that has read nothing yet; see Start.
func New(o Options) *Edge {
	fill := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	fill(&o.Ring, 1024)
	fill(&o.Reach, 100_000)
	fill(&o.Queue, 256)
	fill(&o.MaxConnections, 100_000)
	wait := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	wait(&o.Heartbeat, 15*time.Second)
	wait(&o.WriteTimeout, 10*time.Second)
	wait(&o.Retry, 2*time.Second)
	wait(&o.Spread, 5*time.Second)
	wait(&o.Recheck, 15*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = remoteHost
	}
	e := &Edge{
		o: o, meters: newMeters(o.Registry),
		closing: make(chan struct{}), replays: make(chan struct{}, 8), idle: make(chan struct{}),
		ring: newRing(o.Ring), index: match.NewIndex(),
		groups: map[string]*group{},
		passes: map[passKey]*pass{}, accounts: map[string]*account{}, accountRoom: o.MaxConnections,
		held: map[advance.ID]*held{},
	}
	e.width = runtime.GOMAXPROCS(0)
	e.unsealing = make(chan struct{}, e.width)
	e.tick = max(time.Millisecond, min(o.Heartbeat/60, o.WriteTimeout/8, o.Spread/16))
	e.render = e.encode
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// Start reads the newest items from History and returns the wire number after
// which to follow the bus. It is idempotent. Who does not call it has it done
// by the first Deliver or connection. Errors are those of History.
func (e *Edge) Start(ctx context.Context) (after int64, err error) {
	e.delivering.Lock()
	defer e.delivering.Unlock()
	if err := e.start(ctx); err != nil {
		return 0, err
	}
	return e.delivered.Load(), nil
}

// start is Start for those who hold delivering.
func (e *Edge) start(ctx context.Context) error {
	e.mu.Lock()
	started := e.started
	e.mu.Unlock()
	if started {
		return nil
	}
	last, err := e.o.History.Last(ctx)
	if err != nil {
		return fmt.Errorf("edge: last wire number: %w", err)
	}
	kills, err := e.o.History.Kills(ctx)
	if err != nil {
		return fmt.Errorf("edge: kills: %w", err)
	}
	fresh := newRing(e.o.Ring)
	fresh.last = max(0, last-int64(e.o.Ring))
	fresh.first = fresh.last + 1
	for fresh.last < last {
		items, err := e.o.History.Items(ctx, fresh.last, pageSize)
		if err != nil {
			return fmt.Errorf("edge: items after %d: %w", fresh.last, err)
		}
		if len(items) == 0 {
			return wire.Errorf(wire.Unavailable, "history", "items %d to %d are not there yet", fresh.last+1, last)
		}
		for i := range items {
			it, err := e.newEntry(ctx, &items[i], &fresh)
			if err != nil {
				return err
			}
			fresh.push(it)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.killed = make(map[edition]bool, len(kills))
	for i := range kills {
		e.killed[editionOf(&kills[i])] = true
	}
	e.ring, e.started = fresh, true
	e.delivered.Store(fresh.last)
	return nil
}

// ready makes sure the edge has started, for a connection.
func (e *Edge) ready(ctx context.Context) error {
	e.mu.Lock()
	started := e.started
	e.mu.Unlock()
	if started {
		return nil
	}
	_, err := e.Start(ctx)
	return err
}

// Shutdown sends every connection away, spread over Options.Spread so that they
// do not come back to the others at one moment, each with its own reconnection
// time. New ones are sent away at once; those still there are served meanwhile.
// It returns when the last has ended, or when ctx ends: then it cuts the rest
// off and returns the context's error. Call it before http.Server.Shutdown, which
// waits for streams without telling them.
func (e *Edge) Shutdown(ctx context.Context) error {
	e.shutOnce.Do(func() {
		e.mu.Lock()
		close(e.closing)
		if e.open == 0 {
			close(e.idle)
		}
		e.mu.Unlock()
	})
	defer e.stop()
	select {
	case <-e.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Edge) stop() {
	e.cancel()
	e.delivering.Lock()
	defer e.delivering.Unlock()
	if e.again != nil {
		e.again.Stop()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rush.stop()
}

// shuttingDown reports whether Shutdown has begun.
func (e *Edge) shuttingDown() bool {
	select {
	case <-e.closing:
		return true
	default:
		return false
	}
}

// spread returns d and up to half of it more.
func spread(d time.Duration) time.Duration { return d + rand.N(d/2+1) }
