package docx

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxPart bounds a part as it is unpacked.
const maxPart = 16 << 20

// Decode reads a document that Encode wrote. It returns an Invalid error for
// anything else, Exhausted for what is over its bounds. The text of the story
// comes from what is to be seen, the rest from the properties.
func Decode(data []byte) (*wire.Item, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "docx", "this is no document of the wire: %w", err)
	}
	r := &reader{item: &wire.Item{}, links: map[string]string{}}
	for _, step := range []struct {
		part string
		read func(*tree.Node) error
	}{
		{"docProps/core.xml", r.core}, {"docProps/custom.xml", r.custom}, {"word/_rels/document.xml.rels", r.relations}, {"word/numbering.xml", r.numbering}, {"word/document.xml", r.document},
	} {
		n, err := part(z, step.part)
		if err != nil {
			return nil, err
		}
		if err := step.read(n); err != nil {
			return nil, err
		}
	}
	return r.item, nil
}

func part(z *zip.Reader, name string) (*tree.Node, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, name, "is not in the document: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPart+1))
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, name, "cannot be unpacked: %w", err)
	}
	if len(data) > maxPart {
		return nil, wire.Errorf(wire.Exhausted, name, "unpacks to more than %d bytes", maxPart)
	}
	return tree.XML(string(data))
}

type reader struct {
	item     *wire.Item
	links    map[string]string // relation → target
	numbered map[string]bool   // list → whether it counts
	pictures []pictureFacts
	rtl      bool
}

func (r *reader) core(n *tree.Node) error {
	it := r.item
	it.Language = n.Get("language").Word()
	r.rtl = vocab.Direction(it.Language) == "rtl"
	var err error
	if it.Version, err = strconv.Atoi(n.Get("version").Word()); err != nil {
		return wire.Errorf(wire.Invalid, "docx", "has no version: this is no document of the wire")
	}
	for name, into := range map[string]*time.Time{"created": &it.First, "modified": &it.ClearTime} {
		if *into, err = time.Parse(time.RFC3339, n.Get(name).Word()); err != nil {
			return wire.Errorf(wire.Invalid, "docx", "the time %s is none", name)
		}
	}
	return nil
}

func (r *reader) custom(n *tree.Node) error {
	it := r.item
	for _, p := range n.All("property") {
		name, ok := strings.CutPrefix(p.Attr("name"), propertyPrefix)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		value := p.Get("lpwstr").Raw()
		switch name {
		case "priority":
			it.Priority = wire.Priority(value)
		case "organisation":
			it.Organisation = value
		case "provider":
			it.Provider = &wire.Credit{Name: value}
		case "credit", "provider-link":
			if it.Provider == nil {
				return wire.Errorf(wire.Invalid, "docx", "has a %s and no provider", name)
			}
			if name == "credit" {
				it.Provider.Line = value
			} else {
				it.Provider.URL = value
			}
		case "sector":
			it.Sectors = append(it.Sectors, value)
		case "subject":
			it.Subjects = append(it.Subjects, value)
		case "place":
			it.Places = append(it.Places, value)
		case "datelineCity":
			it.Dateline.City = value
		case "picture":
			var f pictureFacts
			if err := json.Unmarshal([]byte(value), &f); err != nil {
				return wire.Errorf(wire.Invalid, "picture", "%q cannot be read: %w", value, err)
			}
			r.pictures = append(r.pictures, f)
		default:
			if err := format.SetProperty(it, format.Property{Name: name, Value: value}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) relations(n *tree.Node) error {
	for _, rel := range n.All("Relationship") {
		r.links[rel.Attr("Id")] = rel.Attr("Target")
	}
	return nil
}

func (r *reader) numbering(n *tree.Node) error {
	r.numbered = map[string]bool{}
	for _, num := range n.All("num") {
		r.numbered[num.Attr("numId")] = num.Get("abstractNumId").Attr("val") == "1"
	}
	return nil
}

func (r *reader) document(n *tree.Node) error {
	body := n.Get("body")
	if body == nil {
		return wire.Errorf(wire.Invalid, "word/document.xml", "has no body")
	}
	it := r.item
	for _, part := range body.All("sdt") {
		content := part.Get("sdtContent")
		switch tag := part.Get("sdtPr", "tag").Attr("val"); tag {
		case tagHeadline:
			it.Headline = strings.Join(r.texts(content), "\n")
		case tagSubheads:
			it.Subheads = r.texts(content)
		case tagBody:
			it.Body = r.blocks(content)
		case tagBoilerplate:
			it.Boilerplate = r.blocks(content)
		case tagDisclaimer:
			it.Disclaimer = r.blocks(content)
		case tagContacts:
			r.contacts(content)
		case tagPictures:
			if err := r.readPictures(content); err != nil {
				return err
			}
		case tagNotice, tagChanges, tagTombstone, tagCredits: // said in other words by the properties
		default:
			return wire.Errorf(wire.Invalid, "word/document.xml", "has a part %q, which no document of the wire has", tag)
		}
	}
	return nil
}

// texts are the paragraphs of a part as plain text.
func (r *reader) texts(n *tree.Node) []string {
	var all []string
	for _, p := range n.All("p") {
		all = append(all, format.Inline(r.runs(p)).PlainText())
	}
	return all
}

// fields are the named parts of a line.
func (r *reader) fields(p *tree.Node) map[string]string {
	all := map[string]string{}
	for _, f := range p.All("sdt") {
		all[f.Get("sdtPr", "tag").Attr("val")] = format.Inline(r.runs(f.Get("sdtContent"))).PlainText()
	}
	return all
}

func (r *reader) contacts(n *tree.Node) {
	for _, p := range n.All("p") {
		var c wire.PressContact
		for name, value := range r.fields(p) {
			format.SetContact(&c, name, value)
		}
		r.item.Contacts = append(r.item.Contacts, c)
	}
}

func (r *reader) readPictures(n *tree.Node) error {
	lines := n.All("p")
	if len(lines) != len(r.pictures) {
		return wire.Errorf(wire.Invalid, "pictures", "there are %d, and %d in the properties", len(lines), len(r.pictures))
	}
	for i, p := range lines {
		f, known := r.fields(p), r.pictures[i]
		r.item.Pictures = append(r.item.Pictures, wire.Picture{URL: f["address"], Type: known.Type, Width: known.Width, Height: known.Height, Alt: known.Alt, Caption: f["caption"], Credit: f["credit"]})
	}
	return nil
}
