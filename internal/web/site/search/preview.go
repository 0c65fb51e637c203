package search

import (
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/match"
)

// Preview is what a search would have brought as a subscription.
type Preview struct {
	Text  string // how much, in a sentence
	Query string // the whole search as one query
	Saved bool   // a reader may save it
	// The live stream of the search, and the command that prints it.
	Stream, Command string
	Days            []Day // the oldest first
}

// Day is a day of a preview.
type Day struct {
	Date   string
	Count  string
	X      int // of its bar
	Height int // of its bar, in percent of the highest
	Y      int
}

// barWidth is what a day of the chart takes, with the gap behind its bar.
const barWidth = 10

func preview(in *Input, l locale.Printer) *Preview {
	p := in.Preview
	if p == nil {
		return nil
	}
	v := &Preview{
		Query: in.Query, Stream: in.Stream + "?" + url.Values{"q": {in.Query}}.Encode(), Command: "wireroom tail --query " + shellWord(in.Query),
		Text: Brought(p, l),
	}
	if q, err := match.Parse(in.Query); err == nil {
		v.Saved = q.Particular()
	}
	most := 1
	for _, d := range p.Days {
		most = max(most, d.Hits)
	}
	for i := len(p.Days) - 1; i >= 0; i-- {
		d := p.Days[i]
		height := d.Hits * 100 / most
		if d.Hits > 0 {
			height = max(height, 2)
		}
		v.Days = append(v.Days, Day{Date: l.Date(d.Since.In(time.UTC)), Count: l.Number(int64(d.Hits)), X: len(v.Days) * barWidth, Height: height, Y: 100 - height})
	}
	return v
}

// Brought says in a sentence how much a search would have brought.
func Brought(p *archive.Preview, l locale.Printer) string {
	if p.Total == 0 {
		return l.T("search.preview_none", "days", len(p.Days))
	}
	return l.T("search.preview_text", "days", len(p.Days), "found", count(p.Total, p.More, l), "rate", rate(p.PerDay, l))
}

// shellWord is a text as one word of a command line, as POSIX shells read it.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Width is that of the chart.
func (p *Preview) Width() int { return len(p.Days) * barWidth }

// count says how many releases there are, or that there are more.
func count(n int, more bool, l locale.Printer) string {
	if more {
		return l.T("search.more", "n", n)
	}
	return l.T("footer.numbers", "n", n)
}

// rate is a number a day: whole from ten on, and never a zero for what is rare.
func rate(perDay float64, l locale.Printer) string {
	switch {
	case perDay >= 10:
		return l.Number(int64(math.Round(perDay)))
	case perDay >= .05:
		return l.Decimal(perDay, 1)
	}
	return l.Decimal(perDay, 2)
}
