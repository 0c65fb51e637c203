package conformance

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var feedKinds = []struct {
	name, version string
	encode        func(feed.Feed) ([]byte, error)
}{{"rss", "rss20", feed.RSS}, {"atom", "atom10", feed.Atom}, {"json", "json11", feed.JSON}}

// seen is what a reader shows of a feed.
type seen struct {
	File, Version, Title, Language, Link string
	Self, Hubs, Faults                   []string
	Entries                              []struct {
		ID, Title, Link, Author, Content, Summary string
		Published, Updated                        int64
		Permalink                                 bool
		Alternates, Related, Tags                 int
	}
}

func TestFeedReadersSeeWhatTheWireSaid(t *testing.T) {
	needPython(t, "feedparser", "python3-feedparser")
	dir := t.TempDir()
	type made struct {
		kind, version string
		feed          feed.Feed
	}
	var all []made
	var files []string
	write := func(name string, f feed.Feed) {
		for _, kind := range feedKinds {
			data, err := kind.encode(f)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file(t, dir, name+"."+kind.name, data))
			all = append(all, made{kind.name, kind.version, f})
		}
	}
	for _, language := range formattest.Languages() {
		for _, sector := range []string{"", "energy"} {
			write(language+sector, feed.Feed{Site: formattest.Site(), Language: language, Sector: sector, Items: formattest.Page(language)})
		}
	}
	found := feed.Feed{Site: formattest.Site(), Language: "ja", Search: &feed.Search{Query: `"a & b" OR c`, Parameters: "?lang=ar&q=%22a+%26+b%22+OR+c"}}
	for _, language := range []string{"ar", "en", "th"} {
		found.Items = append(found.Items, formattest.Page(language)...)
	}
	write("search", found)
	var verdicts []seen
	ask(t, &verdicts, "feed_check.py", files...)
	if len(verdicts) != len(all) {
		t.Fatalf("%d feeds were read, %d were written", len(verdicts), len(all))
	}
	for i, got := range verdicts {
		m := all[i]
		t.Run(filepath.Base(got.File), func(t *testing.T) { compareFeed(t, got, m.kind, m.version, m.feed) })
	}
	t.Logf("%d feeds with %d entries each", len(all), len(all[0].feed.Items))
}

func compareFeed(t *testing.T, got seen, kind, version string, f feed.Feed) {
	t.Helper()
	same := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}
	page, self, hubs := f.Site.FrontURL(f.Language, f.Sector), f.Site.FeedURL(f.Language, f.Sector, kind), []string{f.Site.HubURL()}
	if s := f.Search; s != nil {
		page, self, hubs = f.Site.SearchURL(f.Language, s.Parameters), f.Site.SearchFeedURL(f.Language, kind, s.Parameters), []string{}
	}
	same("faults", got.Faults, []string{})
	same("version", got.Version, version)
	same("language", got.Language, f.Language)
	same("link", got.Link, page)
	same("self", got.Self, []string{self})
	same("hub", got.Hubs, hubs)
	same("entries", len(got.Entries), len(f.Items))
	for i, e := range got.Entries {
		it := &f.Items[i]
		p := locale.For(it.Language)
		same("id", e.ID, feed.ID(it))
		same("title", formattest.Fold(e.Title), formattest.Fold(format.Headline(it, p)))
		same("link", e.Link, f.Site.ItemURL(it))
		same("author", e.Author, format.Source(it))
		same("published", time.Unix(e.Published, 0).UTC(), it.First.Truncate(time.Second))
		same("updated", time.Unix(e.Updated, 0).UTC(), it.ClearTime.Truncate(time.Second))
		same("alternates", e.Alternates, 1)
		same("tags", e.Tags, len(it.Sectors))
		switch kind {
		case "rss": // only RSS lets an id say that it is a link
			same("permanent link", e.Permalink, false)
		case "atom":
			same("translations", e.Related, len(it.Editions)-1)
		}
		words := formattest.Words(e.Content)
		if it.Action.Withdraws() {
			same("notice", words, formattest.Fold(format.Notice(it, p)))
			same("summary", formattest.Fold(e.Summary), formattest.Fold(format.Notice(it, p)))
		} else if missing := formattest.Missing(words, formattest.Texts(it)[1:]); missing != "" {
			t.Errorf("the content of the %s lacks %q or has it out of order:\n%s", it.Action, missing, words)
		}
	}
}

func TestXMLIsWellFormed(t *testing.T) {
	xmllint := tool(t, "xmllint", "libxml2-utils")
	dir := t.TempDir()
	var files []string
	var everything []wire.Item
	for _, language := range formattest.Languages() {
		f := feed.Feed{Site: formattest.Site(), Language: language, Items: formattest.Page(language)}
		everything = append(everything, f.Items...)
		for _, kind := range feedKinds[:2] {
			data, err := kind.encode(f)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file(t, dir, language+"."+kind.name, data))
		}
	}
	sitemap, err := feed.Sitemap(formattest.Site(), everything, formattest.Start.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, file(t, dir, "news-sitemap.xml", sitemap))
	if out, err := exec.Command(xmllint, append([]string{"--noout", "--nonet"}, files...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
	if n := bytes.Count(sitemap, []byte("<url>")); n != 2*len(formattest.Languages()) {
		t.Errorf("the sitemap has %d entries", n)
	}
	broken := file(t, dir, "broken.xml", append(sitemap, []byte("<more/>")...))
	if exec.Command(xmllint, "--noout", "--nonet", broken).Run() == nil {
		t.Error("xmllint lets a broken file pass, so it judges nothing")
	}
}
