package format_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAddresses(t *testing.T) {
	s := format.Site{BaseURL: "https://wire.example", Name: "Wire"}
	en := &wire.Item{Release: "aaaabbbbccccddddeeeeffff22", Slug: "halden-orders", Edition: wire.Edition{Language: "en"}}
	ar := &wire.Item{Release: en.Release, Edition: wire.Edition{Language: "ar"}}
	for got, want := range map[string]string{
		s.ItemURL(en):                              "https://wire.example/en/r/aaaabbbbccccddddeeeeffff22-halden-orders",
		s.ItemURL(ar):                              "https://wire.example/ar/r/aaaabbbbccccddddeeeeffff22",
		s.FormatURL(en, "json"):                    "https://wire.example/en/r/aaaabbbbccccddddeeeeffff22.json",
		s.FormatURL(ar, "txt"):                     "https://wire.example/ar/r/aaaabbbbccccddddeeeeffff22.txt",
		s.FrontURL("zh-Hant", ""):                  "https://wire.example/zh-Hant/",
		s.FeedURL("en", "", "rss"):                 "https://wire.example/en/feed.rss",
		s.FeedURL("th", "daily-news", "atom"):      "https://wire.example/th/s/daily-news/feed.atom",
		s.HubURL():                                 "https://wire.example/hub",
		s.NewsSitemapURL():                         "https://wire.example/news-sitemap.xml",
		s.SearchURL("ar", "?q=a"):                  "https://wire.example/ar/search/?q=a",
		s.SearchFeedURL("ar", "atom", "?q=a"):      "https://wire.example/ar/search/feed.atom?q=a",
		s.StreamURL():                              "https://wire.example/v1/stream",
		s.UnsubscribeURL("aaaabbbbccccddddeeeeff"): "https://wire.example/u/aaaabbbbccccddddeeeeff",
		format.TopicURL("04000000"):                "http://cv.iptc.org/newscodes/mediatopic/04000000",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestDatelinesFollowTheCustomOfTheLanguage(t *testing.T) {
	full := wire.Dateline{City: "Singapore", Country: "SG", Date: "2026-05-05", Mark: "MARK"}
	for _, c := range []struct {
		language string
		dateline wire.Dateline
		want     string
	}{
		{"en", full, "SINGAPORE, 5 May 2026 (MARK) –"},
		{"en", wire.Dateline{City: "Singapore"}, "SINGAPORE –"},
		{"en", wire.Dateline{Date: "2026-05-05"}, "5 May 2026 –"},
		{"en", wire.Dateline{Mark: "MARK"}, "(MARK) –"},
		{"en", wire.Dateline{Country: "SG"}, ""},
		{"en", wire.Dateline{City: "Singapore", Date: "5 May"}, "SINGAPORE –"},
		{"ja", wire.Dateline{Mark: "MARK"}, "（MARK）—"},
		{"de", wire.Dateline{City: "Gießen", Date: "2026-03-01"}, "GIESSEN, 1. März 2026 –"},
		{"pt", wire.Dateline{City: "São Paulo", Date: "2026-03-01"}, "SÃO PAULO, 1 de março de 2026 –"},
		{"ru", wire.Dateline{City: "Москва", Date: "2026-05-05"}, "МОСКВА, 5 мая 2026 года –"},
		{"ar", wire.Dateline{City: "دبي", Date: "2026-05-05", Mark: "MARK"}, "دبي، 5 مايو 2026 (MARK) –"},
		{"ja", wire.Dateline{City: "東京", Date: "2026-05-05", Mark: "MARK"}, "東京、2026年5月5日（MARK）—"},
		{"zh-Hans", wire.Dateline{City: "上海", Date: "2026-05-05", Mark: "MARK"}, "上海，2026年5月5日（MARK）——"},
		{"zh-Hant", wire.Dateline{City: "臺北", Date: "2026-05-05"}, "臺北，2026年5月5日——"},
		{"ko", wire.Dateline{City: "서울", Date: "2026-05-05", Mark: "MARK"}, "서울, 2026년 5월 5일 (MARK) –"},
		{"th", wire.Dateline{City: "กรุงเทพฯ", Date: "2026-05-05"}, "กรุงเทพฯ, 5 พฤษภาคม 2026 –"},
		{"vi", wire.Dateline{City: "Hà Nội", Date: "2026-05-05"}, "HÀ NỘI, 5 tháng 5, 2026 –"},
	} {
		it := &wire.Item{Edition: wire.Edition{Language: c.language, Dateline: c.dateline}}
		if got := format.Dateline(it, locale.For(c.language)); got != c.want {
			t.Errorf("%s: %q, want %q", c.language, got, c.want)
		}
	}
}

func TestTheDatelineRunsIntoTheLead(t *testing.T) {
	p := wire.P("lead & more")
	quote := wire.Block{Kind: wire.Quote, Text: "q"}
	hebrew := wire.Block{Kind: wire.Paragraph, Lang: "he", Dir: "rtl", Text: "x"}
	for _, c := range []struct {
		name, language string
		body           []wire.Block
		want           string
	}{
		{"a lead", "en", []wire.Block{p, quote}, "<p><strong>OSLO –</strong> lead &amp; more</p>\n<blockquote><p>q</p></blockquote>"},
		{"no space after a full-width dash", "ja", []wire.Block{p}, "<p><strong>Oslo—</strong>lead &amp; more</p>"},
		{"no paragraph first", "en", []wire.Block{quote}, "<p><strong>OSLO –</strong></p>\n<blockquote><p>q</p></blockquote>"},
		{"a paragraph in another language first", "en", []wire.Block{hebrew}, "<p><strong>OSLO –</strong></p>\n<p lang=\"he\" dir=\"rtl\">x</p>"},
		{"nothing", "en", nil, ""},
	} {
		it := &wire.Item{Edition: wire.Edition{Language: c.language, Dateline: wire.Dateline{City: "Oslo"}, Body: c.body}}
		before := wire.HTML(it.Body)
		if got := wire.HTML(format.Story(it, locale.For(c.language))); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
		if wire.HTML(it.Body) != before {
			t.Errorf("%s: the item was changed", c.name)
		}
	}
}

func TestAStoryStaysWithinTheClosedSubset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		for _, b := range format.Story(it, locale.For(it.Language)) {
			for _, in := range b.Inlines() {
				if err := in.Check(); err != nil {
					t.Fatalf("%q: %v", in, err)
				}
			}
		}
	})
}

