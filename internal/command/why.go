package command

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// DeliveriesWhy tells why a query or a subscription wants an item.
type DeliveriesWhy struct {
	Remote
	Number       int64               `arg:"" help:"Wire number of the item."`
	Query        []string            `arg:"" optional:"" help:"A query, as of a subscription, a search or a live stream."`
	Subscription wire.SubscriptionID `help:"The query of a subscription instead." placeholder:"ID"`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run prints whether it is wanted, then a line a part of the query that holds.
func (c *DeliveriesWhy) Run(ctx context.Context, config app.Config, out io.Writer) error {
	path := fmt.Sprintf("/v1/items/%d/why", c.Number)
	switch {
	case (len(c.Query) == 0) == (c.Subscription == 0):
		return wire.Errorf(wire.Invalid, "query", "give either a query or --subscription")
	case c.Subscription != 0:
		path += fmt.Sprintf("/%d", c.Subscription)
	default:
		path += "?" + url.Values{"q": {strings.Join(c.Query, " ")}}.Encode()
	}
	var w courier.Why
	return c.ask(ctx, config, out, question{path: path, answer: &w, json: c.JSON, print: func() error { return printWhy(out, &w) }})
}

func printWhy(out io.Writer, w *courier.Why) error {
	says := "wants"
	if !w.Wanted {
		says = "does not want"
	}
	if _, err := fmt.Fprintf(out, "%s %s item %d\n", w.Query, says, w.Number); err != nil {
		return err
	}
	if len(w.Reasons) == 0 {
		return nil
	}
	lines := newLines(out, false, "because of\tin\tas")
	for _, reason := range w.Reasons {
		if reason.Field != "" || len(reason.Places) == 0 {
			if err := lines.print(reason, fmt.Sprintf("%s\t%s\t%s", reason.Query, reason.Field, reason.Value)); err != nil {
				return err
			}
		}
		for _, p := range reason.Places {
			where := p.Part
			if p.Number != w.Number {
				where = fmt.Sprintf("%s of item %d", p.Part, p.Number)
			}
			if err := lines.print(reason, fmt.Sprintf("%s\t%s\t%s", reason.Query, where, p.Text)); err != nil {
				return err
			}
		}
	}
	return lines.end("")
}
