package feed

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonHub struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// jsonExtension is what JSON Feed has no member for; its about stands at the
// top once (JSON Feed 1.1, "Extensions").
type jsonExtension struct {
	About      string      `json:"about,omitempty"`
	Release    string      `json:"release,omitempty"`
	Item       string      `json:"item,omitempty"`
	Number     int64       `json:"wire_number,omitempty"`
	Version    int         `json:"version,omitempty"`
	Action     wire.Action `json:"action,omitempty"`
	Supersedes int64       `json:"supersedes,omitempty"`
	Editions   []string    `json:"editions,omitempty"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Content   string       `json:"content_html"`
	Summary   string       `json:"summary"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonAuthor `json:"authors"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language"`
	Image     string       `json:"image,omitempty"`

	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Extension   jsonExtension    `json:"_wireroom"`
}

type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Title string `json:"title,omitempty"`
}

type jsonDocument struct {
	Version     string        `json:"version"`
	Title       string        `json:"title"`
	HomePage    string        `json:"home_page_url"`
	FeedURL     string        `json:"feed_url"`
	Description string        `json:"description"`
	Authors     []jsonAuthor  `json:"authors"`
	Language    string        `json:"language"`
	Hubs        []jsonHub     `json:"hubs,omitempty"`
	Extension   jsonExtension `json:"_wireroom"`
	Items       []jsonItem    `json:"items"`
}

const aboutExtension = "release and item are the wire's ids; wire_number counts items without gaps; " +
	"action is publish, update, correct, refile, hold, unhold or kill; supersedes is the wire_number of the version before; " +
	"editions are the languages of the release"

// JSON writes JSON Feed 1.1.
func JSON(f Feed) ([]byte, error) {
	doc := jsonDocument{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title(), HomePage: f.page(),
		FeedURL: f.self("json"), Description: f.description(),
		Authors: []jsonAuthor{{f.Site.Name}}, Language: f.Language,
		Extension: jsonExtension{About: aboutExtension},
		Items:     []jsonItem{},
	}
	if hub := f.hub(); hub != "" {
		doc.Hubs = []jsonHub{{"WebSub", hub}}
	}
	for i := range f.Items {
		it := &f.Items[i]
		p := locale.For(it.Language)
		ji := jsonItem{
			ID: ID(it), URL: f.Site.ItemURL(it), Title: format.Headline(it, p), Content: format.Content(it, p), Summary: summary(it, p),
			Published: format.Stamp(it.First), Modified: format.Stamp(it.ClearTime), Authors: []jsonAuthor{{f.author(it)}},
			Tags: sectorNames(it), Language: it.Language,
			Extension: jsonExtension{
				Release: string(it.Release), Item: string(it.ID), Number: it.Number, Version: it.Version,
				Action: it.Action, Supersedes: it.Supersede, Editions: it.Editions,
			},
		}
		for _, p := range it.Pictures {
			ji.Image = cmp.Or(ji.Image, p.URL)
			ji.Attachments = append(ji.Attachments, jsonAttachment{p.URL, p.Type, format.Line(cmp.Or(p.Caption, p.Alt))})
		}
		doc.Items = append(doc.Items, ji)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(doc)
	return b.Bytes(), err
}
