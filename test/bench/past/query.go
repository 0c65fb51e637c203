package past

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Query is what somebody searches for. It was made of an item, so it finds that
// item at least.
type Query struct {
	Kind     string // one of Kinds
	Language string
	Text     string   // in the language of subscriptions
	Words    []string // of word, rare, phrase, prefix and both: what is asked for; peers ask in their own languages
	Item     int64    // it was made of
}

// Kinds of queries, as they come by turns.
var Kinds = []string{"word", "rare", "phrase", "prefix", "both", "fields", "boolean"}

// Queries returns so many queries, each made of one of the first items. Kinds and
// languages come by turns.
func (p *Past) Queries(n int, items int64) []Query {
	all := make([]Query, n)
	for i := range all {
		all[i] = p.query(i, items)
	}
	return all
}

func (p *Past) query(n int, items int64) Query {
	kind := Kinds[n%len(Kinds)]
	t := p.tongues[n/len(Kinds)%len(p.tongues)]
	r := rand.New(rand.NewPCG(uint64(n), 0xa5c))
	for {
		number := 1 + r.Int64N(items)
		it := p.Item(number)
		if it.Language != t.language {
			continue
		}
		_, body := Text(&it)
		body = strings.TrimSuffix(body, "\n"+it.Organisation) // in which letters and figures are one word
		words := t.asked(r, body, kind)
		if words == nil {
			continue
		}
		q := Query{Kind: kind, Language: t.language, Words: words, Item: number}
		switch kind {
		case "word", "rare":
			q.Text = words[0]
		case "phrase":
			q.Text = `"` + strings.Join(words, t.space()) + `"`
		case "prefix":
			q.Text = words[0] + "*"
		case "both":
			q.Text = words[0] + " " + words[1]
		case "fields":
			q.Words = nil
			q.Text = fmt.Sprintf(`lang:%s sector:%s country:%s`, t.language, it.Sectors[0], it.Places[0])
			if r.IntN(2) == 0 {
				q.Text = fmt.Sprintf("lang:%s org:%q", t.language, it.Organisation)
			}
		case "boolean":
			q.Words = nil
			q.Text = fmt.Sprintf(`lang:%s (%s OR "%s") -sector:%s`, t.language, words[0], words[1], other(p.sectors, it.Sectors, r))
		}
		return q
	}
}

func other(all, but []string, r *rand.Rand) string {
	for {
		if s := all[r.IntN(len(all))]; !strings.Contains(strings.Join(but, " "), s) {
			return s
		}
	}
}

// Space is what stands between the words of a language.
func (t *tongue) space() string {
	if t.spaced {
		return " "
	}
	return ""
}

// asked takes words from a text that somebody could look for; nil if there are
// none.
func (t *tongue) asked(r *rand.Rand, body, kind string) []string {
	var runs [][]string // what stands without a sign between
	ends := func(c rune) bool {
		if t.spaced {
			return c != ' ' && !unicode.In(c, unicode.L, unicode.M)
		}
		return !unicode.In(c, unicode.L, unicode.M) || unicode.Is(unicode.Latin, c) // a name in Latin letters is one word
	}
	for _, piece := range strings.FieldsFunc(body, ends) {
		if t.spaced {
			runs = append(runs, strings.Fields(piece))
			continue
		}
		runs = append(runs, clusters(piece))
	}
	need, least := 1, 4
	switch {
	case kind == "phrase", kind == "both", kind == "boolean":
		need = 2
	case kind == "rare":
		least = 7
	}
	for range 50 {
		run := runs[r.IntN(len(runs))]
		if !t.spaced { // names have two to four characters
			length := map[string]int{"prefix": 2, "rare": 4}[kind]
			if length == 0 {
				length = 2
			}
			if len(run) < need*length {
				continue
			}
			at := r.IntN(len(run) - need*length + 1)
			var words []string
			for i := range need {
				words = append(words, strings.Join(run[at+i*length:at+(i+1)*length], ""))
			}
			return words
		}
		if len(run) < need {
			continue
		}
		at := r.IntN(len(run) - need + 1)
		words := run[at : at+need]
		if utf8.RuneCountInString(words[0]) < least || strings.ToUpper(words[0]) == words[0] && unicode.In([]rune(words[0])[0], unicode.Latin) {
			continue
		}
		if kind == "prefix" {
			letters := 4
			if t.language == "ko" { // a syllable says as much as two letters, and only two are looked for by their beginning
				letters = 2
			}
			return []string{string([]rune(words[0])[:letters])}
		}
		return words
	}
	return nil
}

// clusters cuts a text into letters with the marks that belong to them. Two Thai
// เ are one letter, แ, as people type it.
func clusters(s string) []string {
	var all []string
	for _, c := range s {
		if n := len(all); n > 0 && (unicode.In(c, unicode.M) || c == 'เ' && all[n-1] == "เ") {
			all[n-1] += string(c)
			continue
		}
		all = append(all, string(c))
	}
	return all
}
