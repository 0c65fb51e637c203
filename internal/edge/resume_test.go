package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Clients are cut off a thousand times at random bytes, by the network, by full
// queues and by edges that restart, while items are delivered, some twice, some
// not at all. In the end each has exactly what its filter matches after the place
// where it began, in order.
func TestAThousandDropsLoseAndRepeatNothing(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { thousandDrops(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

const dropItems = 200

func thousandDrops(t *testing.T, random *rand.Rand) {
	var current atomic.Pointer[Edge]
	options := Options{Ring: 40, Queue: 4, Spread: time.Second}
	h := open(t, options)
	options.History = h.tape
	h.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { current.Load().ServeHTTP(w, r) }))
	current.Store(h.edge)
	var stories []*wire.Release
	for range 30 { // before anyone came
		h.publish(nextItem(random, &stories))
	}

	var drops, calm atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var clients []*dropClient
	var running sync.WaitGroup
	for range 40 {
		c := newDropClient(random, h, &drops, &calm)
		clients = append(clients, c)
		running.Go(func() { c.run(ctx, t) })
	}
	for i := range dropItems {
		time.Sleep(rand.N(8 * time.Second))
		for range 1 + random.IntN(8) { // bursts overflow queues
			it := h.tape.clear2(nextItem(random, &stories))
			if random.IntN(10) > 0 {
				current.Load().Deliver(it, nil)
			}
			if random.IntN(20) == 0 {
				current.Load().Deliver(it, nil)
			}
		}
		if i%40 == 20 {
			old, fresh := current.Load(), New(options)
			fresh.o.Site = old.o.Site
			current.Store(fresh)
			h.edge = fresh
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), rand.N(2*time.Second))
				defer cancel()
				old.Shutdown(ctx)
			}()
		}
	}
	h.publish(story("en", "The end"), wire.Publish)
	calm.Store(1 << 40) // good lines from now on, so that everyone comes to the end
	time.Sleep(10 * time.Minute)
	cancel()
	running.Wait()
	for i, c := range clients {
		want := untold(c.wanted(t, h.tape.items), c.got, h.tape.items)
		for at := range max(len(c.got), len(want)) {
			if at >= len(c.got) || at >= len(want) || c.got[at] != want[at] {
				t.Errorf("client %d (%+v after %d) has %d items, want %d; from place %d on it has %v, want %v", i, c.filter, c.start, len(c.got), len(want), at, c.got[at:min(at+5, len(c.got))], want[at:min(at+5, len(want))])
				break
			}
		}
	}
	if n := drops.Load(); n < 1000 {
		t.Errorf("only %d drops", n)
	} else {
		t.Logf("%d drops, %d items, %d clients", n, len(h.tape.items), len(clients))
	}
}

// untold takes out of what a client wants what a replay rightly kept from it:
// items of a story that was killed afterwards, the kill itself excepted.
func untold(want, got []int64, items []wire.Item) []int64 {
	killed := map[edition]int64{}
	for i := range items {
		if items[i].Action == wire.Kill {
			killed[editionOf(&items[i])] = items[i].Number
		}
	}
	return slices.DeleteFunc(want, func(n int64) bool {
		it := &items[n-1]
		return it.Action != wire.Kill && killed[editionOf(it)] > n && !slices.Contains(got, n)
	})
}

// clear2 is clear as nextItem gives its arguments.
func (p *tape) clear2(r *wire.Release, action wire.Action) wire.Item {
	return p.clear(r, action, time.Now())
}

// nextItem chooses what happens next on the wire: a new story or something about
// an old one.
func nextItem(random *rand.Rand, stories *[]*wire.Release) (*wire.Release, wire.Action) {
	words := []string{"merger", "turbine", "results", "cotton", "harbour"}
	headline := words[random.IntN(len(words))] + " " + words[random.IntN(len(words))]
	if len(*stories) == 0 || random.IntN(4) > 0 {
		languages, sectors := []string{"en", "ar", "fr"}, []string{"energy", "technology", "finance"}
		*stories = append(*stories, story(languages[random.IntN(3)], headline, sectors[random.IntN(3)]))
		return (*stories)[len(*stories)-1], wire.Publish
	}
	chosen := random.IntN(len(*stories))
	r := (*stories)[chosen]
	action := []wire.Action{wire.Update, wire.Correct, wire.Refile, wire.Hold, wire.Unhold, wire.Kill}[random.IntN(6)]
	if action == wire.Update || action == wire.Correct {
		r.Editions[0].Headline, r.Editions[0].Body = headline, []wire.Block{wire.P(headline)}
	}
	if action == wire.Kill { // nothing comes after it
		*stories = slices.Delete(*stories, chosen, chosen+1)
	}
	return r, action
}

// dropClient is a client on a bad line.
type dropClient struct {
	stream client.Stream
	filter match.Filter
	start  int64
	got    []int64
}

