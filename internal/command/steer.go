package command

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// DeliveriesHealth shows how receivers are.
type DeliveriesHealth struct {
	Remote
	Worst int  `default:"20" help:"How many, the worst first (${default})." placeholder:"NUMBER"`
	JSON  bool `name:"json" help:"Print a JSON object a line."`
}

// Run prints a line a receiver.
func (c *DeliveriesHealth) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var found api.ReceiversView
	if err := r.get(ctx, "/v1/deliveries/health?worst="+strconv.Itoa(c.Worst), &found); err != nil {
		return err
	}
	lines := newLines(out, c.JSON, "receiver\tchannel\thour\taccepted\tdeferred\tfailed\tmedian\tp95\tday\taccepted\tdeferred\tfailed\tmedian\tp95\tnow\tsaid")
	window := func(w courier.WindowHealth) string {
		return fmt.Sprintf("%d\t%d\t%d\t%d\t%s\t%s", w.Attempts, w.Accepted, w.Deferred, w.Failed, after(w.Accepted, w.MedianMS), after(w.Accepted, w.P95MS))
	}
	for _, h := range found.Receivers {
		now := fmt.Sprintf("%d refused", h.Streak.Length)
		if h.Streak.Accepted {
			now = fmt.Sprintf("%d accepted", h.Streak.Length)
		}
		if err := lines.print(h, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", h.Receiver, h.Channel, window(h.Hour), window(h.Day), now, h.Code)); err != nil {
			return err
		}
	}
	return lines.end("nothing was delivered within a day")
}

// DeliveriesResend sends items again.
type DeliveriesResend struct {
	Remote
	What    string              `arg:"" help:"Id of a release, a wire number, or a span of them: 12..20."`
	To      wire.SubscriptionID `help:"To one subscription." placeholder:"SUBSCRIPTION"`
	Outlet  wire.OutletID       `help:"To the subscriptions of an outlet and of its contacts." placeholder:"ID"`
	Failed  bool                `help:"To everyone whose delivery failed."`
	AllOf   wire.Channel        `enum:",mail,webhook,websub,drop" default:"" help:"To everyone on a channel." placeholder:"CHANNEL"`
	Reason  string              `help:"Why, for the record." placeholder:"TEXT"`
	DryRun  bool                `help:"Only count."`
	Yes     bool                `short:"y" help:"Do not ask."`
	Request string              `help:"Key of the request: the same key again makes nothing." placeholder:"KEY"`
	JSON    bool                `name:"json" help:"Print one JSON object."`
}

// span reads what is to be sent again.
func (c *DeliveriesResend) span(in *courier.Resend) error {
	first, last, isSpan := strings.Cut(c.What, "..")
	if !isSpan && !isNumber(c.What) {
		in.Release = wire.ReleaseID(c.What)
		return nil
	}
	if !isSpan {
		last = first
	}
	var errs [2]error
	in.First, errs[0] = strconv.ParseInt(first, 10, 64)
	in.Last, errs[1] = strconv.ParseInt(last, 10, 64)
	if errs[0] != nil || errs[1] != nil || in.First < 1 {
		return wire.Errorf(wire.Invalid, "what", "%q is neither a release nor wire numbers such as 12..20", c.What)
	}
	return nil
}

// Run counts, asks, and sends again.
func (c *DeliveriesResend) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.run(ctx, config, os.Stdin, out)
}

func (c *DeliveriesResend) run(ctx context.Context, config app.Config, answers io.Reader, out io.Writer) error {
	in := courier.Resend{To: c.To, Outlet: c.Outlet, Failed: c.Failed, Channel: c.AllOf, Reason: c.Reason, DryRun: true}
	if err := c.span(&in); err != nil {
		return err
	}
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	const address = "/v1/deliveries/resend"
	var done courier.Resent
	if c.DryRun || !c.Yes {
		if err := r.post(ctx, address, in, &done, ""); err != nil {
			return err
		}
		if c.DryRun || done.Deliveries == 0 {
			return c.print(out, &done)
		}
		if err := confirm(answers, os.Stderr, fmt.Sprintf("Send %s of %s again?", count(done.Deliveries, "delivery", "deliveries"), count(len(done.Items), "item", "items"))); err != nil {
			return err
		}
		in.AtMost = done.Deliveries
	}
	in.DryRun = false
	request := c.Request
	if request == "" {
		request = wire.NewToken()
	}
	done = courier.Resent{}
	if err := r.post(ctx, address, in, &done, request); err != nil {
		return err
	}
	return c.print(out, &done)
}

func (c *DeliveriesResend) print(out io.Writer, done *courier.Resent) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(done)
	}
	for _, it := range done.Items {
		fmt.Fprintf(out, "item %d  %s  %s  version %d  %s  %s\n", it.Number, it.Release, it.Language, it.Version, it.Action, count(it.Deliveries, "delivery", "deliveries"))
	}
	verb := "sent again"
	switch {
	case done.DryRun:
		verb = "would be sent again"
	case done.Repeated:
		verb = "sent again before, by this request"
	}
	fmt.Fprintf(out, "%s %s", count(done.Deliveries, "delivery", "deliveries"), verb)
	if done.UnderWay > 0 {
		fmt.Fprintf(out, "; under way by themselves: %d", done.UnderWay)
	}
	if done.Paused > 0 {
		fmt.Fprintf(out, "; left out, being paused or suspended: %d", done.Paused)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// count is a number with what it counts.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

// confirm asks a question; an error says that it was not answered with yes.
func confirm(answers io.Reader, out io.Writer, question string) error {
	fmt.Fprintf(out, "%s [y/N] ", question)
	line, err := bufio.NewReader(io.LimitReader(answers, 100)).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	case "":
		if err != nil {
			return wire.Errorf(wire.Invalid, "yes", "nobody is there to answer: give --yes")
		}
	}
	return wire.Errorf(wire.Conflict, "", "nothing was done")
}

