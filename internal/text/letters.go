package text

import (
	_ "embed"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wireroom/wireroom/internal/vocab"
)

//go:generate go run ../../tools/vocabgen -declarations $WIREROOM_DECLARATIONS -out data

//go:embed data/letters.gz
var letterData []byte

// Trigrams calls f with every three letters that follow each other in a text,
// in lower case and composed; a space stands for the end of a word. It is what
// Detect counts, and what the table it compares with was counted by.
func Trigrams(s string, f func([3]rune)) {
	at := [3]rune{' ', ' ', ' '}
	add := func(r rune) {
		at = [3]rune{at[1], at[2], r}
		if at[1] != ' ' {
			f(at)
		}
	}
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsLetter(r):
			add(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r):
		case at[2] != ' ':
			add(' ')
		}
	}
	if at[2] != ' ' {
		add(' ')
	}
}

// letterTable says how likely three letters are in each language.
type letterTable struct {
	languages []string
	row       map[[3]rune]int
	cost      [][]float32 // of a row, for each language: −ln of its share
	unseen    float32     // the cost of what a language does not have
}

// unmarked is Vietnamese as it is typed without marks.
const unmarked = "vi-plain"

var letters = sync.OnceValue(func() *letterTable {
	const seldom = 2.0 // in 100,000
	t := &letterTable{row: map[[3]rune]int{}, unseen: -float32(math.Log(seldom / 100_000))}
	files := sections(letterData)
	for _, tag := range letterLanguages {
		t.add(tag, files[tag], func(s string) string { return s })
	}
	t.add(unmarked, files["vi"], withoutMarks)
	return t
})

// letterLanguages are those of the table, the wire's first: of equals the first
// one is taken.
var letterLanguages = strings.Fields("en fr de es pt id ms vi it nl sv da nb fi pl cs hr hu ro ca tr tl sw ru uk be bg sr mk kk ar fa ur")

func (t *letterTable) add(tag, lines string, write func(string) string) {
	n := len(t.languages)
	t.languages = append(t.languages, tag)
	shares := map[[3]rune]float64{}
	for line := range strings.Lines(lines) {
		sequence, count, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		share, err := strconv.Atoi(count)
		three := []rune(strings.ReplaceAll(write(sequence), "_", " "))
		if err != nil || len(three) != 3 {
			panic("text: the table of letters built into this program is damaged") // a broken build
		}
		shares[[3]rune(three)] += float64(share)
	}
	for three, share := range shares {
		i, ok := t.row[three]
		if !ok {
			i = len(t.cost)
			t.row[three] = i
			row := make([]float32, len(letterLanguages)+1)
			for j := range row {
				row[j] = t.unseen
			}
			t.cost = append(t.cost, row)
		}
		t.cost[i][n] = min(t.unseen, -float32(math.Log(share/100_000)))
	}
}

// costs adds up how unlikely a text is in each language, letters and words.
func (t *letterTable) costs(s string) []float64 {
	sums := make([]float64, len(t.languages))
	Trigrams(s, func(three [3]rune) {
		if i, ok := t.row[three]; ok {
			for n, c := range t.cost[i] {
				sums[n] += float64(c)
			}
			return
		}
		for n := range sums {
			sums[n] += float64(t.unseen)
		}
	})
	t.settleTwins(sums)
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, language := range commonWords()[w] {
			for n, tag := range t.languages {
				if tag == language {
					sums[n] -= wordCounts
				}
			}
		}
	}
	return sums
}

// wordCounts is how much less unlikely a text is in a language by one of its
// common words.
const wordCounts = 4

// settleTwins lets words decide between Indonesian and Malay: their letters are
// the same, and tell the subject of a text rather than its language.
func (t *letterTable) settleTwins(sums []float64) {
	const counts = 0.1
	id, ms := slices.Index(t.languages, "id"), slices.Index(t.languages, "ms")
	least := min(sums[id], sums[ms])
	sums[id] = least + counts*(sums[id]-least)
	sums[ms] = least + counts*(sums[ms]-least)
}

// scriptOfLanguage is the script of a language of the table.
func scriptOfLanguage(tag string) script {
	switch tag {
	case "ru", "uk", "be", "bg", "sr", "mk", "kk":
		return cyrillicScript
	case "ar", "fa", "ur":
		return arabicScript
	}
	return latinScript
}

// byLetters guesses among the languages of a script. The confidence is the part
// of the likelihood that the guess has of all of them. Letters depend on each
// other, so that each counts as part of one; and what comes in is nine times as
// often in a language of the wire.
func byLetters(s string, in script) Guess {
	const part, prior = 0.4, 9
	t := letters()
	costs := t.costs(s)
	shares, sum := map[string]float64{}, 0.0
	least := slices.Min(costs)
	var best string
	for n, tag := range t.languages {
		if scriptOfLanguage(tag) != in {
			continue
		}
		share := math.Exp(part * (least - costs[n]))
		if _, ok := vocab.LookupLanguage(tag); ok || tag == unmarked {
			share *= prior
		}
		language := strings.TrimSuffix(tag, "-plain")
		sum += share
		if shares[language] += share; best == "" || shares[language] > shares[best] {
			best = language
		}
	}
	return Guess{best, shares[best] / sum}
}
