// Package document makes the same stories in every format in which they leave the
// wire or are handed in, and does with them what the wire does: write them, and
// make releases of them.
//
// It owns which stories are measured: one in fifteen languages, of usual length.
// It measures nothing, and knows nothing of other programs.
package document

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/format/typeface"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

// Family is what a plain library sees in a format.
type Family string

// The families.
const (
	XML      Family = "xml"
	JSON     Family = "json"
	RSS      Family = "rss"
	Atom     Family = "atom"
	JSONFeed Family = "jsonfeed"
	Word     Family = "docx"
	HTML     Family = "html"
	Markdown Family = "markdown"
	Mail     Family = "mail"
	Other    Family = "" // no library knows more of it than that it is bytes
)

// Set are the stories in one format: a document a language, of one item or of
// several.
type Set struct {
	Name      string // of the format
	Family    Family
	Documents [][]byte
	Items     [][]wire.Item // of each document

	Leaves bool // the wire writes it; otherwise people do

	file  string // the name under which documents are handed in; "" where they never are
	write func([]wire.Item) ([]byte, error)
}

// Count is the number of items in all documents.
func (s *Set) Count() int {
	n := 0
	for _, items := range s.Items {
		n += len(items)
	}
	return n
}

// Size is the bytes of all documents.
func (s *Set) Size() int { return len(bytes.Join(s.Documents, nil)) }

// Comes reports whether documents in the format are handed in.
func (s *Set) Comes() bool { return s.file != "" }

// Write writes document i anew.
func (s *Set) Write(i int) ([]byte, error) { return s.write(s.Items[i]) }

// Read makes releases of document i, as they go to the desk, and returns how
// many there are.
func (s *Set) Read(i int) (int, error) {
	stories, _, err := ingest.ReadStories(s.file, bytes.NewReader(s.Documents[i]), ingest.Options{Language: s.Items[i][0].Language, Now: formattest.Start})
	for _, story := range stories {
		if story.Err != nil {
			return 0, story.Err
		}
	}
	return len(stories), err
}

// Sets makes the stories in every format; feeds hold so many items. fonts is the
// folder of the typefaces that pages are set in; formats that cannot be written
// here are left out, and named with the reason.
func Sets(ofFeed int, fonts string) (sets []*Set, left []string, err error) {
	site := formattest.Site()
	site.Typefaces = typeface.Open(os.DirFS(fonts))
	for _, f := range offer.All() {
		s := &Set{Name: f.Label, Family: families[f.Name], Leaves: true, file: files[f.Name]}
		s.write = func(items []wire.Item) ([]byte, error) { return f.Encode(&items[0], site) }
		for _, language := range formattest.Languages() {
			if !f.Carries(language, site) {
				if f.Name == "pdf" {
					left = append(left, "PDF in "+language+": no typeface in "+fonts)
				}
				continue
			}
			it := story(language, 0)
			if f.Name == "iptc7901" { // has no letters but Latin ones
				it.Body = slices.DeleteFunc(it.Body, func(b wire.Block) bool { return b.Lang != "" })
			}
			s.Items = append(s.Items, []wire.Item{it})
		}
		if len(s.Items) > 0 {
			sets = append(sets, s)
		}
	}
	sets = append(sets, feeds(site, ofFeed)...)
	sets = append(sets, texts()...)
	for _, s := range sets {
		for _, items := range s.Items {
			data, err := s.write(items)
			if err != nil {
				return nil, nil, fmt.Errorf("%s in %s: %w", s.Name, items[0].Language, err)
			}
			s.Documents = append(s.Documents, data)
		}
	}
	return sets, left, nil
}

var families = map[string]Family{
	offer.Ninjs: JSON, "ninjs-2.2": JSON, "ninjs-1.6": JSON, offer.Push: JSON,
	"newsml-g2": XML, "newsml-g2-message": XML, "nitf": XML, "nitf-bare": XML, "newsml-1.2": XML, "docx": Word,
}

// files are the names under which what the wire writes is handed in. IPTC 7901
// and plain text, as journalists paste it, come in too.
var files = map[string]string{
	"text": "a.txt", offer.Ninjs: "a.json", "ninjs-2.2": "a.json", "ninjs-1.6": "a.json", offer.Push: "a.json",
	"newsml-g2": "a.xml", "newsml-g2-message": "a.xml", "nitf": "a.xml", "nitf-bare": "a.xml", "newsml-1.2": "a.xml", "docx": "a.docx", "iptc7901": "a.iptc",
}

