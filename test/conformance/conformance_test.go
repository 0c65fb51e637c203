// Package conformance holds what the wire writes before judges that are not the
// wire's: IPTC's own schema, Python's feedparser and email package, a DKIM
// verifier in another language, xmllint. The corpus is an item in every language
// of the wire and every action.
package conformance

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

var site = format.Site{BaseURL: "https://wire.example", Name: "Wire & Söhne"}

var headlines = map[string]string{
	"en": "Halden & Sons open a plant <today>", "ar": "شركة الواحة تفتتح محطة «جديدة» في Harbourton", "zh-Hans": "海湾公司开设新工厂", "zh-Hant": "海灣公司開設新工廠",
	"fr": "L’usine de Valmont ouvre ses portes", "de": "Nordhafen eröffnet ein Werk für Größe und Maß", "id": "Pabrik baru dibuka", "ja": "湾岸社、新工場を開設", "ko": "한빛, 새 공장 문 열어",
	"ms": "Kilang baharu dibuka", "pt": "Nova fábrica abre em Vila Clara", "ru": "В Приморске открыт завод", "es": "Abre una fábrica en Valdehermoso", "th": "เปิดโรงงานใหม่ที่ท่าเรือ", "vi": "Nhà máy mới ở Hải Đăng mở cửa",
}

// corpus is an item in every language for every action.
func corpus() []wire.Item {
	var items []wire.Item
	cleared := time.Date(2026, 11, 23, 12, 0, 0, 123000, time.UTC)
	for _, l := range vocab.Languages() {
		for i, action := range []wire.Action{wire.Publish, wire.Update, wire.Correct, wire.Refile, wire.Hold, wire.Unhold, wire.Kill} {
			r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
				Organisation: "Halden & Sons", Provider: &wire.Credit{Name: "Riwaq", Line: "Riwaq/2026", URL: "https://riwaq.example/"}, Priority: wire.Urgent,
				Sectors: []string{"energy", "top-story"}, Subjects: []string{"04000000"}, Places: []string{"GB", "AE"},
				Instruments: []wire.Instrument{{MIC: "XDEM", Ticker: "HALD"}, {ISIN: "GB0000000009", LEI: "00000000000000000000"}}, Circuits: []string{"general"},
			}, Editions: []wire.Edition{{
				Language: l.Tag, Headline: headlines[l.Tag], Subheads: []string{"1 < 2"}, Dateline: wire.Dateline{City: "Harbourton", Country: "GB", Date: "2026-11-23", Mark: "WIRE"},
				Body: []wire.Block{wire.P(headlines[l.Tag] + "."), {Kind: wire.Heading, Text: "A &amp; B"}, {Kind: wire.List, Items: []wire.Inline{"<strong>x</strong>", "y"}},
					{Kind: wire.Table, Rows: [][]wire.Inline{{"a", "b"}, {"1", "2"}}}, {Kind: wire.Quote, Text: `<a href="https://halden.example/?a=1&amp;b=2">link</a>`, Lang: "en", Dir: "ltr"}},
				Boilerplate: []wire.Block{wire.P("About us.")}, Disclaimer: []wire.Block{wire.P("No warranty.")},
				Contacts: []wire.PressContact{{Name: "Layla", Role: "Press", Email: "press@halden.example", Phone: "+44 20 555 0100"}, {Name: "Hidden", MediaOnly: true, Phone: "secret"}},
			}}}
			var prior *wire.Item
			if action != wire.Publish {
				first := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, cleared, wire.Amendment{})
				first.Number = int64(len(items) + 1000)
				prior = &first
			}
			it := wire.NewItem(r, &r.Editions[0], action, prior, cleared.Add(time.Duration(i)*time.Hour), wire.Amendment{Reason: "The figure was wrong & is right now."})
			it.Number = int64(len(items) + 1)
			it.Editions = []string{l.Tag, "xx-other"}
			it.Hash, it.Signature = it.ContentHash(), "c2ln"
			items = append(items, it)
		}
	}
	return items
}

func TestNinjsIsValidByIPTCsSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for url, file := range map[string]string{
		"http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json": "ninjs-schema_3.1.json", "https://geojson.org/schema/GeoJSON.json": "GeoJSON-schema.json",
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	items := corpus()
	for i := range items {
		it := &items[i]
		raw, err := ninjs.Encode(it, site)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s %s: %v\n%s", it.Language, it.Action, err, raw)
		}
		var back ninjs.Document
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		want := map[wire.Action]string{wire.Kill: "canceled", wire.Hold: "withheld"}[it.Action]
		if want == "" {
			want = "usable"
		}
		if back.PubStatus != want || back.Language != it.Language || back.Version != fmt.Sprint(it.Version) {
			t.Errorf("%s %s came back as %+v", it.Language, it.Action, back)
		}
		if !it.Action.Withdraws() && (back.Headlines[0].Value != it.Headline || !strings.Contains(back.Bodies[0].Value, wire.HTML(it.Body)) || back.UsageTerms != "No warranty.") {
			t.Errorf("%s %s lost text: %s", it.Language, it.Action, raw)
		}
		if it.Action.Withdraws() && len(back.Headlines)+len(back.Bodies) > 0 || bytes.Contains(raw, []byte("secret")) {
			t.Errorf("%s %s tells what it must not: %s", it.Language, it.Action, raw)
		}
	}
	t.Logf("%d documents, all valid", len(items))
}