func TestWhatReadersAreTold(t *testing.T) {
	for _, c := range []struct {
		action           wire.Action
		headline, notice string
		changes          string
	}{
		{wire.Publish, "Halden orders twelve electric ferries & opens a yard in Singapore", "", ""},
		{wire.Update, "Halden orders twelve electric ferries & opens a yard in Singapore", "This release was updated on 5 May 2026, 07:30 UTC.", "Paragraph 3 – Now: CO2 | Media contacts"},
		{wire.Correct, "Halden orders twelve electric ferries & opens a yard in Singapore", "This release was corrected on 5 May 2026, 08:30 UTC. Reason: The number of ferries & the year were <wrong>.", "Headline – Was: 10 – Now: 12 | Subheading – Now: 1.8 × 10 < 20 & 19 > 18"},
		{wire.Hold, "Release on hold", "This release is on hold. Do not use it pending a check. Reason: The issuer asked for it.", ""},
		{wire.Unhold, "Halden orders twelve electric ferries & opens a yard in Singapore", "", ""},
		{wire.Kill, "Release withdrawn", "This release has been withdrawn. It must not be used. Reason: The issuer asked for it.", ""},
	} {
		it, p := formattest.Item(c.action, "en"), locale.For("en")
		if got := format.Headline(it, p); got != c.headline {
			t.Errorf("%s: headline %q", c.action, got)
		}
		if got := format.Notice(it, p); got != c.notice {
			t.Errorf("%s: notice %q", c.action, got)
		}
		if got := strings.Join(format.Changes(it, p), " | "); got != c.changes {
			t.Errorf("%s: changes %q", c.action, got)
		}
	}
	ja := formattest.Item(wire.Kill, "ja")
	if got := format.Notice(ja, locale.For("ja")); !strings.Contains(got, "。理由：") {
		t.Errorf("Japanese notice %q", got)
	}
}

func TestCredits(t *testing.T) {
	it := &wire.Item{Facets: wire.Facets{Organisation: "Halden", Provider: &wire.Credit{Name: "Meridian", Line: "© M"}},
		Edition: wire.Edition{Language: "en", Translation: &wire.Translation{From: "ar"}}}
	if got := strings.Join(format.Credits(it, locale.For("en")), "|"); got != "Source: Halden|Provided by Meridian|© M|Translated from Arabic|The Arabic text prevails." {
		t.Error(got)
	}
	it.Organisation = ""
	if format.Source(it) != "Meridian" || strings.Contains(strings.Join(format.Credits(it, locale.For("en")), "|"), "Source") {
		t.Error("a text without issuer names its provider once")
	}
}
