package ingest

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// legacy is an encoding that texts in the wire's languages were written in
// before UTF-8, with the characters that running text in it is mostly made of.
type legacy struct {
	name     string // as iconv knows it
	encoding encoding.Encoding
	common   string              // a text without any of these is not in this encoding
	script   *unicode.RangeTable // that its letters outside ASCII belong to
}

var legacies = []legacy{
	{"Shift_JIS", japanese.ShiftJIS, "のはをにがとでたいし", unicode.Hiragana},
	{"EUC-JP", japanese.EUCJP, "のはをにがとでたいし", unicode.Hiragana},
	{"EUC-KR", korean.EUCKR, "이다의는을에가고은한", unicode.Hangul},
	{"Big5", traditionalchinese.Big5, "的一是在不了有人為中國這與會", unicode.Han},
	{"GB18030", simplifiedchinese.GB18030, "的一是在不了有人为中国这与会", unicode.Han},
	{"windows-1256", charmap.Windows1256, "اليمنوترب", unicode.Arabic},
	{"ISO-8859-6", charmap.ISO8859_6, "اليمنوترب", unicode.Arabic},
	{"windows-1251", charmap.Windows1251, "оеаинтсрвл", unicode.Cyrillic},
	{"KOI8-R", charmap.KOI8R, "оеаинтсрвл", unicode.Cyrillic},
	{"windows-874", charmap.Windows874, "านรกเ่ง้อ", unicode.Thai},
	{"windows-1258", charmap.Windows1258, "đưăâêôơ", unicode.Latin},
	{"windows-1252", charmap.Windows1252, "éèàçüöäßñóãí’“”", unicode.Latin},
}

// likelyEncoding names the legacy encoding that bytes which are not UTF-8 are
// most likely written in, "" if none fits. What an HTML page declares of itself
// is believed when it decodes.
func likelyEncoding(raw []byte) string {
	raw = raw[:min(len(raw), 20_000)]
	if e, name, _ := charset.DetermineEncoding(raw[:min(len(raw), 1024)], "text/html"); name != "utf-8" && bytes.Contains(raw[:min(len(raw), 1024)], []byte("charset")) {
		if text, err := e.NewDecoder().Bytes(raw); err == nil && !bytes.Contains(trimTail(text), []byte("\ufffd")) {
			return name
		}
	}
	best, score := "", 0.0
	for _, l := range legacies {
		if s := l.score(raw); s > score {
			best, score = l.name, s
		}
	}
	if score < 0.15 {
		return ""
	}
	return best
}

// latin is a message of IPTC 7901 as UTF-8. Beyond ASCII its receivers know only
// ISO 8859-1 (of which windows-1252 is what senders write), and a name or two
// with an accent is too little to tell an encoding by.
func latin(raw []byte) []byte {
	if name := likelyEncoding(raw); name != "" && name != "windows-1252" {
		return raw
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return text
}

// trimTail drops the end of a text, where a sample may cut a character.
func trimTail(text []byte) []byte { return text[:max(0, len(text)-8)] }

// score is how much of what is not ASCII reads as the language would: letters
// of its script, and often its commonest ones. A wrong multi-byte reading has
// rare characters, a wrong single-byte one the wrong case or script.
func (l legacy) score(raw []byte) float64 {
	text, err := l.encoding.NewDecoder().Bytes(raw)
	if err != nil {
		return 0
	}
	var outside, script, common, broken, beside int
	before := ' '
	for _, r := range string(text) {
		if r < 0x80 {
			before = r
			continue
		}
		outside++
		if before >= 0x80 {
			beside++
		}
		before = r
		switch {
		case r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Co, r):
			broken++
		case strings.ContainsRune(l.common, r):
			common++
			script++
		case unicode.Is(l.script, r) || unicode.Is(unicode.Han, r) && l.script == unicode.Hiragana:
			script++
		}
	}
	if outside == 0 || broken > 1+outside/100 || common == 0 {
		return 0
	}
	share := func(n int) float64 { return float64(n) / float64(outside) }
	if l.script == unicode.Latin {
		return 0.5 * share(common) // any bytes read as Latin: the last resort
	}
	if share(beside) < 0.5 { // lone letters between ASCII ones: accents
		return 0
	}
	return share(script) * (0.1 + share(common))
}