// story is the release in a language: the text of formattest, with each of its
// kinds of block, six times over.
func story(language string, number int) wire.Item {
	it := *formattest.Item(wire.Publish, language)
	body := it.Body
	for range 5 {
		it.Body = append(it.Body[:len(it.Body):len(it.Body)], body...)
	}
	it.Release, it.ID = wire.NewReleaseID(), wire.NewItemID()
	it.Number += int64(number)
	it.ClearTime = it.ClearTime.Add(-time.Duration(number) * time.Minute)
	it.First = it.ClearTime
	return it
}

// feeds are a feed a language.
func feeds(site format.Site, items int) []*Set {
	kinds := []*Set{
		{Name: "RSS 2.0", Family: RSS, Leaves: true, file: "a.xml", write: func(items []wire.Item) ([]byte, error) {
			return feed.RSS(feed.Feed{Site: site, Language: items[0].Language, Items: items})
		}},
		{Name: "Atom", Family: Atom, Leaves: true, file: "a.xml", write: func(items []wire.Item) ([]byte, error) {
			return feed.Atom(feed.Feed{Site: site, Language: items[0].Language, Items: items})
		}},
		{Name: "JSON Feed", Family: JSONFeed, Leaves: true, file: "a.json", write: func(items []wire.Item) ([]byte, error) {
			return feed.JSON(feed.Feed{Site: site, Language: items[0].Language, Items: items})
		}},
		{Name: "news sitemap", Family: XML, Leaves: true, write: func(items []wire.Item) ([]byte, error) {
			return feed.Sitemap(site, items, formattest.Start.Add(time.Hour))
		}},
	}
	for _, language := range formattest.Languages() {
		list := make([]wire.Item, max(items, 1))
		for i := range list {
			list[i] = story(language, i)
		}
		for _, s := range kinds {
			s.Items = append(s.Items, list)
		}
	}
	return kinds
}

// texts are the documents that people write and the wire only reads.
func texts() []*Set {
	sets := []*Set{
		{Name: "HTML page", Family: HTML, file: "a.html", write: func(items []wire.Item) ([]byte, error) { return page(&items[0]), nil }},
		{Name: "Markdown", Family: Markdown, file: "a.md", write: func(items []wire.Item) ([]byte, error) { return markdown(&items[0]), nil }},
		{Name: "e-mail", Family: Mail, file: "a.eml", write: func(items []wire.Item) ([]byte, error) { return letter(&items[0]) }},
	}
	for _, s := range sets {
		for _, language := range formattest.Languages() {
			s.Items = append(s.Items, []wire.Item{story(language, 0)})
		}
	}
	return sets
}

func page(it *wire.Item) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=%q dir=\"auto\"><head><meta charset=\"utf-8\"><title>%s</title></head><body>\n<h1>%[2]s</h1>\n", it.Language, wire.PlainInline(it.Headline))
	fmt.Fprintf(&b, "%s%s</body></html>\n", wire.HTML(it.Body), wire.HTML(it.Boilerplate))
	return b.Bytes()
}

func markdown(it *wire.Item) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "---\nlanguage: %s\n---\n\n# %s\n", it.Language, it.Headline)
	for _, block := range it.Body {
		switch block.Kind {
		case wire.Heading, wire.Subheading:
			fmt.Fprintf(&b, "\n## %s\n", block.PlainText())
		case wire.List:
			b.WriteByte('\n')
			for _, item := range block.Items {
				fmt.Fprintf(&b, "- %s\n", wire.Block{Kind: wire.Paragraph, Text: item}.PlainText())
			}
		case wire.Quote:
			fmt.Fprintf(&b, "\n> %s\n", block.PlainText())
		case wire.Table:
			b.WriteByte('\n')
			for i, row := range block.Rows {
				for _, cell := range row {
					fmt.Fprintf(&b, "| %s ", wire.Block{Kind: wire.Paragraph, Text: cell}.PlainText())
				}
				b.WriteString("|\n")
				if i == 0 {
					b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
				}
			}
		default:
			fmt.Fprintf(&b, "\n**%s**\n", strings.TrimSpace(block.PlainText()))
		}
	}
	return b.Bytes()
}

// letter is a message of both alternatives, as a provider's system sends it.
func letter(it *wire.Item) ([]byte, error) {
	m := mail.NewMsg()
	if err := m.From("desk@provider.example"); err != nil {
		return nil, err
	}
	if err := m.To("in@wire.example"); err != nil {
		return nil, err
	}
	m.Subject(it.Headline)
	m.SetDateWithValue(it.ClearTime)
	m.SetBodyString(mail.TypeTextPlain, wire.PlainText(it.Body))
	m.AddAlternativeString(mail.TypeTextHTML, string(page(it)))
	var b bytes.Buffer
	_, err := m.WriteTo(&b)
	return b.Bytes(), err
}
