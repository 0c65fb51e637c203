package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Deliveries shows who got what.
type Deliveries struct {
	Remote
	What         string              `arg:"" name:"release" optional:"" help:"Id of a release, or wire number of an item."`
	Failed       bool                `help:"List the deliveries that failed."`
	Deferred     bool                `help:"List the deliveries that will be tried again."`
	Unfit        bool                `help:"List the deliveries that the format asked for cannot carry."`
	Bounced      bool                `help:"List the letters that came back."`
	Complained   bool                `help:"List the letters that were reported as unwanted."`
	Channel      wire.Channel        `enum:",mail,webhook,websub,drop" default:"" help:"Of the list: mail, webhook, websub or drop." placeholder:"NAME"`
	Domain       string              `help:"Of the list: mail domain or host of the endpoint, with all below it." placeholder:"DOMAIN"`
	Code         string              `help:"Of the list: a part of what the receiver said." placeholder:"TEXT"`
	Outlet       wire.OutletID       `help:"The last deliveries to an outlet and its contacts." placeholder:"ID"`
	Address      string              `help:"The last deliveries to a mailbox or endpoint." placeholder:"ADDRESS"`
	Subscription wire.SubscriptionID `help:"The last deliveries to a subscription." placeholder:"ID"`
	Limit        int                 `help:"List at most so many; without it all, of one receiver 50." placeholder:"NUMBER"`
	Watch        bool                `help:"Follow a release until everyone was served as far as can be at once."`
	JSON         bool                `name:"json" help:"Print one JSON object; of lists one a line."`
}

// lists reports whether the exceptions are asked for.
func (d *Deliveries) lists() bool {
	return len(d.outcomes()) > 0 || d.Channel != "" || d.Domain != "" || d.Code != ""
}

// outcomes are those whose lists are asked for.
func (d *Deliveries) outcomes() (wanted []string) {
	for outcome, asked := range map[wire.Outcome]bool{wire.Failed: d.Failed, wire.Deferred: d.Deferred, wire.Unfit: d.Unfit, wire.Bounced: d.Bounced, wire.Complained: d.Complained} {
		if asked {
			wanted = append(wanted, outcome.String())
		}
	}
	return wanted
}

// receiver reports whether the deliveries to one receiver are asked for.
func (d *Deliveries) receiver() bool {
	return d.Outlet != 0 || d.Address != "" || d.Subscription != 0
}

// check says what does not go together.
func (d *Deliveries) check() error {
	switch {
	case d.Limit < 0:
		return wire.Errorf(wire.Invalid, "limit", "must not be below 0")
	case d.receiver() && (d.What != "" || d.lists() || d.Watch):
		return wire.Errorf(wire.Invalid, "release", "give either a release or a receiver, not both")
	case !d.receiver() && d.What == "":
		return wire.Errorf(wire.Invalid, "release", "give the id of a release, the wire number of an item, or a receiver: --outlet, --address or --subscription")
	case d.Watch && (d.lists() || isNumber(d.What)):
		return wire.Errorf(wire.Invalid, "watch", "follows a whole release: give its id, without a list")
	}
	return nil
}

func isNumber(what string) bool {
	_, err := strconv.ParseInt(what, 10, 64)
	return err == nil
}

// of is the address of a release or an item on the API.
func of(what string) string {
	if isNumber(what) {
		return "/v1/items/" + what
	}
	return "/v1/releases/" + url.PathEscape(what)
}

// Run prints what is asked for.
func (d *Deliveries) Run(ctx context.Context, config app.Config, out io.Writer) (err error) {
	if err := d.check(); err != nil {
		return err
	}
	r, end, err := revisit(ctx, d.Remote, config)
	if err != nil {
		return err
	}
	defer func() {
		if e := end(); err == nil {
			err = e
		}
	}()
	switch {
	case d.receiver():
		return d.runReceiver(ctx, r, out)
	case d.lists():
		return d.runExceptions(ctx, r, out)
	case d.Watch:
		return r.watch(ctx, d.What, newWatch(out, d.JSON))
	}
	var report courier.Report
	if err := r.get(ctx, of(d.What)+"/report", &report); err != nil {
		return err
	}
	if d.JSON {
		return json.NewEncoder(out).Encode(report)
	}
	return printReport(out, &report)
}

