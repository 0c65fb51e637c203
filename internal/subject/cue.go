package subject

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
)

//go:embed data/cues.tsv
var cueData string

// cue is what a text says when it is about a topic.
type cue struct {
	code  string
	steps [][]string // of each position the terms of which one must stand there
	weak  bool       // the topic's name, a word that texts on other things use too
}

// vague are topics whose names are words of any text: they say nothing by
// themselves.
var vague = map[string]bool{
	"20000119": true, "20000121": true, // justice, law
	"20000415": true, "20000416": true, // students, teachers
	"20000501": true,                                     // ceremony
	"20000538": true, "20000565": true, "20000768": true, // leisure, lifestyle, communities
	"20000780": true, "20000808": true, "20000817": true, // family, values, welfare
	"20000593": true, "20000170": true, "20000148": true, // government, business information, disaster
}

// longestName bounds the names of topics that are looked for, in words or, in
// scripts without spaces, pairs; nobody writes a longer one in a sentence.
const longestName = 12

// cuesOf are the cues of a language: of a base language both writings.
var cuesOf = func() func(language string) []cue {
	var made sync.Map // by language, func() []cue
	return func(language string) []cue {
		known, ok := vocab.LookupLanguage(language)
		if !ok {
			return nil
		}
		of, _ := made.LoadOrStore(known.Tag, sync.OnceValue(func() []cue { return newCues(known.Tag) }))
		return of.(func() []cue)()
	}
}()

func newCues(language string) []cue {
	var all []cue
	add := func(code, words string, name bool) {
		if steps := stepsOf(language, words); len(steps) > 0 && len(steps) <= longestName {
			all = append(all, cue{code, steps, name && len(steps) == 1})
		}
	}
	base, _, _ := strings.Cut(language, "-")
	column := -1
	for line := range strings.Lines(cueData) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case line[0] == '#':
		case column < 0:
			column = slices.Index(cells, base)
		default:
			for words := range strings.SplitSeq(cells[column], "|") {
				add(cells[0], words, false)
			}
		}
	}
	each("", func(t vocab.Topic) {
		name, origin := vocab.TopicLabel(t.Code, language)
		if origin != vocab.Fallback && !t.Retired && !vague[t.Code] && t.Parent != "" && !strings.ContainsAny(name, ",、،;/()") {
			add(t.Code, name, true)
		}
	})
	return all
}

// each calls f with every topic below one, parents first.
func each(code string, f func(vocab.Topic)) {
	for _, t := range vocab.TopicChildren(code) {
		f(t)
		each(t.Code, f)
	}
}

func stepsOf(language, words string) [][]string {
	var steps [][]string
	last := -1
	for _, t := range text.AnalyseQuery(language, words, true) {
		if t.Position != last {
			steps, last = append(steps, nil), t.Position
		}
		steps[len(steps)-1] = append(steps[len(steps)-1], t.Text)
	}
	return steps
}
