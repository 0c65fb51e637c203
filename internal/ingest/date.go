package ingest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
)

// foundDate is a date in a text and where it stands.
type foundDate struct {
	date     string // RFC 3339 full-date
	from, to int    // bytes
	guessed  bool   // the year was not there
}

// The forms of dates that are not written with the name of a month. Of dates
// in figures only those that can be read one way are taken: 3/4/2026 is a day
// in March or April, so it is left alone.
var (
	isoDate     = regexp.MustCompile(`\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b`)
	dottedDate  = regexp.MustCompile(`\b([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})(?:\s?г(?:ода|\.)?)?`)
	hanDate     = regexp.MustCompile(`(?:([0-9]{4})\s?年\s?)?([0-9]{1,2})\s?月\s?([0-9]{1,2})\s?日`)
	hangulDate  = regexp.MustCompile(`(?:([0-9]{4})\s?년\s?)?([0-9]{1,2})\s?월\s?([0-9]{1,2})\s?일`)
	number      = regexp.MustCompile(`[0-9]+`)
	dateJoiners = regexp.MustCompile(`^(?:[\s,،.]|de|del|º|er|st|nd|rd|th|года|г|năm|ngày|พ\.ศ|ค\.ศ)*$`)
)

// findDate finds the first date in a text, in any of the wire's languages and
// digits. Where the year is missing the date is the last one that is not far ahead
// of now; years of the Buddhist era (Thai) are converted.
func findDate(s string, now time.Time) (foundDate, bool) {
	plain, at := westernDigits(s)
	type form struct {
		expression       *regexp.Regexp
		year, month, day int // groups
	}
	for _, f := range []form{{isoDate, 1, 2, 3}, {hanDate, 1, 2, 3}, {hangulDate, 1, 2, 3}, {dottedDate, 3, 2, 1}} {
		m := f.expression.FindStringSubmatchIndex(plain)
		if m == nil {
			continue
		}
		group := func(i int) int {
			if m[2*i] < 0 {
				return 0
			}
			n, _ := strconv.Atoi(plain[m[2*i]:m[2*i+1]])
			return n
		}
		if date, guessed, ok := dateOf(group(f.year), group(f.month), group(f.day), now); ok {
			return foundDate{date, at[m[0]], at[m[1]], guessed}, true
		}
	}
	return namedDate(plain, at, now)
}

// namedDate finds a date with the name of a month: the day beside it, before or
// after, and the year after both.
func namedDate(plain string, at []int, now time.Time) (foundDate, bool) {
	from, to, month := findMonth(plain)
	if month == 0 {
		return foundDate{}, false
	}
	var before, after [][]int // numbers with nothing but joiners between them and the month
	for _, n := range number.FindAllStringIndex(plain[:from], -1) {
		if dateJoiners.MatchString(strings.ToLower(plain[n[1]:from])) {
			before = append(before, n)
		}
	}
	end := to
	for _, n := range number.FindAllStringIndex(plain[to:], -1) {
		if low, high := to+n[0], to+n[1]; dateJoiners.MatchString(strings.ToLower(plain[end:low])) {
			after = append(after, []int{low, high})
			end = high
		} else {
			break
		}
	}
	value := func(n []int) int { v, _ := strconv.Atoi(plain[n[0]:n[1]]); return v }
	day, year := 0, 0
	start, stop := from, to
	if len(before) > 0 && value(before[len(before)-1]) <= 31 {
		day, start = value(before[len(before)-1]), before[len(before)-1][0]
	} else if len(after) > 0 && value(after[0]) <= 31 {
		day, stop = value(after[0]), after[0][1]
		after = after[1:]
	}
	if len(after) > 0 && value(after[0]) > 1900 {
		year, stop = value(after[0]), after[0][1]
	}
	date, guessed, ok := dateOf(year, month, day, now)
	if !ok {
		return foundDate{}, false
	}
	if rest := dateTail.FindString(plain[stop:]); rest != "" {
		stop += len(rest)
	}
	if lead := dateLead.FindString(plain[:start]); lead != "" {
		start -= len(lead)
	}
	return foundDate{date, at[start], at[stop], guessed}, true
}

var (
	dateTail = regexp.MustCompile(`^(?:\s?года|\s?г\.|\.(?:$|[^\w]))`)
	dateLead = regexp.MustCompile(`(?i)(?:\bngày|วันที่)\s?$`)
)

// findMonth finds the longest name of a month that stands as a word of its own.
// It works on the text as it is, not folded, so that positions hold.
func findMonth(plain string) (from, to, month int) {
	lower := strings.Map(func(r rune) rune { // keeps lengths, unlike folding
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, plain)
	for i := range lower {
		if i > 0 && wordRune(lastRune(lower[:i])) && wordRune(firstRune(lower[i:])) {
			continue
		}
		for j := min(len(lower), i+48); j > i; j-- {
			if j < len(lower) && (!utf8.RuneStart(lower[j]) || wordRune(firstRune(lower[j:])) && wordRune(lastRune(lower[:j]))) {
				continue
			}
			if m := patternsOfAll().months[text.Fold(lower[i:j])]; m > 0 && j-i > to-from {
				from, to, month = i, j, m
			}
		}
		if month > 0 {
			return from, to, month
		}
	}
	return 0, 0, 0
}

// wordRune reports whether r holds a word together; figures do too, so that
// "tháng 1" is not found in "tháng 11".
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// aheadDays is how far ahead of now a dateline without a year may be: releases
// are handed in before their day, but most are of today.
const aheadDays = 60

// dateOf checks a date and completes its year.
func dateOf(year, month, day int, now time.Time) (date string, guessed, ok bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return "", false, false
	}
	if year > 2400 && year < 2700 { // Buddhist era
		year -= 543
	}
	if guessed = year == 0; guessed {
		for y := now.Year() - 4; y <= now.Year()+1; y++ { // 29 February has four years between
			t := time.Date(y, time.Month(month), day, 0, 0, 0, 0, time.UTC)
			if t.Day() == day && t.Before(now.AddDate(0, 0, aheadDays)) {
				year = y
			}
		}
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1900 || year > 2400 || t.Day() != day {
		return "", false, false
	}
	return t.Format(time.DateOnly), guessed, true
}

// westernDigits brings digits of every script to 0–9; at maps byte positions of
// the result to those of s.
func westernDigits(s string) (plain string, at []int) {
	var b strings.Builder
	for i, r := range s {
		before := b.Len()
		if r > 0x7f && unicode.IsDigit(r) {
			b.WriteByte('0' + byte(digitValue(r)))
		} else {
			b.WriteRune(r)
		}
		for range b.Len() - before {
			at = append(at, i)
		}
	}
	return b.String(), append(at, len(s))
}

// digitValue counts from the zero of the digit's script: decimal digits are
// encoded in tens (Unicode §4.6).
func digitValue(r rune) int {
	n := 0
	for unicode.IsDigit(r-1) && n < 9 {
		r--
		n++
	}
	return n
}
