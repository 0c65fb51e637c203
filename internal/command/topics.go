package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
)

// Topics finds IPTC Media Topics. It asks no server: the vocabulary is built in.
type Topics struct {
	Name  []string `arg:"" optional:"" help:"The beginning of a name, in any language; without, the topics from the top."`
	Under string   `help:"The topics right below this one." placeholder:"CODE"`
	Lang  string   `help:"Language of the names." default:"en" placeholder:"TAG"`
	Limit int      `help:"At most so many that a name finds (${default})." default:"20"`
	JSON  bool     `name:"json" help:"Print one JSON object."`
}

// wordings say of a name that it is not IPTC's own in the language.
var wordings = map[string]string{"ours": "  (our wording)", "english": "  (in English)"}

// Run prints a line a topic: its code, the topics above it, its name.
func (o *Topics) Run(_ context.Context, _ app.Config, out io.Writer) error {
	found, err := api.Topics(strings.Join(o.Name, " "), o.Under, o.Lang, o.Limit)
	if err != nil {
		return err
	}
	if o.JSON {
		return json.NewEncoder(out).Encode(map[string]any{"topics": found})
	}
	for _, t := range found {
		path := ""
		for _, above := range t.Above {
			path += above.Name + " › "
		}
		retired := ""
		if t.Retired {
			retired = "  (retired)"
		}
		if _, err := fmt.Fprintf(out, "%s  %s%s%s%s\n", t.Code, path, t.Name, wordings[t.Wording], retired); err != nil {
			return err
		}
	}
	return nil
}
