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

// Detect guesses the language of a text: by its scripts; for Chinese, by the
// characters that only one of the two writings has; in Latin, Cyrillic and Arabic
// letters by which of them follow each other, and by the commonest words. The
// guess may be a language that the wire does not carry. It is a warning for the
// desk, never a decision.
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
	case share(c.han) > 0.25 && c.japanese > 0 && c.simplified == 0: // forms of Japan alone
		return Guess{"ja", 0.85 * sure(c.han)}
	case share(c.han) > 0.25:
		return c.chinese(sure(c.han))
	case share(c.thai) > 0.25:
		return Guess{"th", sure(c.thai)}
	case share(c.arabic) > 0.4:
		return byLetters(firstRunes(s), arabicScript).with(sure(c.arabic))
	case share(c.cyrillic) > 0.4:
		return byLetters(firstRunes(s), cyrillicScript).with(sure(c.cyrillic))
	case share(c.latin) > 0.5:
		return byLetters(firstRunes(s), latinScript).with(1)
	}
	return Guess{}
}

// with lessens the confidence of a guess. It is never certain.
func (g Guess) with(confidence float64) Guess {
	return Guess{g.Language, min(g.Confidence*confidence, 0.99)}
}

type counts struct {
	latin, han, kana, hangul, thai, arabic, cyrillic, other int
	simplified, traditional, japanese                       int // of han
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
			default:
				if strings.ContainsRune(japaneseForms, r) {
					c.japanese++
				}
			}
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			c.kana++
		case unicode.Is(unicode.Hangul, r):
			c.hangul++
		case unicode.Is(unicode.Thai, r):
			c.thai++
		case unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r):
			c.arabic++
		case unicode.Is(unicode.Cyrillic, r):
			c.cyrillic++
		case unicode.Is(unicode.Latin, r):
			c.latin++
		case unicode.IsLetter(r):
			c.other++
		}
	}
	return c
}

// japaneseForms are characters that neither writing of Chinese has: those that
// Japan made simpler its own way, or made itself.
const japaneseForms = "悪圧囲応仮価壊懐拡覚勧陥関歓観気帰犠拠挙暁駆経軽鶏芸撃欠剣険圏検権顕験厳広鉱砕済斎剤雑桟賛歯児実釈収従渋獣縦粛処奨焼" +
	"乗剰浄壌嬢譲醸畳縄図穂酔髄斉摂専戦銭繊捜挿荘総騒増蔵臓続対帯択沢団弾遅鋳庁聴逓鉄転伝徳読売悩脳廃拝発髪抜浜払仏変豊毎満黙薬訳揺様頼竜両猟塁霊齢労働込峠畑枠匂塀円営"

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

func firstRunes(s string) string {
	n := 0
	for i := range s {
		if n++; n > detectRunes {
			return s[:i]
		}
	}
	return s
}
