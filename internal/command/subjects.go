package command

import (
	"context"
	"encoding/json"
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
	r, err := s.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var found struct {
		Subjects []api.SubjectView `json:"subjects"`
	}
	if err := r.get(ctx, "/v1/releases/"+string(s.Release)+"/subjects", &found); err != nil {
		return err
	}
	if s.JSON {
		return json.NewEncoder(out).Encode(found)
	}
	for _, v := range found.Subjects {
		given := "suggested"
		if v.Given {
			given = "given"
		}
		var because []string
		for _, e := range v.Evidence {
			because = append(because, fmt.Sprintf("%s × %d", e.Words, e.Times))
		}
		fmt.Fprintf(out, "%s  %s  %s  %s  because of %s\n", v.Code, v.Language, given, v.Name, strings.Join(because, ", "))
	}
	return nil
}
