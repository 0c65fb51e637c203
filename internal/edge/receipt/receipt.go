package receipt

import (
	"cmp"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Receipt is what one edge says of one item. Numbers but Bytes count connections;
// once all have come to an end with the item, Offered is Sent + Cut + Gone. Delays
// are from the clear time by the edge's clock.
type Receipt struct {
	Edge      string    `json:"edge"` // a process, among all that ever were
	Number    int64     `json:"number"`
	ClearTime time.Time `json:"clear_time"`
	At        time.Time `json:"at"` // when the edge said so

	Offered  int64 `json:"offered"`  // were connected and wanted it when it came
	Sent     int64 `json:"sent"`     // of them: it was written to the connection in full
	Cut      int64 `json:"cut"`      // of them: cut off before, because they did not keep up; they resume
	Gone     int64 `json:"gone"`     // of them: left before, or were spared it, for the story was killed before they had it
	Replayed int64 `json:"replayed"` // others, which got it later by resuming
	Bytes    int64 `json:"bytes"`    // written to those of Sent

	// Of an item that was scheduled every edge says whether it was ready: held the
	// text sealed before its clear time, and opened it with the key.
	Scheduled bool          `json:"scheduled,omitempty"`
	Ready     bool          `json:"ready,omitempty"`
	Kept      int64         `json:"kept,omitempty"`     // if ready: desktops that said before, to this edge, that they keep the seal
	Returned  int64         `json:"returned,omitempty"` // if ready: connections that named the seal when they were made: desktops that came from another edge, from this one before its restart, or back from a broken line, and then are among Kept as well
	Opened    time.Duration `json:"opened,omitempty"`   // if ready: from the clear until it was open, in ns

	First  time.Duration `json:"first"` // over Sent, in ns
	Last   time.Duration `json:"last"`
	Delays Counts        `json:"delays"` // of Sent
}

// Check refuses (Invalid) a receipt that cannot be one.
func (r *Receipt) Check() error {
	total, step := int64(0), -1
	for _, c := range r.Delays {
		if c.Step <= step || c.Step >= Steps || c.N < 0 {
			return wire.Errorf(wire.Invalid, "delays", "step %d of the receipt of item %d is out of place", c.Step, r.Number)
		}
		step, total = c.Step, total+c.N
	}
	switch {
	case r.Edge == "" || len(r.Edge) > 200:
		return wire.Errorf(wire.Invalid, "edge", "a receipt names its edge, in at most 200 bytes")
	case r.Number < 1:
		return wire.Errorf(wire.Invalid, "number", "a receipt is of an item")
	case min(r.Offered, r.Sent, r.Cut, r.Gone, r.Replayed, r.Bytes, r.Kept, r.Returned) < 0 || r.First > r.Last:
		return wire.Errorf(wire.Invalid, "offered", "the receipt of item %d counts less than nothing", r.Number)
	case !r.Ready && (r.Kept != 0 || r.Returned != 0 || r.Opened != 0), r.Ready && !r.Scheduled, r.Opened < 0:
		return wire.Errorf(wire.Invalid, "ready", "the receipt of item %d says what an edge that was not ready cannot", r.Number)
	case total > r.Sent:
		return wire.Errorf(wire.Invalid, "delays", "the receipt of item %d has %d delays of %d", r.Number, total, r.Sent)
	}
	return nil
}

// Summary is what all edges say of an item together. Delays are in milliseconds
// from the clear time; median and p99 are exact to 7 %. Clocks of edges differ, and
// by as much Skew and delays are wrong.
type Summary struct {
	Number    int64     `json:"number"`
	ClearTime time.Time `json:"clear_time"`
	Edges     int       `json:"edges"` // that had desktops for it; of a scheduled one, that had it
	Offered   int64     `json:"offered"`
	Sent      int64     `json:"sent"`
	Cut       int64     `json:"cut"`
	Gone      int64     `json:"gone"`
	Replayed  int64     `json:"replayed"`
	Bytes     int64     `json:"bytes"`
	FirstMS   float64   `json:"first_ms"`
	MedianMS  float64   `json:"median_ms"`
	P99MS     float64   `json:"p99_ms"`
	LastMS    float64   `json:"last_ms"`
	SkewMS    float64   `json:"skew_ms"` // between the first desktops of the earliest and of the latest edge
	Ahead     *Ahead    `json:"ahead,omitempty"`
	Each      []Part    `json:"each"` // by edge, the earliest first
}

// Ahead is how ready the edges were for an item that was scheduled.
type Ahead struct {
	Ready    int     `json:"ready"`     // edges that held the text sealed before its clear time, and opened it with the key
	Kept     int64   `json:"kept"`      // desktops that had said to these edges that they keep the seal
	Returned int64   `json:"returned"`  // connections that named the seal when they were made; see Receipt
	OpenedMS float64 `json:"opened_ms"` // from the clear until the last of the ready edges had it open
	SkewMS   float64 `json:"skew_ms"`   // between the first and the last of them
}

// Part is the share of one edge.
type Part struct {
	Edge    string  `json:"edge"`
	Ready   bool    `json:"ready"` // see Ahead
	Sent    int64   `json:"sent"`
	Cut     int64   `json:"cut"`
	FirstMS float64 `json:"first_ms"`
	LastMS  float64 `json:"last_ms"`
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Sum puts the receipts of one item together; there must be one at the least.
func Sum(receipts []Receipt) Summary {
	s := Summary{Number: receipts[0].Number, ClearTime: receipts[0].ClearTime, Edges: len(receipts), Each: []Part{}}
	var all Counts
	var first, last, latest time.Duration
	any := false
	for _, r := range receipts {
		s.Offered, s.Sent, s.Cut, s.Gone = s.Offered+r.Offered, s.Sent+r.Sent, s.Cut+r.Cut, s.Gone+r.Gone
		s.Replayed, s.Bytes = s.Replayed+r.Replayed, s.Bytes+r.Bytes
		if r.Sent > 0 {
			if !any || r.First < first {
				first = r.First
			}
			last, latest, any = max(last, r.Last), max(latest, r.First), true
		}
		all = all.plus(r.Delays)
		s.Each = append(s.Each, Part{r.Edge, r.Ready, r.Sent, r.Cut, ms(r.First), ms(r.Last)})
	}
	s.Ahead = ahead(receipts)
	s.FirstMS, s.LastMS, s.SkewMS = ms(first), ms(last), ms(latest-first)
	s.MedianMS, s.P99MS = ms(all.Quantile(.5, first, last)), ms(all.Quantile(.99, first, last))
	slices.SortFunc(s.Each, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.FirstMS, b.FirstMS), cmp.Compare(a.Edge, b.Edge))
	})
	return s
}

// ahead is nil if the item was not scheduled.
func ahead(receipts []Receipt) *Ahead {
	var a Ahead
	var first, last time.Duration
	scheduled := false
	for _, r := range receipts {
		scheduled = scheduled || r.Scheduled
		if !r.Ready {
			continue
		}
		if a.Ready == 0 || r.Opened < first {
			first = r.Opened
		}
		last = max(last, r.Opened)
		a.Ready, a.Kept, a.Returned = a.Ready+1, a.Kept+r.Kept, a.Returned+r.Returned
	}
	if !scheduled {
		return nil
	}
	a.OpenedMS, a.SkewMS = ms(last), ms(last-first)
	return &a
}
