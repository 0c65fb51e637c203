package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Subjects suggests what a release is about.
type Subjects struct {
	Remote
	Release wire.ReleaseID `arg:"" help:"Id of the release."`
	JSON    bool           `name:"json" help:"Print one JSON object."`
}

// Run prints a line a Media Topic, with the words that speak for it. It sets
// nothing: subjects are given in the text's front matter.
func (s *Subjects) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var found struct {
		Subjects []api.SubjectView `json:"subjects"`
	}
	return s.ask(ctx, config, out, question{
		path: "/v1/releases/" + string(s.Release) + "/subjects", answer: &found, json: s.JSON,
		print: func() error { return printSubjects(out, found.Subjects) },
	})
}

func printSubjects(out io.Writer, subjects []api.SubjectView) error {
	for _, v := range subjects {
		given := "suggested"
		if v.Given {
			given = "given"
		}
		var because []string
		for _, e := range v.Evidence {
			because = append(because, fmt.Sprintf("%s × %d", e.Words, e.Times))
		}
		if _, err := fmt.Fprintf(out, "%s  %s  %s  %s  because of %s\n", v.Code, v.Language, given, v.Name, strings.Join(because, ", ")); err != nil {
			return err
		}
	}
	return nil
}
