package wire

import (
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Inline is running text in a closed subset of HTML: escaped text with strong,
// em, sub, sup, bdi, br and links. Whatever enters the domain is checked by
// Check, so that renderers can embed it as it is.
type Inline string

// PlainInline escapes plain text.
func PlainInline(text string) Inline { return Inline(html.EscapeString(text)) }

// inlineTags are the elements that may surround text.
var inlineTags = map[string]bool{"strong": true, "em": true, "sub": true, "sup": true, "bdi": true}

// inlineEntities are the character references running text may hold: those that
// escaping makes. Every other character stands for itself.
var inlineEntities = map[string]bool{"&amp;": true, "&lt;": true, "&gt;": true, "&#34;": true, "&#39;": true, "&quot;": true}

// PlainText returns the text without markup; br becomes a line break.
func (in Inline) PlainText() string {
	s := string(in)
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:open])
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			break
		}
		if s[open:open+end+1] == "<br>" {
			b.WriteByte('\n')
		}
		s = s[open+end+1:]
	}
	return html.UnescapeString(b.String())
}

// Check returns an Invalid error if the text is not well-formed, properly
// nested, escaped, UTF-8, or holds anything outside the closed subset: other
// elements or attributes, links that are not absolute http, https or mailto,
// control characters, or bidirectional overrides that could make text read
// other than it is (Unicode TR #9 §2.2: only isolates and marks are kept).
func (in Inline) Check() error {
	s := string(in)
	if !utf8.ValidString(s) {
		return Errorf(Invalid, "text", "is not valid UTF-8")
	}
	var open []string
	for i := 0; i < len(s); {
		switch r, size := utf8.DecodeRuneInString(s[i:]); {
		case r == '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				return Errorf(Invalid, "text", "has an unclosed tag at byte %d", i)
			}
			var err error
			if open, err = checkTag(s[i+1:i+end], open); err != nil {
				return err
			}
			i += end + 1
		case r == '>':
			return Errorf(Invalid, "text", "has an unescaped > at byte %d", i)
		case r == '&':
			end := strings.IndexByte(s[i:], ';')
			if end < 0 || !inlineEntities[s[i:i+end+1]] {
				return Errorf(Invalid, "text", "has an unescaped & at byte %d", i)
			}
			i += end + 1
		case ForbiddenRune(r):
			return Errorf(Invalid, "text", "has the character U+%04X at byte %d, which may not be carried", r, i)
		default:
			i += size
		}
	}
	if len(open) > 0 {
		return Errorf(Invalid, "text", "does not close <%s>", open[len(open)-1])
	}
	return nil
}

// checkTag checks the inside of one tag and returns the elements then open.
func checkTag(tag string, open []string) ([]string, error) {
	if tag == "br" {
		return open, nil
	}
	if name, closing := strings.CutPrefix(tag, "/"); closing {
		if len(open) == 0 || open[len(open)-1] != name {
			return nil, Errorf(Invalid, "text", "closes <%s> which is not the innermost open element", name)
		}
		return open[:len(open)-1], nil
	}
	if inlineTags[tag] {
		return append(open, tag), nil
	}
	if href, ok := strings.CutPrefix(tag, `a href="`); ok && strings.HasSuffix(href, `"`) {
		target := html.UnescapeString(strings.TrimSuffix(href, `"`))
		if SafeLink(target) && !strings.Contains(strings.TrimSuffix(href, `"`), `"`) {
			return append(open, "a"), nil
		}
		return nil, Errorf(Invalid, "text", "links to %q; a link must be an absolute http, https or mailto address", target)
	}
	return nil, Errorf(Invalid, "text", "holds <%s>, which is not allowed in running text", tag)
}

// Link returns a link in running text, or plain text if target is not safe.
func Link(target, text string) Inline {
	if !SafeLink(target) {
		return PlainInline(text)
	}
	return Inline(`<a href="` + html.EscapeString(target) + `">` + html.EscapeString(text) + `</a>`)
}

// SafeLink reports whether target may be linked to: absolute http or https with
// a host and no credentials, or mailto.
func SafeLink(target string) bool {
	u, err := url.Parse(target)
	if err != nil || u.User != nil || strings.ContainsFunc(target, ForbiddenRune) {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "mailto":
		return u.Opaque != ""
	}
	return false
}

// ForbiddenRune reports whether no text of the wire may hold r: control
// characters but tab and line feed, bidirectional embeddings and overrides
// (U+202A–U+202E), which can make a name or figure read as another, the
// replacement character of a failed decoding, noncharacters, tag characters.
func ForbiddenRune(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\n' && r != '\t'
	case r >= 0x7f && r <= 0x9f:
		return true
	case r >= 0x202a && r <= 0x202e:
		return true
	case r == 0xfffd || r == 0xfeff || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef:
		return true
	case r == 0x2028 || r == 0x2029:
		return true
	case r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

func itoa(n int) string { return strconv.Itoa(n) }
