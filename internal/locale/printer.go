package locale

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/bidi"
)

// Printer speaks one language. The zero Printer speaks English. A Printer is a
// small value, read-only and safe for concurrent use.
type Printer struct {
	c        *catalog
	isolates bool
}

// For returns the Printer for a language, given as any BCP 47 tag. It never
// fails: a language without a catalog is answered in English.
func For(language string) Printer {
	loader, ok := catalogs[language]
	if !ok {
		loader = catalogs[closest(language)]
	}
	return Printer{c: loader()}
}

func (p Printer) catalog() *catalog {
	if p.c == nil {
		return catalogs[fallback]()
	}
	return p.c
}

// Language returns the tag of the printer's catalog, such as "ar" or
// "zh-Hant": the value for lang attributes of what it prints.
func (p Printer) Language() string { return p.catalog().language }

// Direction returns "rtl" or "ltr", the value for dir attributes.
func (p Printer) Direction() string {
	if p.Language() == "ar" { // the one interface language written from the right
		return "rtl"
	}
	return "ltr"
}

// Isolated returns a Printer that keeps words written in the other direction apart
// from its own (Isolate, Apart), for formats that have no markup to do it.
func (p Printer) Isolated() Printer { return Printer{p.c, true} }

// Isolate keeps a text, whichever its direction, from turning what stands around it
// (Unicode UAX #9 §2.4).
func Isolate(text string) string { return "\u2068" + text + "\u2069" }

// Isolate returns a value as it stands among the words of an Isolated Printer:
// isolated where any of it is written in the other direction, so that the point
// behind it stays behind it. Any other Printer returns it as it is.
func (p Printer) Isolate(value string) string {
	if !p.isolates || !runsAgainst(value, p.Direction()) {
		return value
	}
	return Isolate(value)
}

// Apart joins the parts of a line. An Isolated Printer keeps them in this order: an
// address and a telephone number behind it would else be one run from left to right,
// and in a line from right to left the number would be read first.
func (p Printer) Apart(parts []string) string {
	const between = " · "
	line := strings.Join(parts, between)
	if !p.isolates || p.Direction() == "ltr" && !runsAgainst(line, "ltr") {
		return line
	}
	return Isolate(strings.Join(parts, "\u2069"+between+"\u2068"))
}

// runsAgainst reports whether any of a text is written in the other direction.
func runsAgainst(text, direction string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.L:
			return direction == "rtl"
		case bidi.R, bidi.AL:
			return direction == "ltr"
		}
		return false
	})
}

// T returns the text of a key as plain text; escaping is the caller's. args are
// pairs of a name and its value:
//
//	p.T("item.version", "n", 3)
//
// Whole numbers are printed as plain digits by {n} and with grouping by # and
// {n, number}; a time.Time as Date prints it; anything else as fmt.Sprint does.
// A placeholder without its argument stays visible as {name}, an unknown key
// is returned itself: wording never fails a page.
func (p Printer) T(key string, args ...any) string {
	c := p.catalog()
	m, ok := c.messages[key]
	if !ok {
		c = catalogs[fallback]()
		if m, ok = c.messages[key]; !ok {
			return key
		}
	}
	var b strings.Builder
	Printer{c, p.isolates}.write(&b, m, args)
	return b.String()
}

func (p Printer) write(b *strings.Builder, m message, args []any) {
	for _, part := range m {
		switch {
		case part.choice != nil:
			p.write(b, p.c.choose(part.choice, args), args)
		case part.argument != "":
			b.WriteString(p.value(part, args))
		default:
			b.WriteString(part.literal)
		}
	}
}

func (c *catalog) choose(ch *choice, args []any) message {
	v, _ := find(args, ch.argument)
	n, ok := whole(v)
	if !ok {
		return ch.forms[formNames["other"]]
	}
	if m, ok := ch.exact[n]; ok {
		return m
	}
	if m, ok := ch.forms[form(c.tag, n)]; ok {
		return m
	}
	return ch.forms[formNames["other"]]
}

func (p Printer) value(part part, args []any) string {
	v, ok := find(args, part.argument)
	if !ok {
		return "{" + part.argument + "}"
	}
	if t, ok := v.(time.Time); ok {
		return p.c.format.writeDate(t)
	}
	if n, ok := whole(v); ok {
		if part.grouped {
			return p.c.format.writeNumber(n)
		}
		return strconv.FormatInt(n, 10)
	}
	return p.Isolate(fmt.Sprint(v))
}

// find looks up an argument in name, value pairs; a name without value at the
// end is ignored.
func find(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// whole returns the value of any kind of integer that fits in an int64 and is
// not one by name only: a type with a String method prints itself.
func whole(v any) (int64, bool) {
	if _, ok := v.(fmt.Stringer); ok || v == nil {
		return 0, false
	}
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint() && r.Uint() <= 1<<63-1:
		return int64(r.Uint()), true
	}
	return 0, false
}

// Number prints a whole number with the language's grouping and Latin digits.
func (p Printer) Number(n int64) string {
	return p.catalog().format.writeNumber(n)
}

// Decimal prints a number from 0 to below 1,000, rounded to as many decimals, with
// the language's sign before them and Latin digits.
func (p Printer) Decimal(v float64, decimals int) string {
	return p.catalog().format.writeDecimal(v, decimals)
}

// Date prints the day in t's own location: Gregorian calendar, long month
// name, Latin digits.
func (p Printer) Date(t time.Time) string {
	return p.catalog().format.writeDate(t)
}

// DateTime prints day and 24-hour time in t's own location. It does not name
// the zone: whoever shows a time says which zone it is in.
func (p Printer) DateTime(t time.Time) string {
	return p.catalog().format.writeDateTime(t)
}
