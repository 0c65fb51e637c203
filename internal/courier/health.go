package courier

import (
	"cmp"
	"container/list"
	"context"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// ReceiverHealth is how deliveries to one mail domain or one endpoint host went,
// as far as the process that was asked made them.
type ReceiverHealth struct {
	Channel  wire.Channel `json:"channel"`
	Receiver string       `json:"receiver" doc:"Mail domain, or host of the endpoint"`
	Hour     WindowHealth `json:"hour"`
	Day      WindowHealth `json:"day"`
	Streak   Streak       `json:"streak"`
	Code     string       `json:"code,omitempty" doc:"What it said when it last did not take a delivery"`
}

// WindowHealth counts attempts within a time that ends now.
type WindowHealth struct {
	Attempts int   `json:"attempts"`
	Accepted int   `json:"accepted"`
	Deferred int   `json:"deferred"`
	Failed   int   `json:"failed"`
	MedianMS int64 `json:"median_ms" doc:"From clear time to acceptance, to within a tenth"`
	P95MS    int64 `json:"p95_ms" doc:"19 of 20 were accepted within this time"`
}

// Streak is how many attempts in a row ended alike.
type Streak struct {
	Accepted bool      `json:"accepted" doc:"Whether they were accepted, or deferred and failed"`
	Length   int       `json:"length"`
	Since    time.Time `json:"since,omitzero"`
}

const (
	maxReceivers = 10_000 // remembered; the one not met for longest goes
	maxSeed      = 50_000 // exceptions read when health is first asked for
)

// codeNotReady is the code of an attempt that came to nothing in this house; it
// says nothing of the receiver.
const codeNotReady = "not ready"

// health remembers how receivers took their deliveries. Its zero value is ready;
// it is safe for concurrent use.
type health struct {
	mu     sync.Mutex
	known  map[wire.Channel]map[string]*list.Element // of *wellness, by the receiver's name
	recent list.List                                 // the last met first
	began  time.Time                                 // of the first receipt noted; before it speak the exceptions
	seeded bool
}

type receiverKey struct {
	channel wire.Channel
	name    string
}

// wellness is what is remembered of one receiver.
type wellness struct {
	receiverKey
	hour, day window
	streak    Streak
	code      string
}

// note takes what a group says of a batch into what is known of its receivers.
// What was no attempt does not count.
func (h *health) note(p *part) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range p.receipts {
		if r := &p.receipts[i]; attempted(r) {
			if name := domainOf(p.Channel, p.addresses[i]); name != "" {
				h.count(receiverKey{p.Channel, name}, r, p.item.ClearTime)
			}
		}
	}
}

// count takes one receipt of a receiver. The mutex is held.
func (h *health) count(key receiverKey, r *wire.Receipt, clear time.Time) {
	if h.began.IsZero() || r.At.Before(h.began) {
		h.began = r.At
	}
	w := h.get(key)
	w.count(r, clear)
	took := r.Outcome == wire.Accepted
	if w.streak.Length == 0 || w.streak.Accepted != took {
		w.streak = Streak{Accepted: took, Since: r.At}
	}
	w.streak.Length++
	if !took {
		w.code = r.Code
	}
}

func attempted(r *wire.Receipt) bool {
	switch r.Outcome {
	case wire.Accepted, wire.Failed, wire.Deferred:
		return r.Code != codeNotReady
	}
	return false
}

// get returns what is known of a receiver, which is the last met from now on.
func (h *health) get(key receiverKey) *wellness {
	of := h.known[key.channel]
	if e := of[key.name]; e != nil {
		h.recent.MoveToFront(e)
		return e.Value.(*wellness)
	}
	if h.known == nil {
		h.known = map[wire.Channel]map[string]*list.Element{}
	}
	if of == nil {
		of = map[string]*list.Element{}
		h.known[key.channel] = of
	}
	w := &wellness{receiverKey: key, hour: window{width: 5 * time.Minute, slots: 12}, day: window{width: time.Hour, slots: 24}}
	of[key.name] = h.recent.PushFront(w)
	if h.recent.Len() > maxReceivers {
		oldest := h.recent.Remove(h.recent.Back()).(*wellness)
		delete(h.known[oldest.channel], oldest.name)
	}
	return w
}

func (w *wellness) count(r *wire.Receipt, clear time.Time) {
	step := stepOf(r.At.Sub(clear))
	for _, win := range []*window{&w.hour, &w.day} {
		s := win.at(r.At)
		switch r.Outcome {
		case wire.Accepted:
			s.accepted++
			s.delays.add(step)
		case wire.Deferred:
			s.deferred++
		case wire.Failed:
			s.failed++
		}
	}
}

// seed takes up what did not go through before this process began: of earlier
// deliveries the ledger tells only these apart.
func (h *health) seed(exceptions []store.Exception) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seeded {
		return
	}
	h.seeded = true
	fresh := map[receiverKey]bool{}
	for i := range exceptions { // the newest first
		e := &exceptions[i]
		r := &e.Receipt
		key := receiverKey{e.Channel, domainOf(e.Channel, e.Address)}
		if key.name == "" || !attempted(r) || !h.began.IsZero() && !r.At.Before(h.began) {
			continue
		}
		if h.known[key.channel][key.name] == nil {
			if h.recent.Len() >= maxReceivers {
				continue // those just met matter more
			}
			fresh[key] = true
		}
		w := h.get(key)
		w.count(r, time.Time{})
		if !fresh[key] {
			continue // the streak is the process's own
		}
		if w.code == "" {
			w.code = r.Code
		}
		w.streak.Length++
		w.streak.Since = r.At
	}
}

