package docx

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"html"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of one document. 261 KB of zip have become 268 MB.
const (
	maxZip      = 16 << 20
	maxEntries  = 2_000
	maxUnpacked = 64 << 20 // of everything that is read
	maxPictures = 200
)

// file is a document while it is read.
type file struct {
	entries map[string]*zip.File
	left    int64 // bytes that may still be unpacked
	links   map[string]string
	numbers map[string]bool // numbering id → numbered, not bulleted
	styles  map[string]string
	drawn   []drawing
	article article.Article
}

// Read reads a document. Errors are Invalid for what is no such document,
// Exhausted for what is over the bounds; they name the part.
func Read(raw []byte) ([]article.Article, error) {
	if len(raw) > maxZip {
		return nil, wire.Errorf(wire.Exhausted, "docx", "is larger than %d bytes; leave pictures out", maxZip)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "docx", "is not a zip archive that can be read; save it again as .docx: %w", err)
	}
	if len(z.File) > maxEntries {
		return nil, wire.Errorf(wire.Exhausted, "docx", "has %d parts; at most %d are read", len(z.File), maxEntries)
	}
	f := &file{entries: map[string]*zip.File{}, left: maxUnpacked, article: article.Article{Format: "DOCX"}}
	for _, e := range z.File {
		f.entries[strings.TrimPrefix(path.Clean("/"+e.Name), "/")] = e
	}
	if f.entries["word/document.xml"] == nil {
		return nil, wire.Errorf(wire.Invalid, "docx", "has no word/document.xml: it is another kind of archive; save it as .docx")
	}
	if err := f.read(); err != nil {
		return nil, err
	}
	return []article.Article{f.article}, nil
}

// unpack reads one part, within the bounds whatever its header declares.
func (f *file) unpack(name string) ([]byte, error) {
	e := f.entries[name]
	if e == nil {
		return nil, nil
	}
	if e.UncompressedSize64 > uint64(f.left) {
		return nil, f.tooLarge(name)
	}
	r, err := e.Open()
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, name, "cannot be unpacked: %w", err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, f.left+1))
	if int64(len(raw)) > f.left {
		return nil, f.tooLarge(name)
	}
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, name, "cannot be unpacked: %w", err)
	}
	f.left -= int64(len(raw))
	return raw, nil
}

func (f *file) tooLarge(name string) error {
	return wire.Errorf(wire.Exhausted, name, "unpacks to more than %d bytes; it is refused as a zip bomb", maxUnpacked)
}

// part reads a part as XML; nil if there is none.
func (f *file) part(name string) (*tree.Node, error) {
	raw, err := f.unpack(name)
	if raw == nil || err != nil {
		return nil, err
	}
	n, err := tree.XML(string(raw))
	if fault, ok := errors.AsType[*wire.Error](err); ok {
		return nil, wire.Errorf(fault.Kind, name+", "+fault.Field, "%s", fault.Message)
	}
	return n, err
}

func (f *file) read() error {
	for _, step := range []func() error{f.readLinks, f.readStyles, f.readNumbering, f.readProperties, f.readText, f.readPictures} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) readLinks() error {
	f.links = map[string]string{}
	n, err := f.part("word/_rels/document.xml.rels")
	if err != nil {
		return err
	}
	for _, r := range n.All("Relationship") {
		f.links[r.Attr("Id")] = r.Attr("Target")
	}
	return nil
}

// readStyles finds which styles are headings: their ids differ by language, the
// names of the built-in ones do not (ECMA-376 part 1 §17.7.4.9).
func (f *file) readStyles() error {
	f.styles = map[string]string{}
	n, err := f.part("word/styles.xml")
	if err != nil {
		return err
	}
	for _, s := range n.All("style") {
		name := strings.ToLower(s.Get("name").Attr("val"))
		level := s.Get("pPr", "outlineLvl").Attr("val")
		switch {
		case name == "title":
			f.styles[s.Attr("styleId")] = "h1"
		case name == "heading 1" || level == "0":
			f.styles[s.Attr("styleId")] = "h2"
		case strings.HasPrefix(name, "heading ") || level != "" && level != "9":
			f.styles[s.Attr("styleId")] = "h3"
		case name == "quote" || name == "intense quote":
			f.styles[s.Attr("styleId")] = "blockquote"
		case name == "list bullet":
			f.styles[s.Attr("styleId")] = "ul"
		case name == "list number":
			f.styles[s.Attr("styleId")] = "ol"
		}
	}
	return nil
}