// DeliveriesSuspend suspends a subscription or an endpoint.
type DeliveriesSuspend struct {
	Remote
	Suspension
}

// DeliveriesResume resumes a subscription or an endpoint.
type DeliveriesResume struct {
	Remote
	Suspension
}

// Suspension says who gets nothing new, or again what is new.
type Suspension struct {
	Subscription wire.SubscriptionID `arg:"" optional:"" help:"Number of a subscription."`
	Endpoint     string              `help:"Address of a webhook or a mailbox, as it stands in the directory." placeholder:"ADDRESS"`
	Reason       string              `help:"Why, for the record." placeholder:"TEXT"`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run suspends.
func (c *DeliveriesSuspend) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.act(ctx, c.Remote, config, "suspend", out)
}

// Run resumes.
func (c *DeliveriesResume) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.act(ctx, c.Remote, config, "resume", out)
}

// act suspends or resumes, as verb says, and prints who that is.
func (s *Suspension) act(ctx context.Context, at Remote, config app.Config, verb string, out io.Writer) error {
	if (s.Subscription == 0) == (s.Endpoint == "") {
		return wire.Errorf(wire.Invalid, "subscription", "give either the number of a subscription or --endpoint")
	}
	done := map[string]string{"suspend": "suspended", "resume": "resumed"}[verb]
	if s.Endpoint != "" {
		r, err := at.connect(ctx, config.Data)
		if err != nil {
			return err
		}
		if err := r.post(ctx, "/v1/endpoints/"+verb, map[string]string{"address": s.Endpoint, "reason": s.Reason}, nil, ""); err != nil {
			return err
		}
		if s.JSON {
			return json.NewEncoder(out).Encode(map[string]any{"endpoint": s.Endpoint, "suspended": verb == "suspend"})
		}
		_, err = fmt.Fprintf(out, "%s: %s\n", s.Endpoint, done)
		return err
	}
	var view courier.SuspendedSubscription
	return at.ask(ctx, config, out, question{
		method: http.MethodPost, path: fmt.Sprintf("/v1/subscriptions/%d/%s", s.Subscription, verb), in: map[string]string{"reason": s.Reason}, answer: &view, json: s.JSON,
		print: func() error {
			_, err := fmt.Fprintf(out, "%s  %s  %s: %s\n", who(view.Holder, view.Subscription), view.Channel, view.Address, done)
			return err
		},
	})
}

// DeliveriesSuspended lists who gets nothing new.
type DeliveriesSuspended struct {
	Remote
	JSON bool `name:"json" help:"Print a JSON object a line."`
}

// Run prints endpoints, then subscriptions.
func (c *DeliveriesSuspended) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	lines := newLines(out, c.JSON, "who\tchannel\taddress\tsince\tby\tlast code\treason")
	for after := wire.SubscriptionID(0); ; {
		var found api.SuspendedView
		if err := r.get(ctx, fmt.Sprintf("/v1/deliveries/suspended?limit=1000&after=%d", after), &found); err != nil {
			return err
		}
		for _, e := range found.Endpoints {
			if err := lines.print(e, fmt.Sprintf("endpoint\t%s\t%s\t%s\t%s\t%s\t%s", e.Channel, e.Address, short(e.Since), suspender(e.By, e.Since), e.Code, e.Reason)); err != nil {
				return err
			}
		}
		for _, s := range found.Subscriptions {
			if err := lines.print(s, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t\t%s", who(s.Holder, s.Subscription), s.Channel, s.Address, short(s.Since), suspender(s.By, s.Since), s.Reason)); err != nil {
				return err
			}
		}
		if after = found.Next; after == 0 {
			return lines.end("nobody")
		}
	}
}

// suspender says who suspended something: nobody is the wire, but where it was not
// noted.
func suspender(by string, since time.Time) string {
	if by == "" && !since.IsZero() {
		return "the wire"
	}
	return by
}

// DeliveriesActs lists what was done to deliveries by hand.
type DeliveriesActs struct {
	Remote
	Limit int  `default:"50" help:"At most so many, the newest first (${default})." placeholder:"NUMBER"`
	JSON  bool `name:"json" help:"Print a JSON object a line."`
}

// Run prints a line an act.
func (c *DeliveriesActs) Run(ctx context.Context, config app.Config, out io.Writer) error {
	if c.Limit < 1 {
		return wire.Errorf(wire.Invalid, "limit", "must be 1 or more")
	}
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	lines := newLines(out, c.JSON, "act\tat\tactor\trole\tverb\twhat\tdeliveries\treason")
	before := int64(0)
	err = pages(c.Limit, func(size int) (int, bool, error) {
		var found api.ActsView
		if err := r.get(ctx, fmt.Sprintf("/v1/deliveries/acts?limit=%d&before=%d", size, before), &found); err != nil {
			return 0, false, err
		}
		for _, a := range found.Acts {
			if err := lines.print(a, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s", a.ID, short(a.At), a.Actor, a.Role, a.Verb, a.Subject, a.Amount, a.Reason)); err != nil {
				return 0, false, err
			}
			before = a.ID
		}
		return len(found.Acts), len(found.Acts) == size, nil
	})
	if err != nil {
		return err
	}
	return lines.end("nothing")
}
