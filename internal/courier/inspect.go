package courier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// ExceptionFilter chooses among the deliveries of a release that did not go
// through at once. Zero values choose all.
type ExceptionFilter struct {
	Release wire.ReleaseID // required, unless Number is given
	Number  int64          // wire number of one item
	Channel wire.Channel
	Domain  string // mail domain or host of the endpoint, with all below it
	// Outcomes are among Failed, Deferred, Unfit, Bounced and Complained; none for all.
	Outcomes []wire.Outcome
	Code     string // a part of what the receiver said, in upper or lower case
}

// fits reports whether an exception is chosen.
func (f *ExceptionFilter) fits(e *store.Exception) bool {
	if len(f.Outcomes) > 0 && !slices.Contains(f.Outcomes, e.Receipt.Outcome) {
		return false
	}
	if f.Domain != "" {
		domain, wanted := domainOf(e.Channel, e.Address), strings.ToLower(f.Domain)
		if domain != wanted && !strings.HasSuffix(domain, "."+wanted) {
			return false
		}
	}
	return f.Code == "" || strings.Contains(strings.ToLower(e.Receipt.Code), strings.ToLower(f.Code))
}

// fitsBatch reports whether a batch can hold chosen exceptions.
func (f *ExceptionFilter) fitsBatch(b *store.ExceptionBatch) bool {
	if f.Channel != "" && b.Channel != f.Channel {
		return false
	}
	has := map[wire.Outcome]int{wire.Failed: b.Failed, wire.Deferred: b.Deferred, wire.Unfit: b.Unfit, wire.Bounced: b.Returned, wire.Complained: b.Returned}
	return len(f.Outcomes) == 0 || slices.ContainsFunc(f.Outcomes, func(o wire.Outcome) bool { return has[o] > 0 })
}

// cursor is a place among exceptions: after it the next page begins.
type cursor struct {
	batch        int64
	subscription wire.SubscriptionID
}

func (c cursor) String() string {
	if c == (cursor{}) {
		return ""
	}
	return fmt.Sprintf("%d-%d", c.batch, c.subscription)
}

func parseCursor(text string) (c cursor, err error) {
	if text == "" {
		return c, nil
	}
	if _, err := fmt.Sscanf(text, "%d-%d", &c.batch, &c.subscription); err != nil || c.String() != text {
		return c, wire.Errorf(wire.Invalid, "after", "this is not where a page ends: pass what next said")
	}
	return c, nil
}

// maxExamined bounds how many exceptions one page looks at.
const maxExamined = 10_000

// Exceptions returns the deliveries that did not go through at once, up to limit
// from where after says, and where the next page begins: pass it as after; "" at
// the end. A page may be shorter than limit, even empty, before the end: only so
// many are looked at for one.
func (c *Courier) Exceptions(ctx context.Context, f ExceptionFilter, after string, limit int) (found []Failure, next string, err error) {
	from, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		if f.Number != 0 {
			it, err := tx.Item(f.Number)
			if err != nil {
				return err
			}
			f.Release = it.Release
		}
		var end cursor
		if found, end, err = exceptions(tx, f, from, limit); err == nil {
			next = end.String()
		}
		return err
	})
	return found, next, err
}

func exceptions(tx *store.Tx, f ExceptionFilter, from cursor, limit int) (found []Failure, next cursor, err error) {
	batches, err := tx.ExceptionBatches(f.Release, f.Number, from.batch)
	if err != nil {
		return nil, cursor{}, err
	}
	batches = slices.DeleteFunc(batches, func(b store.ExceptionBatch) bool { return !f.fitsBatch(&b) })
	examined := 0
	for len(batches) > 0 {
		run := runOf(batches)
		if from.batch != batches[0].ID {
			from = cursor{batches[0].ID, 0}
		}
		all, err := tx.ExceptionsBetween(from.batch, from.subscription, batches[run-1].ID, exceptionsRead)
		if err != nil {
			return nil, cursor{}, err
		}
		for i := range all {
			e := &all[i]
			for len(batches) > 0 && batches[0].ID < e.Batch {
				batches = batches[1:]
				run--
			}
			if len(found) == limit || examined == maxExamined {
				return found, from, nil
			}
			examined++
			from = cursor{e.Batch, e.Receipt.Subscription}
			if batches[0].ID == e.Batch && f.fits(e) {
				found = append(found, failure(e))
			}
		}
		if len(all) < exceptionsRead {
			batches = batches[run:]
		}
	}
	return found, cursor{}, nil
}

// exceptionsRead is how many exceptions are read at a time.
const exceptionsRead = 1000

// runOf is how many batches lie so close together, and have so few exceptions,
// that reading what is between them costs less than asking for each.
func runOf(batches []store.ExceptionBatch) int {
	of := func(b *store.ExceptionBatch) int { return b.Failed + b.Deferred + b.Unfit + b.Returned }
	run, total := 1, of(&batches[0])
	for run < len(batches) && batches[run].ID-batches[run-1].ID <= 16 {
		if total += of(&batches[run]); total > exceptionsRead {
			break
		}
		run++
	}
	return run
}

func failure(e *store.Exception) Failure {
	r := &e.Receipt
	number, digest := numbers(r.Number)
	return Failure{
		Number: number, Digest: digest, Channel: e.Channel, Subscription: r.Subscription, Holder: e.Holder, Address: Mask(e.Channel, e.Address),
		Outcome: r.Outcome.String(), Attempt: r.Attempt, Code: r.Code, At: r.At, Next: r.Next,
	}
}

