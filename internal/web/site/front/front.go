package front

import (
	"embed"
	"time"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed front.tmpl front.css
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/front"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "front.tmpl") }

// Page is the data of the page.
type Page struct {
	ui.Page
	Heading string
	Days    []Day
	Sectors []ui.Link
	All     ui.Link // to all sectors
	Older   string  // address of the next page; "" on the last
	Newest  string  // address of the first page; "" on it
}

// Day is the headlines of one day, UTC.
type Day struct {
	Date string // long form, in the page's language
	ISO  string
	Rows []ui.Row
}

// Input is what the page shows.
type Input struct {
	Items  []wire.Item // latest story first
	Sector string      // code; "" for all
	First  bool        // the first page, whose first story leads
	Href   func(*wire.Item) string
	At     func(sector string) string // address of a sector's page; "" is the front
}

// New lays out a page of headlines on a base that names language and site.
func New(base ui.Page, in Input) Page {
	language := base.L.Language()
	p := Page{Page: base, Heading: base.L.T("front.latest"), All: ui.Link{Href: in.At(""), Text: base.L.T("front.all"), Current: in.Sector == ""}}
	if in.Sector != "" {
		p.Heading = vocab.SectorName(in.Sector, language)
	}
	for _, s := range vocab.Sectors() {
		p.Sectors = append(p.Sectors, ui.Link{Href: in.At(s.Code), Text: vocab.SectorName(s.Code, language), Current: s.Code == in.Sector})
	}
	for i := range in.Items {
		it := &in.Items[i]
		first := it.First.UTC()
		iso := first.Format(time.DateOnly)
		if n := len(p.Days); n == 0 || p.Days[n-1].ISO != iso {
			p.Days = append(p.Days, Day{Date: base.L.Date(first), ISO: iso})
		}
		row := ui.NewRow(it, base.L, in.Href(it), in.At)
		if in.First && i == 0 && !it.Action.Withdraws() {
			row.Lead = true
			if len(it.Subheads) > 0 {
				row.Summary = it.Subheads[0]
			}
		}
		day := &p.Days[len(p.Days)-1]
		day.Rows = append(day.Rows, row)
	}
	return p
}

// Reading returns the sector that is shown, for the closed menu.
func (p Page) Reading() ui.Link {
	for _, s := range p.Sectors {
		if s.Current {
			return s
		}
	}
	return p.All
}
