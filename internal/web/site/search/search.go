package search

import (
	"embed"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed search.tmpl search.css
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/search"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "search.tmpl") }

// Page is the data of the page.
type Page struct {
	ui.Page
	Path    string // of the page, without parameters
	Request Request
	Kept    []Field // of the form: what a new query keeps
	Wrong   *Wrong  // what is wrong with the search; nil if nothing is
	Answer  *Answer // nil before anything is asked, and where something is wrong
	Preview *Preview
	Help    []Help
}

// Field is a name and a value of the form.
type Field struct{ Name, Value string }

// Answer is what was found.
type Answer struct {
	Heading string // how many, or what they resemble
	Orders  []ui.Link
	Chosen  []Chosen
	Hits    []Hit
	Facets  []Facet
	Next    string // address of the page after; "" on the last
	First   string // address of the first page; "" on it
	Preview string // address of what it would have brought; "" where that is shown
}

// Hit is a release that was found.
type Hit struct {
	ui.Row
	Date     string // when it first appeared, UTC
	Marked   []archive.Run
	Excerpt  []archive.Run
	Like     string // address of what resembles it
	Language string // its native name, where it is not the page's
}

// Help is a way of asking, with an example.
type Help struct{ Text, Example string }

// Input is what the page shows.
type Input struct {
	Path    string // of the page, without parameters
	Request Request
	Found   *archive.Results // nil: nothing was asked, or something is wrong
	Alike   *wire.Item       // whom the hits resemble; nil for a search
	Preview *archive.Preview
	Query   string // the whole search as one query; for the preview
	Stream  string // absolute address of the live stream
	Err     error  // why there is no answer
	Href    func(*wire.Item) string
	Sector  func(code string) string
}

// New lays out the page on a base that names language and site.
func New(base ui.Page, in Input) Page {
	l := base.L
	base.Hidden = true
	base.Title = l.T("search.title")
	if in.Request.Query != "" {
		base.Title = in.Request.Query + " – " + base.Title
	}
	p := Page{Page: base, Path: in.Path, Request: in.Request, Help: help(l), Preview: preview(&in, l)}
	p.Wrong = NewWrong(in.Err, in.Request.Query, l)
	for _, field := range fields {
		for _, v := range in.Request.Values[field] {
			p.Kept = append(p.Kept, Field{field, v})
		}
	}
	for _, f := range []Field{{"since", in.Request.Since}, {"until", in.Request.Until}} {
		if f.Value != "" {
			p.Kept = append(p.Kept, f)
		}
	}
	if in.Request.Best {
		p.Kept = append(p.Kept, Field{"order", string(archive.Best)})
	}
	if in.Found != nil {
		p.Answer = answer(&in, l)
	}
	return p
}

func answer(in *Input, l locale.Printer) *Answer {
	a := &Answer{Chosen: chosen(in, l)}
	for i := range in.Found.Hits {
		a.Hits = append(a.Hits, hit(&in.Found.Hits[i], in, l))
	}
	if in.Alike != nil {
		a.Heading = l.T("search.like_title", "headline", in.Alike.Headline)
		return a
	}
	newest, best := in.Request.at(), in.Request.at()
	newest.Best, best.Best = false, true
	a.Orders = []ui.Link{
		{Href: in.Path + newest.Address(), Text: l.T("search.newest"), Current: !in.Request.Best},
		{Href: in.Path + best.Address(), Text: l.T("search.best"), Current: in.Request.Best},
	}
	if in.Request.Cursor == "" {
		a.Heading = count(in.Found.Total, in.Found.More, l)
		a.Facets = facets(in, l)
	} else {
		a.Heading = l.T("search.title")
		a.First = in.Path + in.Request.at().Address()
	}
	if in.Found.Next != "" {
		next := in.Request.at()
		next.Cursor = in.Found.Next
		a.Next = in.Path + next.Address()
	}
	if in.Preview == nil {
		view := in.Request.at()
		view.Preview = true
		a.Preview = in.Path + view.Address()
	}
	return a
}

func hit(h *archive.Hit, in *Input, l locale.Printer) Hit {
	row := ui.NewRow(&h.Item, l, in.Href(&h.Item), in.Sector)
	v := Hit{Row: row, Date: l.DateTime(h.Item.First.UTC()), Marked: h.Headline, Excerpt: h.Text, Like: in.Path + Request{Like: LikeOf(&h.Item)}.Address()}
	if h.Item.Language != l.Language() {
		if known, ok := vocab.LookupLanguage(h.Item.Language); ok {
			v.Language = known.Name
		}
	}
	return v
}

// help is how one can ask, in the reader's language.
func help(l locale.Printer) []Help {
	all := []Help{
		{"search.help_words", `hydrogen ferry`},
		{"search.help_phrase", `"free trade"`},
		{"search.help_any", `solar OR wind`},
		{"search.help_not", `battery -lead`},
		{"search.help_prefix", `telecom*`},
		{"search.help_near", `merger NEAR/5 approval`},
		{"search.help_part", `headline:results`},
		{"search.help_field", `lang:ar sector:energy org:"Halden Robotics"`},
	}
	for i := range all {
		all[i].Text = l.T(all[i].Text)
	}
	return all
}