// numbers tells the wire number of an item from the id of a digest.
func numbers(number int64) (item, digest int64) {
	if number < 0 {
		return 0, -number
	}
	return number, 0
}

// Receiver names whose deliveries are asked for: one of the three.
type Receiver struct {
	Outlet       wire.OutletID       // its subscriptions, and those of its contacts
	Address      string              // whatever subscriptions lead to it
	Subscription wire.SubscriptionID //
}

// ReceiverDelivery is one delivery to a receiver.
type ReceiverDelivery struct {
	Number       int64               `json:"item" doc:"0: it was a digest"`
	Digest       int64               `json:"digest,omitempty"`
	Release      wire.ReleaseID      `json:"release"`
	Language     string              `json:"language"`
	Version      int                 `json:"version"`
	Action       wire.Action         `json:"action"`
	ClearTime    time.Time           `json:"clear_time"`
	Channel      wire.Channel        `json:"channel"`
	Subscription wire.SubscriptionID `json:"subscription"`
	Holder       string              `json:"holder,omitempty" doc:"Name of the outlet or contact"`
	Address      string              `json:"address" doc:"Where the subscription leads now, without what would open it"`
	Resent       bool                `json:"resent,omitempty" doc:"It was sent again"`
	Outcome      string              `json:"outcome"`
	Attempt      int                 `json:"attempt,omitempty"`
	Code         string              `json:"code,omitempty" doc:"What the receiver said, if it did not take it"`
	At           time.Time           `json:"at,omitzero" doc:"Of the last attempt, if it is still known"`
	By           time.Time           `json:"by,omitzero" doc:"An accepted one was accepted by then"`
	Next         time.Time           `json:"next,omitzero" doc:"When it is tried again"`
}

// DeliveriesTo returns the last deliveries to a receiver over all releases, the
// newest first, up to about limit from where before says (0: the newest), and
// where the next page begins: pass it as before; 0 at the end. NotFound if there
// is no such receiver.
func (c *Courier) DeliveriesTo(ctx context.Context, to Receiver, before int64, limit int) (found []ReceiverDelivery, next int64, err error) {
	var at []wire.SubscriptionID
	if to.Address != "" {
		if at, err = c.subscriptionsAt(ctx, to.Address); err != nil {
			return nil, 0, err
		}
	}
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		holdings, err := holdingsOf(tx, to, at)
		if err != nil {
			return err
		}
		var ids []wire.SubscriptionID
		for i := range holdings {
			ids = append(ids, holdings[i].ID)
		}
		deliveries, end, err := tx.DeliveriesTo(ids, before, limit)
		if err != nil {
			return err
		}
		items := map[int64]*wire.Item{}
		for i := range deliveries {
			number := deliveries[i].Receipt.Number
			if items[number] == nil {
				it, err := itemOf(tx, number)
				if err != nil {
					return err
				}
				items[number] = &it
			}
			found = append(found, receiverDelivery(&deliveries[i], items[number], holdings))
		}
		next = end
		return nil
	})
	return found, next, err
}

// subscriptionsAt finds the subscriptions that lead to an address now: of mail in
// upper or lower case, which nothing but the directory in memory can tell.
func (c *Courier) subscriptionsAt(ctx context.Context, address string) ([]wire.SubscriptionID, error) {
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	mailbox := strings.ToLower(address)
	var ids []wire.SubscriptionID
	c.mu.RLock()
	defer c.mu.RUnlock()
	for id, s := range c.subs {
		if s.Address == address || s.Channel == wire.ByMail && len(s.Address) == len(address) && receiver(s) == mailbox {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// holdingsOf finds the subscriptions of a receiver; at are those at its address.
func holdingsOf(tx *store.Tx, to Receiver, at []wire.SubscriptionID) (holdings []store.Holding, err error) {
	switch {
	case to.Subscription != 0:
		h, err := tx.Holding(to.Subscription)
		return []store.Holding{h}, err
	case to.Outlet != 0:
		if _, err := tx.Outlet(to.Outlet); err != nil {
			return nil, err
		}
		holdings, err = tx.HoldingsOf(to.Outlet)
	case to.Address != "":
		for _, id := range at {
			h, err := tx.Holding(id)
			if err != nil {
				return nil, err
			}
			holdings = append(holdings, h)
		}
	default:
		return nil, wire.Errorf(wire.Invalid, "receiver", "say whose deliveries: an outlet, an address or a subscription")
	}
	if err == nil && len(holdings) == 0 {
		err = wire.Errorf(wire.NotFound, "receiver", "no subscription of the directory is this receiver's")
	}
	return holdings, err
}

func receiverDelivery(d *store.Delivery, it *wire.Item, holdings []store.Holding) ReceiverDelivery {
	r := &d.Receipt
	number, digest := numbers(it.Number)
	one := ReceiverDelivery{
		Number: number, Digest: digest, Release: it.Release, Language: it.Language, Version: it.Version, Action: it.Action, ClearTime: it.ClearTime,
		Channel: d.Channel, Subscription: r.Subscription, Resent: d.Resend,
		Outcome: r.Outcome.String(), Attempt: r.Attempt, Code: r.Code, At: r.At, Next: r.Next,
	}
	if r.Outcome == wire.Accepted && r.At.IsZero() {
		one.By = d.By
	}
	for i := range holdings {
		if h := &holdings[i]; h.ID == r.Subscription {
			one.Holder, one.Address = h.Holder, Mask(h.Channel, h.Address)
		}
	}
	return one
}
