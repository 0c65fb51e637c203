// Package schemaorg describes an item in the vocabulary of schema.org, as
// JSON-LD: a NewsArticle for search engines, archives and whoever reads linked
// data. Pages carry it beside their text; as a document of its own it holds the
// text too.
//
// It does no I/O.
package schemaorg

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Article is a NewsArticle, with the members that search engines and archives
// read. Its JSON form is JSON-LD.
type Article struct {
	Context             string        `json:"@context"`
	Type                string        `json:"@type"`
	ID                  string        `json:"@id"` // of the edition, the same through all versions
	URL                 string        `json:"url"`
	MainEntityOfPage    string        `json:"mainEntityOfPage"`
	CreativeWorkStatus  string        `json:"creativeWorkStatus,omitempty"` // withheld or canceled, as IPTC writes it
	Headline            string        `json:"headline"`
	AlternativeHeadline string        `json:"alternativeHeadline,omitempty"`
	Description         string        `json:"description,omitempty"`
	DatePublished       string        `json:"datePublished"`
	DateModified        string        `json:"dateModified"`
	InLanguage          string        `json:"inLanguage"`
	Dateline            string        `json:"dateline,omitempty"`
	ArticleSection      []string      `json:"articleSection,omitempty"`
	ArticleBody         string        `json:"articleBody,omitempty"`
	Author              Organization  `json:"author"`
	SourceOrganization  *Organization `json:"sourceOrganization,omitempty"`
	Publisher           Organization  `json:"publisher"`
	CreditText          string        `json:"creditText,omitempty"`
	UsageInfo           *usage        `json:"usageInfo,omitempty"`
	Image               []image       `json:"image,omitempty"`
	About               []term        `json:"about,omitempty"`
	ContentLocation     []country     `json:"contentLocation,omitempty"`
	IsAccessibleForFree bool          `json:"isAccessibleForFree"`
	Version             int           `json:"version"`
	Correction          *Correction   `json:"correction,omitempty"`
	TranslationOfWork   *work         `json:"translationOfWork,omitempty"`
	WorkTranslation     []work        `json:"workTranslation,omitempty"`
}

// Organization is who speaks, supplies or publishes; a Corporation where it is
// listed.
type Organization struct {
	Type    string   `json:"@type"`
	Name    string   `json:"name"`
	URL     string   `json:"url,omitempty"`
	Tickers []string `json:"tickerSymbol,omitempty"` // with the exchange's code (ISO 10383) and a space before each
	LEI     string   `json:"leiCode,omitempty"`      // ISO 17442
}

type image struct {
	Type       string `json:"@type"`
	ContentURL string `json:"contentUrl"`
	Format     string `json:"encodingFormat,omitempty"`
	Caption    string `json:"caption,omitempty"`
	CreditText string `json:"creditText,omitempty"`
	Width      *size  `json:"width,omitempty"`
	Height     *size  `json:"height,omitempty"`
}

// size is in pixels, E37 in the codes of UN/CEFACT: schema.org wants a unit.
type size struct {
	Type  string `json:"@type"`
	Value int    `json:"value"`
	Unit  string `json:"unitCode"`
}

// term is a Media Topic or a sector.
type term struct {
	Type string `json:"@type"`
	ID   string `json:"@id,omitempty"`
	Name string `json:"name"`
	Code string `json:"termCode"`
}

type country struct {
	Type       string `json:"@type"`
	Name       string `json:"name"`
	Identifier string `json:"identifier"` // ISO 3166-1
}

type usage struct {
	Type string `json:"@type"`
	Text string `json:"text"`
}

// Correction is what was put right, in words.
type Correction struct {
	Type          string `json:"@type"`
	Text          string `json:"text"`
	DatePublished string `json:"datePublished"` // RFC 3339
}

type work struct {
	Type       string `json:"@type"`
	ID         string `json:"@id"`
	InLanguage string `json:"inLanguage"`
}

