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
		{"oes", "ao", 1}, {"aes", "ao", 1}, {"aos", "ao", 1},
		{"ais", "al", 2}, {"ois", "ol", 2}, {"uis", "ul", 2},
		{"eis", "il", 3}, // fáceis, úteis; and papéis, where the l counts
		{"ens", "em", 2}, {"ins", "im", 2}, {"ons", "om", 2}, {"uns", "um", 2},
		{"res", "r", 3}, {"zes", "z", 2}, {"esses", "esse", 2}, {"ises", "is", 2}, {"eses", "es", 1},
		{"ss", "ss", 0}, {"is", "il", 3}, {"us", "us", 0}, {"s", "", 3},
	}
	portugueseVerbs = []rule{
		{"ariam", "", 4}, {"eriam", "", 4}, {"iriam", "", 4}, {"aremos", "", 4},
		{"arao", "", 4}, {"erao", "", 4}, {"irao", "", 4}, {"aria", "", 5},
		{"aram", "", 3}, {"eram", "", 3}, {"iram", "", 3}, {"avam", "", 3},
		{"ando", "", 3}, {"endo", "", 3}, {"indo", "", 3},
		{"ado", "", 5}, {"ada", "", 5}, {"ido", "", 5}, {"ida", "", 5},
		{"ara", "", 5}, {"ava", "", 3}, {"ou", "", 3}, {"eu", "", 3}, {"iu", "", 3},
		{"ar", "", 3}, {"er", "", 3}, {"ir", "", 3}, {"am", "", 4}, {"em", "", 4},
	}
	portugueseGender = []rule{{"el", "il", 3}, {"a", "", 3}, {"e", "", 3}, {"o", "", 3}}
)

// portugueseStem returns the stem of a word, without marks. What ends in ês or ís
// is no plural: português, país.
func portugueseStem(word string) string {
	plain := withoutMarks(word)
	if !strings.HasSuffix(word, "ês") && !strings.HasSuffix(word, "ís") {
		plain = apply(portuguesePlurals, plain)
	}
	return apply(portugueseGender, apply(portugueseVerbs, plain))
}

// spanishSingular is the singular of a Spanish plural. Snowball takes some for
// verbs: préstamos, ciudades.
func spanishSingular(word string) string { return apply(spanishPlurals, word) }

var spanishPlurals = []rule{
	{"ces", "z", 2}, {"des", "d", 3}, {"les", "l", 3}, {"nes", "n", 3}, {"res", "r", 3}, {"ses", "s", 2}, {"yes", "y", 2},
	{"as", "a", 2}, {"es", "e", 2}, {"os", "o", 2}, {"ás", "á", 3},
}

// spanishStem finishes what Snowball left: vowels lose their marks, ñ is a letter
// of its own, and the i that some forms of a verb keep goes: anunciar, anunció.
func spanishStem(stem string) string {
	return apply([]rule{{"i", "", 4}}, spanishMarks.Replace(stem))
}

var spanishMarks = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u")

// frenchSingular is the singular of French words whose plural Snowball keeps, and
// one form of adjectives that have two.
func frenchSingular(word string) string {
	switch word {
	case "nouveau", "nouveaux", "nouvel":
		return "nouvelle"
	case "beau", "beaux", "bel":
		return "belle"
	case "vieux", "vieil":
		return "vieille"
	}
	return apply(frenchPlurals, word)
}

var frenchPlurals = []rule{
	{"ais", "ais", 0}, {"ois", "ois", 0}, {"uis", "uis", 0}, {"us", "u", 3}, {"is", "i", 2}, {"és", "é", 2},
}

// germanBase takes from German words what Snowball leaves: the plural of women,
// and the t of participles and persons where no noun ends so.
func germanBase(word string) string { return apply(germanEndings, umlauts(word)) }

var germanEndings = []rule{{"innen", "in", 3}, {"igt", "ig", 3}, {"iert", "ier", 2}, {"elt", "el", 4}, {"ert", "er", 4}}
