package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/store"
)

// Search finds what was on the wire.
type Search struct {
	Remote
	Query   []string `arg:"" help:"Words, \"phrases\", prefi*, lang:ar, AND OR NOT ( ): the language of subscriptions."`
	Since   string   `help:"Cleared at or after: 2026-11-23, or with a time." placeholder:"TIME"`
	Until   string   `help:"Cleared before; a day is meant whole." placeholder:"TIME"`
	Best    bool     `help:"By relevance; without it, the newest first."`
	Limit   int      `default:"20" help:"How many (${default})." placeholder:"NUMBER"`
	Cursor  string   `help:"Go on where a page ended." placeholder:"CURSOR"`
	Preview bool     `help:"Tell how much it would have brought as a subscription in the last 30 days."`
	JSON    bool     `name:"json" help:"Print one JSON object."`
}

// Run prints a line a story, with its address below.
func (s *Search) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := s.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	q := url.Values{"q": {strings.Join(s.Query, " ")}}
	if s.Preview {
		return s.preview(ctx, r, q, out)
	}
	q.Set("limit", strconv.Itoa(s.Limit))
	for name, value := range map[string]string{"since": s.Since, "until": s.Until, "cursor": s.Cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if s.Best {
		q.Set("order", "best")
	}
	var found api.SearchView
	if err := r.get(ctx, "/v1/search?"+q.Encode(), &found); err != nil {
		return err
	}
	if s.JSON {
		return json.NewEncoder(out).Encode(found)
	}
	printFound(out, found.Hits)
	if found.Total != nil {
		more := ""
		if found.More {
			more = "more than "
		}
		fmt.Fprintf(out, "%s%d found\n", more, *found.Total)
	}
	if found.Next != "" {
		fmt.Fprintf(out, "go on with --cursor %s\n", found.Next)
	}
	return nil
}

func printFound(out io.Writer, hits []api.FoundItem) {
	for _, h := range hits {
		fmt.Fprintf(out, "%s  %s  %s\n    %s\n", h.FirstCleared.Format("2006-01-02 15:04"), h.Language, harmless(h.Headline), h.URL)
	}
}

func (s *Search) preview(ctx context.Context, r *remote, q url.Values, out io.Writer) error {
	var p api.PreviewView
	if err := r.get(ctx, "/v1/search/preview?"+q.Encode(), &p); err != nil {
		return err
	}
	if s.JSON {
		return json.NewEncoder(out).Encode(p)
	}
	most := 1
	for _, d := range p.Days {
		most = max(most, d.Hits)
	}
	for i := len(p.Days) - 1; i >= 0; i-- {
		d := p.Days[i]
		fmt.Fprintf(out, "%s %5d  %s\n", d.Since.Format(time.DateOnly), d.Hits, strings.Repeat("▇", d.Hits*40/most))
	}
	fmt.Fprintf(out, "%d in %d days, %.1f a day\n", p.Total, len(p.Days), p.PerDay)
	printFound(out, p.Newest)
	return nil
}

// SearchRebuild makes the index of the archive anew.
type SearchRebuild struct {
	Empty bool `help:"Empty the index first, if it is damaged: searches find less until it is done."`
}

// Run makes the index from what is on the wire, which goes on and is searched
// meanwhile.
func (r *SearchRebuild) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return withStore(ctx, &config, func(s *store.Store) error { return r.rebuild(ctx, s, config.Log, out) })
}

func (r *SearchRebuild) rebuild(ctx context.Context, s *store.Store, log *slog.Logger, out io.Writer) error {
	began, told := time.Now(), time.Now()
	var at int64
	err := archive.NewIndexer(s, nil, nil, log).Rebuild(ctx, r.Empty, func(number int64) {
		at = number
		if time.Since(told) > 2*time.Second {
			told = time.Now()
			fmt.Fprintf(out, "indexed up to wire number %d\n", number)
		}
	})
	if err == nil {
		fmt.Fprintf(out, "indexed up to wire number %d in %s\n", at, time.Since(began).Round(time.Millisecond))
	}
	return err
}
