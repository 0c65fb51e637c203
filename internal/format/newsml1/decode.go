package newsml1

import (
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// What Decode looks for, in the shape of the standard.
type (
	formal struct {
		Name  string `xml:"FormalName,attr"`
		Value string `xml:"Value,attr"`
	}
	party struct {
		Comment string `xml:"Comment"`
		Party   formal `xml:"Party"`
	}
	location struct {
		How        string   `xml:"HowPresent,attr"`
		Properties []formal `xml:"Property"`
	}
	component struct {
		Role       formal   `xml:"Role"`
		Credit     string   `xml:"NewsLines>CreditLine"`
		Caption    string   `xml:"NewsLines>NewsLine>NewsLineText"`
		Properties []formal `xml:"DescriptiveMetadata>Property"`
		Content    struct {
			Href    string   `xml:"Href,attr"`
			Alt     string   `xml:"Comment"`
			Type    formal   `xml:"MimeType"`
			Measure []formal `xml:"Characteristics>Property"`
			Body    struct {
				Inner string `xml:",innerxml"`
			} `xml:"DataContent>html>body"`
		} `xml:"ContentItem"`
	}
	story struct {
		Headline string      `xml:"NewsLines>HeadLine"`
		Subhead  string      `xml:"NewsLines>SubHeadLine"`
		More     []string    `xml:"NewsLines>NewsLine>NewsLineText"`
		Credit   string      `xml:"NewsLines>CreditLine"`
		Parts    []component `xml:"NewsComponent"`
	}
	document struct {
		XMLName xml.Name `xml:"NewsML"`
		Item    struct {
			Language string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			Revision int    `xml:"Identification>NewsIdentifier>RevisionId"`
			First    string `xml:"NewsManagement>FirstCreated"`
			Created  string `xml:"NewsManagement>ThisRevisionCreated"`
			Status   formal `xml:"NewsManagement>Status"`
			Urgency  formal `xml:"NewsManagement>Urgency"`
			Main     struct {
				Source      party      `xml:"AdministrativeMetadata>Source"`
				Contributor party      `xml:"AdministrativeMetadata>Contributor"`
				Subjects    []formal   `xml:"DescriptiveMetadata>SubjectCode>Subject"`
				Sectors     []formal   `xml:"DescriptiveMetadata>OfInterestTo"`
				Locations   []location `xml:"DescriptiveMetadata>Location"`
				Properties  []formal   `xml:"Metadata>Property"`
				Story       story      `xml:"NewsComponent"`
			} `xml:"NewsComponent"`
		} `xml:"NewsItem"`
	}
)

// Decode reads a document that Encode wrote. It returns an Invalid error for
// anything else.
func Decode(data []byte) (*wire.Item, error) {
	var d document
	if err := markup.ReadDocument(data, "newsml1", "NewsML 1.2 document", &d); err != nil {
		return nil, err
	}
	n := &d.Item
	it := &wire.Item{Version: n.Revision, Edition: wire.Edition{Language: n.Language}}
	urgency, err := strconv.Atoi(n.Urgency.Name)
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "newsml1", "the urgency %q is not a number", n.Urgency.Name)
	}
	it.Priority = format.PriorityOf(urgency)
	for _, moment := range []struct {
		text string
		into *time.Time
	}{{n.Created, &it.ClearTime}, {n.First, &it.First}} {
		if *moment.into, err = time.Parse("20060102T150405-0700", moment.text); err != nil {
			return nil, wire.Errorf(wire.Invalid, "newsml1", "%q is not a time with a zone", moment.text)
		}
	}
	for _, q := range n.Main.Properties {
		if err := format.SetProperty(it, format.Property(q)); err != nil {
			return nil, err
		}
	}
	if want := status(it.Action); n.Status.Name != want {
		return nil, wire.Errorf(wire.Invalid, "newsml1", "the status is %q, which a %s never has", n.Status.Name, it.Action)
	}
	d.about(it)
	return it, n.Main.Story.read(it)
}

// about reads what the item is about and where it comes from.
func (d *document) about(it *wire.Item) {
	m := &d.Item.Main
	it.Organisation = m.Source.Party.Name
	if m.Contributor.Party.Name != "" {
		it.Provider = &wire.Credit{Name: m.Contributor.Party.Name, URL: m.Contributor.Comment, Line: m.Story.Credit}
	}
	for _, s := range m.Subjects {
		it.Subjects = append(it.Subjects, s.Name)
	}
	for _, s := range m.Sectors {
		it.Sectors = append(it.Sectors, s.Name)
	}
	for _, l := range m.Locations {
		for _, q := range l.Properties {
			switch {
			case l.How != "Origin":
				it.Places = append(it.Places, q.Value)
			case q.Name == "City":
				it.Dateline.City = q.Value
			}
		}
	}
}

// read reads headlines and components.
func (s *story) read(it *wire.Item) error {
	it.Headline = s.Headline
	if s.Subhead != "" {
		it.Subheads = append([]string{s.Subhead}, s.More...)
	}
	for i := range s.Parts {
		c := &s.Parts[i]
		switch c.Role.Name {
		case rolePhoto:
			it.Pictures = append(it.Pictures, c.picture())
		case roleContact:
			it.Contacts = append(it.Contacts, c.contact())
		case roleBody, roleBoilerplate, roleDisclaimer:
			blocks, err := markup.ReadBlocks(strings.TrimSpace(c.Content.Body.Inner), markup.HTML)
			if err != nil {
				return err
			}
			switch c.Role.Name {
			case roleBody:
				it.Body = blocks
			case roleBoilerplate:
				it.Boilerplate = blocks
			default:
				it.Disclaimer = blocks
			}
		}
	}
	return nil
}

func (c *component) picture() wire.Picture {
	p := wire.Picture{URL: c.Content.Href, Type: c.Content.Type.Name, Alt: c.Content.Alt, Caption: c.Caption, Credit: c.Credit}
	for _, q := range c.Content.Measure {
		side, _ := strconv.Atoi(q.Value)
		switch q.Name {
		case "PixelWidth":
			p.Width = side
		case "PixelHeight":
			p.Height = side
		}
	}
	return p
}

func (c *component) contact() wire.PressContact {
	var p wire.PressContact
	for _, q := range c.Properties {
		format.SetContact(&p, q.Name, q.Value)
	}
	return p
}
