package feed_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

var kinds = []struct {
	name   string
	encode func(feed.Feed) ([]byte, error)
}{{"rss", feed.RSS}, {"atom", feed.Atom}, {"json", feed.JSON}}

func page(language, sector string) feed.Feed {
	return feed.Feed{Site: formattest.Site(), Language: language, Sector: sector, Items: formattest.Page(language)}
}

func TestEveryFeedSaysWhatItsItemsSay(t *testing.T) {
	for _, kind := range kinds {
		for _, language := range formattest.Languages() {
			for _, sector := range []string{"", "energy"} {
				f := page(language, sector)
				data, err := kind.encode(f)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, kind.name, f, data)
			}
		}
	}
}

// What a search finds is of any language: each entry speaks its own.
func TestAFeedOfASearchSaysWhatItsItemsSay(t *testing.T) {
	f := feed.Feed{Site: formattest.Site(), Language: "ar", Search: &feed.Search{Query: `"a & b" OR <c>`, Parameters: "?lang=en&q=a+b"}}
	for _, language := range formattest.Languages() {
		f.Items = append(f.Items, formattest.Page(language)...)
	}
	for _, kind := range kinds {
		data, err := kind.encode(f)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, kind.name, f, data)
		if bytes.Contains(data, []byte("/hub")) {
			t.Errorf("%s has a hub", kind.name)
		}
	}
	f.Search.Query = strings.Repeat("é", 500)
	if data, err := feed.RSS(f); err != nil || !bytes.Contains(data, []byte(strings.Repeat("é", 200)+"…")) {
		t.Errorf("a long query: %v", err)
	}
}

func TestAnyItemComesBackFromEveryFeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		for _, kind := range kinds {
			f := feed.Feed{Site: formattest.Site(), Language: it.Language, Items: []wire.Item{*it}}
			data, err := kind.encode(f)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, kind.name, f, data)
		}
	})
}

// reporter is what *testing.T and *rapid.T have in common here.
type reporter interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// compare reads a feed with a parser that is not ours and compares it with the
// items it was made of.
func compare(t reporter, kind string, f feed.Feed, data []byte) {
	t.Helper()
	parsed, err := gofeed.NewParser().Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s in %s: %v\n%s", kind, f.Language, err, data)
	}
	same := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s in %s: %s is %q, want %q", kind, f.Language, what, got, want)
		}
	}
	same("language", parsed.Language, f.Language)
	link, self := f.Site.FrontURL(f.Language, f.Sector), f.Site.FeedURL(f.Language, f.Sector, kind)
	if s := f.Search; s != nil {
		link, self = f.Site.SearchURL(f.Language, s.Parameters), f.Site.SearchFeedURL(f.Language, kind, s.Parameters)
		same("title", parsed.Title, f.Site.Name+" – "+s.Query)
	}
	same("link", parsed.Link, link)
	same("self", parsed.FeedLink, self)
	same("entries", len(parsed.Items), len(f.Items))
	if !strings.Contains(parsed.Title, f.Site.Name) || f.Sector != "" && !strings.Contains(parsed.Title, vocab.SectorName(f.Sector, f.Language)) {
		t.Errorf("%s in %s: title %q", kind, f.Language, parsed.Title)
	}
	for i, got := range parsed.Items {
		it := &f.Items[i]
		p := locale.For(it.Language)
		same("id", got.GUID, feed.ID(it))
		same("title", formattest.Fold(got.Title), formattest.Fold(format.Headline(it, p)))
		same("link", got.Link, f.Site.ItemURL(it))
		same("published", got.PublishedParsed.UTC(), it.First.UTC().Truncate(time.Second))
		if kind != "rss" { // gofeed does not read atom:updated in RSS; test/conformance has a reader that does
			same("updated", got.UpdatedParsed.UTC(), it.ClearTime.UTC().Truncate(time.Second))
		}
		same("sectors", len(got.Categories), len(it.Sectors))
		words, texts := formattest.Words(got.Content), formattest.Texts(it)
		if it.Action.Withdraws() {
			same("words", words, formattest.Fold(format.Notice(it, p)))
			continue
		}
		if missing := formattest.Missing(words, texts[1:]); missing != "" { // the first is the title
			t.Errorf("%s in %s: the content of %s lacks %q or has it out of order:\n%s", kind, f.Language, it.Action, missing, words)
		}
		if !strings.HasPrefix(got.Content, "<div"+format.Attributes(it.Language)+">") {
			t.Errorf("%s in %s: the content does not say its language and direction", kind, f.Language)
		}
	}
}

