package streamload

import "context"

// Receipts are what came of one round.
type Receipts struct {
	Expected int     `json:"expected"` // desktops that must get it
	Times    []int64 `json:"times"`    // ns of process.Now at which those that did had it, by desktop
	Missing  []int   `json:"missing"`  // numbers of the first few that did not
}

// Count is what came of all rounds so far.
type Count struct {
	Expected int   `json:"expected"` // deliveries
	Lost     int   `json:"lost"`     // of them: never came
	Doubled  int64 `json:"doubled"`  // deliveries that came again
	Strange  int64 `json:"strange"`  // deliveries that nobody had asked for
	Gone     int64 `json:"gone"`     // desktops that the server cut off
	Seals    int64 `json:"seals"`    // texts that came ahead of their clear time

	Complaint string `json:"complaint,omitempty"` // why the first of those is gone
}

// shown is how many missing desktops are named.
const shown = 5

// Await waits until everyone who wants a round has it, or until ctx ends. Nothing
// runs meanwhile: what looked again and again would take turns with those who are
// measured.
func (l *Load) Await(ctx context.Context, number int) {
	if number < 0 || number >= len(l.rounds) {
		return
	}
	select {
	case <-l.rounds[number].complete:
	case <-ctx.Done():
	}
}

// Receipts returns who has a round.
func (l *Load) Receipts(number int) Receipts {
	if number < 0 || number >= len(l.rounds) {
		return Receipts{}
	}
	r := &l.rounds[number]
	receipts := Receipts{Expected: r.expected, Times: make([]int64, 0, r.expected)}
	for i := range l.desktops {
		if !l.wants(i, number) {
			continue
		}
		if at := r.at[i].Load(); at != 0 {
			receipts.Times = append(receipts.Times, at)
		} else if len(receipts.Missing) < shown {
			receipts.Missing = append(receipts.Missing, l.options.First+i)
		}
	}
	return receipts
}

// Count counts all rounds below a number.
func (l *Load) Count(rounds int) Count {
	c := Count{Strange: l.strange.Load(), Gone: l.gone.Load(), Seals: l.seals.Load()}
	for i := range l.rounds {
		r := &l.rounds[i]
		c.Doubled += r.doubled.Load()
		c.Strange += r.strange.Load()
		if i < rounds {
			c.Expected += r.expected
			c.Lost += r.expected - int(r.got.Load())
		} else {
			c.Strange += r.got.Load() // nobody has published it
		}
	}
	if why := l.complaint.Load(); why != nil {
		c.Complaint = (*why).Error()
	}
	return c
}
