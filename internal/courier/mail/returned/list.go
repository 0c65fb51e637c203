package returned

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Reasons for which the wire itself suppresses an address.
const (
	ReasonBounced    = "bounced"
	ReasonComplained = "complained"
)

const (
	// strikes is how often an address may fail for reasons that can pass, such as
	// a full mailbox, before it is suppressed: once a day counts, and a month
	// without a failure wipes them out.
	strikes     = 3
	strikeEvery = 20 * time.Hour
	forgiven    = 30 * 24 * time.Hour
	// followEvery is how often what relays said is written, and what other
	// processes found out is read.
	followEvery = time.Second
)

// verdict is what a code says of an address.
type verdict int

const (
	blameless verdict = iota // it is about the letter, or about us
	passing                  // it may get better
	dead                     // there is nobody at this address
)

// judge reads a code of RFC 3463. What a policy refuses (x.7.x), how the letter was
// sent (x.5.x), what is wrong with it (x.6.x) and how long it is, is not the address's
// fault.
func judge(status string) verdict {
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1": // no such mailbox or domain, moved, disabled (RFC 7505 §4.1)
		return dead
	case "5.2.3", "5.3.4": // too long
		return blameless
	}
	if parts := strings.Split(status, "."); len(parts) == 3 && (parts[0] == "4" || parts[0] == "5") {
		switch parts[1] {
		case "5", "6", "7":
			return blameless
		}
		return passing
	}
	return blameless
}

// List is the list of addresses that letters came back from, in all processes on
// a store and over restarts. It is the courier's Health of mail. It is safe for
// concurrent use.
type List struct {
	store *store.Store
	now   func() time.Time
	log   *slog.Logger

	mu         sync.RWMutex
	suppressed map[string]bool // by address in lower case
	refusals   []refusal       // that are not written yet

	following sync.Mutex
	version   int64 // of what was read; under following
}

// refusal is what a relay said at once.
type refusal struct {
	address, code string
	at            time.Time
}

// OpenList reads the list. now is UTC; a nil log is slog.Default.
func OpenList(ctx context.Context, s *store.Store, now func() time.Time, log *slog.Logger) (*List, error) {
	if log == nil {
		log = slog.Default()
	}
	l := &List{store: s, now: now, log: log, suppressed: map[string]bool{}}
	return l, l.Flush(ctx)
}

// Run writes and follows the list every second, and a last time when ctx ends.
func (l *List) Run(ctx context.Context) {
	courier.Lessons{Of: "the list of addresses that refused letters, or that letters come back from", Lost: "they will be asked again", Every: followEvery, Write: l.Flush, Log: l.log}.Keep(ctx)
}

// Admits reports whether what is new may be written to an address.
func (l *List) Admits(address string, _ time.Time) bool { return !l.Suspended(address) }

// Suspended reports whether nothing new is written to an address.
func (l *List) Suspended(address string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.suppressed) > 0 && l.suppressed[strings.ToLower(address)]
}

// refused is how a code of the courier's begins where a relay refused an address
// by RFC 3463.
var refused = regexp.MustCompile(`^5\d\d (5\.\d{1,3}\.\d{1,3})\b`)

// Note takes what a relay said of a letter: where it refused the address itself,
// that counts as what comes back later.
func (l *List) Note(address string, r courier.Result, at time.Time) {
	if r.Outcome != wire.Failed || !refused.MatchString(r.Code) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals = append(l.refusals, refusal{strings.ToLower(address), r.Code, at})
}

// Ill returns nobody: an address that refuses keeps no other waiting.
func (l *List) Ill() []string { return nil }

