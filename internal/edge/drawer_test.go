package edge

import (
	"context"
	"crypto/ed25519"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/embargo"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// drawer is Advances in memory, for tests in synthetic time. What is on it is made
// by package embargo.
type drawer struct {
	t    testing.TB
	keys *seal.Keyring
	tape *tape
	site format.Site

	mu   sync.Mutex
	rows []store.Advance
	err  error
}

// sealed is a text in the drawer.
type sealed struct {
	drawer *drawer
	item   wire.Item
	seal   advance.Seal
	secret advance.Secret
}

func (s *drawer) List(context.Context) ([]store.Advance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []store.Advance
	for _, a := range s.rows {
		list = append(list, store.Advance{ID: a.ID, Due: a.Due, Ends: a.Ends})
	}
	return list, s.err
}

func (s *drawer) Get(_ context.Context, id string) (store.Advance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.rows {
		if a.ID == id {
			return a, s.err
		}
	}
	return store.Advance{}, wire.Errorf(wire.NotFound, id, "there is none")
}

func (s *drawer) Key(context.Context) (ed25519.PublicKey, error) { return s.keys.PublicKey(), nil }

// put seals a story that goes out at once.
func (s *drawer) put(r *wire.Release) *sealed {
	s.t.Helper()
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, time.Time{}, wire.Amendment{}).Uncleared()
	x := &sealed{drawer: s, item: it, secret: advance.NewSecret()}
	a, err := embargo.Make(&it, x.secret, s.site, s.keys)
	s.must(err)
	x.seal, err = advance.ParseSeal(a.Seal, s.keys.PublicKey())
	s.must(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, a)
	return x
}

func (s *drawer) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// end takes a text from the drawer.
func (x *sealed) end() {
	x.drawer.mu.Lock()
	defer x.drawer.mu.Unlock()
	x.drawer.rows = slices.DeleteFunc(x.drawer.rows, func(a store.Advance) bool { return a.ID == x.seal.ID.String() })
}

// lift clears it, as the desk does, and returns the item and what it says to all.
func (x *sealed) lift() (wire.Item, []byte) {
	s := x.drawer
	s.t.Helper()
	s.tape.mu.Lock()
	defer s.tape.mu.Unlock()
	it := x.item.Cleared(int64(len(s.tape.items))+1, wire.NewItemID(), time.Now().UTC().Truncate(time.Microsecond), "", "")
	it.Hash = it.ContentHash()
	it.Signature = s.keys.Sign(it.Hash)
	s.tape.items = append(s.tape.items, it)
	text, err := ninjs.Line(&it, s.site)
	s.must(err)
	return it, text
}

// key is the key to an item.
func (x *sealed) key(it *wire.Item) []byte {
	s := x.drawer
	s.t.Helper()
	k, err := embargo.KeyTo(it, x.secret)
	s.must(err)
	return k.Message()
}

// newDrawer returns the options of an edge with a drawer over a tape.
func newDrawer(t testing.TB, p *tape) (*drawer, Options) {
	t.Helper()
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &drawer{t: t, keys: keys, tape: p, site: format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}}
	return s, Options{History: p, Advances: s, Site: s.site}
}

// follow keeps an edge's seals for the length of a test; the function makes it look.
func (s *drawer) follow(t testing.TB, e *Edge) (look func()) {
	ctx, cancel := context.WithCancel(context.Background())
	wake := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { e.FollowSeals(ctx, wake) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return func() { wake <- struct{}{} }
}
