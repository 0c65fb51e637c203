package courier

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// Channel is one way out of the house. Implementations are safe for concurrent
// use.
type Channel interface {
	// Prepare makes what all recipients of an item share, once per item. An
	// error means that nobody can be served yet; it is tried again.
	Prepare(ctx context.Context, c Consignment) (Shipment, error)
	// Workers is how many deliveries may be under way at a time.
	Workers() int
}

// Consignment is an item with what a channel needs to know around it.
type Consignment struct {
	Item *wire.Item
	// Headline of the story, also where the item withdraws it.
	Headline string
	// Earlier are the edition's versions before, oldest first: a letter refers
	// to those its reader has.
	Earlier []int
	// Digest are the items of a digest, most pressing first, in which case Item
	// is nobody's: it has the digest's own id as release, and its language.
	Digest []wire.Item
	// Why names what in a subscription matched; "" if nothing in particular.
	Why func(wire.SubscriptionID) string
}

// Shipment is a prepared consignment, safe for concurrent use.
type Shipment interface {
	// Deliver makes one attempt. It returns when the receiver has taken or
	// refused responsibility, or ctx ends. It must carry an id that is the same
	// in every attempt, so that a receiver can drop a copy.
	Deliver(ctx context.Context, s wire.Subscription, attempt int) Result
}

// Preconnecter is a channel that can open connections before there is anything to
// deliver over them.
type Preconnecter interface {
	// Preconnect opens connections to receivers, and keeps them for what will
	// come within a minute. It returns when it is done, or ctx ends.
	Preconnect(ctx context.Context, to []wire.Subscription)
}

// Foreseer is a shipment that can do a part of each delivery before the clear
// time, while the item has no wire number, id and clear time yet.
type Foreseer interface {
	// Foresee makes it for one recipient; nil says that there is nothing to make
	// for anyone. It is kept sealed, and comes back in the Parcel, where whoever
	// uses it must find out whether it still fits.
	Foresee(to wire.Subscription) ([]byte, error)
}

// Result is what came of one attempt.
type Result struct {
	// Outcome is Accepted, Failed, Deferred or Unfit.
	Outcome wire.Outcome
	// Code is what the receiver said, short, without secrets: "250 2.0.0".
	Code string
	// After is how long to wait before the next attempt of a Deferred one; 0
	// leaves it to the channel's schedule, and AtOnce waits for nothing.
	After time.Duration
	// Gone says that the receiver wants nothing more, ever.
	Gone bool
}

// AtOnce is the Result.After of a delivery that nobody put off, as where the
// connection was lost under way: the second attempt follows the first without
// waiting, those after it by the channel's schedule.
const AtOnce time.Duration = -1

// Carrier is a channel whose workers hold a conversation with their receiver, in
// which the end of one delivery and the beginning of the next travel together.
// In place of Shipment.Deliver the courier calls Carry, in as many goroutines as
// there are Workers.
type Carrier interface {
	// Carry delivers what it takes from the source until there is no more, or work
	// ends: then nothing more is begun. What is under way is cut off when attempt
	// ends, which is later.
	Carry(work, attempt context.Context, from Source)
}

// Source hands out deliveries to one worker.
type Source interface {
	// Next returns the next delivery; it waits for one, or not. It returns false
	// when there is none, which after waiting means never again. Every parcel
	// must come to its end by Done or Later.
	Next(wait bool) (Parcel, bool)
	// Beside returns one that may be sent while others of this worker are under way
	// and have no answer yet; false if there is none at once, or if with it a crash
	// could have more repeated than it may. Who uses it calls it, Done and Later from
	// one goroutine.
	Beside() (Parcel, bool)
}

// Parcel is one delivery that a Carrier has taken over.
type Parcel struct {
	Shipment     Shipment // as the channel's Prepare made it
	Subscription wire.Subscription
	Attempt      int    // 1 for the first
	Foreseen     []byte // what the shipment's Foresee made for it; nil if nothing
	task         task
	from         owner
	beside       bool // room was kept for its receipt
}

// owner is whom a parcel goes back to.
type owner interface {
	done(*Parcel, Result)
	later(*Parcel, time.Duration)
}

// NewParcel makes a parcel outside the courier's queues: for one delivery by
// itself. Exactly one of done and later is called.
func NewParcel(s Shipment, to wire.Subscription, attempt int, done func(Result), later func(time.Duration)) Parcel {
	return Parcel{Shipment: s, Subscription: to, Attempt: attempt, from: calls{done, later}}
}

type calls struct {
	whenDone  func(Result)
	whenLater func(time.Duration)
}

func (c calls) done(_ *Parcel, r Result)             { c.whenDone(r) }
func (c calls) later(_ *Parcel, after time.Duration) { c.whenLater(after) }

// Done says what came of the attempt.
func (p *Parcel) Done(r Result) { p.from.done(p, r) }

// Later gives the parcel back: nothing of it was sent, and it was no attempt.
// It is handed out again after a while, at once if that is 0.
func (p *Parcel) Later(after time.Duration) { p.from.later(p, after) }

// Backoff is a channel's schedule of attempts, if it has one: how long to wait
// after a number of attempts, and false when it is time to give up.
type Backoff interface {
	Wait(attempts int) (time.Duration, bool)
}

// Ward is a channel whose receivers answer for themselves: those whose last
// delivery did not succeed are kept apart, and only so many of them are
// delivered to at a time, so that they never take the place of the others.
type Ward interface {
	Ward() int
}

// Health keeps book of how the receivers of a channel are, in all processes and
// over restarts. It is safe for concurrent use.
type Health interface {
	// Admits reports whether what is new may be attempted at an address. Whoever
	// is told so must attempt it and Note what came of it: it may be the one probe
	// of a receiver that is suspended.
	Admits(address string, at time.Time) bool
	// Suspended reports whether an address gets nothing new, but for a probe.
	Suspended(address string) bool
	// Note takes what came of an attempt.
	Note(address string, r Result, at time.Time)
	// Ill returns the addresses that did not take their last delivery.
	Ill() []string
}

// Flusher is a channel whose deliveries are on disk only after Flush, which
// runs before their receipts are written. After an error nobody can tell what
// is on disk: no receipt is written, and what was delivered is delivered again.
type Flusher interface {
	Flush() error
}

// Unwritten is the result where an item could not be written in the format that
// a subscription asks for: Unfit where the format cannot carry it, today or
// tomorrow, and Failed where that was no fault of the item's. Neither asked the
// receiver anything.
func Unwritten(err error) Result {
	if wire.KindOf(err) == wire.Invalid {
		return Result{Outcome: wire.Unfit, Code: offer.Refusal(err)}
	}
	return Result{Outcome: wire.Failed, Code: offer.Refusal(err)}
}