func newDropClient(random *rand.Rand, h *house, drops, calm *atomic.Int64) *dropClient {
	c := &dropClient{start: random.Int64N(31)}
	if random.IntN(2) == 0 {
		c.filter.Languages = []string{[]string{"en", "ar", "fr"}[random.IntN(3)]}
	}
	if random.IntN(3) == 0 {
		c.filter.Sectors = []string{"energy", "technology"}[:1+random.IntN(2)]
	}
	c.filter.Text = []string{"", "", "merger", "NOT merger", "turbine"}[random.IntN(5)]
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := h.line.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &badLine{Conn: conn, left: 300 + rand.IntN(12_000) + int(calm.Load()), drops: drops}, nil
	}
	c.stream = client.Stream{
		URL: "http://wire.example", HTTP: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}},
		Filter: client.Filter{Languages: c.filter.Languages, Sectors: c.filter.Sectors, Text: c.filter.Text},
		Last:   fmt.Sprint(c.start), MaxWait: 3 * time.Second,
		Format: []string{"", "headline"}[random.IntN(2)],
	}
	return c
}

func (c *dropClient) run(ctx context.Context, t *testing.T) {
	err := c.stream.Run(ctx, func(e client.Event) error {
		if e.Type != "item" || !json.Valid(e.Data) {
			t.Errorf("event %q after %v: %s", e.Type, c.got, e.Data)
		}
		c.got = append(c.got, e.Number())
		if rand.IntN(20) == 0 {
			time.Sleep(rand.N(2 * time.Second)) // someone slow
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the client ended: %v", err)
	}
}

// wanted computes from the whole wire what the client must have.
func (c *dropClient) wanted(t *testing.T, items []wire.Item) []int64 {
	t.Helper()
	q, err := match.FromFilter(c.filter)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	reached := map[wire.ReleaseID]bool{} // some version so far matched
	for _, it := range items {
		// Every story here begins with a text, so a withdrawal reaches exactly
		// those whom a version before it reached.
		if !it.Action.Withdraws() && q.Matches(match.NewDocument(&it)) {
			reached[it.Release] = true
		}
		if reached[it.Release] && it.Number > c.start {
			numbers = append(numbers, it.Number)
		}
	}
	return numbers
}

// badLine breaks after so many bytes.
type badLine struct {
	net.Conn
	left  int
	drops *atomic.Int64
}

func (b *badLine) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.drops.Add(1)
		b.Conn.Close()
		return 0, errors.New("the line broke")
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// shelf is the real store as History.
type shelf struct{ *store.Store }

func (s shelf) Items(ctx context.Context, after int64, limit int) (items []wire.Item, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error { items, err = tx.ItemsAfter(after, limit); return err })
	return items, err
}

func (s shelf) Last(ctx context.Context) (n int64, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error { n, err = tx.LastNumber(); return err })
	return n, err
}

func (s shelf) Kills(ctx context.Context) (items []wire.Item, err error) {
	err = s.Read(ctx, func(tx *store.Tx) error { items, err = tx.Kills(); return err })
	return items, err
}

func TestAnEdgeOverTheStoreServesTheWholeWire(t *testing.T) {
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "wire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	clearItem := func(r *wire.Release, action wire.Action, prior *wire.Item) wire.Item {
		it := wire.NewItem(r, &r.Editions[0], action, prior, time.Now(), wire.Amendment{})
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.AddItem(&it, func(*wire.Item) {}) }); err != nil {
			t.Fatal(err)
		}
		return it
	}
	merger := story("en", "A merger")
	first := clearItem(merger, wire.Publish, nil)
	for range 5 {
		clearItem(story("fr", "Une fusion"), wire.Publish, nil)
	}
	h := open(t, Options{History: shelf{db}, Ring: 3, Site: format.Site{}})
	if after, err := h.edge.Start(t.Context()); after != 6 || err != nil {
		t.Fatalf("start: %d, %v", after, err)
	}
	r := h.get(t, "after=0&q=merger").opened(0)
	r.want(item(1)) // a replay that begins after the kill would pass it over
	h.edge.Deliver(clearItem(merger, wire.Kill, &first), nil)
	wantKill := func(r *reader) {
		for { // a place may be told on the way
			if b := r.block(); b == item(7) {
				return
			} else if !strings.HasPrefix(b, "id: ") || strings.Contains(b, "event") {
				t.Fatalf("%q", b)
			}
		}
	}
	wantKill(r)

	// Who comes later is told of the kill and of nothing before it; a new edge,
	// which has the kill from the store alone, says the same.
	wantKill(h.get(t, "after=0&q=merger").opened(0))
	later := open(t, Options{History: shelf{db}, Ring: 3, Site: format.Site{}})
	if _, err := later.edge.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantKill(later.get(t, "after=0&q=merger").opened(0))
}
