package courier

import (
	"context"
	"net/url"
	"slices"
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
	Planned   bool            `json:"planned" doc:"False: who gets it is not settled yet"`
	Channels  []ChannelReport `json:"channels"`
	Failures  []Failure       `json:"failures,omitempty" doc:"Deliveries that failed, are deferred, or came back, up to 1,000 a release; all of them: /v1/releases/{id}/exceptions"`
}

// ChannelReport counts the receipts of an item on one channel; those of digests
// that it was in apart from mail, as wire.InDigest.
type ChannelReport struct {
	Channel    wire.Channel `json:"channel"`
	Matched    int          `json:"matched"`
	Accepted   int          `json:"accepted"`
	Failed     int          `json:"failed"`
	Deferred   int          `json:"deferred"`
	Pending    int          `json:"pending"`
	Suppressed int          `json:"suppressed"`
	Superseded int          `json:"superseded"`
	Unfit      int          `json:"unfit,omitempty" doc:"The format asked for cannot carry the item"`
	Bounced    int          `json:"bounced,omitempty" doc:"Accepted letters that came back later"`
	Complained int          `json:"complained,omitempty" doc:"Accepted letters that were reported as unwanted"`
	Waiting    int          `json:"waiting,omitempty" doc:"For the end of their quiet hours"`
	FirstMS    int64        `json:"first_ms" doc:"First acceptance, ms after the clear time"`
	LastMS     int64        `json:"last_ms" doc:"Last acceptance, ms after the clear time"`
	// Resent are what was sent again: it makes no recipient two.
	Resent Counts `json:"resent,omitzero" doc:"What was sent again, counted by itself"`
}

// Counts are receipts counted, as in ChannelReport.
type Counts struct {
	Matched    int   `json:"matched"`
	Accepted   int   `json:"accepted"`
	Failed     int   `json:"failed"`
	Deferred   int   `json:"deferred"`
	Pending    int   `json:"pending"`
	Suppressed int   `json:"suppressed"`
	Superseded int   `json:"superseded"`
	Unfit      int   `json:"unfit,omitempty"`
	Bounced    int   `json:"bounced,omitempty"`
	Complained int   `json:"complained,omitempty"`
	Waiting    int   `json:"waiting,omitempty"`
	FirstMS    int64 `json:"first_ms" doc:"First acceptance, ms after the clear time"`
	LastMS     int64 `json:"last_ms" doc:"Last acceptance, ms after the clear time"`
}

// Failure is one delivery that did not go through at once.
type Failure struct {
	Number       int64               `json:"item" doc:"0: it was in a digest"`
	Digest       int64               `json:"digest,omitempty"`
	Channel      wire.Channel        `json:"channel"`
	Subscription wire.SubscriptionID `json:"subscription"`
	Holder       string              `json:"holder,omitempty" doc:"Name of the outlet or contact"`
	Address      string              `json:"address" doc:"Without what would open a mailbox or an endpoint"`
	Outcome      string              `json:"outcome"`
	Attempt      int                 `json:"attempt"`
	Code         string              `json:"code" doc:"What the receiver said"`
	At           time.Time           `json:"at"`
	Next         time.Time           `json:"next,omitzero" doc:"When it is tried again"`
}

// Settled reports whether nothing more will happen by itself at once: everyone
// has a receipt, though some deliveries may be deferred.
func (r *Report) Settled() bool { return settledItems(r.Items) }

func settledItems(items []ItemReport) bool {
	for _, it := range items {
		if !it.Planned {
			return false
		}
		for _, c := range it.Channels {
			if c.Pending > 0 || c.Resent.Pending > 0 {
				return false
			}
		}
	}
	return len(items) > 0
}

// maxFailures bounds how many failures a report names.
const maxFailures = 1000

