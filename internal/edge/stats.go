package edge

import (
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/wire"
)

// Stats is the receipt of simultaneity of one item on this edge. Each number
// counts connections. Once all have come to an end with the item, Offered is
// Sent + Cut + Gone.
type Stats struct {
	Number    int64
	ClearTime time.Time
	Offered   int64 // were connected and wanted it when it came
	Sent      int64 // of them: it was written to the connection in full
	Cut       int64 // of them: cut off before, because they did not keep up; they resume
	Gone      int64 // of them: left before, or were spared it, for the story was killed before they had it
	Replayed  int64 // others, which got it later by resuming
	Bytes     int64 // written to those of Sent
	Kept      int64 // said here, before it was opened, that they keep its seal
	Returned  int64 // named the seal when they connected here, before it was opened

	// Time from the clear to the written frame, over Sent.
	First, Median, P99, Last time.Duration // median and p99 are exact to 7 %
}

// statsKept is how many items' receipts are kept in memory.
const statsKept = 1000

// Stats returns the receipts of an item; ok is false if it is not among the last
// 1,000 that this edge delivered.
func (e *Edge) Stats(number int64) (s Stats, ok bool) {
	e.mu.Lock()
	t := e.tallies.of(number)
	e.mu.Unlock()
	if t == nil {
		return Stats{}, false
	}
	r := t.receipt()
	s = Stats{
		Number: r.Number, ClearTime: r.ClearTime,
		Offered: r.Offered, Sent: r.Sent, Cut: r.Cut, Gone: r.Gone, Replayed: r.Replayed, Bytes: r.Bytes,
		Kept: r.Kept, Returned: r.Returned, First: r.First, Last: r.Last,
	}
	s.Median, s.P99 = r.Delays.Quantile(.5, r.First, r.Last), r.Delays.Quantile(.99, r.First, r.Last)
	return s, true
}

// tally counts the fates of one item.
type tally struct {
	number                             int64
	clear                              time.Time
	made                               time.Time
	offered, sent, cut, gone, replayed atomic.Int64
	bytes                              atomic.Int64
	delays                             delays
	scheduled, ready                   bool          // it had a clear time; the edge held it sealed and was told the key in time
	kept, returned                     int64         // desktops that said they keep its seal, and that came back with it
	opened                             time.Duration // if ready: from the clear until it was open
	told                               int64         // by the one that sends receipts: events when it last did
}

// open notes, before anybody else sees the tally, that the edge was ready.
func (t *tally) open(h *held, after time.Duration) {
	t.ready, t.kept, t.returned, t.opened = true, h.ready.Load(), h.returned.Load(), max(0, after)
}

// receipt is what there is to say by now.
func (t *tally) receipt() receipt.Receipt {
	r := receipt.Receipt{
		Number: t.number, ClearTime: t.clear,
		Offered: t.offered.Load(), Sent: t.sent.Load(), Cut: t.cut.Load(), Gone: t.gone.Load(),
		Replayed: t.replayed.Load(), Bytes: t.bytes.Load(),
		Scheduled: t.scheduled, Ready: t.ready, Kept: t.kept, Returned: t.returned, Opened: t.opened,
	}
	r.First, r.Last, r.Delays = t.delays.summary()
	return r
}

// events is how much has happened to the item. Of one that was scheduled there is
// something to tell even where nobody wants it: whether this edge was ready.
func (t *tally) events() int64 {
	n := t.offered.Load() + t.sent.Load() + t.cut.Load() + t.gone.Load() + t.replayed.Load()
	if t.scheduled {
		n++
	}
	return n
}

// tallies are those of the newest items, by number modulo statsKept.
type tallies [statsKept]*tally

func (t *tallies) add(it *wire.Item) *tally {
	made := &tally{number: it.Number, clear: it.ClearTime, scheduled: !it.Scheduled.IsZero() && !it.Action.Amends(), made: time.Now()}
	t[it.Number%statsKept] = made
	return made
}

func (t *tallies) of(number int64) *tally {
	if number < 0 {
		return nil
	}
	if found := t[number%statsKept]; found != nil && found.number == number {
		return found
	}
	return nil
}

// delays counts delays by receipt.Step.
type delays struct {
	min, max atomic.Int64 // µs plus one, so that zero means none
	sum      atomic.Int64 // µs
	counts   [receipt.Steps]atomic.Uint32
}

func (d *delays) add(delay time.Duration) {
	us := max(0, delay.Microseconds())
	d.counts[receipt.Step(us)].Add(1)
	d.sum.Add(us)
	d.within(us+1, us+1)
}

// within takes a least and a greatest delay into account, in µs plus one.
func (d *delays) within(least, most int64) {
	for {
		old := d.min.Load()
		if (old != 0 && old <= least) || d.min.CompareAndSwap(old, least) {
			break
		}
	}
	for {
		old := d.max.Load()
		if old >= most || d.max.CompareAndSwap(old, most) {
			break
		}
	}
}

// summary returns the least and the greatest delay, and how many there were of
// each.
func (d *delays) summary() (first, last time.Duration, counts receipt.Counts) {
	for i := range d.counts {
		if n := d.counts[i].Load(); n > 0 {
			counts = append(counts, receipt.Count{Step: i, N: int64(n)})
		}
	}
	if len(counts) == 0 {
		return 0, 0, nil
	}
	return us(d.min.Load() - 1), us(d.max.Load() - 1), counts
}

func us(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// sent counts an item that was written to one connection.
func (e *Edge) sent(en *entry, bytes int, delay time.Duration) {
	en.tally.sent.Add(1)
	en.tally.bytes.Add(int64(bytes))
	en.tally.delays.add(delay)
	e.meters.live.Inc()
	e.meters.delay.counts[receipt.Step(max(0, delay.Microseconds()))].Add(1)
	e.meters.delay.sum.Add(max(0, delay.Microseconds()))
}

// sentTo counts an item that was written to several, by the delays of one
// shard, and clears them.
func (e *Edge) sentTo(en *entry, some *delayCounts) {
	if some.n == 0 {
		return
	}
	en.tally.sent.Add(some.n)
	en.tally.bytes.Add(some.bytes)
	e.meters.live.Add(float64(some.n))
	for i, k := range some.counts {
		if k > 0 {
			en.tally.delays.counts[i].Add(k)
			e.meters.delay.counts[i].Add(uint64(k))
		}
	}
	en.tally.delays.sum.Add(some.sum)
	e.meters.delay.sum.Add(some.sum)
	en.tally.delays.within(some.least+1, some.most+1)
	*some = delayCounts{}
}

// delayCounts are delays that one goroutine gathers, to count them together: two
// processors that count at once wait for each other.
type delayCounts struct {
	n, bytes         int64
	sum, least, most int64 // µs
	counts           [receipt.Steps]uint32
}

// add counts n frames, with so many bytes together and one delay.
func (d *delayCounts) add(n, bytes int64, delay time.Duration) {
	us := max(0, delay.Microseconds())
	if d.n == 0 || us < d.least {
		d.least = us
	}
	d.most = max(d.most, us)
	d.n += n
	d.bytes += bytes
	d.sum += n * us
	d.counts[receipt.Step(us)] += uint32(n)
}
