package courier

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Report says who got a release, when and how, and what failed. Every number is
// receipts counted.
type Report struct {
	Release wire.ReleaseID `json:"release"`
	Items   []ItemReport   `json:"items"`
}

// ItemReport is the report of one item.
type ItemReport struct {
	Number    int64           `json:"number"`
	Language  string          `json:"language"`
	Version   int             `json:"version"`
	Action    wire.Action     `json:"action"`
	ClearTime time.Time       `json:"clear_time"`
	Planned   bool            `json:"planned"` // false: who gets it is not settled yet
	Channels  []ChannelReport `json:"channels"`
	Failures  []Failure       `json:"failures,omitempty"` // failed and deferred deliveries, up to 1,000
}

// ChannelReport counts the receipts of an item on one channel.
type ChannelReport struct {
	Channel    wire.Channel `json:"channel"`
	Matched    int          `json:"matched"`
	Accepted   int          `json:"accepted"`
	Failed     int          `json:"failed"`
	Deferred   int          `json:"deferred"`
	Pending    int          `json:"pending"`
	Suppressed int          `json:"suppressed"`
	Superseded int          `json:"superseded"`
	FirstMS    int64        `json:"first_ms"` // first acceptance, ms after the clear time
	LastMS     int64        `json:"last_ms"`
}

// Failure is one delivery that did not go through at once.
type Failure struct {
	Subscription wire.SubscriptionID `json:"subscription"`
	Holder       string              `json:"holder,omitempty"` // name of the outlet or contact
	Address      string              `json:"address"`          // without what would open a mailbox or an endpoint
	Outcome      string              `json:"outcome"`
	Attempt      int                 `json:"attempt"`
	Code         string              `json:"code"`
	At           time.Time           `json:"at"`
	Next         time.Time           `json:"next,omitzero"`
}

// Settled reports whether nothing more will happen by itself at once: everyone
// has a receipt, though some deliveries may be deferred.
func (r *Report) Settled() bool {
	for _, it := range r.Items {
		if !it.Planned {
			return false
		}
		for _, c := range it.Channels {
			if c.Pending > 0 {
				return false
			}
		}
	}
	return len(r.Items) > 0
}

// maxFailures bounds how many failures a report names.
const maxFailures = 1000

// Report counts the receipts of a release; NotFound if nothing of it is on the
// wire.
func (c *Courier) Report(ctx context.Context, release wire.ReleaseID) (*Report, error) {
	report := &Report{Release: release}
	err := c.Store.Read(ctx, func(tx *store.Tx) error {
		items, err := tx.ItemsOf(release)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return wire.Errorf(wire.NotFound, string(release), "nothing of this release is on the wire")
		}
		planned, err := tx.ConsumerNumber(consumer)
		if err != nil {
			return err
		}
		for i := range items {
			it, err := itemReport(tx, &items[i], planned)
			if err != nil {
				return err
			}
			report.Items = append(report.Items, it)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

func itemReport(tx *store.Tx, it *wire.Item, planned int64) (ItemReport, error) {
	r := ItemReport{Number: it.Number, Language: it.Language, Version: it.Version, Action: it.Action, ClearTime: it.ClearTime, Planned: planned >= it.Number, Channels: []ChannelReport{}}
	tallies, err := tx.Tallies(it.Number)
	if err != nil {
		return r, err
	}
	for _, channel := range []wire.Channel{wire.ByMail, wire.ByWebhook, wire.ByWebSub, wire.ByDrop} {
		t, ok := tallies[channel]
		if !ok {
			continue
		}
		c := ChannelReport{Channel: channel, Matched: t.Matched, Accepted: t.Accepted, Failed: t.Failed, Deferred: t.Deferred, Pending: t.Pending(), Suppressed: t.Suppressed, Superseded: t.Superseded}
		if !t.First.IsZero() {
			c.FirstMS, c.LastMS = t.First.Sub(it.ClearTime).Milliseconds(), t.Last.Sub(it.ClearTime).Milliseconds()
		}
		r.Channels = append(r.Channels, c)
	}
	exceptions, err := tx.ExceptionsOf(it.Number, maxFailures)
	if err != nil {
		return r, err
	}
	for _, e := range exceptions {
		r.Failures = append(r.Failures, Failure{
			Subscription: e.Receipt.Subscription, Holder: e.Holder, Address: mask(e.Channel, e.Address), Outcome: e.Receipt.Outcome.String(),
			Attempt: e.Receipt.Attempt, Code: e.Receipt.Code, At: e.Receipt.At, Next: e.Receipt.Next,
		})
	}
	return r, nil
}

// mask keeps of an address what tells an operator whom to ask, and no more: the
// initial and domain of a person, the scheme and host of an endpoint, whose path
// is often its key.
func mask(channel wire.Channel, address string) string {
	if channel == wire.ByMail {
		name, domain, ok := strings.Cut(address, "@")
		initial, _ := utf8.DecodeRuneInString(name)
		if !ok || name == "" {
			return ""
		}
		return string(initial) + "…@" + domain
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
