package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/wire"
)

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// OneProvider names a provider on a wire.
type OneProvider struct {
	Remote
	ID   wire.ProviderID `arg:"" help:"The provider."`
	JSON bool            `name:"json" help:"Print JSON."`
}

// ProviderList lists the providers.
type ProviderList struct {
	Remote
	JSON bool `name:"json" help:"Print a JSON object a line."`
}

// Run prints a line a provider.
func (c *ProviderList) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var found struct{ Providers []api.ProviderView }
	if err := r.get(ctx, "/v1/providers", &found); err != nil {
		return err
	}
	lines := newLines(out, c.JSON, "provider\tname\ttrust\tstate\tcame\ttaken\trefused\tproblem")
	for _, p := range found.Providers {
		state := "open"
		switch {
		case p.Paused:
			state = "paused"
		case p.Silent:
			state = "SILENT"
		case p.Failures > 0:
			state = "failing"
		}
		if err := lines.print(p, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s", p.ID, p.Name, p.Trust, state, short(p.Came), p.Day[wire.TookIn], p.Day[wire.WasRefused], p.Problem)); err != nil {
			return err
		}
	}
	return lines.end("there are no providers; add one: wireroom provider add ID --pull URL")
}

// ProviderShow shows a provider and how it stands.
type ProviderShow struct{ OneProvider }

// Run prints it.
func (c *ProviderShow) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.act(ctx, config, http.MethodGet, "", out)
}

// act makes a request about the provider and prints how it stands then.
func (c *OneProvider) act(ctx context.Context, config app.Config, method, rest string, out io.Writer) error {
	var view api.ProviderView
	return c.ask(ctx, config, out, question{
		method: method, path: providerPath(c.ID, rest), answer: &view, json: c.JSON,
		print: func() error { return printProvider(&view, out) },
	})
}

// ProviderPause has a provider take nothing in.
type ProviderPause struct{ OneProvider }

// Run pauses it.
func (c *ProviderPause) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.act(ctx, config, http.MethodPost, "/pause", out)
}

// ProviderResume has a provider take in again.
type ProviderResume struct{ OneProvider }

// Run resumes it.
func (c *ProviderResume) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return c.act(ctx, config, http.MethodPost, "/resume", out)
}

// ProviderRemove removes a provider.
type ProviderRemove struct {
	OneProvider
	Yes bool `short:"y" help:"Do not ask."`
}

// Run asks, and removes it.
func (c *ProviderRemove) Run(ctx context.Context, config app.Config, out io.Writer) error {
	if !c.Yes {
		if err := confirm(os.Stdin, os.Stderr, "Remove the provider "+string(c.ID)+"? Its releases stay; its keys end."); err != nil {
			return err
		}
	}
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	if err := r.call(ctx, http.MethodDelete, providerPath(c.ID, ""), nil, nil, ""); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(map[string]any{"provider": c.ID, "removed": true})
	}
	_, err = fmt.Fprintf(out, "%s: removed\n", c.ID)
	return err
}

// ProviderKey makes a key for a provider.
type ProviderKey struct {
	OneProvider
	Days int `help:"How long it is valid; without it until revoked." placeholder:"NUMBER"`
}

// Run prints the key, once, and where it serves.
func (c *ProviderKey) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var view api.ProviderKeyView
	return c.ask(ctx, config, out, question{
		method: http.MethodPost, path: providerPath(c.ID, "/key"), in: map[string]int{"days": c.Days}, answer: &view, json: c.JSON,
		print: func() error {
			_, err := fmt.Fprintf(out, "%s\ncurl -H 'Authorization: Bearer KEY' --data-binary @story.xml %s\n", view.Key, view.Documents)
			return err
		},
	})
}

// arrivalLines prints what came, a line each.
func arrivalLines(out io.Writer, asJSON bool) (print func(wire.Arrival) error, end func(string) error) {
	l := newLines(out, asJSON, "number\tat\tway\tformat\tstory\tversion\tverdict\trelease\treason")
	return func(a wire.Arrival) error {
		number := "" // of what was known, and so is not noted
		if a.Number > 0 {
			number = strconv.FormatInt(a.Number, 10)
		}
		return l.print(a, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", number, short(a.At), a.Way, a.Format, a.Story, a.Version, a.Verdict, a.Release, strings.ReplaceAll(a.Reason, "\n", "; ")))
	}, l.end
}

// ProviderCame lists what came from a provider.
type ProviderCame struct {
	OneProvider
	Verdict wire.Verdict `enum:",taken,known,double,refused,withdrawn" default:"" help:"taken, known, double, refused or withdrawn; without it all." placeholder:"VERDICT"`
	Limit   int          `default:"50" help:"At most so many, the last first (${default})." placeholder:"NUMBER"`
}

// Run prints a line a story.
func (c *ProviderCame) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	return c.list(ctx, r, c.Verdict, c.Limit, out)
}

