package nitf

import (
	"encoding/xml"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// What Decode looks for, in the shape of the standard.
type (
	classed struct {
		Class string `xml:"class,attr"`
		Text  string `xml:",chardata"`
	}
	pictureElement struct {
		Reference struct {
			Type   string `xml:"mime-type,attr"`
			Source string `xml:"source,attr"`
			Credit string `xml:"source-credit,attr"`
			Alt    string `xml:"alternate-text,attr"`
			Width  int    `xml:"width,attr"`
			Height int    `xml:"height,attr"`
		} `xml:"media-reference"`
		Caption string `xml:"media-caption>p"`
	}
	contactElement struct {
		Person   string    `xml:"person"`
		Function string    `xml:"function"`
		Org      string    `xml:"org"`
		Virtual  []classed `xml:"virtloc"`
	}
	blockElement struct {
		Class    string           `xml:"class,attr"`
		Inner    string           `xml:",innerxml"`
		Contacts []contactElement `xml:"p"`
	}
	document struct {
		XMLName  xml.Name `xml:"nitf"`
		Language string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Metas    []struct {
			Name    string `xml:"name,attr"`
			Content string `xml:"content,attr"`
		} `xml:"head>meta"`
		Topics []struct {
			Code string `xml:"tobject.subject.refnum,attr"`
		} `xml:"head>tobject>tobject.subject"`
		Docdata struct {
			Status  string `xml:"management-status,attr"`
			Urgency struct {
				Value int `xml:"ed-urg,attr"`
			} `xml:"urgency"`
			Issue struct {
				Norm string `xml:"norm,attr"`
			} `xml:"date.issue"`
			Key struct {
				Version int `xml:"version,attr"`
			} `xml:"du-key"`
			Issuer []classed `xml:"identified-content>org"`
		} `xml:"head>docdata"`
		Published struct {
			Date string `xml:"date.publication,attr"`
		} `xml:"head>pubdata"`
		Headline string           `xml:"body>body.head>hedline>hl1"`
		Subheads []string         `xml:"body>body.head>hedline>hl2"`
		City     string           `xml:"body>body.head>dateline>location>city"`
		Blocks   []blockElement   `xml:"body>body.content>block"`
		Pictures []pictureElement `xml:"body>body.content>media"`
	}
)

// Decode reads a document that Encode or EncodeBare wrote. It returns an Invalid
// error for anything else.
func Decode(data []byte) (*wire.Item, error) {
	var d document
	if err := markup.ReadDocument(data, "nitf", "NITF document", &d); err != nil {
		return nil, err
	}
	it := &wire.Item{Version: d.Docdata.Key.Version, Edition: wire.Edition{Language: d.Language}}
	it.Priority = format.PriorityOf(d.Docdata.Urgency.Value)
	for _, moment := range []struct {
		text string
		into *time.Time
	}{{d.Published.Date, &it.ClearTime}, {d.Docdata.Issue.Norm, &it.First}} {
		var err error
		if *moment.into, err = time.Parse("20060102T150405Z", moment.text); err != nil {
			return nil, wire.Errorf(wire.Invalid, "nitf", "%q is not a time in UTC", moment.text)
		}
	}
	for _, o := range d.Docdata.Issuer {
		it.Organisation = o.Text
	}
	for _, t := range d.Topics {
		it.Subjects = append(it.Subjects, t.Code)
	}
	if err := d.metas(it); err != nil {
		return nil, err
	}
	if want := format.PubStatus(it.Action); d.Docdata.Status != want {
		return nil, wire.Errorf(wire.Invalid, "nitf", "the status is %q, which a %s never has", d.Docdata.Status, it.Action)
	}
	it.Headline, it.Subheads, it.Dateline.City = d.Headline, d.Subheads, d.City
	for _, p := range d.Pictures {
		r := p.Reference
		it.Pictures = append(it.Pictures, wire.Picture{URL: r.Source, Type: r.Type, Width: r.Width, Height: r.Height, Alt: r.Alt, Caption: p.Caption, Credit: r.Credit})
	}
	return it, d.blocks(it)
}

// metas reads what the wire says in meta elements.
func (d *document) metas(it *wire.Item) error {
	for _, m := range d.Metas {
		name, ok := strings.CutPrefix(m.Name, MetaPrefix)
		switch {
		case !ok:
		case name == "sector":
			it.Sectors = append(it.Sectors, m.Content)
		case name == "place":
			it.Places = append(it.Places, m.Content)
		case name == "subject":
			it.Subjects = append(it.Subjects, m.Content)
		case name == "provider":
			it.Provider = &wire.Credit{Name: m.Content}
		case name == "credit" && it.Provider != nil:
			it.Provider.Line = m.Content
		case name == "provider-link" && it.Provider != nil:
			it.Provider.URL = m.Content
		default:
			if err := format.SetProperty(it, format.Property{Name: name, Value: m.Content}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *document) blocks(it *wire.Item) error {
	for _, b := range d.Blocks {
		if b.Class == ContactsClass {
			for _, p := range b.Contacts {
				c := wire.PressContact{Name: p.Person, Role: p.Function, Organisation: p.Org}
				for _, v := range p.Virtual {
					if v.Class == "email" {
						c.Email = v.Text
					} else {
						c.Phone = v.Text
					}
				}
				it.Contacts = append(it.Contacts, c)
			}
			continue
		}
		blocks, err := markup.ReadBlocks(b.Inner, dialect)
		if err != nil {
			return err
		}
		switch b.Class {
		case BoilerplateClass:
			it.Boilerplate = blocks
		case DisclaimerClass:
			it.Disclaimer = blocks
		default:
			it.Body = blocks
		}
	}
	return nil
}
