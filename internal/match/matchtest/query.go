package matchtest

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Query is the standing query with a number; whoever asks twice gets the same.
// Six in ten ask for fields alone (profiles, watch lists of up to forty names,
// circuits), three in ten for one to three words, mostly in a language, one in
// ten for words, phrases and fields in several clauses.
func Query(number int) string {
	r := rand.New(rand.NewPCG(0x9e41, uint64(number)))
	switch x := r.Float64(); {
	case x < .60:
		return fieldsOnly(r)
	case x < .90:
		return fewWords(r)
	}
	return complex(r)
}

func langs(r *rand.Rand, v *vocabulary) string {
	if r.Float64() < .15 {
		return anyOf([]string{"lang:" + v.language, "lang:" + language(r).language})
	}
	return "lang:" + v.language
}

func subject(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return "sector:" + sector(r)
	}
	return "subject:" + askedTopic(r)
}

func several(r *rand.Rand, most int, draw func(*rand.Rand) string) string {
	var all []string
	for range 1 + r.IntN(most) {
		all = append(all, draw(r))
	}
	return anyOf(all)
}

func nation(r *rand.Rand) string { return "country:" + country(r) }

func watched(r *rand.Rand) string {
	if r.Float64() < .6 {
		return "ticker:" + ticker(r)
	}
	return "org:" + strconv.Quote(organisation(r))
}

func fieldsOnly(r *rand.Rand) string {
	v := language(r)
	switch x := r.Float64(); {
	case x < .5: // a beat
		all := []string{langs(r, v), several(r, 3, subject)}
		if r.IntN(2) == 0 {
			all = append(all, several(r, 3, nation))
		}
		return strings.Join(all, " ")
	case x < .83: // a watch list
		n := min(1+int(r.ExpFloat64()*6), 40)
		var all []string
		for range n {
			all = append(all, watched(r))
		}
		list := anyOf(all)
		if r.Float64() < .3 {
			list = langs(r, v) + " " + list
		}
		return list
	case x < .9:
		return "circuit:" + circuit(r) + " priority:" + string(priority(r)) + " " + nation(r)
	}
	return langs(r, v) + " provider:" + strconv.Quote(provider(r)) + " " + subject(r)
}

// sought is a word to look for, sometimes exactly as it is.
func sought(r *rand.Rand, v *vocabulary) string {
	w := v.keyword(r)
	if r.Float64() < .15 || strings.Contains(w, " ") {
		return strconv.Quote(w)
	}
	return w
}

// phrase is words that can stand in an item, or a name.
func phrase(r *rand.Rand, v *vocabulary) string {
	if r.IntN(2) == 0 {
		return strconv.Quote(organisation(r))
	}
	glue := ""
	if v.apart {
		glue = " "
	}
	all := []string{v.keyword(r), v.word(skewed(r, 2000, 1.07, 2.7))}
	if r.IntN(2) == 0 {
		slices.Reverse(all)
	}
	return strconv.Quote(strings.Join(all, glue))
}

func fewWords(r *rand.Rand) string {
	v := language(r)
	var q string
	switch x := r.Float64(); {
	case x < .35:
		q = sought(r, v)
	case x < .70:
		q = sought(r, v) + " " + sought(r, v)
	case x < .80:
		q = sought(r, v) + " " + sought(r, v) + " " + sought(r, v)
	case x < .95:
		q = anyOf([]string{sought(r, v), sought(r, v), sought(r, v)}[:2+r.IntN(2)])
	default:
		q = phrase(r, v)
	}
	if r.Float64() < .7 {
		q = langs(r, v) + " " + q
	}
	return q
}

func complex(r *rand.Rand) string {
	v := language(r)
	words := []string{sought(r, v), sought(r, v), phrase(r, v)}
	switch r.IntN(8) {
	case 0:
		words[0] = "headline:" + sought(r, v)
	case 1:
		words[1] = "body:(" + sought(r, v) + " " + sought(r, v) + ")"
	case 2:
		words[1] = sought(r, v) + " NEAR/5 " + sought(r, v)
	case 3:
		if begin := []rune(v.keyword(r)); v.apart && v.more == nil && len(begin) > 4 {
			words[1] = string(begin[:4]) + "*"
		}
	}
	all := []string{langs(r, v), several(r, 2, subject), anyOf(words)}
	if r.Float64() < .3 {
		all = append(all, several(r, 3, nation))
	}
	if r.Float64() < .3 {
		all = append(all, "NOT "+anyOf([]string{sought(r, v), sought(r, v)}))
	}
	return strings.Join(all, " ")
}

func anyOf(all []string) string {
	if len(all) == 1 {
		return all[0]
	}
	return "(" + strings.Join(all, " OR ") + ")"
}