// judge runs the Python judge. Where it is missing the test is skipped, unless
// this run must have it.
func judge(t *testing.T, out any, args ...string) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", append([]string{"testdata/judge.py"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	raw, err := cmd.Output()
	if err != nil {
		if os.Getenv("WIREROOM_JUDGES") != "required" && (strings.Contains(stderr.String(), "ModuleNotFoundError") || os.IsNotExist(err)) {
			t.Skipf("the judge is not here (make test installs it): %s", stderr.String())
		}
		t.Fatalf("judge: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatalf("judge: %v\n%s", err, raw)
	}
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFeedsAreReadRightByFeedparser(t *testing.T) {
	all := corpus()
	for _, l := range vocab.Languages() {
		var items []wire.Item
		for _, it := range all {
			if it.Language == l.Tag {
				items = append(items, it)
			}
		}
		f := feed.Feed{Site: site, Language: l.Tag, Items: items}
		for kind, encode := range map[string]func(feed.Feed) ([]byte, error){"rss": feed.RSS, "atom": feed.Atom} {
			raw, err := encode(f)
			if err != nil {
				t.Fatal(err)
			}
			path := write(t, "feed."+kind, raw)
			if out, err := exec.Command("xmllint", "--noout", "--nonet", path).CombinedOutput(); err != nil && os.Getenv("WIREROOM_JUDGES") == "required" {
				t.Fatalf("xmllint: %v\n%s", err, out)
			}
			var got struct {
				Bozo                          bool
				Why, Version, Title, Language string
				Links                         map[string]string
				Entries                       []struct {
					ID, Title, Link, Author, Content string
					Published, Updated               []int
					Tags                             []string
				}
			}
			judge(t, &got, "feed", path)
			if got.Bozo || len(got.Entries) != len(items) || got.Links["hub"] != "https://wire.example/hub" || got.Links["self"] != site.FeedURL(l.Tag, "", kind) {
				t.Errorf("%s %s: %+v", l.Tag, kind, got)
				continue
			}
			for i, e := range got.Entries {
				it := &items[i]
				if e.Link != site.ItemURL(it) || !strings.Contains(e.ID, string(it.Release)) || e.Published == nil || e.Published[3] != it.First.Hour() || e.Updated[3] != it.ClearTime.Hour() {
					t.Errorf("%s %s %s: %+v", l.Tag, kind, it.Action, e)
				}
				if !it.Action.Withdraws() && (plain(e.Title) != it.Headline || !strings.Contains(e.Content, string(it.Body[0].Text))) {
					t.Errorf("%s %s %s: title %q, want %q", l.Tag, kind, it.Action, e.Title, it.Headline)
				}
				if it.Action.Withdraws() && strings.Contains(e.Content, headlines[l.Tag]) {
					t.Errorf("%s %s: the text of a withdrawn story", l.Tag, kind)
				}
			}
		}
	}
}

// plain undoes the escaping that feedparser leaves in titles it takes for HTML.
func plain(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

func TestJSONFeedHasWhatTheSpecificationDemands(t *testing.T) {
	raw, err := feed.JSON(feed.Feed{Site: site, Language: "ar", Sector: "energy", Items: corpus()})
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Version, Title string
		Language       string
		Hubs           []struct{ Type, URL string }
		Items          []struct {
			ID          string `json:"id"`
			ContentHTML string `json:"content_html"`
			Published   string `json:"date_published"`
		}
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if f.Version != "https://jsonfeed.org/version/1.1" || f.Title == "" || f.Language != "ar" || f.Hubs[0].Type != "WebSub" {
		t.Errorf("%+v", f)
	}
	seen := map[string]bool{}
	for _, it := range f.Items {
		if _, err := time.Parse(time.RFC3339, it.Published); err != nil || it.ContentHTML == "" || seen[it.ID] {
			t.Errorf("%+v, %v", it, err)
		}
		seen[it.ID] = true
	}
}

func TestTheSitemapHoldsTwoDaysAndNothingWithdrawn(t *testing.T) {
	items := corpus()
	now := items[0].First.Add(47 * time.Hour)
	items[0].First = now.Add(-49 * time.Hour)
	raw, err := feed.Sitemap(site, items, now)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(raw), "<url>"); n != len(items)-1-2*len(headlines) {
		t.Errorf("%d entries of %d items", n, len(items))
	}
	for _, want := range []string{"<news:language>zh-cn</news:language>", "<news:language>zh-tw</news:language>"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestLettersAreReadAndVerifiedByOthers(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]string{}
	sender := &mail.Sender{From: "wire@wire.example", Site: site, Now: time.Now}
	for _, s := range []mail.Signer{{Key: ed, Selector: "w-ed25519"}, {Key: rsaKey, Selector: "w-rsa"}} {
		sender.Signers = append(sender.Signers, s)
		if records[s.Selector+"._domainkey.wire.example"], err = seal.DKIMRecord(s.Key); err != nil {
			t.Fatal(err)
		}
	}
	zone, _ := json.Marshal(records)
	dns := write(t, "dns.json", zone)
	dir := t.TempDir()
	box, err := mail.OpenMaildir(sender, dir)
	if err != nil {
		t.Fatal(err)
	}
	items := corpus()
	for i := range items {
		it := &items[i]
		if it.Action != wire.Publish && it.Action != wire.Kill {
			continue
		}
		shipment, err := box.Prepare(t.Context(), courier.Consignment{Item: it, Headline: headlines[it.Language], Why: func(wire.SubscriptionID) string { return "lang:" + it.Language }})
		if err != nil {
			t.Fatal(err)
		}
		sub := wire.Subscription{ID: wire.SubscriptionID(i + 1), Address: "reader@press.example", Secret: strings.Repeat("a", 26)}
		if r := shipment.Deliver(t.Context(), sub, 1); r.Outcome != wire.Accepted {
			t.Fatal(r)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "new", fmt.Sprintf("*.%d_*", it.Number)))
		var got struct {
			Defects                                           []string
			Type, Subject, ID, Post, Auto, Text, HTML, ListID string
			Signatures                                        int
			Verified                                          []bool
			LongestLine                                       int    `json:"longest_line"`
			ListUnsubscribe                                   string `json:"list_unsubscribe"`
		}
		judge(t, &got, "mail", files[0], dns)
		if len(got.Defects) > 0 || got.Type != "multipart/alternative" || got.Post != "List-Unsubscribe=One-Click" || got.Auto != "auto-generated" || got.LongestLine > 998 {
			t.Errorf("%s %s: %+v", it.Language, it.Action, got)
		}
		if got.Signatures != 2 || !slices.Equal(got.Verified, []bool{true, true}) {
			t.Errorf("%s %s: signatures %v", it.Language, it.Action, got.Verified)
		}
		if !strings.Contains(got.Subject, headlines[it.Language]) || !strings.Contains(got.Text, "https://wire.example/u/aaaa") {
			t.Errorf("%s %s: subject %q", it.Language, it.Action, got.Subject)
		}
		if dir := vocab.Direction(it.Language); !strings.Contains(got.HTML, `dir="`+dir+`"`) {
			t.Errorf("%s: not %s", it.Language, dir)
		}
	}
}
