package wire

import "time"

// Outcome is how one delivery stands or ended. Numbers are stored: never
// renumber.
type Outcome uint8

// The outcomes. Every matched recipient ends in exactly one final outcome. What
// comes back of a letter after it was accepted is told beside that: the ledger
// keeps Accepted, and Bounced or Complained stands next to it with a time of its
// own.
const (
	Pending    Outcome = 0 // intended, no receipt yet
	Accepted   Outcome = 1 // the receiver took responsibility (SMTP 250, HTTP 2xx, file on disk)
	Failed     Outcome = 2 // given up: permanent refusal, or retries used up
	Deferred   Outcome = 3 // refused for now; will be tried again
	Suppressed Outcome = 4 // not attempted: paused, unsubscribed or suppressed
	Superseded Outcome = 5 // not attempted: a newer version, hold or kill was first
	Bounced    Outcome = 6 // accepted, and returned later: it did not reach its reader (RFC 3464)
	Complained Outcome = 7 // accepted, and its reader reported it as unwanted (RFC 5965)
	Unfit      Outcome = 8 // not attempted: the format asked for cannot carry the item; no fault of the receiver
)

// Spares reports whether an outcome means that the receiver was left alone, and
// owed nothing. Who was Superseded is owed what overtook the item.
func (o Outcome) Spares() bool { return o == Suppressed || o == Unfit }

// Final reports whether no further attempt will be made.
func (o Outcome) Final() bool { return o != Pending && o != Deferred }

func (o Outcome) String() string {
	switch o {
	case Pending:
		return "pending"
	case Accepted:
		return "accepted"
	case Failed:
		return "failed"
	case Deferred:
		return "deferred"
	case Suppressed:
		return "suppressed"
	case Superseded:
		return "superseded"
	case Bounced:
		return "bounced"
	case Complained:
		return "complained"
	case Unfit:
		return "unfit"
	}
	return "unknown"
}

// Receipt is the outcome of one attempt to deliver one item to one
// subscription. No number in a report is anything but receipts counted.
type Receipt struct {
	Number       int64 // wire number of the item
	Subscription SubscriptionID
	Outcome      Outcome
	Attempt      int       // 1 for the first
	Code         string    // what the receiver said: "250 2.0.0", "503"; short
	At           time.Time // UTC, µs
	Next         time.Time // of a Deferred one: when it is tried again
	// Untried says that nothing can have reached a receiver that was spared: there
	// was no attempt before, neither one that is known nor one whose end is not.
	Untried bool
}
