package courier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxUnwritten bounds how many receipts are not on disk yet, those of deliveries that are
// under way beside others included. Whoever has one more waits with it. So a crash can
// make unknown, and have repeated, at most these and what is under way: a channel's
// Workers.
const maxUnwritten = 100

// maxBeside bounds for how many of those room is kept ahead, by workers that have
// several deliveries under way: a receiver that hangs holds its part of them, and
// leaves the others enough.
const maxBeside = maxUnwritten * 6 / 10

// gathering is how long a receipt waits for others to go to disk with it, unless
// there are enough before: to write them costs most by the group. While a group is
// written the next one gathers, in what it leaves of maxUnwritten.
const (
	gathering = 2 * time.Millisecond
	enough    = maxUnwritten * 9 / 10
)

// committer writes receipts, whatever has gathered in one transaction. It is
// one goroutine and owns the progress of every batch.
type committer struct {
	d     *delivery
	wake  chan struct{} // told of the first of a group, when there are enough, and of the end
	ended chan struct{}
	// broken says that a group could not be written. What came after it must
	// not be either: its tallies count receipts that are not there.
	broken bool
	parts  []part // memory of the group that is written

	mu        sync.Mutex
	room      sync.Cond // there are less than maxUnwritten
	gathered  []signed  // the next group
	unwritten int       // receipts that are not on disk, and those that room is kept for
	beside    int       // of these, those that room is kept for
	waiting   int       // receipts that wait for room
	over      bool      // nothing more comes

	written atomic.Int64 // receipts on disk
}

// part is what a group says of one batch.
type part struct {
	*work
	receipts  []wire.Receipt
	addresses []string // where they were for
}

// signed is a receipt with where it belongs, or asks for the seal.
type signed struct {
	task
	receipt wire.Receipt
	seal    bool
	gone    bool
}

func newCommitter(d *delivery) *committer {
	m := &committer{d: d, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	m.room.L = &m.mu
	go m.run()
	return m
}

// receipt hands a receipt over; it is on disk soon, and if the process dies
// before, the delivery is tried again. Where room was kept for it, it does not wait.
func (m *committer) receipt(t task, r wire.Receipt, gone, kept bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept {
		m.beside--
	} else {
		m.waiting++
		for m.unwritten >= maxUnwritten {
			m.room.Wait()
		}
		m.waiting--
		m.unwritten++
	}
	m.add(signed{task: t, receipt: r, gone: gone})
}

// keep keeps room for a receipt, until it comes or release says that none will; false
// if there is none to spare.
func (m *committer) keep() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting > 0 || m.unwritten >= maxUnwritten || m.beside >= maxBeside {
		return false
	}
	m.unwritten++
	m.beside++
	return true
}

// release gives up room that was kept.
func (m *committer) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unwritten--
	m.beside--
	m.room.Signal()
}

// add puts one more into the next group. The mutex is held.
func (m *committer) add(s signed) {
	m.gathered = append(m.gathered, s)
	if len(m.gathered) == 1 || m.enough() {
		m.tell()
	}
}

// enough reports whether the next group need not wait for more: what room is kept for
// takes its part of what may be unwritten. The mutex is held.
func (m *committer) enough() bool { return len(m.gathered)+m.beside >= enough }

func (m *committer) tell() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// seal asks for the seal of a batch that has all its receipts.
func (m *committer) seal(w *work) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(signed{task: task{work: w}, seal: true})
}

// end writes what is left and waits for it.
func (m *committer) end() {
	m.mu.Lock()
	m.over = true
	m.tell()
	m.mu.Unlock()
	<-m.ended
}

func (m *committer) run() {
	defer close(m.ended)
	patience := time.NewTimer(gathering)
	defer patience.Stop()
	var group []signed
	for {
		if group = m.gather(group, patience); len(group) == 0 {
			return
		}
		var parts []part // that are on disk
		if !m.broken {
			parts = m.write(group)
		}
		n := 0
		for _, s := range group {
			if !s.seal {
				s.work.claim.add(-1)
				n++
			}
		}
		m.mu.Lock()
		m.unwritten -= n
		for range min(n, m.waiting) { // thousands may wait, and only so many get in
			m.room.Signal()
		}
		m.mu.Unlock()
		for i := range parts { // while the next group gathers: nobody waits for it
			m.observe(&parts[i])
		}
	}
}

// gather returns the next group, for which it leaves the memory of the one before;
// none if there is nothing more.
func (m *committer) gather(before []signed, patience *time.Timer) []signed {
	clear(before) // its batches may be let go
	waits, late := false, false
	for {
		m.mu.Lock()
		n, over := len(m.gathered), m.over
		if over || n > 0 && (late || m.enough()) {
			group := m.gathered
			m.gathered = before[:0]
			m.mu.Unlock()
			return group
		}
		m.mu.Unlock()
		if n == 0 {
			<-m.wake
			continue
		}
		if !waits {
			waits = true
			patience.Reset(gathering)
		}
		select {
		case <-m.wake:
		case <-patience.C:
			late = true
		}
	}
}