// Encode writes an item, text included, as a document of its own.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	a := New(it, site)
	for _, language := range it.Editions {
		if language != it.Language {
			a.Translated(it, language, site.EditionURL(it.Release, language))
		}
	}
	if !it.Action.Withdraws() {
		var parts []string
		for _, blocks := range [][]wire.Block{it.Body, it.Boilerplate} {
			if s := wire.PlainText(blocks); s != "" {
				parts = append(parts, s)
			}
		}
		a.ArticleBody = strings.Join(parts, "\n\n")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// New describes an item without its text and without its other editions, which
// Translated adds. The author is who speaks, never the wire: it publishes.
// Nothing of what a hold or kill withdraws is in it.
func New(it *wire.Item, site format.Site) *Article {
	p := locale.For(it.Language)
	page := site.ItemURL(it)
	a := &Article{
		Context: "https://schema.org", Type: "NewsArticle", ID: site.EditionURL(it.Release, it.Language), URL: page, MainEntityOfPage: page,
		Headline: format.Line(format.Headline(it, p)), InLanguage: it.Language, Version: it.Version, IsAccessibleForFree: true,
		DatePublished: format.Stamp(it.First), DateModified: format.Stamp(it.ClearTime),
		Publisher: Organization{Type: "Organization", Name: site.Name, URL: site.FrontURL(p.Language(), "")},
	}
	a.speakers(it)
	switch {
	case it.Action.Withdraws():
		a.CreativeWorkStatus, a.Description = format.PubStatus(it.Action), format.Notice(it, p)
		return a
	case it.Action == wire.Correct, it.Action == wire.Refile:
		a.Correct(cmp.Or(it.Reason, format.Notice(it, p)), it.ClearTime)
	}
	a.Dateline = format.Dateline(it, p)
	if len(it.Subheads) > 0 {
		a.AlternativeHeadline = it.Subheads[0]
	}
	if text := wire.PlainText(it.Disclaimer); text != "" {
		a.UsageInfo = &usage{"CreativeWork", text}
	}
	for _, picture := range it.Pictures {
		a.Image = append(a.Image, image{"ImageObject", picture.URL, picture.Type, picture.Caption, picture.Credit, pixels(picture.Width), pixels(picture.Height)})
	}
	a.topics(it)
	return a
}

func pixels(n int) *size {
	if n == 0 {
		return nil
	}
	return &size{"QuantitativeValue", n, "E37"}
}

// speakers names who speaks and who supplied it.
func (a *Article) speakers(it *wire.Item) {
	a.Author = a.Publisher
	if c := it.Provider; c != nil {
		a.Author = Organization{Type: "Organization", Name: format.Line(c.Name)}
		if wire.SafeLink(c.URL) {
			a.Author.URL = c.URL
		}
		a.CreditText = c.Line
	}
	if it.Organisation == "" {
		return
	}
	o := Organization{Type: "Organization", Name: it.Organisation}
	a.Author = o
	for _, i := range it.Instruments {
		if i.Ticker != "" {
			o.Type, o.Tickers = "Corporation", append(o.Tickers, strings.TrimSpace(i.MIC+" "+i.Ticker))
		}
		if o.LEI == "" {
			o.LEI = i.LEI
		}
	}
	a.SourceOrganization = &o
}

// topics says what an item is about.
func (a *Article) topics(it *wire.Item) {
	for _, code := range it.Sectors {
		a.ArticleSection = append(a.ArticleSection, vocab.SectorName(code, it.Language))
	}
	for _, code := range it.Subjects {
		t := term{Type: "DefinedTerm", Name: vocab.TopicName(code, it.Language), Code: code}
		if topic, ok := vocab.LookupTopic(code); ok {
			t.ID, t.Code = format.TopicURL(topic.Code), "medtop:"+topic.Code
		}
		a.About = append(a.About, t)
	}
	for _, code := range it.Places {
		a.ContentLocation = append(a.ContentLocation, country{"Country", vocab.CountryName(code, it.Language), code})
	}
}

// Correct says what was put right, and when.
func (a *Article) Correct(text string, at time.Time) {
	a.Correction = &Correction{"CorrectionComment", text, format.Stamp(at)}
}

// Translated ties in the edition of the same release in another language, by its
// address without a slug: a translation names the edition that it was made of, the
// source names its translations.
func (a *Article) Translated(it *wire.Item, language, address string) {
	other := work{"NewsArticle", address, language}
	switch t := it.Translation; {
	case t == nil:
		a.WorkTranslation = append(a.WorkTranslation, other)
	case t.From == language:
		a.TranslationOfWork = &other
	}
}