// Readers take the last of several alternates (design: one per entry), and only
// a killed story has a deleted-entry.
func TestAtomLinksAndTombstones(t *testing.T) {
	f := page("ar", "")
	data, err := feed.Atom(f)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Lang    string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Deleted []struct {
			Ref     string `xml:"ref,attr"`
			When    string `xml:"when,attr"`
			Comment string `xml:"http://purl.org/atompub/tombstones/1.0 comment"`
		} `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
		Entries []struct {
			ID    string `xml:"id"`
			Lang  string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			Links []struct {
				Rel      string `xml:"rel,attr"`
				Href     string `xml:"href,attr"`
				Hreflang string `xml:"hreflang,attr"`
			} `xml:"http://www.w3.org/2005/Atom link"`
		} `xml:"http://www.w3.org/2005/Atom entry"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	killed := &f.Items[0]
	if doc.Lang != "ar" || len(doc.Deleted) != 1 || doc.Deleted[0].Ref != feed.ID(killed) || doc.Deleted[0].When != "2026-05-05T12:30:00Z" || doc.Deleted[0].Comment == "" {
		t.Errorf("%+v", doc.Deleted)
	}
	for i, e := range doc.Entries {
		it := &f.Items[i]
		count := map[string]int{}
		var languages []string
		for _, l := range e.Links {
			count[l.Rel]++
			if l.Rel == "enclosure" { // a picture, which has no language
				continue
			}
			languages = append(languages, l.Hreflang)
			if want := f.Site.EditionURL(it.Release, l.Hreflang); !strings.HasPrefix(l.Href, want) {
				t.Errorf("%s leads to %s", l.Hreflang, l.Href)
			}
		}
		if count["alternate"] != 1 || count["related"] != 14 || languages[0] != "ar" || e.Lang != "ar" {
			t.Errorf("%v %v", count, languages)
		}
	}
}

