package archive

import (
	"slices"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
)

// heldAgainst holds hits against the query itself where the index cannot decide.
type heldAgainst struct {
	reader       *match.Reader // of the query
	open, places bool          // as of compiled
	left         int           // so many may still be held against it
	enough       int           // so many that stand are wanted; 0: all of them
}

// chunk is how many items are loaded at once.
const chunk = 64

// sift returns the hits that stand, or enough of them; false if there were more to
// be looked at than may be: so many of the hits were looked at.
func (c *heldAgainst) sift(tx *store.Tx, rows []store.SearchHit) (kept []store.SearchHit, looked int, all bool, err error) {
	if !slices.ContainsFunc(rows, c.doubtful) {
		return rows, len(rows), true, nil
	}
	kept = rows[:0:0]
	for part := range slices.Chunk(rows, chunk) {
		if c.enough > 0 && len(kept) >= c.enough {
			break
		}
		var numbers []int64
		for _, h := range part {
			if c.doubtful(h) {
				numbers = append(numbers, h.Number)
			}
		}
		if c.left -= len(numbers); c.left < 0 {
			return kept, looked, false, nil
		}
		items, err := tx.CurrentAt(numbers)
		if err != nil {
			return nil, looked, false, err
		}
		for _, h := range part {
			if !c.doubtful(h) {
				kept = append(kept, h)
			} else if it, ok := items[h.Number]; ok && c.reader.Matches(&it) {
				kept = append(kept, h)
			}
		}
		looked += len(part)
	}
	return kept, looked, true, nil
}

// doubtful reports whether a hit may not stand.
func (c *heldAgainst) doubtful(h store.SearchHit) bool { return c.open || c.places && h.Partly }
