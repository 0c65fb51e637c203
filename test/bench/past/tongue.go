package past

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// vocabulary is how many words a language has: a wire of years uses some tens of
// thousands of common ones, beside names.
const vocabulary = 60_000

// tongue is a language to write in: its words, the frequent ones first.
type tongue struct {
	language string
	words    []string
	spaced   bool
	stop     string // ends a sentence
	comma    string
}

func newTongue(language string, texts []string) *tongue {
	t := &tongue{language: language, spaced: true, stop: ". ", comma: ", "}
	switch language {
	case "ja", "zh-Hans", "zh-Hant":
		t.spaced, t.stop, t.comma = false, "。", "，"
	case "th":
		t.spaced, t.stop, t.comma = false, " ", " "
	case "ar":
		t.comma = "، "
	}
	counts := map[string]int{}
	sum := fnv.New64a()
	sum.Write([]byte(language))
	r := rand.New(rand.NewPCG(sum.Sum64(), 1))
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(c rune) bool { return !unicode.In(c, unicode.L, unicode.M) }) {
			if t.spaced {
				counts[word]++
				continue
			}
			for runes := []rune(word); len(runes) > 0; { // pieces of one to three clusters
				n := min(len(runes), 1+r.IntN(3))
				for n < len(runes) && unicode.In(runes[n], unicode.M) {
					n++
				}
				counts[string(runes[:n])]++
				runes = runes[n:]
			}
		}
	}
	for word := range counts {
		t.words = append(t.words, word)
	}
	slices.SortFunc(t.words, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	known := map[string]bool{}
	for _, word := range t.words {
		known[word] = true
	}
	for invent := newInventor(t.words, t.spaced); len(t.words) < vocabulary; {
		word := invent.word(r)
		for known[word] { // compounds, of which there is no end
			word += invent.word(r)
		}
		known[word] = true
		t.words = append(t.words, word)
	}
	return t
}

// inventor makes words that look like those it knows: each letter follows on the
// two before it as often as it does there.
type inventor struct {
	next   map[[2]rune][]rune
	han    bool
	spaced bool
}

func newInventor(words []string, spaced bool) *inventor {
	v := &inventor{next: map[[2]rune][]rune{}, spaced: spaced}
	for _, word := range words {
		var before [2]rune
		for _, c := range word {
			v.next[before] = append(v.next[before], c)
			before = [2]rune{before[1], c}
			v.han = v.han || unicode.Is(unicode.Han, c)
		}
		v.next[before] = append(v.next[before], 0)
	}
	return v
}

// commonHan is how many Han characters are drawn from beside those of the texts.
const commonHan = 3_500

func (v *inventor) word(r *rand.Rand) string {
	var b strings.Builder
	if v.han && r.IntN(2) == 0 { // names and rarer words
		for range 2 + r.IntN(2) {
			b.WriteRune(rune(0x4e00 + 5*skewed(r, commonHan)))
		}
		return b.String()
	}
	var before [2]rune
	for n := 0; n < 16; n++ {
		following := v.next[before]
		c := following[r.IntN(len(following))]
		if !v.spaced && n > 1 && r.IntN(2) == 0 {
			c = 0
		}
		if c == 0 {
			if n > 2 || !v.spaced && n > 0 {
				break
			}
			before = [2]rune{}
			continue
		}
		b.WriteRune(c)
		before = [2]rune{before[1], c}
	}
	return b.String()
}

// word draws a word by its frequency.
func (t *tongue) word(r *rand.Rand) string {
	return t.words[rand.NewZipf(r, 1.07, 3, uint64(len(t.words)-1)).Uint64()]
}

// organisation is the name of an issuer: two words and a form.
func (t *tongue) organisation(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 2))
	english := func() string { return strconv.FormatInt(int64(n), 36) }
	first := t.words[200+r.IntN(5_000)]
	if c, _ := utf8.DecodeRuneInString(first); unicode.Is(unicode.Latin, c) {
		first = strings.ToUpper(first[:utf8.RuneLen(c)]) + first[utf8.RuneLen(c):]
	}
	return first + " " + strings.ToUpper(english()) + " Group"
}

// writer writes in a tongue.
type writer struct {
	*tongue
	r    *rand.Rand
	zipf *rand.Zipf
}

func (t *tongue) writer(r *rand.Rand) *writer {
	return &writer{t, r, rand.NewZipf(r, 1.07, 3, uint64(len(t.words)-1))}
}

// sentence is a sentence of so many words, without its end.
func (w *writer) sentence(words int) string {
	var b strings.Builder
	for i := range words {
		switch {
		case i > 0 && i%9 == 0:
			b.WriteString(w.comma)
		case i > 0 && w.spaced:
			b.WriteByte(' ')
		}
		if w.r.IntN(25) == 0 {
			b.WriteString(strconv.Itoa(w.r.IntN(3_000)))
			continue
		}
		b.WriteString(w.words[w.zipf.Uint64()])
	}
	return b.String()
}

// paragraph is sentences of together so many words.
func (w *writer) paragraph(words int) string {
	var b strings.Builder
	for words > 0 {
		n := min(words, 8+w.r.IntN(20))
		b.WriteString(w.sentence(n))
		b.WriteString(w.stop)
		words -= n
	}
	return strings.TrimSpace(b.String())
}
