package command

import (
	"context"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
)

// DeliveriesStanding shows how the standing queries are held.
type DeliveriesStanding struct {
	Remote
	Limit int  `default:"100" help:"At most so many queries (${default})." placeholder:"NUMBER"`
	JSON  bool `name:"json" help:"Print one JSON object."`
}

// Run prints a summary, then a line a query that somebody should look at.
func (c *DeliveriesStanding) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var s courier.Standing
	return c.ask(ctx, config, out, question{
		path: fmt.Sprintf("/v1/deliveries/standing?limit=%d", c.Limit), answer: &s, json: c.JSON,
		print: func() error { return printStanding(out, &s) },
	})
}

func printStanding(out io.Writer, s *courier.Standing) error {
	if _, err := fmt.Fprintf(out, "%d standing queries; %d of at most %d ask for nothing in particular; %d match nothing\n", s.Queries, s.Unanchored, s.Most, s.Unheld); err != nil {
		return err
	}
	if len(s.Listed) == 0 {
		return nil
	}
	lines := newLines(out, false, "who\tchannel\tquery\tproblem")
	for _, q := range s.Listed {
		problem := q.Problem
		if problem == "" {
			problem = "asks for nothing in particular"
		}
		if err := lines.print(q, fmt.Sprintf("%s\t%s\t%s\t%s", who(q.Holder, q.Subscription), q.Channel, q.Query, problem)); err != nil {
			return err
		}
	}
	return lines.end("")
}
