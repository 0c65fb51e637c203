package ingest

import (
	"html"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// unescape resolves Markdown's backslash escapes and character references
// (CommonMark §2.4, §2.5) in one pass, so that \&amp; stays what it says.
func unescape(s string, raw bool) string {
	if raw || !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0:
			b.WriteByte(s[i+1])
			i += 2
		case s[i] == '&':
			end := strings.IndexByte(s[i:min(len(s), i+40)], ';')
			if end < 0 {
				b.WriteByte('&')
				i++
				continue
			}
			b.WriteString(html.UnescapeString(s[i : i+end+1]))
			i += end + 1
		default:
			_, size := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+size])
			i += size
		}
	}
	return b.String()
}

// rawStyles follows HTML tags in the running text of Markdown: those that the
// wire knows set styles, the text of scripts is left out, the rest is ignored.
type rawStyles struct {
	*document
	line  int
	open  [len(elementStyles)]int
	quiet string // the element whose text is left out; "" if none
}

// elementStyles are the elements of HTML that set a style of the wire.
var elementStyles = [...]struct {
	tag   string
	style style
}{
	{"strong", strong}, {"b", strong}, {"em", emphasis}, {"i", emphasis}, {"cite", emphasis}, {"dfn", emphasis}, {"var", emphasis},
	{"sub", subscript}, {"sup", superscript}, {"bdi", isolated}, {"bdo", isolated},
}

func styleOf(tag string) (int, style) {
	for i, e := range elementStyles {
		if e.tag == tag {
			return i, e.style
		}
	}
	return -1, 0
}

func (r *rawStyles) silent() bool { return r.quiet != "" }

func (r *rawStyles) style() style {
	var s style
	for i, n := range r.open {
		if n > 0 {
			s |= elementStyles[i].style
		}
	}
	return s
}

// tag takes one raw tag, comment or the like.
func (r *rawStyles) tag(source string, t *running, s style, link string) {
	z := nethtml.NewTokenizer(strings.NewReader(source))
	kind := z.Next()
	token := z.Token()
	name := token.Data
	if r.quiet != "" {
		if kind == nethtml.EndTagToken && name == r.quiet {
			r.quiet = ""
		}
		return
	}
	r.report(token, r.line)
	i, _ := styleOf(name)
	switch {
	case kind == nethtml.StartTagToken && quietElements[name] != "":
		r.quiet = name
	case kind == nethtml.StartTagToken && i >= 0:
		r.open[i]++
	case kind == nethtml.EndTagToken && i >= 0:
		r.open[i] = max(0, r.open[i]-1)
	case name == "br" && (kind == nethtml.StartTagToken || kind == nethtml.SelfClosingTagToken):
		t.add("\n", s, link)
	case kind == nethtml.CommentToken || kind == nethtml.DoctypeToken:
	case kind == nethtml.EndTagToken:
	default:
		r.find(r.line, Note, "markup-in-markdown", "The tag "+quote("<"+name+">")+" was left out; its text was kept.")
	}
}
