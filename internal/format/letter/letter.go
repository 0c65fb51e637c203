// Package letter writes the mail of an item: once per item and language, with
// gaps for what is personal, so that a letter to one more person costs little.
//
// It writes the text and HTML of a letter, not the message: headers, encoding
// and signatures are the courier's.
package letter

import (
	"html"
	"iter"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Template is a letter with gaps. It is read-only and safe for concurrent use.
type Template struct {
	Subject    string
	Language   string // of the letter; BCP 47
	Text, HTML Part
}

// Part is one alternative of a letter: first what is the same for everyone,
// then, to its end, what is personal. Who encodes letters can so encode most of
// it once.
type Part struct {
	Head string
	foot segments
	html bool
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
		Text: cut(c.text(), false), HTML: cut(c.html(), true),
	}
}

// AppendFoot writes the personal end of a part: with the address that ends the
// subscription, and what of it matched; where why is empty nothing is said of
// that. Both are plain text; in HTML they are escaped.
func (p *Part) AppendFoot(dst []byte, unsubscribeURL, why string) []byte {
	for _, text := range p.Foot(unsubscribeURL, why) {
		dst = append(dst, text...)
	}
	return dst
}

// Fixed are the texts of the foot between which stands what is personal.
func (p *Part) Fixed() []string {
	all := make([]string, len(p.foot))
	for i, s := range p.foot {
		all[i] = s.text
	}
	return all
}

// Personal stands for the place of what is no fixed text.
const Personal = -1

// Foot goes through what AppendFoot writes: each text with its place in Fixed, so
// that who encodes letters can do that once, or with Personal.
func (p *Part) Foot(unsubscribeURL, why string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if p.html {
			unsubscribeURL, why = html.EscapeString(unsubscribeURL), html.EscapeString(why)
		}
		skip := false
		for i, s := range p.foot {
			if !skip && !yield(i, s.text) {
				return
			}
			personal := ""
			switch s.gap {
			case gapReason:
				skip = why == ""
			case gapReasonEnd:
				skip = false
			case gapWhy:
				personal = why
			case gapUnsubscribe:
				personal = unsubscribeURL
			}
			if !skip && personal != "" && !yield(Personal, personal) {
				return
			}
		}
	}
}

// Render is the whole of both alternatives for one person, see
// Part.AppendFoot.
func (t *Template) Render(unsubscribeURL, why string) (text, htm string) {
	return string(t.Text.AppendFoot([]byte(t.Text.Head), unsubscribeURL, why)), string(t.HTML.AppendFoot([]byte(t.HTML.Head), unsubscribeURL, why))
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

func cut(s string, isHTML bool) Part {
	p := Part{html: isHTML}
	var all segments
	for {
		i := strings.IndexFunc(s, isGap)
		if i < 0 {
			all = append(all, segment{text: s})
			break
		}
		gap := []rune(s[i : i+len(string(gapReason))])[0]
		all = append(all, segment{s[:i], gap})
		s = s[i+len(string(gap)):]
	}
	p.Head, all[0].text = all[0].text, ""
	p.foot = all
	return p
}

func isGap(r rune) bool { return r >= gapReason && r <= gapUnsubscribe }

// clean keeps the gaps' characters out of what others wrote.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if isGap(r) {
			return -1
		}
		return r
	}, s)
}
