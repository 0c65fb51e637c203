package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/text/texttest"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
)

// textOptions are those of the analysis of text.
type textOptions struct{ sets string }

func (o *textOptions) textFlags(f *flag.FlagSet) {
	f.StringVar(&o.sets, "sets", "internal/text/testdata", "folder of the texts and queries: found, which the analysis was tuned on, and heldout, which it was not")
}

// textRow is one language.
type textRow struct {
	Language string   `json:"language"`
	Queries  int      `json:"queries"` // held out
	Held     [3]found `json:"held"`    // ours, bleve's analyser, plain pairs
	Tuned    found    `json:"tuned"`   // ours, where it was tuned
	Analyser string   `json:"analyser"`
	Rate     float64  `json:"rate"`  // MB of text a second of processor time
	Bleve    float64  `json:"bleve"` // the same of bleve's analyser
}

// found is how well something finds.
type found struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// text measures how well and how fast texts are analysed, beside bleve's
// analysers and plain pairs of characters.
func (s *stand) text() error {
	held, err := texttest.Load(os.DirFS(filepath.Join(s.sets, "heldout")))
	if err != nil {
		return err
	}
	tuned, err := texttest.Load(os.DirFS(filepath.Join(s.sets, "found")))
	if err != nil {
		return err
	}
	for i, set := range held {
		if i >= len(tuned) || tuned[i].Language != set.Language {
			return fmt.Errorf("%s: there is no set that the analysis was tuned on", set.Language)
		}
		progress("text: %s", set.Language)
		bleve, err := others.NewAnalyser(set.Language)
		if err != nil {
			return err
		}
		row := textRow{Language: set.Language, Queries: len(set.Queries), Analyser: bleve.Name, Tuned: finds(tuned[i], &texttest.Ours{})}
		for j, f := range []texttest.Finder{&texttest.Ours{}, bleve, &texttest.Pairs{}} {
			row.Held[j] = finds(set, f)
		}
		all := strings.Repeat(strings.Join(set.Texts, " ")+"\n", 3)
		row.Rate = rate(all, func() { text.Each(set.Language, all, func([]byte, int, int, int) {}) })
		row.Bleve = rate(all, func() { bleve.Analyse([]byte(all)) })
		s.out.Text = append(s.out.Text, row)
		if err := s.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func finds(set texttest.Set, f texttest.Finder) found {
	score := texttest.Run(set, f)
	return found{score.Precision(), score.Recall()}
}

// rate is MB of a text a second of processor time, which other work on the
// machine does not stretch.
func rate(s string, analyse func()) float64 {
	const enough = 0.4 // seconds
	analyse()          // fills the tables
	began, spent, n := process.Used().CPU, 0.0, 0
	for ; spent < enough; spent = process.Used().CPU - began {
		for range 50 {
			analyse()
		}
		n += 50
	}
	return float64(n*len(s)) / 1e6 / spent
}

func printText(w io.Writer, rows []textRow) {
	t := table(w, "Words in their forms: precision and recall of queries that nothing was tuned on; MB of text a second of processor time",
		"language", "queries", "ours P", "R", "bleve P", "R", "pairs P", "R", "tuned on P", "R", "MB/s", "bleve MB/s", "× bleve", "its analyser")
	var mean [4]found
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%d\t", r.Language, r.Queries)
		for i, f := range append(r.Held[:], r.Tuned) {
			fmt.Fprintf(t, "%.3f\t%.3f\t", f.Precision, f.Recall)
			mean[i].Precision += f.Precision / float64(len(rows))
			mean[i].Recall += f.Recall / float64(len(rows))
		}
		fmt.Fprintf(t, "%.0f\t%.0f\t%.1f\t%s\t\n", r.Rate, r.Bleve, r.Rate/r.Bleve, r.Analyser)
	}
	fmt.Fprint(t, "mean\t\t")
	for _, f := range mean {
		fmt.Fprintf(t, "%.3f\t%.3f\t", f.Precision, f.Recall)
	}
	fmt.Fprintln(t, "\t\t\t\t")
	t.Flush()
}
