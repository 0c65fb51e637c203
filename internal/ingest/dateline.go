package ingest

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// datelineRunes bounds where a dateline is looked for.
const datelineRunes = 160

// foundDateline is a dateline and how much of the text it takes.
type foundDateline struct {
	wire.Dateline
	end     int // bytes, with the dash and the space after it
	guessed bool
}

var (
	// bracketed is the name of a wire before a dash: (NAME) –, /NAME/ --, 【NAME】：
	bracketed = regexp.MustCompile(`(?:\(([^()\n]{1,60})\)|（([^（）\n]{1,60})）|\[([^\[\]\n]{1,60})\]|【([^【】\n]{1,60})】|/([^/\n]{2,60})/)[\s\x{200e}\x{200f}]*(?:-{1,3}|[–—―－─]{1,2}|:|：)[\s\x{200e}\x{200f}]*`)
	// dashed is the end of a dateline without one.
	dashed = regexp.MustCompile(`\s(?:--|[–—―－-])\s+|\s*(?:--|——|――|──)\s*`)
	// partMarks part place and date.
	partMarks = regexp.MustCompile(`[,،、，;·|]`)
)

// parseDateline finds a dateline at the start of a text: place and date in any
// order, the name of the wire in brackets or slashes, a dash. It is careful:
// "The World Health Organization (WHO) – …" is a sentence. known says of a name
// whether it is that of a wire.
func parseDateline(s string, now time.Time, known func(mark string) bool) (foundDateline, bool) {
	s = firstRunes(s, datelineRunes)
	if m := bracketed.FindStringSubmatchIndex(s); m != nil {
		mark := ""
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				mark = strings.TrimFunc(s[m[i]:m[i+1]], blank)
			}
		}
		slashes := m[10] >= 0
		found, ok := readPlace(s[:m[0]], now)
		dated := found.Date != ""
		if slashes && m[0] > 0 && strings.HasSuffix(strings.TrimRightFunc(s[:m[0]], unicode.IsSpace), ":") { // http://…/ is no mark
			ok = false
		}
		if ok && strings.ContainsFunc(mark, unicode.IsLetter) && (found.City == "" && found.Country == "" || dated || capitals(s[:m[0]]) || known(mark)) {
			found.Mark, found.end = mark, m[1]
			return found, true
		}
		return foundDateline{}, false
	}
	m := dashed.FindStringIndex(s)
	if m == nil || m[0] == 0 {
		return foundDateline{}, false
	}
	found, ok := readPlace(s[:m[0]], now)
	if !ok || found.Date == "" || found.City == "" {
		return foundDateline{}, false
	}
	found.end = m[1]
	return found, true
}

// readPlace reads what stands before the name of the wire: nothing, a place, a
// date, or both. ok is false where it reads as anything else.
func readPlace(s string, now time.Time) (found foundDateline, ok bool) {
	rest := strings.Trim(s, " \t\u00a0\u3000,،、，-–—/")
	if date, has := findDate(rest, now); has {
		before, after := strings.Trim(rest[:date.from], " ,،、，."), strings.Trim(rest[date.to:], " ,،、，.")
		if before != "" && after != "" && strings.ContainsFunc(before, unicode.IsLetter) && strings.ContainsFunc(after, unicode.IsLetter) {
			return found, false // a sentence with a date in it
		}
		found.Date, found.guessed = date.date, date.guessed
		if rest = before; rest == "" {
			rest = after
		}
	}
	if utf8.RuneCountInString(rest) > 60 || len(strings.Fields(rest)) > 7 || strings.ContainsAny(rest, "!?。！？؟:\n\"“”«»()") {
		return found, false
	}
	date := found.Date
	found.Dateline = place(rest)
	found.Date = date
	return found, true
}

// ambiguousPlaces name both a country and something smaller that datelines put
// after a city.
var ambiguousPlaces = map[string]bool{"georgia": true, "jersey": true, "granada": true}

// place reads a city, with a country after it or being one itself.
func place(s string) wire.Dateline {
	s = strings.Trim(s, " \t\u00a0\u3000,،、，")
	var line wire.Dateline
	if s == "" {
		return line
	}
	parts := partMarks.Split(s, -1)
	last := strings.TrimSpace(parts[len(parts)-1])
	if last == "" {
		line.City = s
		return line
	}
	code, ok := vocab.FindCountry(last)
	// Two capitals after a city are a state more often than a country.
	if short := utf8.RuneCountInString(last) < 3 && last[0] < 0x80; ok && !(short && last != "UK" && last != "US") && !ambiguousPlaces[strings.ToLower(last)] {
		line.Country = code
		if len(parts) > 1 {
			s = strings.TrimSpace(s[:len(s)-len(parts[len(parts)-1])])
			s = strings.Trim(s, " ,،、，;·|")
		}
	}
	line.City = s
	return line
}

// capitals reports whether a text is set in capitals, as datelines are.
func capitals(s string) bool {
	upper := false
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		upper = upper || unicode.IsUpper(r)
	}
	return upper
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
