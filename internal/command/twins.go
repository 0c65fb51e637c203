package command

import (
	"context"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Twins shows what else says much the same as a release.
type Twins struct {
	Remote
	Release wire.ReleaseID `arg:"" help:"Id of the release."`
	JSON    bool           `name:"json" help:"Print one JSON object."`
}

// Run prints a line for each edition of another release, the most alike first.
func (o *Twins) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var found struct {
		Twins []api.TwinView `json:"twins"`
	}
	return o.ask(ctx, config, out, question{
		path: "/v1/releases/" + string(o.Release) + "/twins", answer: &found, json: o.JSON,
		print: func() error { return printTwins(out, found.Twins) },
	})
}

func printTwins(out io.Writer, twins []api.TwinView) error {
	for _, t := range twins {
		where := "on the desk"
		if t.Number > 0 {
			where = fmt.Sprintf("item %d on the wire", t.Number)
		}
		if _, err := fmt.Fprintf(out, "%s  %s  %.0f %%  %s\n", t.Release, t.Language, 100*t.Likeness, where); err != nil {
			return err
		}
	}
	return nil
}
