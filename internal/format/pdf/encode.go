package pdf

import (
	"fmt"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Carries reports whether the typefaces for a language are at hand.
func Carries(language string, site format.Site) bool { return site.Typefaces.Covers(language) }

// Encode writes an item. It returns an Invalid error that says what to install
// where a typeface is missing.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	faces, err := site.Typefaces.Set(it.Language)
	if err != nil {
		return nil, err
	}
	d := &document{file: &file{}, item: it, site: site, printer: locale.For(it.Language), rtl: vocab.Direction(it.Language) == "rtl", runs: map[linkRun]*element{}}
	d.set.faces = faces
	catalog, info := d.file.reserve(), d.file.reserve()
	d.newPage()
	story := d.story()
	d.flow(story, side, textWidth)
	d.feet()
	tree, err := d.structure(story)
	if err != nil {
		return nil, err
	}
	pages, err := d.writePages()
	if err != nil {
		return nil, err
	}
	metadata := d.file.raw("/Type /Metadata /Subtype /XML", d.metadata())
	direction := "/L2R"
	if d.rtl {
		direction = "/R2L"
	}
	d.file.set(catalog, fmt.Sprintf("<< /Type /Catalog /Pages %s /StructTreeRoot %s /MarkInfo << /Marked true >> /Lang %s /ViewerPreferences << /DisplayDocTitle true /Direction %s >> /Metadata %s >>",
		ref(pages), ref(tree), ascii(it.Language), direction, ref(metadata)))
	d.file.set(info, fmt.Sprintf("<< /Title %s /Author %s /Subject %s /Producer (Wireroom) /CreationDate %s /ModDate %s >>",
		words(d.title()), words(format.Line(format.Source(it))), words(site.ItemURL(it)), date(it.First), date(it.ClearTime)))
	return d.file.bytes(catalog, info), nil
}

func (d *document) title() string { return format.Line(format.Headline(d.item, d.printer)) }

// date is a time in UTC (ISO 32000-1 §7.9.4).
func date(t time.Time) string { return t.UTC().Format("(D:20060102150405Z)") }

// structure writes the structure tree, and the tree that leads from text and
// links to their elements (ISO 32000-1 §14.7.4.4).
func (d *document) structure(story *element) (int, error) {
	root := d.file.reserve()
	d.writeElement(story, root)
	var nums strings.Builder
	for key, link := range d.links {
		fmt.Fprintf(&nums, "%d %s ", key, ref(link.object))
	}
	for i, p := range d.pages {
		fmt.Fprintf(&nums, "%d %s ", len(d.links)+i, refs(p.owners))
	}
	parents := d.file.add("<< /Nums [" + strings.TrimSpace(nums.String()) + "] >>")
	d.file.set(root, fmt.Sprintf("<< /Type /StructTreeRoot /K %s /ParentTree %s /ParentTreeNextKey %d >>", ref(story.object), ref(parents), len(d.links)+len(d.pages)))
	return root, nil
}

func (d *document) writePages() (int, error) {
	tree := d.file.reserve()
	var fonts strings.Builder
	for _, s := range d.subsets {
		n, err := s.write(d.file)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(&fonts, "%s %s ", name(s.name), ref(n))
	}
	var kids []int
	for i, p := range d.pages {
		content, err := d.file.stream("", []byte(p.content.String()))
		if err != nil {
			return 0, err
		}
		d.file.set(p.object, fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %s %s] /Resources << /Font << %s >> >> /Contents %s /Annots %s /Tabs /S /StructParents %d >>",
			ref(tree), number(pageWidth), number(pageHeight), strings.TrimSpace(fonts.String()), ref(content), refs(p.annotations), len(d.links)+i))
		kids = append(kids, p.object)
	}
	d.file.set(tree, fmt.Sprintf("<< /Type /Pages /Kids %s /Count %d >>", refs(kids), len(kids)))
	return tree, nil
}

// metadata is what the document says of itself (ISO 16684-1), with the claim that
// it is made for everyone (ISO 14289-1 §5).
func (d *document) metadata() []byte {
	it := d.item
	var w markup.Writer
	w.Open("x:xmpmeta", "xmlns:x", "adobe:ns:meta/")
	w.Open("rdf:RDF", "xmlns:rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
	w.Open("rdf:Description", "rdf:about", d.site.ItemURL(it), "xmlns:dc", "http://purl.org/dc/elements/1.1/", "xmlns:xmp", "http://ns.adobe.com/xap/1.0/", "xmlns:pdf", "http://ns.adobe.com/pdf/1.3/", "xmlns:pdfuaid", "http://www.aiim.org/pdfua/ns/id/")
	w.Leaf("pdfuaid:part", "1")
	w.Open("dc:title")
	w.Open("rdf:Alt")
	w.Leaf("rdf:li", d.title(), "xml:lang", "x-default")
	w.Close()
	w.Close()
	if source := format.Line(format.Source(it)); source != "" {
		w.Open("dc:creator")
		w.Open("rdf:Seq")
		w.Leaf("rdf:li", source)
		w.Close()
		w.Close()
	}
	w.Open("dc:language")
	w.Open("rdf:Bag")
	w.Leaf("rdf:li", it.Language)
	w.Close()
	w.Close()
	w.Leaf("xmp:CreateDate", format.Stamp(it.First))
	w.Leaf("xmp:ModifyDate", format.Stamp(it.ClearTime))
	w.Leaf("pdf:Producer", "Wireroom")
	w.Close()
	w.Close()
	w.Close()
	body, _ := w.Bytes() // everything was closed
	head := "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
	return []byte(head + strings.TrimPrefix(string(body), markup.Header) + "<?xpacket end=\"r\"?>")
}
