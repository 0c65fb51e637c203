// Package letter writes the mail of an item: once per item and language, with
// gaps for what is personal, so that a letter to one more person costs little.
//
// It writes the text and HTML of a letter, not the message: headers, encoding
// and signatures are the courier's.
package letter

import (
	"html"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Template is a letter with gaps. It is read-only and safe for concurrent use.
type Template struct {
	Subject  string
	Language string // of the letter; BCP 47
	text     segments
	html     segments
}

// Letter is a letter to one person.
type Letter struct{ Subject, Text, HTML string }

// The gaps. They are private-use characters, which no text of the wire holds
// where this package puts it together. All between gapReason and gapReasonEnd
// is left out of a letter that has no reason to name.
const (
	gapReason      = '\ue000'
	gapWhy         = '\ue001'
	gapReasonEnd   = '\ue002'
	gapUnsubscribe = '\ue003'
)

// Compose writes the letter of an item. headline is that of the story the item
// speaks about, for one that withdraws it and so carries none; it may be empty.
func Compose(it *wire.Item, headline string, site format.Site, p locale.Printer) *Template {
	if it.Headline != "" {
		headline = it.Headline
	}
	c := composer{it: it, headline: clean(headline), site: site, p: p}
	return &Template{
		Subject: c.subject(), Language: it.Language,
		text: cut(c.text()), html: cut(c.html()),
	}
}

// Render fills the gaps for one person: the address that ends their
// subscription, and what of it matched; where why is empty nothing is said of
// that. Both are plain text; the HTML has them escaped.
func (t *Template) Render(unsubscribeURL, why string) (text, htm string) {
	return t.text.fill(why, unsubscribeURL), t.html.fill(html.EscapeString(why), html.EscapeString(unsubscribeURL))
}

// Letter is Render with the subject beside it.
func (t *Template) Letter(unsubscribeURL, why string) Letter {
	text, htm := t.Render(unsubscribeURL, why)
	return Letter{Subject: t.Subject, Text: text, HTML: htm}
}

// segments is a text cut at its gaps.
type segments []segment

// segment is a piece of text and the gap that follows it; 0 at the end.
type segment struct {
	text string
	gap  rune
}

func cut(s string) segments {
	var all segments
	for {
		i := strings.IndexFunc(s, isGap)
		if i < 0 {
			return append(all, segment{text: s})
		}
		gap := []rune(s[i : i+len(string(gapReason))])[0]
		all = append(all, segment{s[:i], gap})
		s = s[i+len(string(gap)):]
	}
}

func isGap(r rune) bool { return r >= gapReason && r <= gapUnsubscribe }

func (all segments) fill(why, unsubscribe string) string {
	size := 0
	for _, s := range all {
		size += len(s.text) + len(unsubscribe)
	}
	var b strings.Builder
	b.Grow(size + len(why))
	skip := false
	for _, s := range all {
		if !skip {
			b.WriteString(s.text)
		}
		switch s.gap {
		case gapReason:
			skip = why == ""
		case gapReasonEnd:
			skip = false
		case gapWhy:
			if !skip {
				b.WriteString(why)
			}
		case gapUnsubscribe:
			b.WriteString(unsubscribe)
		}
	}
	return b.String()
}

// clean keeps the gaps' characters out of what others wrote.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if isGap(r) {
			return -1
		}
		return r
	}, s)
}
