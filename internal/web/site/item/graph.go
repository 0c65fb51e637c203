package item

import (
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Addresses are where things stand on the web, all absolute.
type Addresses struct {
	ID           string // of the edition, the same through all versions
	Canonical    string
	Publisher    string            // front of the site
	Translations map[string]string // language → ID, of the other editions
}

// article is a NewsArticle as schema.org defines it, with the members that
// search engines and archives read.
type article struct {
	Context             string        `json:"@context"`
	Type                string        `json:"@type"`
	ID                  string        `json:"@id"`
	URL                 string        `json:"url"`
	MainEntityOfPage    string        `json:"mainEntityOfPage"`
	Headline            string        `json:"headline"`
	AlternativeHeadline string        `json:"alternativeHeadline,omitempty"`
	Description         string        `json:"description,omitempty"`
	DatePublished       string        `json:"datePublished"`
	DateModified        string        `json:"dateModified"`
	InLanguage          string        `json:"inLanguage"`
	Dateline            string        `json:"dateline,omitempty"`
	ArticleSection      []string      `json:"articleSection,omitempty"`
	Author              organisation  `json:"author"`
	SourceOrganization  *organisation `json:"sourceOrganization,omitempty"`
	Publisher           organisation  `json:"publisher"`
	CreditText          string        `json:"creditText,omitempty"`
	Image               []image       `json:"image,omitempty"`
	IsAccessibleForFree bool          `json:"isAccessibleForFree"`
	Version             int           `json:"version"`
	Correction          *correction   `json:"correction,omitempty"`
	TranslationOfWork   *work         `json:"translationOfWork,omitempty"`
	WorkTranslation     []work        `json:"workTranslation,omitempty"`
}

type organisation struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type image struct {
	Type       string `json:"@type"`
	ContentURL string `json:"contentUrl"`
	Caption    string `json:"caption,omitempty"`
	CreditText string `json:"creditText,omitempty"`
	Width      int    `json:"width,omitempty"` // pixels
	Height     int    `json:"height,omitempty"`
}

type correction struct {
	Type          string `json:"@type"`
	Text          string `json:"text"`
	DatePublished string `json:"datePublished"`
}

type work struct {
	Type       string `json:"@type"`
	ID         string `json:"@id"`
	InLanguage string `json:"inLanguage"`
}

// graph describes a release for machines. The author is who speaks, never the
// wire: it publishes.
func graph(p *Page, it *wire.Item, at Addresses) article {
	a := article{
		Context: "https://schema.org", Type: "NewsArticle", ID: at.ID, URL: at.Canonical, MainEntityOfPage: at.Canonical,
		Headline: it.Headline, Description: p.Description, InLanguage: it.Language, Dateline: format.Dateline(it, locale.For(it.Language)),
		DatePublished: p.Story.Published, DateModified: p.Story.Modified, IsAccessibleForFree: true, Version: it.Version,
		Publisher: organisation{Type: "Organization", Name: p.Site, URL: at.Publisher},
	}
	if len(it.Subheads) > 0 {
		a.AlternativeHeadline = it.Subheads[0]
	}
	for _, code := range it.Sectors {
		a.ArticleSection = append(a.ArticleSection, vocab.SectorName(code, it.Language))
	}
	for _, picture := range it.Pictures {
		a.Image = append(a.Image, image{"ImageObject", picture.URL, picture.Caption, picture.Credit, picture.Width, picture.Height})
	}
	a.Author = a.Publisher
	if it.Provider != nil {
		a.Author = organisation{Type: "Organization", Name: it.Provider.Name, URL: it.Provider.URL}
		a.CreditText = it.Provider.Line
	}
	if it.Organisation != "" {
		a.Author = organisation{Type: "Organization", Name: it.Organisation}
		a.SourceOrganization = &organisation{Type: "Organization", Name: it.Organisation}
	}
	if b := p.Banner; b != nil && b.Mends {
		text := b.Reason
		if text == "" {
			text = b.Text
		}
		a.Correction = &correction{Type: "CorrectionComment", Text: text, DatePublished: b.Instant}
	}
	translations(&a, it, at)
	return a
}

// translations ties the editions together: a translation names its source, the
// source names its translations.
func translations(a *article, it *wire.Item, at Addresses) {
	if it.Translation != nil {
		if address, ok := at.Translations[it.Translation.From]; ok {
			a.TranslationOfWork = &work{"NewsArticle", address, it.Translation.From}
		}
		return
	}
	for _, language := range it.Editions {
		if address, ok := at.Translations[language]; ok && language != it.Language {
			a.WorkTranslation = append(a.WorkTranslation, work{"NewsArticle", address, language})
		}
	}
}
