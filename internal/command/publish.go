package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/wire"
)

// Publish hands in files and clears them.
type Publish struct {
	Remote
	Files     []string  `arg:"" type:"existingfile" help:"Text, Markdown, HTML, Word or a format of the trade; several files are editions of one release, the first is the source text. Pictures beside them are the release's."`
	Language  string    `help:"Language of the text where the file does not say (BCP 47)." placeholder:"TAG"`
	ReleaseAt string    `help:"Local time to lift at, such as 2026-03-08T14:30; without it at once." placeholder:"TIME"`
	Zone      string    `help:"IANA time zone of --release-at." placeholder:"ZONE"`
	Fold      wire.Fold `help:"Which one where clocks are set back: earlier or later." enum:",earlier,later" default:""`
	Request   string    `help:"Idempotency key: the same again returns the first release." placeholder:"KEY"`
	Words     Words     `embed:""`
	Submit    bool      `help:"Only hand in; the desk checks and clears."`
	JSON      bool      `name:"json" help:"Print one JSON object."`
}

// Words are what is said of the one picture among the files. Of several, the
// documents say it: each in its language.
type Words struct {
	Caption map[string]string `mapsep:"none" help:"What is printed below the picture, in one language; repeat for others." placeholder:"LANGUAGE=TEXT"`
	Alt     map[string]string `mapsep:"none" help:"What is to be seen on it, for those who cannot see it." placeholder:"LANGUAGE=TEXT"`
	Credit  string            `help:"Who must be named with it." placeholder:"TEXT"`
}

// maxFile bounds what is read from disk; the wire's own limits say more, so that
// a file just above them gets the better error.
const maxFile = picture.MaxBytes

// Run publishes and prints the release id, wire numbers and page URLs.
func (p *Publish) Run(ctx context.Context, config app.Config, out io.Writer) (err error) {
	in := api.Submission{Language: p.Language, ReleaseAt: p.ReleaseAt, Zone: p.Zone, Fold: p.Fold, Clear: !p.Submit}
	if in.Documents, err = documents(p.Files, p.Words); err != nil {
		return err
	}
	r, end, err := reach(ctx, p.Remote, config)
	if err != nil {
		return err
	}
	defer func() {
		if e := end(); err == nil {
			err = e
		}
	}()
	var view api.ReleaseView
	if err := r.post(ctx, "/v1/releases", in, &view, p.Request); err != nil {
		return err
	}
	findings := view.Findings
	if !p.Submit {
		if err := r.await(ctx, &view); err != nil {
			return err
		}
		view.Findings = findings
	}
	view.Release = nil
	if p.JSON {
		return json.NewEncoder(out).Encode(view)
	}
	for _, f := range view.Findings {
		where := f.File
		if f.Line > 0 {
			where += fmt.Sprintf(":%d", f.Line)
		}
		if where != "" {
			where += ": "
		}
		fmt.Fprintf(out, "%-8s %s%s\n", f.Severity, where, f.Message)
	}
	fmt.Fprintf(out, "release  %s  %s\n", view.ID, view.State)
	if r.own && view.State == wire.Scheduled {
		fmt.Fprintln(out, "note     no wire runs on this folder: the release goes out once wireroom serve does")
	}
	for _, it := range view.Items {
		fmt.Fprintf(out, "item     %d  %s  %s\n         %s\n", it.Number, it.Language, it.Headline, it.URL)
	}
	return nil
}

// documents reads files, refusing those that nothing can be as long as.
func documents(files []string, words Words) ([]api.Document, error) {
	var all []api.Document
	var pictures []int
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, name, "cannot be read: %w", err)
		}
		if info.Size() > maxFile {
			return nil, wire.Errorf(wire.Exhausted, name, "is %d MB; a document or picture fits into %d MB: make pictures smaller, and send reports as links", info.Size()>>20, maxFile>>20)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, name, "cannot be read: %w", err)
		}
		if picture.Claims(data) {
			pictures = append(pictures, len(all))
		}
		all = append(all, api.Document{Name: filepath.Base(name), Data: data})
	}
	if len(words.Caption)+len(words.Alt)+len(words.Credit) == 0 {
		return all, nil
	}
	if len(pictures) != 1 {
		return nil, wire.Errorf(wire.Invalid, "caption, alt, credit", "go with one picture, and there are %d; list them in the front matter of each document, under \"pictures\"", len(pictures))
	}
	p := &all[pictures[0]]
	p.Caption, p.Alt, p.Credit = words.Caption, words.Alt, words.Credit
	return all, nil
}

// await follows a cleared release until it is on the wire and, when the wire
// runs for this command alone, until everyone was served as far as can be at
// once. One that is scheduled, by the call or by its own document, is left to the
// clock.
func (r *remote) await(ctx context.Context, view *api.ReleaseView) error {
	atOnce := false
	for {
		if err := r.get(ctx, "/v1/releases/"+string(view.ID), view); err != nil {
			return err
		}
		atOnce = view.Release == nil || view.Release.Schedule.Immediate()
		if !atOnce || len(view.Items) > 0 {
			break
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	for atOnce && r.own {
		var report courier.Report
		if err := r.get(ctx, "/v1/releases/"+string(view.ID)+"/report", &report); err != nil {
			return err
		}
		if report.Settled() {
			break
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
