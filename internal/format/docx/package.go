package docx

import (
	"encoding/json"
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// The parts around the text: what there is, what belongs to what, and what the
// document says about itself.

// finish is the document that a writer wrote; each of those below closes what
// it opened.
func finish(w *markup.Writer) []byte {
	data, _ := w.Bytes()
	return data
}

func contentTypes() []byte {
	var w markup.Writer
	w.Open("Types", "xmlns", typesNamespace)
	w.Empty("Default", "Extension", "rels", "ContentType", "application/vnd.openxmlformats-package.relationships+xml")
	w.Empty("Default", "Extension", "xml", "ContentType", "application/xml")
	for _, p := range [][2]string{
		{"/word/document.xml", wordType + "document.main+xml"},
		{"/word/styles.xml", wordType + "styles+xml"},
		{"/word/numbering.xml", wordType + "numbering+xml"},
		{"/word/settings.xml", wordType + "settings+xml"},
		{"/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"},
		{"/docProps/custom.xml", "application/vnd.openxmlformats-officedocument.custom-properties+xml"},
	} {
		w.Empty("Override", "PartName", p[0], "ContentType", p[1])
	}
	w.Close()
	return finish(&w)
}

func packageRelations() []byte {
	var w markup.Writer
	w.Open("Relationships", "xmlns", relsNamespace)
	w.Empty("Relationship", "Id", "rId1", "Type", relNamespace+"/officeDocument", "Target", "word/document.xml")
	w.Empty("Relationship", "Id", "rId2", "Type", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "Target", "docProps/core.xml")
	w.Empty("Relationship", "Id", "rId3", "Type", relNamespace+"/custom-properties", "Target", "docProps/custom.xml")
	w.Close()
	return finish(&w)
}

// firstLink is the number of the first relation that is a link.
const firstLink = 101

func (d *document) relations() []byte {
	var w markup.Writer
	w.Open("Relationships", "xmlns", relsNamespace)
	for i, part := range []string{"styles", "numbering", "settings"} {
		w.Empty("Relationship", "Id", "rId"+strconv.Itoa(i+1), "Type", relNamespace+"/"+part, "Target", part+".xml")
	}
	for i, target := range d.links {
		w.Empty("Relationship", "Id", "rId"+strconv.Itoa(firstLink+i), "Type", relNamespace+"/hyperlink", "Target", target, "TargetMode", "External")
	}
	w.Close()
	return finish(&w)
}

// numbering gives every list a number of its own: what begins anew counts anew.
func (d *document) numbering() []byte {
	var w markup.Writer
	w.Open("w:numbering", "xmlns:w", wordNamespace)
	for i, kind := range [][2]string{{"bullet", "•"}, {"decimal", "%1."}} {
		w.Open("w:abstractNum", "w:abstractNumId", strconv.Itoa(i))
		w.Empty("w:multiLevelType", "w:val", "singleLevel")
		w.Open("w:lvl", "w:ilvl", "0")
		w.Empty("w:start", "w:val", "1")
		w.Empty("w:numFmt", "w:val", kind[0])
		w.Empty("w:lvlText", "w:val", kind[1])
		w.Empty("w:lvlJc", "w:val", "start")
		w.Open("w:pPr")
		w.Empty("w:ind", "w:start", "720", "w:hanging", "360")
		w.Close()
		w.Close()
		w.Close()
	}
	for i, numbered := range d.lists {
		w.Open("w:num", "w:numId", strconv.Itoa(i+1))
		kind := "0"
		if numbered {
			kind = "1"
		}
		w.Empty("w:abstractNumId", "w:val", kind)
		w.Open("w:lvlOverride", "w:ilvl", "0")
		w.Empty("w:startOverride", "w:val", "1")
		w.Close()
		w.Close()
	}
	w.Close()
	return finish(&w)
}

// core are the properties that every program shows (ECMA-376 part 2 §11).
func (d *document) core() []byte {
	it := d.item
	var w markup.Writer
	w.Open("cp:coreProperties", "xmlns:cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties", "xmlns:dc", "http://purl.org/dc/elements/1.1/",
		"xmlns:dcterms", "http://purl.org/dc/terms/", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
	w.Leaf("dc:title", format.Headline(it, d.printer))
	w.Leaf("dc:creator", format.Line(format.Source(it)))
	w.Leaf("dc:language", it.Language)
	w.Leaf("dc:identifier", d.site.ItemURL(it))
	w.Leaf("cp:contentStatus", format.PubStatus(it.Action))
	w.Leaf("cp:version", strconv.Itoa(it.Version))
	w.Leaf("dcterms:created", format.Stamp(it.First), "xsi:type", "dcterms:W3CDTF")
	w.Leaf("dcterms:modified", format.Stamp(it.ClearTime), "xsi:type", "dcterms:W3CDTF")
	w.Close()
	return finish(&w)
}

// pictureFacts are what is not to be seen of a picture.
type pictureFacts struct {
	Type   string `json:"type"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Alt    string `json:"alt,omitempty"`
}

// facts are what has no place on the page, those without value left out.
func facts(it *wire.Item) []format.Property {
	var all []format.Property
	add := func(name, value string) {
		if value != "" {
			all = append(all, format.Property{Name: name, Value: value})
		}
	}
	add("priority", string(it.Priority))
	add("organisation", format.Line(it.Organisation))
	if c := it.Provider; c != nil {
		add("provider", format.Line(c.Name))
		if !it.Action.Withdraws() {
			add("credit", c.Line)
		}
		if wire.SafeLink(c.URL) {
			add("provider-link", c.URL)
		}
	}
	for _, code := range it.Sectors {
		add("sector", code)
	}
	for _, code := range it.Subjects {
		add("subject", code)
	}
	for _, code := range it.Places {
		add("place", code)
	}
	add("datelineCity", format.Line(it.Dateline.City))
	for _, p := range it.Pictures {
		data, _ := json.Marshal(pictureFacts{p.Type, p.Width, p.Height, p.Alt}) // texts and numbers always have a form
		add("picture", string(data))
	}
	if until := format.Embargo(it); until != "" {
		all = append(all, format.Property{Name: format.EmbargoProperty, Value: until})
	}
	return append(all, format.Properties(it)...)
}

// custom are properties of the wire's own. A name stands once in a document
// (ECMA-376 part 1 §22.3.2.2), so a second value has a number behind it.
func (d *document) custom() []byte {
	var w markup.Writer
	w.Open("Properties", "xmlns", "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties", "xmlns:vt", "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes")
	seen := map[string]int{}
	for i, p := range facts(d.item) {
		name := propertyPrefix + p.Name
		if seen[p.Name]++; seen[p.Name] > 1 {
			name += " " + strconv.Itoa(seen[p.Name])
		}
		// Word numbers them from 2, and this is the one format id it knows.
		w.Open("property", "fmtid", "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}", "pid", strconv.Itoa(i+2), "name", name)
		w.Leaf("vt:lpwstr", p.Value)
		w.Close()
	}
	w.Close()
	return finish(&w)
}

// propertyPrefix begins the names of the wire's own properties.
const propertyPrefix = "wireroom "