// printReport prints the counts, and how many failures there are to list.
func printReport(out io.Writer, report *courier.Report) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	failed, deferred, unfit, bounced, complained, waiting := 0, 0, 0, 0, 0, 0
	for _, it := range report.Items {
		fmt.Fprintf(w, "item %d  %s  version %d  %s  cleared %s\n", it.Number, it.Language, it.Version, it.Action, clock(it.ClearTime))
		if !it.Planned {
			fmt.Fprintln(w, "  who gets it is being settled")
			continue
		}
		fmt.Fprintln(w, "\tmatched\taccepted\tfailed\tdeferred\tpending\tsuppressed\tsuperseded\tfirst\tlast")
		for _, c := range it.Channels {
			fmt.Fprintf(w, "  %s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", c.Channel, c.Matched, c.Accepted, c.Failed, c.Deferred, c.Pending, c.Suppressed, c.Superseded, after(c.Accepted, c.FirstMS), after(c.Accepted, c.LastMS))
			if n := c.Resent; n.Matched > 0 {
				fmt.Fprintf(w, "  – again\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", n.Matched, n.Accepted, n.Failed, n.Deferred, n.Pending, n.Suppressed, n.Superseded, after(n.Accepted, n.FirstMS), after(n.Accepted, n.LastMS))
			}
			failed += c.Failed + c.Resent.Failed
			deferred += c.Deferred + c.Resent.Deferred
			waiting += c.Waiting
			unfit += c.Unfit + c.Resent.Unfit
			bounced += c.Bounced + c.Resent.Bounced
			complained += c.Complained + c.Resent.Complained
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if failed+deferred > 0 {
		if _, err := fmt.Fprintf(out, "%d failed, %d deferred: list them with --failed and --deferred\n", failed, deferred); err != nil {
			return err
		}
	}
	if waiting > 0 {
		if _, err := fmt.Fprintf(out, "%s for the end of quiet hours\n", count(waiting, "waits", "wait")); err != nil {
			return err
		}
	}
	if unfit > 0 {
		if _, err := fmt.Fprintf(out, "%s not sent, for the format asked for cannot carry the item: list with --unfit\n", count(unfit, "was", "were")); err != nil {
			return err
		}
	}
	if bounced+complained > 0 {
		_, err := fmt.Fprintf(out, "%s came back, %s reported as unwanted: list them with --bounced and --complained\n", count(bounced, "letter", "letters"), count(complained, "was", "were"))
		return err
	}
	return nil
}

// after is a time after the clear time, if anything was accepted.
func after(accepted int, ms int64) string {
	if accepted == 0 {
		return "–"
	}
	return strconv.FormatInt(ms, 10) + " ms"
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }

// short is a time to the second, "" if there is none.
func short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// runExceptions lists what did not go through, page by page.
func (d *Deliveries) runExceptions(ctx context.Context, r *remote, out io.Writer) error {
	q := url.Values{}
	for name, value := range map[string]string{"channel": string(d.Channel), "domain": d.Domain, "code": d.Code} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if wanted := d.outcomes(); len(wanted) > 0 {
		q.Set("outcome", strings.Join(wanted, ","))
	}
	lines := newLines(out, d.JSON, "outcome\titem\tchannel\twho\taddress\tattempts\tlast\tnext\tcode")
	err := pages(d.Limit, func(size int) (int, bool, error) {
		q.Set("limit", strconv.Itoa(size))
		var found api.ExceptionsView
		if err := r.get(ctx, of(d.What)+"/exceptions?"+q.Encode(), &found); err != nil {
			return 0, false, err
		}
		for _, f := range found.Exceptions {
			if err := lines.print(f, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s", f.Outcome, itemOrDigest(f.Number, f.Digest), f.Channel, who(f.Holder, f.Subscription), f.Address, f.Attempt, short(f.At), short(f.Next), f.Code)); err != nil {
				return 0, false, err
			}
		}
		q.Set("after", found.Next)
		return len(found.Exceptions), found.Next != "", nil
	})
	if err != nil {
		return err
	}
	return lines.end("none")
}

func itemOrDigest(item, digest int64) string {
	if digest != 0 {
		return fmt.Sprintf("digest %d", digest)
	}
	return strconv.FormatInt(item, 10)
}

// who names a receiver: its holder, or the subscription where it has none.
func who(holder string, id wire.SubscriptionID) string {
	if holder == "" {
		return fmt.Sprintf("subscription %d", id)
	}
	return fmt.Sprintf("%s (%d)", holder, id)
}

// runReceiver lists the last deliveries to one receiver.
func (d *Deliveries) runReceiver(ctx context.Context, r *remote, out io.Writer) error {
	limit := d.Limit
	if limit == 0 {
		limit = 50
	}
	lines := newLines(out, d.JSON, "item\trelease\tversion\taction\tcleared\tchannel\twho\toutcome\tat\tnext\tcode")
	q := api.DeliveryQuery{Outlet: d.Outlet, Address: d.Address, Subscription: d.Subscription}
	for listed := 0; ; {
		const page = 1000
		q.Limit = min(page, limit-listed)
		var found api.DeliveriesView
		if err := r.post(ctx, "/v1/deliveries/find", q, &found, ""); err != nil {
			return err
		}
		for _, f := range found.Deliveries {
			if listed++; listed > limit {
				break
			}
			at := short(f.At)
			if f.At.IsZero() && !f.By.IsZero() {
				at = "by " + short(f.By)
			}
			outcome := f.Outcome
			if f.Resent {
				outcome += " again"
			}
			if err := lines.print(f, fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", itemOrDigest(f.Number, f.Digest), releaseOf(&f), f.Version, f.Action, short(f.ClearTime), f.Channel, who(f.Holder, f.Subscription), outcome, at, short(f.Next), f.Code)); err != nil {
				return err
			}
		}
		if found.Next == 0 || listed >= limit {
			return lines.end("nothing was ever planned for this receiver")
		}
		q.Before = found.Next
	}
}

// releaseOf is the release a delivery was of: a digest is of many.
func releaseOf(d *courier.ReceiverDelivery) string {
	if d.Digest != 0 {
		return "–"
	}
	return string(d.Release)
}

// lines prints a list: as a table, or as a JSON object a line.
type lines struct {
	out    io.Writer
	table  *tabwriter.Writer
	json   *json.Encoder
	header string
	n      int
}

// flushEvery is how many lines of a table stand under one another.
const flushEvery = 1000

func newLines(out io.Writer, asJSON bool, header string) *lines {
	l := &lines{out: out, header: header}
	if asJSON {
		l.json = json.NewEncoder(out)
		return l
	}
	l.table = tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	return l
}

func (l *lines) print(value any, line string) error {
	l.n++
	if l.json != nil {
		return l.json.Encode(value)
	}
	if l.n == 1 {
		fmt.Fprintln(l.table, l.header)
	}
	if _, err := fmt.Fprintln(l.table, harmless(line)); err != nil {
		return err
	}
	if l.n%flushEvery == 0 {
		return l.table.Flush()
	}
	return nil
}

// harmless takes out of a line what would steer the terminal: what receivers say
// and holders are called comes from outside.
func harmless(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, line)
}

// end prints what is left, and nothing instead of an empty table.
func (l *lines) end(nothing string) error {
	if l.json != nil {
		return nil
	}
	if l.n == 0 {
		_, err := fmt.Fprintln(l.out, nothing)
		return err
	}
	return l.table.Flush()
}