func (f *file) readNumbering() error {
	f.numbers = map[string]bool{}
	n, err := f.part("word/numbering.xml")
	if err != nil {
		return err
	}
	abstract := map[string]bool{}
	for _, a := range n.All("abstractNum") {
		kind := a.Get("lvl", "numFmt").Attr("val")
		abstract[a.Attr("abstractNumId")] = kind != "bullet" && kind != "none" && kind != ""
	}
	for _, num := range n.All("num") {
		f.numbers[num.Attr("numId")] = abstract[num.Get("abstractNumId").Attr("val")]
	}
	return nil
}

func (f *file) readProperties() error {
	n, err := f.part("docProps/core.xml")
	if err != nil {
		return err
	}
	a := &f.article
	a.Byline = n.Get("creator").Word()
	a.Language = n.Get("language").Word()
	a.Moment(n.Get("created"), &a.Created)
	a.Moment(n.Get("modified"), &a.Modified)
	for _, p := range n.Left() {
		a.Keep("property "+p.Name, p.Value)
	}
	return nil
}

// readPictures takes the pictures, in the order in which the text shows them;
// each is looked at before it is trusted: a header of 33 bytes can claim 13 GB of
// pixels.
func (f *file) readPictures() error {
	targets := sortedValues(f.links)
	slices.SortStableFunc(targets, func(a, b string) int { return cmp.Compare(f.turn(a), f.turn(b)) })
	seen := 0
	for _, target := range slices.Compact(targets) {
		name := path.Join("word", target)
		e := f.entries[name]
		if e == nil || !strings.HasPrefix(target, "media/") {
			continue
		}
		if seen++; seen > maxPictures {
			return wire.Errorf(wire.Exhausted, "docx", "has more than %d pictures", maxPictures)
		}
		raw, err := f.unpack(name)
		if err != nil {
			return err
		}
		p := article.Picture{Name: name, Data: raw}
		if i := f.turn(target); i < len(f.drawn) {
			p.Alt = f.drawn[i].alt
		}
		p.Type, p.Width, p.Height, err = picture.Look(raw)
		if fault, ok := errors.AsType[*wire.Error](err); ok && fault.Kind == wire.Exhausted {
			return wire.Errorf(wire.Exhausted, name, "%s", fault.Message)
		}
		f.article.Pictures = append(f.article.Pictures, p)
	}
	return nil
}

// drawing is where the text shows a picture, and what its author says that is to
// be seen on it.
type drawing struct{ target, alt string }

// turn is the place of a picture among those that the text shows; behind all of
// them where it does not show it.
func (f *file) turn(target string) int {
	for i, d := range f.drawn {
		if d.target == target {
			return i
		}
	}
	return len(f.drawn)
}

// draw notes the drawings below a node (ECMA-376 part 1 §20.4.2.5, §20.1.8.13).
func (f *file) draw(n *tree.Node) {
	for _, c := range n.Children {
		if c.Name != "drawing" {
			f.draw(c)
			continue
		}
		about := c.Find("docPr")
		f.drawn = append(f.drawn, drawing{f.links[c.Find("blip").Attr("embed")], cmp.Or(about.Attr("descr"), about.Attr("title"))})
	}
}

func (f *file) readText() error {
	n, err := f.part("word/document.xml")
	if err != nil {
		return err
	}
	body := n.Get("body")
	if body == nil {
		return wire.Errorf(wire.Invalid, "word/document.xml", "has no body")
	}
	f.draw(body)
	w := writer{file: f}
	w.blocks(body)
	w.endList()
	f.article.Body = w.out.String()
	if w.rtl > w.ltr {
		f.article.Direction = "rtl"
	}
	for _, name := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		notes, err := f.part(name)
		if err != nil {
			return err
		}
		for _, note := range append(notes.All("footnote"), notes.All("endnote")...) {
			if kind := note.Attr("type"); kind == "" || kind == "normal" {
				w := writer{file: f}
				w.blocks(note)
				w.endList()
				if text := w.out.String(); text != "" {
					f.article.Body += "<p>" + noteMark(note) + "</p>" + text
				}
			}
		}
	}
	return nil
}

// noteMark leads from the text to a note: n is either.
func noteMark(n *tree.Node) string { return "[" + html.EscapeString(n.Attr("id")) + "]" }
