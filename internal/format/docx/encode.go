package docx

import (
	"archive/zip"
	"bytes"
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Namespaces and types of the parts (ECMA-376 part 1 annex A, part 2).
const (
	wordNamespace  = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	relNamespace   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relsNamespace  = "http://schemas.openxmlformats.org/package/2006/relationships"
	typesNamespace = "http://schemas.openxmlformats.org/package/2006/content-types"
	wordType       = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

// Encode writes an item.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	d := &document{item: it, site: site, printer: locale.For(it.Language), rtl: vocab.Direction(it.Language) == "rtl"}
	d.write()
	text, err := d.w.Bytes()
	if err != nil {
		return nil, err
	}
	parts := []struct {
		name string
		data []byte
	}{
		{"[Content_Types].xml", contentTypes()},
		{"_rels/.rels", packageRelations()},
		{"word/document.xml", text},
		{"word/_rels/document.xml.rels", d.relations()},
		{"word/styles.xml", styles(it.Language)},
		{"word/numbering.xml", d.numbering()},
		{"word/settings.xml", settings(it.Language)},
		{"docProps/core.xml", d.core()},
		{"docProps/custom.xml", d.custom()},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		// Without a time, so that the same item makes the same bytes.
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			return nil, wire.Errorf(wire.Internal, p.name, "cannot be packed: %w", err)
		}
		if _, err := w.Write(p.data); err != nil {
			return nil, wire.Errorf(wire.Internal, p.name, "cannot be packed: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, wire.Errorf(wire.Internal, "docx", "cannot be packed: %w", err)
	}
	return out.Bytes(), nil
}

// document is the main part while it is written.
type document struct {
	item    *wire.Item
	site    format.Site
	printer locale.Printer
	rtl     bool // the item's language is
	w       markup.Writer
	links   []string // targets; the first has the relation rId101
	lists   []bool   // numbered or not; the first has the number 1
	tags    int      // content controls so far
}

// What content controls are called by their tags.
const (
	tagNotice      = "notice"
	tagChanges     = "changes"
	tagHeadline    = "headline"
	tagTombstone   = "tombstone"
	tagSubheads    = "subheads"
	tagBody        = "body"
	tagDateline    = "dateline"
	tagPictures    = "pictures"
	tagBoilerplate = "boilerplate"
	tagContacts    = "contacts"
	tagCredits     = "credits"
	tagDisclaimer  = "disclaimer"
)

func (d *document) write() {
	it, p := d.item, d.printer
	d.w.Open("w:document", "xmlns:w", wordNamespace, "xmlns:r", relNamespace)
	d.w.Open("w:body")
	d.lines(tagNotice, "Notice", format.Notice(it, p))
	d.lines(tagChanges, "Notice", format.Changes(it, p)...)
	if it.Action.Withdraws() {
		d.lines(tagTombstone, "Title", format.Headline(it, p))
	} else {
		d.lines(tagHeadline, "Title", it.Headline)
		d.lines(tagSubheads, "Subtitle", it.Subheads...)
		d.section(tagBody, "", it.Body)
		d.pictures()
		d.section(tagBoilerplate, p.T("item.about"), it.Boilerplate)
		d.contacts()
		d.lines(tagCredits, "Fine", format.Credits(it, p)...)
		d.section(tagDisclaimer, p.T("item.disclaimer"), it.Disclaimer)
	}
	d.paragraph(look{style: "Fine"}, func() { d.runs(format.Runs(wire.Link(d.site.ItemURL(it), d.site.ItemURL(it))), "", false) })
	d.w.Open("w:sectPr")
	d.w.Empty("w:pgSz", "w:w", "11906", "w:h", "16838")
	d.w.Empty("w:pgMar", "w:top", "1440", "w:right", "1440", "w:bottom", "1440", "w:left", "1440", "w:header", "720", "w:footer", "720", "w:gutter", "0")
	if d.rtl {
		d.w.Empty("w:bidi")
	}
	d.w.Close()
	d.w.Close()
	d.w.Close()
}

// control begins a content control, which a tag names; Close, twice, ends it.
func (d *document) control(tag string) {
	d.tags++
	d.w.Open("w:sdt")
	d.w.Open("w:sdtPr")
	d.w.Empty("w:tag", "w:val", tag)
	d.w.Empty("w:id", "w:val", strconv.Itoa(d.tags))
	d.w.Close()
	d.w.Open("w:sdtContent")
}

func (d *document) closeControl() {
	d.w.Close()
	d.w.Close()
}

// lines is a part of plain texts, a paragraph each; nothing where there is none.
func (d *document) lines(tag, style string, texts ...string) {
	if len(texts) == 0 || texts[0] == "" && len(texts) == 1 {
		return
	}
	d.control(tag)
	own := tag == tagNotice || tag == tagChanges || tag == tagCredits
	for _, s := range texts {
		runs := plainRuns(s)
		if own && d.rtl { // the issuer's own texts are left as they are
			runs = format.Named(s, d.item)
		}
		d.paragraph(look{style: style}, func() { d.runs(runs, "", false) })
	}
	d.closeControl()
}

func plainRuns(s string) []format.Run { return []format.Run{{Text: s}} }

// section is a part of blocks below a heading of the wire's, if it has one.
func (d *document) section(tag, heading string, blocks []wire.Block) {
	if len(blocks) == 0 {
		return
	}
	d.heading(heading)
	d.control(tag)
	for i, b := range blocks {
		d.block(b, tag == tagBody && i == 0)
	}
	d.closeControl()
}

func (d *document) heading(text string) {
	if text != "" {
		d.paragraph(look{style: "Heading1"}, func() { d.runs(plainRuns(text), "", false) })
	}
}

func (d *document) contacts() {
	if len(d.item.Contacts) == 0 {
		return
	}
	d.heading(d.printer.T("item.contacts"))
	d.control(tagContacts)
	for _, c := range d.item.Contacts {
		d.paragraph(look{}, func() {
			d.fields(field{"name", c.Name, ""}, field{"role", c.Role, ""}, field{"organisation", c.Organisation, ""}, field{"email", c.Email, "mailto:" + c.Email}, field{"phone", c.Phone, ""})
		})
	}
	d.closeControl()
}

func (d *document) pictures() {
	if len(d.item.Pictures) == 0 {
		return
	}
	d.heading(d.printer.T("item.pictures"))
	d.control(tagPictures)
	for _, p := range d.item.Pictures {
		d.paragraph(look{style: "Caption"}, func() {
			alt := field{"alt", p.Alt, ""}
			if p.Caption != "" {
				alt.text = "" // it is for those who see nothing; a caption says more
			}
			d.fields(field{"caption", p.Caption, ""}, alt, field{"credit", p.Credit, ""}, field{"address", p.URL, p.URL})
		})
	}
	d.closeControl()
}

// field is a part of a line that has a name of its own.
type field struct{ tag, text, link string }

func (d *document) fields(all ...field) {
	first := true
	for _, f := range all {
		if f.text == "" {
			continue
		}
		if !first {
			d.runs(plainRuns(" · "), "", false)
		}
		first = false
		if d.rtl { // or names in several scripts would change places
			d.run(format.Run{Text: isolate}, "", false, "Isolate")
		}
		d.control(f.tag)
		run := format.Run{Text: f.text}
		if wire.SafeLink(f.link) {
			run.Link = f.link
		}
		d.runs([]format.Run{run}, "", false)
		d.closeControl()
		if d.rtl {
			d.run(format.Run{Text: endIsolate}, "", false, "Isolate")
		}
	}
}
