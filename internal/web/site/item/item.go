package item

import (
	"cmp"
	"embed"
	"html/template"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/schemaorg"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed item.tmpl item.css
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/item"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "item.tmpl") }

// Page is the data of the page.
type Page struct {
	ui.Page
	Lang, Dir    string // of the text; the page around it speaks L
	Held         bool
	Headline     string
	Subheads     []string
	Sectors      []ui.Link
	Badges       []ui.Badge
	Banner       *Banner
	Organisation string
	Tickers      []string
	Provider     *wire.Credit
	Cleared      Moment
	Updated      *Moment // nil for a first version
	Body         template.HTML
	Boilerplate  template.HTML
	Disclaimer   template.HTML
	Pictures     []Figure
	Source       string // language it was translated from, in the reader's words; "" for the source text
	Contacts     []Contact
	Formats      []ui.Link
	Family       []ui.Link // the same release in other languages
	Places       []string
	Subjects     []string
	Versions     []Version // newest first; empty while there is one only
	Like         string    // address of what resembles it; "" while it is held
	Number       int64
}

// Moment is an instant for machines and for people.
type Moment struct{ Instant, Text string }

func moment(t time.Time, l locale.Printer) Moment {
	return Moment{t.UTC().Format(time.RFC3339), l.DateTime(t.UTC()) + " UTC"}
}

// Figure is a picture with what is printed below it.
type Figure struct {
	wire.Picture
	Shown bool // here; others, of which their owner would learn who reads, are led to
}

// Contact is whom to ring, with addresses to follow.
type Contact struct {
	wire.PressContact
	MailTo string
	Call   template.URL // tel: and digits, or ""
}

// Version is one item of the edition's history.
type Version struct {
	Number  int
	Moment  Moment
	Badges  []ui.Badge
	Reason  string
	Current bool
}

// Input is what the page shows.
type Input struct {
	Current wire.Item   // not a kill: that has a page of its own
	History []wire.Item // all items of the edition, oldest first
	Family  []ui.Link   // other languages
	Formats []ui.Link
	Like    string                   // address of what resembles it
	Sector  func(code string) string // address of a sector's page
	// Pictures begins the addresses of the wire's own pictures, which are shown.
	Pictures string
	// Translations are the addresses of the other editions, without slugs, by
	// their languages.
	Translations map[string]string
	Wire         format.Site
}

// New lays out the page on a base that names language and site.
func New(base ui.Page, in Input) Page {
	it, l := &in.Current, base.L
	p := Page{
		Page: base, Lang: it.Language, Dir: vocab.Direction(it.Language), Held: it.Action == wire.Hold,
		Headline: it.Headline, Subheads: it.Subheads, Badges: ui.Badges(it, l), Banner: banner(in.History, l),
		Organisation: format.Source(it), Provider: it.Provider, Cleared: moment(it.First, l),
		Family: in.Family, Number: it.Number,
	}
	if p.Held {
		p.Headline, p.Lang, p.Dir, p.Hidden = l.T("item.held_title"), l.Language(), l.Direction(), true
	} else {
		p.Formats, p.Like = in.Formats, in.Like
	}
	p.Title, p.Description = p.Headline, describe(it)
	if it.Version > 1 {
		m := moment(it.ClearTime, l)
		p.Updated = &m
	}
	p.Body = Blocks(it.Body, format.Dateline(it, locale.For(it.Language)), l)
	p.Boilerplate, p.Disclaimer = Blocks(it.Boilerplate, "", l), Blocks(it.Disclaimer, "", l)
	if it.Translation != nil {
		p.Source = vocab.LanguageName(it.Translation.From, l.Language())
	}
	for _, code := range it.Sectors {
		p.Sectors = append(p.Sectors, ui.Link{Href: in.Sector(code), Text: vocab.SectorName(code, l.Language())})
	}
	for _, code := range it.Places {
		p.Places = append(p.Places, vocab.CountryName(code, l.Language()))
	}
	for _, code := range it.Subjects {
		p.Subjects = append(p.Subjects, vocab.TopicName(code, l.Language()))
	}
	for _, i := range it.Instruments {
		if i.Ticker != "" {
			p.Tickers = append(p.Tickers, strings.TrimPrefix(i.MIC+":"+i.Ticker, ":"))
		}
	}
	for _, picture := range it.Pictures {
		if picture.Alt == "" {
			picture.Alt = picture.Caption
		}
		p.Pictures = append(p.Pictures, Figure{picture, in.Pictures != "" && strings.HasPrefix(picture.URL, in.Pictures)})
	}
	p.Contacts = contacts(it.Contacts)
	p.Versions = versions(in.History, l)
	p.Story = &ui.Story{Published: p.Cleared.Instant, Modified: moment(it.ClearTime, l).Instant}
	if code := ui.MainSector(it.Sectors); code != "" {
		p.Story.Section = vocab.SectorName(code, l.Language())
	}
	if !p.Held {
		p.Graph = graph(&p, it, in)
	}
	return p
}

// graph describes a release for machines. What was put right last counts, though
// there was an update since.
func graph(p *Page, it *wire.Item, in Input) *schemaorg.Article {
	a := schemaorg.New(it, in.Wire)
	a.Description, a.Correction = p.Description, nil
	if b := p.Banner; b != nil && b.Mends {
		a.Correct(cmp.Or(b.Reason, b.Text), b.At)
	}
	for _, language := range it.Editions {
		if address, ok := in.Translations[language]; ok && language != it.Language {
			a.Translated(it, language, address)
		}
	}
	return a
}

// describe returns the first words of a release for previews: its subhead, else
// its first paragraph, cut at a character that readers would cut at.
func describe(it *wire.Item) string {
	if len(it.Subheads) > 0 {
		return it.Subheads[0]
	}
	for _, b := range it.Body {
		if b.Kind == wire.Paragraph {
			return shorten(b.PlainText(), 200)
		}
	}
	return ""
}

// shorten cuts text to limit runes, at a space if there is one near.
func shorten(text string, limit int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= limit {
		return string(runes)
	}
	cut := string(runes[:limit])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)*3/4 {
		cut = cut[:i]
	}
	return cut + "…"
}

func contacts(all []wire.PressContact) []Contact {
	var public []Contact
	for _, c := range all {
		if c.MediaOnly {
			continue
		}
		contact := Contact{PressContact: c}
		if c.Email != "" {
			contact.MailTo = "mailto:" + c.Email
		}
		// RFC 3966: a number to dial has digits and a leading plus only.
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, c.Phone)
		if strings.HasPrefix(strings.TrimSpace(c.Phone), "+") && digits != "" {
			contact.Call = template.URL("tel:+" + digits)
		}
		public = append(public, contact)
	}
	return public
}

func versions(history []wire.Item, l locale.Printer) []Version {
	if len(history) < 2 {
		return nil
	}
	all := make([]Version, 0, len(history))
	for i := len(history) - 1; i >= 0; i-- {
		it := history[i]
		v := Version{Number: it.Version, Moment: moment(it.ClearTime, l), Reason: it.Reason, Current: i == len(history)-1}
		it.Priority = wire.Ordinary // the priority is the story's, not the version's
		v.Badges = ui.Badges(&it, l)
		all = append(all, v)
	}
	return all
}
