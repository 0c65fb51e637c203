package ninjs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// Item is what a document that the wire wrote says: the item again, but for what
// ninjs does not carry. It returns an Invalid error for a document that
// contradicts itself.
func (d *Document) Item() (*wire.Item, error) {
	it := &wire.Item{Edition: wire.Edition{Language: d.Language}}
	it.Priority = format.PriorityOf(d.Urgency)
	var err error
	if it.Version, err = strconv.Atoi(d.Version); err != nil {
		return nil, wire.Errorf(wire.Invalid, "ninjs", "the version %q is not a number", d.Version)
	}
	for _, moment := range []struct {
		text string
		into *time.Time
	}{{d.VersionCreated, &it.ClearTime}, {d.FirstCreated, &it.First}} {
		if *moment.into, err = time.Parse(time.RFC3339, moment.text); err != nil {
			return nil, wire.Errorf(wire.Invalid, "ninjs", "%q is not a time: %w", moment.text, err)
		}
	}
	if until := cmp.Or(d.EmbargoedUntil, d.Embargoed); until != "" {
		if err := format.SetProperty(it, format.Property{Name: format.EmbargoProperty, Value: until}); err != nil {
			return nil, err
		}
	}
	for _, id := range d.AltIDs {
		if err := format.SetProperty(it, format.Property{Name: id.Role, Value: id.Value}); err != nil {
			return nil, err
		}
	}
	if want := format.PubStatus(it.Action); d.PubStatus != want {
		return nil, wire.Errorf(wire.Invalid, "ninjs", "the status is %q, which a %s never has", d.PubStatus, it.Action)
	}
	d.about(it)
	d.people(it)
	return it, d.words(it)
}

// about reads what the item is about and where it comes from.
func (d *Document) about(it *wire.Item) {
	for _, o := range d.Organisations {
		it.Organisation = o.Name
	}
	for _, s := range d.InfoSources {
		if s.Role == "provider" {
			it.Provider = &wire.Credit{Name: s.Name, Line: d.By, URL: s.URI}
		}
	}
	for _, s := range d.Subjects {
		if s.Rel == "sector" {
			it.Sectors = append(it.Sectors, s.Literal)
		} else {
			it.Subjects = append(it.Subjects, strings.TrimPrefix(s.Literal, topicPrefix))
		}
	}
	for _, p := range d.Places {
		it.Places = append(it.Places, p.Literal)
	}
	it.Dateline.City = d.Located
}

// people reads contacts and pictures.
func (d *Document) people(it *wire.Item) {
	for _, p := range d.People {
		c := wire.PressContact{Name: p.Name}
		for _, way := range p.ContactInfo {
			format.SetContact(&c, way.Type, way.Value)
		}
		it.Contacts = append(it.Contacts, c)
	}
	for _, a := range d.Associations {
		if a.Type != "picture" {
			continue
		}
		p := wire.Picture{URL: a.URI, Credit: a.By}
		for _, t := range a.Descriptions {
			if t.Role == "alt" {
				p.Alt = t.Value
			} else {
				p.Caption = t.Value
			}
		}
		for _, r := range a.Renditions {
			p.Type, p.Width, p.Height = r.ContentType, r.Width, r.Height
		}
		it.Pictures = append(it.Pictures, p)
	}
}

func (d *Document) words(it *wire.Item) error {
	for i, h := range d.Headlines {
		if i == 0 {
			it.Headline = h.Value
		} else {
			it.Subheads = append(it.Subheads, h.Value)
		}
	}
	for _, b := range d.Bodies {
		blocks, err := markup.ReadBlocks(strings.ReplaceAll(b.Value, "<br>", "<br/>"), markup.HTML)
		if err != nil {
			return err
		}
		switch b.Role {
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

// roles are the other identifiers by their role, in the order in which the
// roles come first.
func (d *Document) roles() (names []string, values map[string][]string) {
	values = map[string][]string{}
	for _, id := range d.AltIDs {
		if !slices.Contains(names, id.Role) {
			names = append(names, id.Role)
		}
		values[id.Role] = append(values[id.Role], id.Value)
	}
	return names, values
}
