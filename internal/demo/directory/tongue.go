package directory

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// tongue is what a language calls its newsrooms, people and stories.
type tongue struct {
	language  string
	heads     []pair // first halves of invented places
	tails     []pair // second halves
	between   string // a space, in languages that write the halves apart
	mastheads []masthead
	named     int // outlets so far
	cultures  map[string]culture
	interests
}

// pair is a word in its own script and in ASCII letters.
type pair struct{ native, latin string }

// masthead is a form of outlet names; %s is a place.
type masthead struct{ kind, form, slug string }

// culture is how people are called.
type culture struct {
	given, family []pair
	familyFirst   bool
	join          string // between the two
}

// pairs reads words such as "北/bei"; where the script is Latin, the second
// half follows from the first. An underscore stands for a space.
func pairs(list string) []pair {
	fields := strings.Fields(list)
	out := make([]pair, len(fields))
	for i, f := range fields {
		native, latin, ok := strings.Cut(strings.ReplaceAll(f, "_", " "), "/")
		if !ok {
			latin = ascii(native)
		}
		out[i] = pair{native, latin}
	}
	return out
}

var letters = strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "å", "aa", "đ", "d", "ł", "l", "ı", "i", "œ", "oe", "ð", "d", "þ", "th")

// ascii brings Latin letters to what an address may hold.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, norm.NFD.String(letters.Replace(strings.ToLower(s))))
}

func newTongue(language string) *tongue {
	p := press[language]
	t := &tongue{language: language, between: p.between, heads: pairs(p.heads), tails: pairs(p.tails), cultures: map[string]culture{}, interests: newInterests(language)}
	for _, line := range strings.Split(strings.TrimSpace(p.mastheads), "\n") {
		parts := strings.Split(strings.TrimSpace(line), "|")
		t.mastheads = append(t.mastheads, masthead{parts[0], parts[1], parts[2]})
	}
	return t
}

type namedOutlet struct{ name, kind, domain string }

// nextOutlet names the language's next outlet. It walks all combinations of
// place and masthead with a step that meets each once, so names repeat, with a
// number, only when all are used up.
func (t *tongue) nextOutlet(seed uint64) namedOutlet {
	total := len(t.heads) * len(t.tails) * len(t.mastheads)
	step := 7919 + int(seed%16)*2
	for gcd(step, total) != 1 {
		step++
	}
	round := t.named / total
	at := (t.named%total*step + int(seed%1009)) % total
	t.named++
	m := t.mastheads[at%len(t.mastheads)]
	at /= len(t.mastheads)
	head, tail := t.heads[at%len(t.heads)], t.tails[at/len(t.heads)]
	name := fmt.Sprintf(m.form, head.native+t.between+tail.native)
	if round > 0 {
		name += fmt.Sprintf(" %d", round+1)
	}
	return namedOutlet{name, m.kind, head.latin + tail.latin + "-" + m.slug}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

type person struct{ name, given, family string } // given and family in ASCII

// person names somebody who writes the language in a country.
func (t *tongue) person(country string, r *rand.Rand) person {
	key := cultureOf(t.language, country)
	c, ok := t.cultures[key]
	if !ok {
		c = people[key].read()
		t.cultures[key] = c
	}
	given, family := c.given[r.IntN(len(c.given))], c.family[r.IntN(len(c.family))]
	name := given.native + c.join + family.native
	if c.familyFirst {
		name = family.native + c.join + given.native
	}
	return person{name, given.latin, family.latin}
}
