package wirestream

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/embargo"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/story"
)

// AheadPath is where the edge is asked for its stream with texts ahead of their
// clear time.
const AheadPath = Path + "?seal=1"

// Ahead is an edge that sends texts ahead of their clear time, sealed, and at it the
// key. Where the store would be, seals are in memory.
type Ahead struct {
	*Edge
	keys  *seal.Keyring
	shelf shelf
	wake  chan struct{}
	size  int // of the newest event with a key
}

// OpenAhead starts one with its keys in a folder. The caller closes it.
func OpenAhead(ctx context.Context, dir string) (*Ahead, error) {
	keys, err := seal.OpenKeyring(dir)
	if err != nil {
		return nil, err
	}
	a := &Ahead{keys: keys, wake: make(chan struct{}, 1)}
	a.shelf.key = keys.PublicKey()
	if a.Edge, err = open(&edge.Options{Advances: &a.shelf}); err != nil {
		return nil, err
	}
	ctx, a.stop = context.WithCancel(ctx)
	a.following = make(chan struct{})
	go func() {
		defer close(a.following)
		a.edge.FollowSeals(ctx, a.wake)
	}()
	return a, nil
}

// Prepare seals an item and begins to send the seal to everyone. What it returns
// gives the edge the key, and nothing else.
func (a *Ahead) Prepare(it wire.Item) (func(context.Context) error, error) {
	l, err := lift(&it, a.keys)
	if err != nil {
		return nil, err
	}
	a.size = len(frame.Events.Key(it.Number, l.key))
	a.tape.add(l.cleared)
	a.shelf.put(l.sealed)
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return func(context.Context) error {
		a.edge.TakeKey(l.key)
		return nil
	}, nil
}

// lifted is an item that is sent ahead and then cleared.
type lifted struct {
	sealed  store.Advance
	cleared wire.Item
	key     []byte // signed message
}

func lift(it *wire.Item, keys *seal.Keyring) (l lifted, err error) {
	s := advance.NewSecret()
	if l.sealed, err = embargo.Make(it, s, story.Site, keys); err != nil {
		return l, fmt.Errorf("item %d: %w", it.Number, err)
	}
	l.cleared = it.Cleared(it.Number, wire.NewItemID(), time.Now().UTC().Truncate(time.Microsecond), "", "")
	l.cleared.Hash = l.cleared.ContentHash()
	l.cleared.Signature = keys.Sign(l.cleared.Hash)
	key, err := embargo.KeyTo(&l.cleared, s)
	if err != nil {
		return l, fmt.Errorf("item %d: %w", it.Number, err)
	}
	l.key = key.Message()
	return l, nil
}

// Size is that of the newest event with a key.
func (a *Ahead) Size() int { return a.size }

// Opening is what a desktop does with the key to an item that it was sent ahead: it
// opens the text and makes every check.
func Opening(it *wire.Item) (func() error, error) {
	dir, err := os.MkdirTemp("", "wireroom-bench-keys-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	keys, err := seal.OpenKeyring(dir)
	if err != nil {
		return nil, err
	}
	l, err := lift(it, keys)
	if err != nil {
		return nil, err
	}
	sealed, err := advance.ParseSeal(l.sealed.Seal, keys.PublicKey())
	if err != nil {
		return nil, err
	}
	return func() error {
		key, err := advance.ParseKey(l.key)
		if err == nil {
			_, err = key.Open(sealed, l.sealed.Sealed, keys.PublicKey())
		}
		return err
	}, nil
}

// shelf is the seals there are.
type shelf struct {
	key ed25519.PublicKey

	mu  sync.Mutex
	all []store.Advance
}

func (s *shelf) put(a store.Advance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, a)
}

// List returns them all.
func (s *shelf) List(context.Context) ([]store.Advance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]store.Advance, len(s.all))
	for i := range s.all {
		list[i].ID = s.all[i].ID
	}
	return list, nil
}

// Get returns one.
func (s *shelf) Get(_ context.Context, id string) (store.Advance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.all {
		if s.all[i].ID == id {
			return s.all[i], nil
		}
	}
	return store.Advance{}, wire.Errorf(wire.NotFound, id, "there is no such seal")
}

// Key is what they are signed with.
func (s *shelf) Key(context.Context) (ed25519.PublicKey, error) { return s.key, nil }