// Flush writes what relays said since the last time, and reads what other
// processes found out.
func (l *List) Flush(ctx context.Context) error {
	l.mu.Lock()
	refusals := l.refusals
	l.refusals = nil
	l.mu.Unlock()
	if len(refusals) > 0 {
		err := l.store.Write(ctx, func(tx *store.Tx) error {
			for _, r := range refusals {
				if err := strike(tx, r.address, refused.FindStringSubmatch(r.code)[1], r.code, r.at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			l.mu.Lock()
			l.refusals = append(refusals, l.refusals...)
			l.mu.Unlock()
			return err
		}
	}
	return l.follow(ctx)
}

// follow reads what has changed.
func (l *List) follow(ctx context.Context) error {
	l.following.Lock()
	defer l.following.Unlock()
	var changed []store.Suppression
	var version int64
	err := l.store.Read(ctx, func(tx *store.Tx) (err error) {
		changed, version, err = tx.SuppressionsChanged(l.version)
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range changed {
		if s.Suppressed {
			l.suppressed[s.Address] = true
		} else {
			delete(l.suppressed, s.Address)
		}
	}
	l.version = version
	return nil
}

// Returned notes what came back of the letter of an item to a subscription, and
// suppresses the address if it says so. Saying it twice is no error; NotFound if
// there never was such a letter.
func (l *List) Returned(ctx context.Context, number int64, id wire.SubscriptionID, r Report) error {
	outcome := wire.Bounced
	switch r.Kind {
	case Bounce:
	case Complaint:
		outcome = wire.Complained
	default:
		return nil
	}
	code := strings.TrimSpace(r.Status + " " + r.Said)
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		fresh, err := tx.Return(number, id, outcome, code, l.now())
		if err != nil || !fresh {
			return err
		}
		s, err := tx.Subscription(id)
		if err != nil {
			return err
		}
		address := strings.ToLower(s.Address)
		if outcome == wire.Complained {
			return suppress(tx, address, ReasonComplained, code, l.now())
		}
		return strike(tx, address, r.Status, code, l.now())
	})
	if err != nil {
		return err
	}
	return l.follow(ctx)
}

// strike counts a failure of an address.
func strike(tx *store.Tx, address, status, code string, at time.Time) error {
	v := judge(status)
	if v == dead {
		return suppress(tx, address, ReasonBounced, code, at)
	}
	s, err := tx.Suppression(address)
	if err != nil || v == blameless || s.Suppressed || at.Sub(s.At) < strikeEvery {
		return err
	}
	if at.Sub(s.At) > forgiven {
		s.Failures = 0
	}
	s.Failures, s.At, s.Code = s.Failures+1, at, code
	if s.Failures >= strikes {
		return suppress(tx, address, ReasonBounced, code, at)
	}
	return tx.PutSuppression(s)
}

// suppress has nothing new written to an address. Whoever is suppressed stays so
// for the reason that was first, but for a complaint, which says more.
func suppress(tx *store.Tx, address, reason, code string, at time.Time) error {
	s, err := tx.Suppression(address)
	if err != nil || s.Suppressed && !(reason == ReasonComplained && s.Reason == ReasonBounced) {
		return err
	}
	return tx.PutSuppression(store.Suppression{Address: address, Suppressed: true, Reason: reason, Code: code, Since: at, Failures: s.Failures, At: at})
}

// Suspend has nothing new written to an address, because a person says so.
func (l *List) Suspend(ctx context.Context, actor, address, reason string) error {
	address = strings.ToLower(address)
	return l.act(ctx, func(tx *store.Tx) error {
		return tx.PutSuppression(store.Suppression{Address: address, Suppressed: true, Reason: reason, Since: l.now(), At: l.now(), Actor: actor})
	})
}

// Resume has what is new written to an address again, and forgets what came
// back. Doing it for one that is not suppressed changes nothing.
func (l *List) Resume(ctx context.Context, actor, address string) error {
	address = strings.ToLower(address)
	return l.act(ctx, func(tx *store.Tx) error {
		s, err := tx.Suppression(address)
		if err != nil || !s.Suppressed && s.Failures == 0 {
			return err
		}
		return tx.PutSuppression(store.Suppression{Address: address, Code: s.Code, Since: l.now(), Actor: actor})
	})
}

func (l *List) act(ctx context.Context, change func(*store.Tx) error) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	if err := l.store.Write(ctx, change); err != nil {
		return err
	}
	return l.follow(ctx)
}
