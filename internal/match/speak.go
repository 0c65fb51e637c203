package match

import (
	"slices"

	"github.com/wireroom/wireroom/internal/text"
)

// speak has words that stand beside lang: looked for in the forms of that
// language alone. An item in it has no others, so the same items match; there is
// less to hold and to ask.
func (n *Node) speak(languages []string) {
	switch n.Kind {
	case And:
		for _, c := range n.Children {
			if said := languagesOf(c); said != nil {
				languages = said
				break
			}
		}
	case Words:
		if len(languages) > 0 && !n.Exact {
			n.Steps = stepsIn(languages, n.Source, n.Steps)
		}
		return
	}
	for _, c := range n.Children {
		c.speak(languages)
	}
}

// languagesOf returns the languages that a node asks for, if that is all it does.
func languagesOf(n *Node) []string {
	var all []string
	for _, f := range facetsOf(n) {
		if f.Field != "lang" {
			return nil
		}
		all = append(all, f.Folded)
	}
	return all
}

// stepsIn is the source in the forms of several languages. Where they do not
// agree on how many words that is, it stays as it was.
func stepsIn(languages []string, source string, before []Step) []Step {
	var all []Step
	for i, language := range languages {
		one := stepsOf(text.AnalyseQuery(language, source, true))
		if i == 0 {
			all = one
			continue
		}
		if !slices.EqualFunc(all, one, func(a, b Step) bool { return a.Position == b.Position }) {
			return before
		}
		for j, s := range one {
			for _, term := range s.Any {
				if !slices.Contains(all[j].Any, term) {
					all[j].Any = append(all[j].Any, term)
				}
			}
		}
	}
	return all
}
