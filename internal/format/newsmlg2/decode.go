package newsmlg2

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
	coded struct {
		QCode   string `xml:"qcode,attr"`
		URI     string `xml:"uri,attr"`
		Literal string `xml:"literal,attr"`
		TypeURI string `xml:"typeuri,attr"`
		Type    string `xml:"type,attr"`
		RoleURI string `xml:"roleuri,attr"`
		Value   string `xml:"value,attr"`
		Name    string `xml:"name"`
		Web     string `xml:"organisationDetails>contactInfo>web"`
		Text    string `xml:",chardata"`
	}
	linkElement struct {
		Rel          string  `xml:"rel,attr"`
		Href         string  `xml:"href,attr"`
		Type         string  `xml:"contenttype,attr"`
		Credit       string  `xml:"creditline"`
		Descriptions []coded `xml:"description"`
		Properties   []coded `xml:"itemMetaExtProperty"`
	}
	assertElement struct {
		Literal     string `xml:"literal,attr"`
		Name        string `xml:"name"`
		Definition  string `xml:"definition"`
		Affiliation string `xml:"personDetails>affiliation>name"`
		Email       string `xml:"personDetails>contactInfo>email"`
		Phone       string `xml:"personDetails>contactInfo>phone"`
	}
	section struct {
		Class string `xml:"class,attr"`
		Inner string `xml:",innerxml"`
	}
	newsItemElement struct {
		XMLName    xml.Name        `xml:"http://iptc.org/std/nar/2006-10-01/ newsItem"`
		GUID       string          `xml:"guid,attr"`
		Version    int             `xml:"version,attr"`
		Language   string          `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Created    string          `xml:"itemMeta>versionCreated"`
		First      string          `xml:"itemMeta>firstCreated"`
		Embargoed  string          `xml:"itemMeta>embargoed"`
		Status     coded           `xml:"itemMeta>pubStatus"`
		Links      []linkElement   `xml:"itemMeta>link"`
		Properties []coded         `xml:"itemMeta>itemMetaExtProperty"`
		Urgency    int             `xml:"contentMeta>urgency"`
		Located    string          `xml:"contentMeta>located>name"`
		Sources    []coded         `xml:"contentMeta>infoSource"`
		Subjects   []coded         `xml:"contentMeta>subject"`
		Headlines  []coded         `xml:"contentMeta>headline"`
		Credit     string          `xml:"contentMeta>creditline"`
		Asserts    []assertElement `xml:"assert"`
		Sections   []section       `xml:"contentSet>inlineXML>html>body>div"`
	}
)

// Decode reads a newsItem that Encode wrote. It returns an Invalid error for
// anything else; it does not check the document against the schema.
func Decode(data []byte) (*wire.Item, error) {
	var d newsItemElement
	if err := markup.ReadDocument(data, "newsml-g2", "newsItem", &d); err != nil {
		return nil, err
	}
	it := &wire.Item{Version: d.Version, Edition: wire.Edition{Language: d.Language}}
	it.Priority = format.PriorityOf(d.Urgency)
	for _, moment := range []struct {
		text string
		into *time.Time
	}{{d.Created, &it.ClearTime}, {d.First, &it.First}} {
		var err error
		if *moment.into, err = time.Parse(time.RFC3339, moment.text); err != nil {
			return nil, wire.Errorf(wire.Invalid, "newsml-g2", "%q is not a time: %w", moment.text, err)
		}
	}
	if d.Embargoed != "" {
		if err := format.SetProperty(it, format.Property{Name: format.EmbargoProperty, Value: d.Embargoed}); err != nil {
			return nil, err
		}
	}
	for _, q := range d.Properties {
		name, ok := strings.CutPrefix(q.TypeURI, format.PropertyURN(""))
		if !ok {
			continue
		}
		if err := format.SetProperty(it, format.Property{Name: name, Value: q.Value}); err != nil {
			return nil, err
		}
	}
	if want := "stat:" + format.PubStatus(it.Action); d.Status.QCode != want {
		return nil, wire.Errorf(wire.Invalid, "newsml-g2", "the status is %q, which a %s never has", d.Status.QCode, it.Action)
	}
	d.about(it)
	d.words(it)
	return it, d.sections(it)
}

// about reads what the item is about and where it comes from.
func (d *newsItemElement) about(it *wire.Item) {
	for _, s := range d.Sources {
		switch s.RoleURI {
		case RoleIssuer:
			it.Organisation = s.Name
		case RoleProvider:
			it.Provider = &wire.Credit{Name: s.Name, Line: d.Credit, URL: s.Web}
		}
	}
	for _, s := range d.Subjects {
		scheme, code, _ := strings.Cut(s.QCode, ":")
		if s.QCode == "" {
			code = s.Literal
		}
		sector, isSector := strings.CutPrefix(s.URI, SectorURN)
		switch {
		case isSector:
			it.Sectors = append(it.Sectors, sector)
		case s.TypeURI == SectorURN:
			it.Sectors = append(it.Sectors, code)
		case scheme == "iso3166-1a2", s.Type == "cpnat:geoArea":
			it.Places = append(it.Places, code)
		default:
			it.Subjects = append(it.Subjects, code)
		}
	}
}

// words reads headlines, contacts and pictures.
func (d *newsItemElement) words(it *wire.Item) {
	for _, h := range d.Headlines {
		if h.RoleURI == RoleSubhead {
			it.Subheads = append(it.Subheads, h.Text)
		} else {
			it.Headline = h.Text
		}
	}
	it.Dateline.City = d.Located
	for _, a := range d.Asserts {
		if strings.HasPrefix(a.Literal, "contact-") {
			it.Contacts = append(it.Contacts, wire.PressContact{Name: a.Name, Role: a.Definition, Organisation: a.Affiliation, Email: a.Email, Phone: a.Phone})
		}
	}
	for _, l := range d.Links {
		if l.Rel != "irel:associatedWith" {
			continue
		}
		p := wire.Picture{URL: l.Href, Type: l.Type, Credit: l.Credit}
		for _, t := range l.Descriptions {
			if t.RoleURI == RoleAlt {
				p.Alt = t.Text
			} else {
				p.Caption = t.Text
			}
		}
		for _, q := range l.Properties {
			side, _ := strconv.Atoi(q.Value)
			switch q.TypeURI {
			case format.PropertyURN("width"):
				p.Width = side
			case format.PropertyURN("height"):
				p.Height = side
			}
		}
		it.Pictures = append(it.Pictures, p)
	}
}

func (d *newsItemElement) sections(it *wire.Item) error {
	for _, s := range d.Sections {
		blocks, err := markup.ReadBlocks(s.Inner, markup.HTML)
		if err != nil {
			return err
		}
		switch s.Class {
		case "boilerplate":
			it.Boilerplate = blocks
		case "disclaimer":
			it.Disclaimer = blocks
		default:
			it.Body = blocks
		}
	}
	return nil
}
