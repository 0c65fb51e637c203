package ingest

import (
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
	"golang.org/x/net/html"
)

// quietElements are the elements whose content is not the story, with the code
// of the finding that says they were left out.
var quietElements = map[string]string{
	"script": "script-dropped", "noscript": "script-dropped", "template": "script-dropped",
	"style":  "style-dropped",
	"iframe": "embed-dropped", "object": "embed-dropped", "embed": "embed-dropped", "applet": "embed-dropped", "svg": "embed-dropped",
	"math": "embed-dropped", "canvas": "embed-dropped", "video": "embed-dropped", "audio": "embed-dropped", "frameset": "embed-dropped", "noframes": "embed-dropped",
	"input": "form-dropped", "select": "form-dropped", "textarea": "form-dropped", "button": "form-dropped", "datalist": "form-dropped",
	"nav": "navigation-dropped",
}

// maxTags bounds how many tags a page may have: far beyond any release, far
// below what takes long.
const maxTags = 100_000

// scan reports what of a page will be left out, with lines: the parsed tree
// has none. It only reports; what is let through is decided on the tree.
func (d *document) scan(source string, first int) error {
	z := html.NewTokenizer(strings.NewReader(source))
	line, tags := first, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return nil
		}
		breaks := strings.Count(string(z.Raw()), "\n")
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			if tags++; tags > maxTags {
				return wire.Errorf(wire.Exhausted, d.at(line), "has more than %d tags; send the text of the release alone", maxTags)
			}
			d.report(z.Token(), line)
		}
		line += breaks
	}
}

// report says what of one start tag is not carried.
func (d *document) report(token html.Token, line int) {
	if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
		return
	}
	name := token.Data
	if code := quietElements[name]; code != "" {
		d.find(line, Warning, code, "The element "+quote("<"+name+">")+" was left out with what is in it.")
	}
	var source, alt, title, width, height string
	for _, a := range token.Attr {
		switch key := strings.ToLower(a.Key); {
		case strings.HasPrefix(key, "on"):
			d.find(line, Warning, "handler-dropped", "The event handler "+quote(key)+" was left out.")
		case key == "style":
			d.find(line, Note, "style-dropped", "The styling of "+quote("<"+name+">")+" was left out.")
		case key == "href" && name == "a" && a.Val != "":
			d.safe(a.Val, line)
		case key == "src":
			source = a.Val
		case key == "alt":
			alt = a.Val
		case key == "title":
			title = a.Val
		case key == "width":
			width = a.Val
		case key == "height":
			height = a.Val
		}
	}
	switch {
	case name == "img" && tiny(width) && tiny(height):
		d.find(line, Warning, "tracker-dropped", "The invisible picture "+quote(source)+" was left out: it would tell its owner who reads.")
	case name == "img" && d.shows(source, alt, title):
	case name == "img":
		d.find(line, Warning, "image-dropped", "The picture "+quote(source)+" was left out: hand it in beside the text.")
	case name == "bdo":
		d.find(line, Warning, "override-dropped", "A reversal of writing direction was left out: it makes text read other than it is.")
	case name == "del" || name == "s" || name == "strike":
		d.find(line, Warning, "struck-text", "Struck-out text was kept as ordinary text; take it out if it is not meant.")
	}
}

func tiny(size string) bool {
	size = strings.TrimSuffix(strings.TrimSpace(size), "px")
	return size == "0" || size == "1"
}

// quote names a piece of a document in a finding, short and on one line.
func quote(s string) string {
	s = strings.Join(strings.Fields(displayName(s)), " ")
	if runes := []rune(s); len(runes) > 120 {
		s = string(runes[:119]) + "…"
	}
	return "“" + s + "”"
}
