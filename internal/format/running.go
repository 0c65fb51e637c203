package format

import (
	"html"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Run is a piece of running text that looks the same throughout, for formats
// that do not nest elements: word processing, pages.
type Run struct {
	Text  string // "\n" alone is a line break if Break is set
	Break bool
	Marks
}

// Marks are how a run looks and where it leads.
type Marks struct {
	Strong, Em, Sub, Sup bool
	Isolate              int    // which of the text's isolates (bdi) it stands in, from 1; 0: none
	Link                 string // absolute address, "" for none
}

// Runs takes running text apart, as Inline.Check lets it be. Neighbours that look
// the same are one run.
func Runs(in wire.Inline) []Run {
	var runs []Run
	var open []Marks // the marks around each element that is open
	var marks Marks
	isolates := 0
	text := func(s string) {
		if s == "" {
			return
		}
		s = html.UnescapeString(s)
		if n := len(runs); n > 0 && !runs[n-1].Break && runs[n-1].Marks == marks {
			runs[n-1].Text += s
			return
		}
		runs = append(runs, Run{Text: s, Marks: marks})
	}
	for s := string(in); s != ""; {
		before, rest, found := strings.Cut(s, "<")
		text(before)
		if !found {
			break
		}
		tag, after, _ := strings.Cut(rest, ">")
		s = after
		switch {
		case tag == "br":
			runs = append(runs, Run{Text: "\n", Break: true, Marks: marks})
		case strings.HasPrefix(tag, "/"):
			if n := len(open); n > 0 {
				marks, open = open[n-1], open[:n-1]
			}
		default:
			open = append(open, marks)
			marks = marks.within(tag, &isolates)
		}
	}
	return runs
}

// within are the marks inside an element.
func (m Marks) within(tag string, isolates *int) Marks {
	switch tag {
	case "strong":
		m.Strong = true
	case "em":
		m.Em = true
	case "sub":
		m.Sub, m.Sup = true, false
	case "sup":
		m.Sup, m.Sub = true, false
	case "bdi":
		*isolates++
		m.Isolate = *isolates
	default:
		if href, ok := strings.CutPrefix(tag, `a href="`); ok {
			m.Link = html.UnescapeString(strings.TrimSuffix(href, `"`))
		}
	}
	return m
}

// Inline puts runs together again, in one form for all of them.
func Inline(runs []Run) wire.Inline {
	var b strings.Builder
	for i := 0; i < len(runs); {
		// A link and an isolate go on through runs that look otherwise.
		j := i + 1
		for j < len(runs) && runs[j].Link == runs[i].Link && runs[j].Isolate == runs[i].Isolate {
			j++
		}
		m := runs[i].Marks
		if m.Link != "" {
			b.WriteString(`<a href="` + html.EscapeString(m.Link) + `">`)
		}
		if m.Isolate != 0 {
			b.WriteString("<bdi>")
		}
		for _, r := range runs[i:j] {
			b.WriteString(r.inline())
		}
		if m.Isolate != 0 {
			b.WriteString("</bdi>")
		}
		if m.Link != "" {
			b.WriteString("</a>")
		}
		i = j
	}
	return wire.Inline(b.String())
}

func (r Run) inline() string {
	s := "<br>"
	if !r.Break {
		s = html.EscapeString(r.Text)
	}
	for _, e := range []struct {
		on  bool
		tag string
	}{{r.Sup, "sup"}, {r.Sub, "sub"}, {r.Em, "em"}, {r.Strong, "strong"}} {
		if e.on {
			s = "<" + e.tag + ">" + s + "</" + e.tag + ">"
		}
	}
	return s
}

// Named is a line of the wire's own about an item, such as one of Credits, with the
// names and words that others gave it isolated (Unicode TR #9 §2.4): in a line that
// runs the other way a bracket or full stop at their end would stand at their
// beginning.
func Named(line string, it *wire.Item) []Run {
	given := []string{it.Reason, it.Organisation}
	if c := it.Provider; c != nil {
		given = append(given, c.Line, c.Name)
	}
	for _, c := range it.Changes {
		given = append(given, Line(c.Old), Line(c.New))
	}
	for _, s := range given {
		before, after, ok := strings.Cut(line, s)
		if s == "" || !ok {
			continue
		}
		var runs []Run
		for _, r := range []Run{{Text: before}, {Text: s, Marks: Marks{Isolate: 1}}, {Text: after}} {
			if r.Text != "" {
				runs = append(runs, r)
			}
		}
		return runs
	}
	return []Run{{Text: line}}
}
