package command

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/format/ninjs"
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
	Seal     bool     `help:"Be sent what is scheduled ahead of its clear time, sealed, and at that time only the key."`
	SealKey  string   `help:"Public key of the wire, which seals are signed with; without it, what the wire says." placeholder:"BASE64"`
}

// Run prints until the context ends. What was sent ahead and failed a check is
// logged.
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
	if t.Seal {
		s.Format = "ninjs"
		if s.Box, err = t.box(); err != nil {
			return err
		}
		s.Refused = func(err error) { config.Log.Error("what was sent ahead is not what it should be", "error", err) }
	}
	err = s.Run(ctx, func(e client.Event) error { return t.print(out, e) })
	var refused *client.StatusError
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &refused):
		return &wire.Error{Kind: kindOf(refused.Status), Message: refused.Detail, Err: err}
	}
	return err
}

// box is what keeps sealed texts.
func (t *Tail) box() (*client.Box, error) {
	if t.SealKey == "" {
		return &client.Box{}, nil
	}
	key, err := base64.StdEncoding.DecodeString(t.SealKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, wire.Errorf(wire.Invalid, "seal-key", "is no public key; /v1/stream/key of the wire shows one, in base64")
	}
	return &client.Box{Keys: []ed25519.PublicKey{key}}, nil
}

func (t *Tail) print(out io.Writer, e client.Event) error {
	switch {
	case t.JSON:
		_, err := fmt.Fprintf(out, "%s\n", e.Data)
		return err
	case t.Seal && e.Type == "item":
		if d, err := ninjs.Decode(e.Data); err == nil {
			if it, err := d.Item(); err == nil {
				return printLine(out, e.ID, line{it.Language, string(it.Action), it.Headline, it.Reason, d.URI, e.Ahead})
			}
		}
	case e.Type == "item":
		var h line
		if json.Unmarshal(e.Data, &h) == nil {
			return printLine(out, e.ID, h)
		}
	}
	// What cannot be read is shown as it is.
	_, err := fmt.Fprintf(out, "%s  %s  %s\n", e.ID, e.Type, e.Data)
	return err
}

// line is what is printed of an item, as the stream has it with format=headline.
type line struct {
	Language string `json:"language"`
	Action   string `json:"action"`
	Headline string `json:"headline"`
	Reason   string `json:"reason"`
	URL      string `json:"url"`
	Ahead    bool   `json:"-"` // it came sealed, and was opened
}

func printLine(out io.Writer, id string, l line) error {
	text, ahead := l.Headline, ""
	if text == "" {
		text = l.Reason
	}
	if l.Ahead {
		ahead = "  (sent ahead)"
	}
	_, err := fmt.Fprintf(out, "%6s  %-7s %-8s %s%s\n        %s\n", id, l.Language, l.Action, text, ahead, l.URL)
	return err
}
