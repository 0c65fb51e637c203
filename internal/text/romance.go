package text

import "strings"

// rule makes one ending of another, if enough letters stay before it.
type rule struct {
	ending, becomes string
	keep            int
}

// apply applies the first rule that fits.
func apply(rules []rule, word string) string {
	for _, r := range rules {
		if rest, ok := strings.CutSuffix(word, r.ending); ok && len(rest) >= r.keep {
			return rest + r.becomes
		}
	}
	return word
}

// Rules for Portuguese words without their marks, in three steps: plural to
// singular, verbs to their stem, and the vowel that tells gender. Snowball's
// algorithm for Portuguese takes ação and ações for two words.
var (
	portuguesePlurals = []rule{
		{"mente", "", 4}, // adverbs: rapidamente
		{"oes", "ao", 2}, {"aes", "ao", 2}, {"aos", "ao", 2},
		{"ais", "al", 2}, {"ois", "ol", 2}, {"uis", "ul", 2},
		{"eis", "il", 3}, // fáceis, úteis; and papéis, where the l counts
		{"ens", "em", 2}, {"ins", "im", 2}, {"ons", "om", 2}, {"uns", "um", 2},
		{"res", "r", 3}, {"zes", "z", 2}, {"ises", "is", 2}, {"eses", "es", 2},
		{"ss", "ss", 0}, {"is", "il", 3}, {"us", "us", 0}, {"s", "", 3},
	}
	portugueseVerbs = []rule{
		{"ariam", "", 4}, {"eriam", "", 4}, {"iriam", "", 4}, {"aremos", "", 4},
		{"arao", "", 4}, {"erao", "", 4}, {"irao", "", 4}, {"aria", "", 5},
		{"aram", "", 3}, {"eram", "", 3}, {"iram", "", 3}, {"avam", "", 3},
		{"ando", "", 3}, {"endo", "", 3}, {"indo", "", 3},
		{"ado", "", 5}, {"ada", "", 5}, {"ido", "", 4}, {"ida", "", 4},
		{"ara", "", 5}, {"ava", "", 3}, {"ou", "", 3}, {"eu", "", 3}, {"iu", "", 3},
		{"ar", "", 3}, {"er", "", 3}, {"ir", "", 3}, {"am", "", 4}, {"em", "", 4},
	}
	portugueseGender = []rule{{"el", "il", 3}, {"a", "", 3}, {"e", "", 3}, {"o", "", 3}}
)

// portugueseStem returns the stem of a word that has lost its marks.
func portugueseStem(word string) string {
	return apply(portugueseGender, apply(portugueseVerbs, apply(portuguesePlurals, word)))
}
