package text

import (
	"strings"
	"unicode"
)

// Guess is what a text seems to be written in.
type Guess struct {
	Language   string  // BCP 47; "" if nothing can be said
	Confidence float64 // 0 to 1; about how often such a guess is right
}

// detectRunes bounds how much of a text is looked at; more does not change the
// guess.
const detectRunes = 4000

// Detect guesses the language of a text from its scripts, its commonest words
// and, for Chinese, the characters that only one of the two writings has. It is
// a warning for the desk, never a decision.
func Detect(s string) Guess {
	c := count(s)
	letters := c.total()
	if letters == 0 {
		return Guess{}
	}
	share := func(n int) float64 { return float64(n) / float64(letters) }
	// A text in another script quotes Latin names; Latin texts quote little else.
	sure := func(n int) float64 {
		confidence := min(1, 0.6+share(n))
		if letters < 12 {
			confidence *= 0.8
		}
		return min(confidence, 0.99)
	}
	switch {
	case c.kana > 0 && share(c.kana+c.han) > 0.25 && float64(c.kana) >= 0.05*float64(c.han):
		return Guess{"ja", sure(c.kana + c.han)}
	case share(c.hangul) > 0.25:
		return Guess{"ko", sure(c.hangul)}
	case share(c.han) > 0.25:
		return c.chinese(sure(c.han))
	case share(c.thai) > 0.25:
		return Guess{"th", sure(c.thai)}
	case share(c.arabic) > 0.4:
		if float64(c.farsi) > 0.02*float64(c.arabic) {
			return Guess{"fa", 0.6 * sure(c.arabic)}
		}
		return Guess{"ar", sure(c.arabic)}
	case share(c.cyrillic) > 0.4:
		if c.notRussian > 0 {
			return Guess{"", 0}
		}
		return Guess{"ru", 0.95 * sure(c.cyrillic)}
	case share(c.latin) > 0.5:
		return latin(s)
	}
	return Guess{}
}

type counts struct {
	latin, han, kana, hangul, thai, arabic, cyrillic, other int
	farsi, notRussian, simplified, traditional              int
}

func (c *counts) total() int {
	return c.latin + c.han + c.kana + c.hangul + c.thai + c.arabic + c.cyrillic + c.other
}

func count(s string) counts {
	var c counts
	n := 0
	for _, r := range s {
		if n++; n > detectRunes {
			break
		}
		switch {
		case r < 0x80:
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				c.latin++
			}
		case unicode.Is(unicode.Han, r):
			c.han++
			switch han().writing(r) {
			case 1:
				c.simplified++
			case -1:
				c.traditional++
			}
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			c.kana++
		case unicode.Is(unicode.Hangul, r):
			c.hangul++
		case unicode.Is(unicode.Thai, r):
			c.thai++
		case unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r):
			c.arabic++
			if strings.ContainsRune("پچژگکی", r) {
				c.farsi++
			}
		case unicode.Is(unicode.Cyrillic, r):
			c.cyrillic++
			if strings.ContainsRune("іїєґўђћџљњјѓќѕ", unicode.ToLower(r)) {
				c.notRussian++
			}
		case unicode.Is(unicode.Latin, r):
			c.latin++
		case unicode.IsLetter(r):
			c.other++
		}
	}
	return c
}

// chinese tells the two writings apart.
func (c *counts) chinese(confidence float64) Guess {
	switch {
	case c.simplified > c.traditional:
		return Guess{"zh-Hans", confidence * (0.5 + 0.5*float64(c.simplified-c.traditional)/float64(c.simplified+c.traditional))}
	case c.traditional > c.simplified:
		return Guess{"zh-Hant", confidence * (0.5 + 0.5*float64(c.traditional-c.simplified)/float64(c.simplified+c.traditional))}
	}
	return Guess{"zh-Hans", 0.4 * confidence} // nothing tells; more people write so
}

// latin scores the languages written in Latin letters by their commonest words
// and by letters that few of them have.
func latin(s string) Guess {
	words := strings.FieldsFunc(strings.ToLower(firstRunes(s)), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' })
	scores := map[string]float64{}
	for _, w := range words {
		for _, language := range stopWords[w] {
			scores[language]++
		}
		for _, l := range letterHints {
			if strings.ContainsAny(w, l.letters) {
				scores[l.language] += l.weight
			}
		}
	}
	var best, second string
	for _, language := range latinLanguages { // a fixed order, so that a tie is always the same
		if best == "" || scores[language] > scores[best] {
			best, second = language, best
		} else if second == "" || scores[language] > scores[second] {
			second = language
		}
	}
	if scores[best] == 0 {
		return Guess{}
	}
	lead := (scores[best] - scores[second]) / scores[best]
	density := min(1, scores[best]/float64(len(words))/0.15)
	confidence := (0.35 + 0.64*lead) * (0.4 + 0.6*density)
	if len(words) < 6 {
		confidence *= 0.7
	}
	if (best == "id" || best == "ms") && lead < 0.5 {
		confidence *= 0.7 // the two share most of their words
	}
	return Guess{best, min(confidence, 0.98)}
}

func firstRunes(s string) string {
	n := 0
	for i := range s {
		if n++; n > detectRunes {
			return s[:i]
		}
	}
	return s
}
