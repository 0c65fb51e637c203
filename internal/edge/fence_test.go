package edge

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Who is slow and has not had a story yet when it is killed gets the kill alone.
func TestAKillOvertakesWhatIsStillOwed(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		slow := h.getSlowly(t, 1, "").opened(0)
		synctest.Wait()
		h.publish(story("en", strings.Repeat("Long ", 10_000)), wire.Publish) // 1 fills the way
		synctest.Wait()
		killed := story("en", "Never mind")
		h.publish(killed, wire.Publish)                      // 2
		h.publish(story("en", "Other news"), wire.Publish)   // 3
		h.publish(killed, wire.Kill)                         // 4
		h.publish(story("en", "Further news"), wire.Publish) // 5
		slow.want(item(1), item(3), item(4), item(5))
		synctest.Wait()
		if got, _ := h.edge.Stats(2); got.Sent != 0 || got.Gone != 1 {
			t.Errorf("the killed story: %+v", got)
		}
	})
}

// An edge that knows no more whom a story reached tells everyone of its end.
func TestAKillOfWhatIsKeptNoLongerGoesToEveryone(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 2})
		old := story("en", "A merger")
		h.publish(old, wire.Publish)
		for range 4 {
			h.publish(story("en", "News"), wire.Publish)
		}
		h.tape.pruned = 3
		cotton := h.get(t, "q=cotton").opened(5)
		synctest.Wait()
		h.publish(old, wire.Kill)
		cotton.want(item(6))
	})
}

// A killed story's text is taken out of an archive that tells everyone: whom it
// reached cannot be known from it.
func TestAKillOfWhatHasNoTextGoesToEveryone(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 2})
		old := story("en", "A merger")
		h.publish(old, wire.Publish)
		h.publish(old, wire.Kill)
		for range 4 {
			h.publish(story("en", "News"), wire.Publish)
		}
		h.tape.items[0].Edition = wire.Edition{Language: "en"}
		h.get(t, "after=0&q=cotton").opened(0).want(item(2))
	})
}

func TestWhoComesBackAfterTooLongIsToldWhereTheRestIs(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 2, Reach: 3})
		for range 10 {
			h.publish(story("en", "News"), wire.Publish)
		}
		h.get(t, "after=7").opened(7).want(item(8), item(9), item(10))
		h.get(t, "after=2").opened(7).want(`id: 7|event: reset|data: {"after":2,"last":7,"rest":"https://wire.example/v1/items?after=2"}`, item(8))
	})
}

func TestTheLongestChainOfVersionsIsFollowed(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 4})
		s := story("en", "A merger")
		h.publish(s, wire.Publish)
		merger := h.get(t, "q=merger").opened(1)
		synctest.Wait()
		for n := range 20 {
			s.Editions[0].Headline, s.Editions[0].Body = "A purchase", []wire.Block{wire.P("Purchase")}
			h.publish(s, wire.Update)
			merger.want(item(n + 2))
			time.Sleep(time.Millisecond)
		}
	})
}
