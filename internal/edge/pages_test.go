package edge

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// readsOf counts the reads of a tape during f.
func readsOf(p *tape, f func()) int {
	count := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.reads
	}
	before := count()
	f()
	return count() - before
}

// resume has so many desktops resume at one moment after places from the lowest to
// below the highest, and makes sure that each has everything.
func resume(t *testing.T, h *house, desktops int, lowest, highest int64) {
	t.Helper()
	last, err := h.tape.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for i := range desktops {
		after := lowest + rand.Int64N(highest-lowest)
		format := []string{"", "&format=headline", "&lang=en"}[i%3]
		running.Go(func() {
			r := h.get(t, fmt.Sprintf("after=%d%s", after, format)).opened(after)
			for n := after + 1; n <= last; n++ {
				if got := r.block(); got != item(int(n)) {
					t.Errorf("after %d came %q, not %d", after, got, n)
					break
				}
			}
			r.close()
		})
	}
	running.Wait()
	// The edge has noticed that they left: whoever were behind when more is published
	// would have it read from the history, at no time that a test could tell.
	synctest.Wait()
}

// When a region comes back, its desktops resume at one moment from much the same
// place: the history is read once for all of them.
func TestThePastIsReadOnceForAllWhoResume(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 10})
		for range 3*pageSize + 100 {
			h.publish(story("en", "News"), wire.Publish)
		}
		if n := readsOf(h.tape, func() { resume(t, h, 150, pageSize-20, pageSize+20) }); n != 4 {
			t.Errorf("the history was read %d times for 150 desktops over parts of 4 pages", n)
		}
		if n := readsOf(h.tape, func() { resume(t, h, 10, 2*pageSize, 2*pageSize+1) }); n != 0 {
			t.Errorf("the history was read %d times again a moment later", n)
		}
		// The ring goes on, and what was beyond the last page's end is asked for.
		for range 50 {
			h.publish(story("en", "News"), wire.Publish)
		}
		if n := readsOf(h.tape, func() { resume(t, h, 20, 3*pageSize, 3*pageSize+50) }); n != 1 {
			t.Errorf("the history was read %d times for the page that had grown", n)
		}
		time.Sleep(pageRest)
		synctest.Wait()
		if n := len(h.edge.pages.pages); n != 0 {
			t.Errorf("%d pages are kept that nobody asks for", n)
		}
	})
}

// However far back desktops begin, only so many pages are kept.
func TestFewPagesOfThePastAreKept(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 10})
		for range (pagesKept + 3) * pageSize {
			h.publish(story("en", "News"), wire.Publish)
		}
		resume(t, h, 30, 0, 2*pageSize)
		if n := len(h.edge.pages.pages); n > pagesKept {
			t.Errorf("%d pages are kept", n)
		}
	})
}

// A read that fails is not kept: who comes next has it read anew.
func TestAPageThatCannotBeReadIsReadAnew(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 10})
		for range 50 {
			h.publish(story("en", "News"), wire.Publish)
		}
		h.tape.fail(errors.New("the store is away"))
		h.get(t, "after=3").opened(3).want("end")
		h.tape.fail(nil)
		resume(t, h, 5, 3, 4)
	})
}

// A story that is killed after its page was read is told no more from it.
func TestAPageTellsNothingOfWhatWasKilledSince(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 3})
		killed := story("en", "Canary")
		h.publish(killed, wire.Publish)
		for range 9 {
			h.publish(story("en", "News"), wire.Publish)
		}
		resume(t, h, 1, 0, 1)
		h.publish(killed, wire.Kill)
		n := readsOf(h.tape, func() {
			h.get(t, "after=0").opened(0).want(item(2))
		})
		if n != 0 {
			t.Errorf("the history was read %d times: this was no page from before", n)
		}
	})
}
