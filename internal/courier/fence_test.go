package courier

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func anItem(release wire.ReleaseID, language string, number int64) *wire.Item {
	it := &wire.Item{Release: release, Number: number}
	it.Language = language
	return it
}

// An item that was seen holds older versions back until everybody who held its
// edition has let go, in whatever order the others come and go.
func TestAFenceStandsForAsLongAsAnybodyHoldsIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var f fences
		var holding []*wire.Item
		newest := map[edition]int64{}
		t.Repeat(map[string]func(*rapid.T){
			"hold": func(t *rapid.T) {
				it := anItem(wire.ReleaseID(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "release")), "en", rapid.Int64Range(1, 9).Draw(t, "number"))
				f.hold(it)
				holding = append(holding, it)
				e := edition{it.Release, it.Language}
				newest[e] = max(newest[e], it.Number)
			},
			"release": func(t *rapid.T) {
				if len(holding) == 0 {
					t.Skip("none")
				}
				i := rapid.IntRange(0, len(holding)-1).Draw(t, "which")
				f.release(holding[i])
				holding = append(holding[:i:i], holding[i+1:]...)
			},
			"": func(t *rapid.T) {
				held := map[edition]bool{}
				for _, it := range holding {
					held[edition{it.Release, it.Language}] = true
				}
				for e, number := range newest {
					if !held[e] {
						delete(newest, e)
						continue
					}
					for n := int64(1); n <= 9; n++ {
						if got := f.overtaken(anItem(e.release, e.language, n)); got != (n < number) {
							t.Fatalf("%v: is %d overtaken by %d? %v", e, n, number, got)
						}
					}
				}
				if f.count() != len(held) {
					t.Fatalf("%d fences for %d editions that are held", f.count(), len(held))
				}
			},
		})
	})
}

func (f *fences) count() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return len(f.of)
}