// write brings a group to disk, for as long as it takes: a delivery without its
// receipt would be made again. What cannot be helped by waiting ends the work,
// which begins anew from the ledger. It returns what is on disk by batches.
func (m *committer) write(group []signed) []part {
	parts := m.divide(group)
	for _, p := range parts {
		m.count(p.work, p.receipts)
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := m.commit(parts)
		if err == nil {
			break
		}
		if lost := m.lost(parts, err); lost != nil { // its receipts are nobody's; the others' count
			parts = slices.DeleteFunc(parts, func(p part) bool { return p.claim == lost })
			continue
		}
		cause := errors.New("courier: receipts could not be written")
		if errors.Is(err, errUnsure) {
			cause = err
		} else {
			m.d.c.Log.Error("cannot write receipts; will go on trying", "receipts", len(group), "error", err)
			select {
			case <-m.d.attempt.Done():
			case <-time.After(wait):
				continue
			}
		}
		m.broken = true
		m.d.stop(cause)
		return nil
	}
	for _, p := range parts {
		if len(p.receipts) > 0 {
			p.blocks++
		}
		if p.left == 0 && p.claim.done(p.work) {
			m.d.forget(p.work)
		}
		m.written.Add(int64(len(p.receipts)))
	}
	for _, s := range group {
		if s.gone {
			m.d.c.retire(s.subscription())
		}
	}
	return parts
}

// divide sorts a group by batches. It is the committer's until the next group.
func (m *committer) divide(group []signed) []part {
	parts := m.parts[:0]
	for i := range group {
		s := &group[i]
		at := slices.IndexFunc(parts, func(p part) bool { return p.work == s.work }) // they are few
		if at < 0 {
			at = len(parts)
			if cap(parts) > at { // with the memory of the part that was there
				parts = parts[:at+1]
				parts[at] = part{s.work, parts[at].receipts[:0], parts[at].addresses[:0]}
			} else {
				parts = append(parts, part{work: s.work})
			}
		}
		if !s.seal {
			parts[at].receipts = append(parts[at].receipts, s.receipt)
			parts[at].addresses = append(parts[at].addresses, s.key)
		}
	}
	m.parts = parts
	return parts
}

// lost returns the claim that an error says another process has; nil if it says
// something else.
func (m *committer) lost(parts []part, err error) *claim {
	e, ok := errors.AsType[*wire.Error](err)
	if !ok || e.Kind != wire.Conflict {
		return nil
	}
	for _, p := range parts {
		if p.claim.lease.Name == e.Field {
			p.claim.end()
			return p.claim
		}
	}
	return nil
}

// count takes receipts into a batch's progress.
func (m *committer) count(w *work, receipts []wire.Receipt) {
	for _, r := range receipts {
		i, _ := w.Place(r.Subscription)
		w.tally.Count(r, w.outcomes[i])
		if r.Outcome.Final() && !w.outcomes[i].Final() {
			w.left--
		}
		w.settle(i, r)
	}
}

// errUnsure says that deliveries may not be on disk. Asking the system again is
// no use: after a failed fsync it forgets what it could not write and says yes.
var errUnsure = errors.New("courier: what was delivered may not be on disk")

func (m *committer) commit(parts []part) error {
	for _, channel := range m.d.c.Channels {
		if f, ok := channel.(Flusher); ok {
			if err := f.Flush(); err != nil {
				return fmt.Errorf("%w: %w", errUnsure, err)
			}
		}
	}
	// The work's own context may have ended; what is known is written all the
	// same.
	return m.d.c.Store.Record(func(tx *store.Tx) error {
		if !m.d.c.Sole {
			if err := hold(tx, parts); err != nil {
				return err
			}
		}
		for _, p := range parts {
			if len(p.receipts) > 0 {
				if err := tx.AppendReceipts(&p.Batch, p.blocks, p.receipts, p.tally); err != nil {
					return err
				}
			}
			if p.left == 0 {
				if err := tx.SealBatch(p.ID, p.outcomes, p.untried); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// hold proves that the shards of batches are still this process's.
func hold(tx *store.Tx, parts []part) error {
	held := map[*claim]bool{}
	for _, p := range parts {
		if !held[p.claim] {
			held[p.claim] = true
			if err := tx.HoldLease(p.claim.lease); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *committer) observe(p *part) {
	if len(p.receipts) == 0 {
		return
	}
	m.d.c.receivers.note(p)
	delay := m.d.c.delay.WithLabelValues(string(p.Channel))
	counts := map[wire.Outcome]int{}
	for i := range p.receipts {
		r := &p.receipts[i]
		counts[r.Outcome]++
		if r.Outcome == wire.Accepted {
			delay.Observe(r.At.Sub(p.item.ClearTime).Seconds())
		}
	}
	for outcome, n := range counts {
		m.d.c.delivered.WithLabelValues(string(p.Channel), outcome.String()).Add(float64(n))
	}
}

// retire pauses a subscription whose receiver wants nothing more.
func (c *Courier) retire(id wire.SubscriptionID) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.Subscription(id)
		if err != nil || s.Paused {
			return err
		}
		return tx.Pause(s, "", "its receiver said that it is gone")
	})
	if err != nil {
		c.Log.Error("cannot pause a subscription that is gone", "subscription", id, "error", err)
		return
	}
	c.Log.Info("subscription paused: its receiver is gone", "subscription", id)
}
