package courier

import (
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// fences hold back the versions of an edition that a newer one, a hold or a kill
// has overtaken. A fence stands for as long as somebody holds it: whoever has
// seen an item, until what it overtakes was looked for, and every open batch of
// its edition. Safe for concurrent use.
type fences struct {
	mu sync.RWMutex
	of map[edition]fence
}

// fence is the newest item that is known of an edition, and how many hold it.
type fence struct {
	number int64
	held   int
}

type edition struct {
	release  wire.ReleaseID
	language string
}

// hold raises the fence of an item's edition to it. Raising and holding are one:
// a fence that was raised alone would be gone when the last other one lets go.
func (f *fences) hold(it *wire.Item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil {
		f.of = map[edition]fence{}
	}
	e := edition{it.Release, it.Language}
	one := f.of[e]
	one.number = max(one.number, it.Number)
	one.held++
	f.of[e] = one
}

// release takes one hold back, of any item of the edition. With the last the
// fence is gone: there is nothing behind it.
func (f *fences) release(it *wire.Item) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := edition{it.Release, it.Language}
	one := f.of[e]
	if one.held--; one.held <= 0 {
		delete(f.of, e)
		return
	}
	f.of[e] = one
}

// overtaken reports whether a newer item of its edition holds an item back.
func (f *fences) overtaken(it *wire.Item) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	one, known := f.of[edition{it.Release, it.Language}]
	return known && one.number > it.Number
}

// clear forgets all fences.
func (f *fences) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of = nil
}
