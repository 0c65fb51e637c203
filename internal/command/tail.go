package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Tail prints the live wire.
type Tail struct {
	Remote
	Lang     []string `help:"Languages, such as ar or zh-Hans." placeholder:"TAG"`
	Country  []string `help:"Countries, such as SG." placeholder:"CODE"`
	Sector   []string `help:"Sectors, such as technology." placeholder:"CODE"`
	Subject  []string `help:"IPTC Media Topics." placeholder:"CODE"`
	Org      []string `help:"Issuers." placeholder:"NAME"`
	Ticker   []string `help:"Tickers." placeholder:"SYMBOL"`
	Priority []string `help:"flash, urgent, ordinary." placeholder:"NAME"`
	Query    string   `short:"q" help:"Words, \"phrases\", AND OR NOT ( )." placeholder:"QUERY"`
	After    string   `help:"Begin after this wire number; 0 is the whole wire. Without it, from now on." placeholder:"NUMBER"`
	JSON     bool     `name:"json" help:"Print each item whole, a JSON object a line."`
}

// Run prints until the context ends.
func (t *Tail) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := t.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	s := client.Stream{
		URL: r.url, Key: r.key, Last: t.After, Format: "headline",
		Filter: client.Filter{
			Languages: t.Lang, Countries: t.Country, Sectors: t.Sector, Subjects: t.Subject,
			Organisations: t.Org, Tickers: t.Ticker, Priorities: t.Priority, Text: t.Query,
		},
	}
	if t.JSON {
		s.Format = "ninjs"
	}
	err = s.Run(ctx, func(e client.Event) error {
		if t.JSON {
			_, err := fmt.Fprintf(out, "%s\n", e.Data)
			return err
		}
		return printHeadline(out, e)
	})
	var refused *client.StatusError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &refused):
		return &wire.Error{Kind: kindOf(refused.Status), Message: refused.Detail, Err: err}
	}
	return err
}

// printHeadline prints one line an item. What cannot be read is shown as it is.
func printHeadline(out io.Writer, e client.Event) error {
	var h struct {
		Language  string `json:"language"`
		Action    string `json:"action"`
		ClearTime string `json:"clear_time"`
		Headline  string `json:"headline"`
		Reason    string `json:"reason"`
		URL       string `json:"url"`
	}
	if e.Type != "item" || json.Unmarshal(e.Data, &h) != nil {
		_, err := fmt.Fprintf(out, "%s  %s  %s\n", e.ID, e.Type, e.Data)
		return err
	}
	text := h.Headline
	if text == "" {
		text = h.Reason
	}
	_, err := fmt.Fprintf(out, "%6s  %-7s %-8s %s\n        %s\n", e.ID, h.Language, h.Action, text, h.URL)
	return err
}