// Report counts the receipts of a release; NotFound if nothing of it is on the
// wire.
func (c *Courier) Report(ctx context.Context, release wire.ReleaseID) (*Report, error) {
	report := &Report{Release: release}
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if report.Items, err = itemReports(tx, release); err != nil {
			return err
		}
		return addFailures(tx, release, 0, report.Items)
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// ReportItem is the part of Report that is about one item, by its wire number;
// NotFound if there is none.
func (c *Courier) ReportItem(ctx context.Context, number int64) (*Report, error) {
	report := &Report{}
	err := c.Store.Read(ctx, func(tx *store.Tx) error {
		it, err := tx.Item(number)
		if err != nil {
			return err
		}
		report.Release = it.Release
		if report.Items, err = itemReports(tx, it.Release); err != nil {
			return err
		}
		report.Items = slices.DeleteFunc(report.Items, func(r ItemReport) bool { return r.Number != number })
		return addFailures(tx, it.Release, number, report.Items)
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// itemReports counts the receipts of every item of a release, without failures.
func itemReports(tx *store.Tx, release wire.ReleaseID) ([]ItemReport, error) {
	items, err := tx.ItemsOf(release)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, wire.Errorf(wire.NotFound, string(release), "nothing of this release is on the wire")
	}
	planned, err := tx.ConsumerNumber(consumer)
	if err != nil {
		return nil, err
	}
	tallies, err := tx.TalliesOf(release)
	if err != nil {
		return nil, err
	}
	var reports []ItemReport
	for i := range items {
		it := &items[i]
		reports = append(reports, ItemReport{
			Number: it.Number, Language: it.Language, Version: it.Version, Action: it.Action, ClearTime: it.ClearTime,
			Planned: planned >= it.Number, Channels: channelReports(it, tallies),
		})
	}
	return reports, nil
}

func channelReports(it *wire.Item, tallies []store.ItemTally) []ChannelReport {
	reports := []ChannelReport{}
	for _, channel := range []wire.Channel{wire.ByMail, wire.InDigest, wire.ByWebhook, wire.ByWebSub, wire.ByDrop} {
		one, met := ChannelReport{Channel: channel}, false
		for i := range tallies {
			t := &tallies[i]
			switch {
			case t.Number != it.Number || t.Channel != channel:
				continue
			case t.Resend:
				one.Resent = counts(&t.Tally, it.ClearTime)
			default:
				n := counts(&t.Tally, it.ClearTime)
				one.Matched, one.Accepted, one.Failed, one.Deferred, one.Pending = n.Matched, n.Accepted, n.Failed, n.Deferred, n.Pending
				one.Suppressed, one.Superseded, one.Unfit, one.FirstMS, one.LastMS = n.Suppressed, n.Superseded, n.Unfit, n.FirstMS, n.LastMS
				one.Bounced, one.Complained, one.Waiting = n.Bounced, n.Complained, n.Waiting
			}
			met = true
		}
		if met {
			reports = append(reports, one)
		}
	}
	return reports
}

func counts(t *store.Tally, clear time.Time) Counts {
	c := Counts{Matched: t.Matched, Accepted: t.Accepted, Failed: t.Failed, Deferred: t.Deferred, Pending: t.Pending(), Suppressed: t.Suppressed, Superseded: t.Superseded, Unfit: t.Unfit, Bounced: t.Bounced, Complained: t.Complained, Waiting: t.Waiting}
	if !t.First.IsZero() {
		c.FirstMS, c.LastMS = t.First.Sub(clear).Milliseconds(), t.Last.Sub(clear).Milliseconds()
	}
	return c
}

// addFailures names the exceptions of a release, or of one item of it, at the
// items they are of.
func addFailures(tx *store.Tx, release wire.ReleaseID, number int64, items []ItemReport) error {
	failures, _, err := exceptions(tx, ExceptionFilter{Release: release, Number: number}, cursor{}, maxFailures)
	for _, f := range failures {
		for i := range items {
			if items[i].Number == f.Number {
				items[i].Failures = append(items[i].Failures, f)
			}
		}
	}
	return err
}

// Mask keeps of an address what tells an operator whom to ask, and no more: the
// initial and domain of a person, the scheme and host of an endpoint, whose path
// is often its key.
func Mask(channel wire.Channel, address string) string {
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