// Receivers returns how the receivers are that this process delivered to within a
// day, the worst first: those that refused most within the hour, then within the
// day, then the slowest. With a limit above 0 at most so many.
func (c *Courier) Receivers(ctx context.Context, limit int) ([]ReceiverHealth, error) {
	now := c.Now()
	if !c.receivers.hasSeed() {
		var exceptions []store.Exception
		err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
			exceptions, err = tx.ExceptionsSince(now.Add(-24*time.Hour), maxSeed)
			return err
		})
		if err != nil {
			return nil, err
		}
		c.receivers.seed(exceptions)
	}
	return c.receivers.worst(now, limit), nil
}

func (h *health) hasSeed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seeded
}

func (h *health) worst(now time.Time, limit int) []ReceiverHealth {
	h.mu.Lock()
	all := make([]ReceiverHealth, 0, h.recent.Len())
	for e := h.recent.Front(); e != nil; e = e.Next() {
		w := e.Value.(*wellness)
		one := ReceiverHealth{Channel: w.channel, Receiver: w.name, Hour: w.hour.sum(now), Day: w.day.sum(now), Streak: w.streak, Code: w.code}
		if one.Day.Attempts > 0 || one.Hour.Attempts > 0 {
			all = append(all, one)
		}
	}
	h.mu.Unlock()
	refused := func(w WindowHealth) int { return w.Deferred + w.Failed }
	slices.SortFunc(all, func(a, b ReceiverHealth) int {
		return cmp.Or(cmp.Compare(refused(b.Hour), refused(a.Hour)), cmp.Compare(refused(b.Day), refused(a.Day)),
			cmp.Compare(b.Hour.P95MS, a.Hour.P95MS), cmp.Compare(b.Day.P95MS, a.Day.P95MS), cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Channel, b.Channel))
	})
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all
}

// domainOf is what receivers of one house share: the domain of a mailbox, the
// host of an endpoint; "" if the address has none.
func domainOf(channel wire.Channel, address string) string {
	if channel == wire.ByMail {
		at := strings.LastIndexByte(address, '@')
		if at < 0 {
			return ""
		}
		return strings.ToLower(address[at+1:])
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// window counts in slots of equal width, the oldest first; slots in which
// nothing happened are not there.
type window struct {
	width time.Duration
	slots int
	kept  []slot
}

type slot struct {
	index                      int64 // time since the epoch, in widths
	accepted, deferred, failed int
	delays                     histogram
}

// at returns the slot of a time, made if need be, and lets go what is too old.
func (w *window) at(t time.Time) *slot {
	index := t.UnixNano() / int64(w.width)
	if last := len(w.kept) - 1; last >= 0 && w.kept[last].index == index { // as nearly always
		return &w.kept[last]
	}
	i, ok := slices.BinarySearchFunc(w.kept, index, func(s slot, index int64) int { return cmp.Compare(s.index, index) })
	if ok {
		return &w.kept[i]
	}
	w.kept = slices.Insert(w.kept, i, slot{index: index})
	if old := len(w.kept) - w.slots; old > 0 && i >= old {
		w.kept = slices.Delete(w.kept, 0, old)
		i -= old
	}
	return &w.kept[i]
}

// sum adds up the slots of the window that ends now; the one under way is the
// last of them.
func (w *window) sum(now time.Time) WindowHealth {
	newest := now.UnixNano() / int64(w.width)
	var total WindowHealth
	var delays histogram
	for i := range w.kept {
		s := &w.kept[i]
		if s.index <= newest-int64(w.slots) || s.index > newest {
			continue
		}
		total.Accepted += s.accepted
		total.Deferred += s.deferred
		total.Failed += s.failed
		delays.merge(&s.delays)
	}
	total.Attempts = total.Accepted + total.Deferred + total.Failed
	total.MedianMS, total.P95MS = delays.quantile(0.5).Milliseconds(), delays.quantile(0.95).Milliseconds()
	return total
}

// histogram counts durations in steps of a quarter octave, from a millisecond
// to some days. It holds only the span it has met.
type histogram struct {
	low    int // step of counts[0]
	counts []uint32
}

// stepsPerOctave makes a step 19 % wide; its middle is off by a tenth at most.
const stepsPerOctave = 4

const maxStep = 32 * stepsPerOctave

func stepOf(d time.Duration) int {
	ms := float64(d) / float64(time.Millisecond)
	if ms <= 1 {
		return 0
	}
	return min(int(stepsPerOctave*math.Log2(ms)), maxStep)
}

func (h *histogram) add(step int) { *h.step(step)++ }

// step is the count of a step, made if need be.
func (h *histogram) step(step int) *uint32 {
	switch {
	case len(h.counts) == 0:
		h.low, h.counts = step, []uint32{0}
	case step < h.low:
		h.counts = append(make([]uint32, h.low-step, h.low-step+len(h.counts)), h.counts...)
		h.low = step
	case step >= h.low+len(h.counts):
		h.counts = append(h.counts, make([]uint32, step-h.low-len(h.counts)+1)...)
	}
	return &h.counts[step-h.low]
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		if n > 0 {
			*h.step(other.low + i) += n
		}
	}
}

// quantile returns the duration within which a share was; 0 if nothing was.
func (h *histogram) quantile(share float64) time.Duration {
	var total uint64
	for _, n := range h.counts {
		total += uint64(n)
	}
	if total == 0 {
		return 0
	}
	rank := uint64(math.Ceil(share * float64(total)))
	for i, n := range h.counts {
		if rank <= uint64(n) {
			return time.Duration(math.Exp2((float64(h.low+i)+0.5)/stepsPerOctave) * float64(time.Millisecond))
		}
		rank -= uint64(n)
	}
	return 0
}