func TestHubsAndExtensions(t *testing.T) {
	f := page("en", "energy")
	for _, kind := range kinds[:2] {
		data, err := kind.encode(f)
		if err != nil || bytes.Count(data, []byte(`rel="hub" href="https://wire.example/hub"`)) != 1 || bytes.Count(data, []byte(`rel="self" href="https://wire.example/en/s/energy/feed.`+kind.name+`"`)) != 1 {
			t.Errorf("%s: %v\n%.900s", kind.name, err, data)
		}
	}
	data, err := feed.JSON(f)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version string
		Hubs    []struct{ Type, URL string }
		About   struct{ About string } `json:"_wireroom"`
		Items   []struct {
			Wireroom struct {
				Number     int64 `json:"wire_number"`
				Version    int
				Action     wire.Action
				Supersedes int64
				Release    wire.ReleaseID
				Item       wire.ItemID
				Editions   []string
			} `json:"_wireroom"`
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "https://jsonfeed.org/version/1.1" || len(doc.Hubs) != 1 || doc.Hubs[0].Type != "WebSub" || doc.About.About == "" {
		t.Errorf("%+v", doc)
	}
	for i, got := range doc.Items {
		it, w := f.Items[i], got.Wireroom
		if w.Number != it.Number || w.Version != it.Version || w.Action != it.Action || w.Supersedes != it.Supersede || w.Release != it.Release || w.Item != it.ID || !slices.Equal(w.Editions, it.Editions) {
			t.Errorf("%+v", w)
		}
	}
}

func TestAnEmptyFeedIsStillAFeed(t *testing.T) {
	for _, kind := range kinds {
		data, err := kind.encode(feed.Feed{Site: formattest.Site(), Language: "ja"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gofeed.NewParser().Parse(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v\n%s", kind.name, err, data)
		}
	}
	if data, err := feed.JSON(feed.Feed{Language: "en"}); err != nil || !bytes.Contains(data, []byte(`"items":[]`)) {
		t.Errorf("%v %s", err, data)
	}
}

func TestTheNewsSitemapHoldsTwoDaysAndNothingWithdrawn(t *testing.T) {
	var items []wire.Item
	for _, language := range []string{"en", "ar", "zh-Hans", "zh-Hant"} {
		items = append(items, formattest.Page(language)...)
	}
	old := *formattest.Item(wire.Publish, "de")
	now := old.First.Add(48 * time.Hour)
	old.First = old.First.Add(-time.Microsecond)
	data, err := feed.Sitemap(formattest.Site(), append(items, old), now)
	if err != nil {
		t.Fatal(err)
	}
	if read := sitemap(t, data); !slices.Equal(read, []string{"en", "en", "ar", "ar", "zh-cn", "zh-cn", "zh-tw", "zh-tw"}) {
		t.Errorf("%v", read)
	}
	many := slices.Repeat([]wire.Item{*formattest.Item(wire.Publish, "th")}, 1001)
	if data, err = feed.Sitemap(formattest.Site(), many, now); err != nil || len(sitemap(t, data)) != 1000 {
		t.Errorf("%d entries, %v", len(sitemap(t, data)), err)
	}
}

// sitemap reads the languages of a news sitemap and checks what each entry must
// have.
func sitemap(t *testing.T, data []byte) []string {
	t.Helper()
	var languages []string
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return languages
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "url" {
			continue
		}
		var u struct {
			Loc  string `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 loc"`
			News struct {
				Name     string `xml:"publication>name"`
				Language string `xml:"publication>language"`
				Date     string `xml:"http://www.google.com/schemas/sitemap-news/0.9 publication_date"`
				Title    string `xml:"http://www.google.com/schemas/sitemap-news/0.9 title"`
			} `xml:"http://www.google.com/schemas/sitemap-news/0.9 news"`
		}
		if err := dec.DecodeElement(&u, &start); err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse(time.RFC3339, u.News.Date); err != nil || u.News.Name != "Example Wire" || u.News.Title == "" || !strings.HasPrefix(u.Loc, "https://wire.example/") {
			t.Errorf("%+v %v", u, err)
		}
		languages = append(languages, u.News.Language)
	}
}

func TestValidatorsFollowTheWireNumbers(t *testing.T) {
	list := func(numbers ...int64) []wire.Item {
		var items []wire.Item
		for _, n := range numbers {
			items = append(items, wire.Item{Number: n, ClearTime: formattest.Start.Add(time.Duration(n) * time.Minute)})
		}
		return items
	}
	seen := map[string]string{}
	for _, l := range [][]wire.Item{nil, list(3, 2, 1), list(3, 2), list(3, 1), list(4, 2, 1), list(2, 3, 1), list(1)} {
		tag := feed.ETag(l)
		if len(tag) < 10 || !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) {
			t.Errorf("%s is not quoted", tag)
		}
		name := fmt.Sprint(len(l), l)
		if seen[tag] != "" {
			t.Errorf("%s and %s have one ETag", name, seen[tag])
		}
		seen[tag] = name
	}
	if first, again := feed.ETag(list(3, 2)), feed.ETag(list(3, 2)); first != again {
		t.Error("one list has two ETags")
	}
	if got := feed.LastModified(list(2, 3, 1)); !got.Equal(formattest.Start.Add(3*time.Minute).Truncate(time.Second)) || !feed.LastModified(nil).IsZero() {
		t.Error(got)
	}
}

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		for _, kind := range kinds {
			data, err := kind.encode(page(language, "energy"))
			if err != nil {
				t.Fatal(err)
			}
			if kind.name == "json" {
				var out bytes.Buffer
				if err := json.Indent(&out, data, "", "  "); err != nil {
					t.Fatal(err)
				}
				data = out.Bytes()
			} else { // an element a line, for people
				data = bytes.ReplaceAll(data, []byte("><"), []byte(">\n<"))
			}
			formattest.Golden(t, *update, language+"."+kind.name, data)
		}
	}
}
