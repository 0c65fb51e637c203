package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Desk carries out one act on a release.
type Desk struct {
	Remote
	Verb     wire.Verb         `arg:"" enum:"check,query,answer,edit,approve,schedule,unschedule,update,correct,refile,hold,unhold,kill,archive" help:"check, query, answer, edit, approve, schedule, unschedule, update, correct, refile, hold, unhold, kill or archive."`
	Release  wire.ReleaseID    `arg:"" help:"Id of the release."`
	Files    []string          `arg:"" optional:"" type:"existingfile" help:"edit, update, correct, refile: the text as it shall be, all editions, and the pictures."`
	Words    Words             `embed:""`
	Reason   string            `help:"Why; public where it reaches the wire." placeholder:"TEXT"`
	Reasons  map[string]string `name:"reason-in" mapsep:"none" help:"Why, as the readers of one edition are told it; repeat for others." placeholder:"LANGUAGE=TEXT"`
	Revision int64             `help:"Refuse unless the release still has this revision."`
	JSON     bool              `name:"json" help:"Print one JSON object."`
}

// Run acts and prints where the release stands.
func (d *Desk) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var in struct {
		Revision   int64             `json:"revision,omitempty"`
		Reason     string            `json:"reason,omitempty"`
		Reasons    map[string]string `json:"reasons,omitempty"`
		Submission *api.Submission   `json:"content,omitempty"`
	}
	in.Revision, in.Reason, in.Reasons = d.Revision, d.Reason, d.Reasons
	if len(d.Files) > 0 {
		docs, err := documents(d.Files, d.Words)
		if err != nil {
			return err
		}
		in.Submission = &api.Submission{Documents: docs}
	}
	r, err := d.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var view api.ReleaseView
	if err := r.post(ctx, "/v1/releases/"+string(d.Release)+"/"+string(d.Verb), in, &view, ""); err != nil {
		return err
	}
	view.Release = nil
	if d.JSON {
		return json.NewEncoder(out).Encode(view)
	}
	fmt.Fprintf(out, "release  %s  %s  revision %d\n", view.ID, view.State, view.Revision)
	for _, it := range view.Items {
		fmt.Fprintf(out, "item     %d  %s  v%d %s  %s\n", it.Number, it.Language, it.Version, it.Action, it.URL)
	}
	return nil
}

// List shows what lies on the desk.
type List struct {
	Remote
	State wire.State `arg:"" optional:"" default:"submitted" help:"State to list: submitted, checking, scheduled, live …"`
	JSON  bool       `name:"json" help:"Print one JSON object."`
}

// Run lists releases, the longest untouched first.
func (l *List) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var found struct {
		Releases []api.ReleaseView `json:"releases"`
	}
	return l.ask(ctx, config, out, question{
		path: "/v1/releases?limit=500&state=" + string(l.State), answer: &found, json: l.JSON,
		print: func() error { return printDesk(out, found.Releases) },
	})
}

func printDesk(out io.Writer, releases []api.ReleaseView) error {
	for _, v := range releases {
		e := v.Release.Editions[0]
		when := ""
		if s := v.Release.Schedule; !s.Immediate() {
			when = fmt.Sprintf("  %s %s (%s UTC)", s.Local, s.Zone, s.UTC.Format("2006-01-02 15:04:05"))
		}
		if _, err := fmt.Fprintf(out, "%s  %s  %s  %s%s\n", v.ID, v.State, e.Language, e.Headline, when); err != nil {
			return err
		}
	}
	return nil
}
