package courier

import (
	"testing"
	"time"
)

func TestARushIsOverOnceWhenNothingMoreComes(t *testing.T) {
	var r rush
	at := time.Unix(0, 0)
	for i, c := range []struct {
		after   time.Duration
		written int64
		want    bool
	}{
		{0, 0, false},
		{time.Minute, 0, false}, // nothing ever came
		{0, 999, false},
		{time.Minute, 999, false}, // few
		{0, 1000, false},
		{calmAfter - 1, 1000, false}, // it may go on
		{0, 6500, false},
		{calmAfter, 6500, true},
		{time.Minute, 6500, false}, // that was told
		{0, 7499, false},
		{time.Minute, 7499, false},
		{0, 7500, false}, // of many small ones
		{calmAfter, 7500, true},
	} {
		at = at.Add(c.after)
		if got := r.over(c.written, at); got != c.want {
			t.Errorf("step %d, %d receipts: %v", i, c.written, got)
		}
	}
}