func (c *OneProvider) list(ctx context.Context, r *remote, verdict wire.Verdict, limit int, out io.Writer) error {
	print, end := arrivalLines(out, c.JSON)
	for before := int64(0); limit > 0; {
		query := url.Values{"limit": {fmt.Sprint(min(limit, 1000))}, "before": {fmt.Sprint(before)}}
		if verdict != "" {
			query.Set("verdict", string(verdict))
		}
		var page api.ArrivalsView
		if err := r.get(ctx, providerPath(c.ID, "/arrivals?"+query.Encode()), &page); err != nil {
			return err
		}
		for _, a := range page.Arrivals {
			if err := print(a); err != nil {
				return err
			}
		}
		limit -= len(page.Arrivals)
		if before = page.Next; before == 0 {
			break
		}
	}
	return end("nothing came")
}

// ProviderRefused lists what was refused, or gives one document of it.
type ProviderRefused struct {
	OneProvider
	Number int64 `arg:"" optional:"" help:"Number of an arrival: its document is printed, as it came."`
	Limit  int   `default:"50" help:"At most so many, the last first (${default})." placeholder:"NUMBER"`
}

// Run prints a line a story, or a document.
func (c *ProviderRefused) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	if c.Number == 0 {
		return c.list(ctx, r, wire.WasRefused, c.Limit, out)
	}
	raw, err := r.send(ctx, http.MethodGet, providerPath(c.ID, fmt.Sprintf("/arrivals/%d/document", c.Number)), nil, nil)
	if err != nil {
		return err
	}
	_, err = out.Write(raw)
	return err
}

// ProviderPull pulls a provider's feed now.
type ProviderPull struct{ OneProvider }

// Run pulls, and prints what became of each story.
func (c *ProviderPull) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var view api.ArrivalsView
	if err := r.post(ctx, providerPath(c.ID, "/pull"), nil, &view, ""); err != nil {
		return err
	}
	print, end := arrivalLines(out, c.JSON)
	for _, a := range view.Arrivals {
		if err := print(a); err != nil {
			return err
		}
	}
	return end("nothing new")
}

// ProviderSend hands in documents, for a provider or as one.
type ProviderSend struct {
	OneProvider
	Files []string `arg:"" type:"existingfile" help:"Documents, as the provider writes them."`
}

// Run hands in one file after the other and prints what became of each story.
func (c *ProviderSend) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	print, end := arrivalLines(out, c.JSON)
	for _, file := range c.Files {
		raw, err := readDocument(file)
		if err != nil {
			return err
		}
		query := url.Values{"name": {filepath.Base(file)}}
		answer, err := r.send(ctx, http.MethodPost, providerPath(c.ID, "/documents?"+query.Encode()), raw, http.Header{"Content-Type": {"application/octet-stream"}})
		if err != nil {
			return err
		}
		var view api.ArrivalsView
		if err := json.Unmarshal(answer, &view); err != nil {
			return err
		}
		for _, a := range view.Arrivals {
			if err := print(a); err != nil {
				return err
			}
		}
	}
	return end("no story in it")
}

// readDocument reads a file that is not larger than a provider's may be.
func readDocument(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > provider.MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, file, "is larger than %d bytes; send it in parts", provider.MaxBytes)
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, file, "cannot be read: %w", err)
	}
	return raw, nil
}

// ProviderTest shows what would become of a feed or a document.
type ProviderTest struct {
	OneProvider
	File string `arg:"" optional:"" type:"existingfile" help:"A document as the provider writes it; without it its feed is fetched."`
	Text bool   `help:"Print the texts, too."`
}

// Run prints what would become of each story. Nothing is changed.
func (c *ProviderTest) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var in any // nil: its feed
	if c.File != "" {
		raw, err := readDocument(c.File)
		if err != nil {
			return err
		}
		in = &api.Document{Name: filepath.Base(c.File), Data: raw}
	}
	var view api.TrialView
	return c.ask(ctx, config, out, question{
		method: http.MethodPost, path: providerPath(c.ID, "/test"), in: in, answer: &view, json: c.JSON,
		print: func() error {
			for i := range view.Stories {
				c.print(&view.Stories[i], out)
			}
			_, err := fmt.Fprintf(out, "%s; nothing was changed\n", count(len(view.Stories), "story", "stories"))
			return err
		},
	})
}

func (c *ProviderTest) print(s *provider.Prospect, out io.Writer) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(out, "%-10s %s\n", name, harmless(strings.ReplaceAll(text, "\n", " ")))
		}
	}
	line("story", strings.TrimSpace(s.Story+" "+s.Version)+"  "+s.Format)
	line("headline", strings.TrimSpace(s.Language+"  "+s.Headline))
	line("would", s.Would)
	line("because", s.Reason)
	line("release", string(s.Release))
	if !s.Schedule.Immediate() {
		line("embargo", "until "+s.Schedule.UTC.Format(time.DateTime)+" UTC")
	}
	line("sectors", strings.Join(s.Sectors, " "))
	line("subjects", strings.Join(s.Subjects, " "))
	line("credit", s.Credit)
	line("disclaimer", s.Disclaimer)
	if c.Text {
		line("text", s.Text)
	}
	for _, f := range s.Findings {
		line(string(f.Severity), f.Message)
	}
	fmt.Fprintln(out)
}
