package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestRunningTextIsAClosedSubset(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"plain", "Halden &amp; Söhne", true},
		{"markup", "<strong>a <em>b</em></strong><br><sub>2</sub><bdi>x</bdi>", true},
		{"link", `see <a href="https://halden.example/?a=1&amp;b=2">here</a>`, true},
		{"mail link", `<a href="mailto:press@halden.example">press</a>`, true},
		{"right-to-left with marks", "קוד \u200f(A-1)\u200f \u2067abc\u2069", true},
		{"emoji with joiners", "👩‍🔬", true},
		{"script", "<script>alert(1)</script>", false},
		{"attribute", `<strong onclick="x">a</strong>`, false},
		{"style on link", `<a href="https://a.example" style="x">a</a>`, false},
		{"javascript link", `<a href="javascript:alert(1)">a</a>`, false},
		{"escaped javascript link", `<a href="java&#115;cript:alert(1)">a</a>`, false},
		{"relative link", `<a href="/a">a</a>`, false},
		{"protocol-relative link", `<a href="//a.example">a</a>`, false},
		{"link with credentials", `<a href="https://bank.example@a.example/">a</a>`, false},
		{"quote in link", `<a href="https://a.example/"x">a</a>`, false},
		{"image", `<img src="https://a.example/x.png">`, false},
		{"unclosed", "<strong>a", false},
		{"crossed", "<strong><em>a</strong></em>", false},
		{"closed twice", "</em>", false},
		{"bare ampersand", "a & b", false},
		{"bare less-than", "a < b", false},
		{"bare greater-than", "a > b", false},
		{"unknown entity", "&nosuch;", false},
		{"bidi override", "a\u202eb", false},
		{"NUL", "a\x00b", false},
		{"C1 control", "a\u0085b", false},
		{"replacement character", "a\ufffdb", false},
		{"tag characters", "a\U000e0041b", false},
		{"broken UTF-8", "a\xffb", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Inline(c.text).Check(); (err == nil) != c.ok {
				t.Errorf("Check(%q) = %v", c.text, err)
			}
		})
	}
}

func TestPlainTextComesBackAsItWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if got := PlainInline(text).PlainText(); utf8.ValidString(text) && got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// What passes Check is read by a real HTML parser as exactly the elements it
// names: nothing hides in it.
func FuzzInline(f *testing.F) {
	for _, s := range []string{"a &amp; b", `<a href="https://a.example/?x=&quot;">a</a>`, "<strong>", "<a href=\"https://a.example/\x00\">", "<br><bdi>x</bdi>", "&#x3c;script&#62;", "<a href=\"mailto:a@b.example\">x</a>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := Inline(s)
		text := in.PlainText()
		if in.Check() != nil {
			return
		}
		z := html.NewTokenizer(strings.NewReader(s))
		var seen strings.Builder
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			token := z.Token()
			switch kind {
			case html.TextToken:
				seen.WriteString(token.Data)
			case html.StartTagToken:
				if token.Data == "br" {
					seen.WriteByte('\n')
				} else if token.Data != "a" && !inlineTags[token.Data] {
					t.Fatalf("%q holds <%s>", s, token.Data)
				}
				for _, a := range token.Attr {
					if a.Key != "href" || !SafeLink(a.Val) {
						t.Fatalf("%q holds %s=%q", s, a.Key, a.Val)
					}
				}
			case html.CommentToken, html.DoctypeToken, html.SelfClosingTagToken:
				t.Fatalf("%q holds %v", s, token)
			}
		}
		// HTML reads a carriage return as a line feed; none passes Check.
		if seen.String() != text {
			t.Fatalf("%q reads as %q, PlainText says %q", s, seen.String(), text)
		}
	})
}

func TestReleasesThatCannotBeStored(t *testing.T) {
	good := func() *Release { return draft() }
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*Release)
		want  string
	}{
		{"no edition", func(r *Release) { r.Editions = nil }, "editions: a release needs at least one edition"},
		{"two in one language", func(r *Release) { r.Editions = append(r.Editions, r.Editions[0]) }, "editions[1].language: there are two editions in en"},
		{"no language", func(r *Release) { r.Editions[0].Language = "" }, "editions[0].language: give the language of the text, such as en or ar"},
		{"no headline", func(r *Release) { r.Editions[0].Headline = "" }, "en/headline: a release needs a headline"},
		{"long headline", func(r *Release) { r.Editions[0].Headline = strings.Repeat("語", 501) }, "en/headline: has 501 characters; at most 500 fit"},
		{"no text", func(r *Release) { r.Editions[0].Body = nil }, "en/body: a release needs text"},
		{"script", func(r *Release) { r.Editions[0].Body[0].Text = "<script>" }, "en/body[0]: text: holds <script>, which is not allowed in running text"},
		{"override in headline", func(r *Release) { r.Editions[0].Headline = "a\u202eb" }, "en/headline: has the character U+202E at byte 1, which may not be carried"},
		{"override in disclaimer", func(r *Release) { r.Editions[0].Disclaimer = []Block{P("a\u202eb")} }, "en/disclaimer[0]: text: has the character U+202E at byte 1, which may not be carried"},
		{"list without items", func(r *Release) { r.Editions[0].Body[0] = Block{Kind: List, Text: "x"} }, "en/body[0]: a block of kind ul must hold just that"},
		{"unknown block", func(r *Release) { r.Editions[0].Body[0] = Block{Kind: "iframe", Text: "x"} }, `en/body[0]: "iframe" is not a kind of block`},
		{"direction", func(r *Release) { r.Editions[0].Body[0].Dir = `x" onload="` }, `en/body[0]: direction "x\" onload=\"" is neither ltr nor rtl`},
		{"picture from inside", func(r *Release) { r.Editions[0].Pictures = []Picture{{URL: "mailto:x@y.example", Type: "image/png"}} }, `en/pictures[0].url: "mailto:x@y.example" is not an absolute http or https address`},
		{"drawing with script", func(r *Release) {
			r.Editions[0].Pictures = []Picture{{URL: "https://x.example/a.svg", Type: "image/svg+xml"}}
		}, `en/pictures[0].type: "image/svg+xml" is not a type of picture the wire carries: image/jpeg, image/png, image/webp, image/gif`},
		{"half a size", func(r *Release) {
			r.Editions[0].Pictures = []Picture{{URL: "https://x.example/a", Type: "image/png", Width: 9}}
		}, `en/pictures[0]: 9 × 0 is not the size of a picture; give both sides in pixels, at most 30000, or neither`},
		{"override in caption", func(r *Release) {
			r.Editions[0].Pictures = []Picture{{URL: "https://x.example/a", Type: "image/png", Caption: "a\u202eb"}}
		}, "en/pictures[0]: has the character U+202E at byte 1, which may not be carried"},
		{"too many pictures", func(r *Release) { r.Editions[0].Pictures = make([]Picture, 51) }, "en/pictures: there are 51 pictures; at most 50 fit"},
		{"contact", func(r *Release) { r.Editions[0].Contacts = []PressContact{{Email: "a@b\r\nBcc: x@y"}} }, `en/contacts[0].email: "a@b\r\nBcc: x@y" is not an e-mail address`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good()
			c.spoil(r)
			if err := r.Check(); err == nil || err.Error() != c.want {
				t.Errorf("err = %v\nwant  %s", err, c.want)
			}
		})
	}
}

func TestBlocksRenderAsHTMLAndText(t *testing.T) {
	blocks := []Block{
		{Kind: Heading, Text: "A &lt; B"},
		{Kind: Quote, Text: "<em>x</em>", Dir: "rtl", Lang: "ar"},
		{Kind: OrderedList, Items: []Inline{"a", "b"}},
		{Kind: Table, Rows: [][]Inline{{"h", "i"}, {"1", "2"}}},
	}
	const wantHTML = `<h2>A &lt; B</h2>
<blockquote lang="ar" dir="rtl"><p><em>x</em></p></blockquote>
<ol><li>a</li><li>b</li></ol>
<table><thead><tr><th scope="col">h</th><th scope="col">i</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>`
	if got := HTML(blocks); got != wantHTML {
		t.Errorf("HTML:\n%s", got)
	}
	if got := PlainText(blocks); got != "A < B\n\nx\n\n1. a\n2. b\n\nh\ti\n1\t2" {
		t.Errorf("text:\n%s", got)
	}
}

// RFC 8785 §3.2.3 orders members by UTF-16 code units; its own example.
func TestCanonicalForm(t *testing.T) {
	var v any
	if err := json.Unmarshal([]byte(`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`), &v); err != nil {
		t.Fatal(err)
	}
	want := "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}"
	if got := string(Canonical(v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(Canonical(map[string]any{"b": []int{3, 1}, "a": nil, "c": "<&>\u2028\x01"})); got != "{\"a\":null,\"b\":[3,1],\"c\":\"<&>\u2028\\u0001\"}" {
		t.Errorf("got %s", got)
	}
}

func TestAnItemsHashCoversEverythingButItself(t *testing.T) {
	r := draft()
	it := Item{ID: "x", Release: r.ID, Version: 1, Action: Publish, Facets: r.Facets, Edition: r.Editions[0]}
	before := it.ContentHash()
	it.Hash, it.Signature = "a", "b"
	if it.ContentHash() != before {
		t.Error("the hash covers hash or signature")
	}
	it.Headline += "!"
	if it.ContentHash() == before {
		t.Error("the hash does not cover the headline")
	}
}

func TestErrorsTell(t *testing.T) {
	cause := fmt.Errorf("dial tcp: refused")
	err := Errorf(Unavailable, "nats", "cannot reach the bus: %w", cause)
	if err.Message != "cannot reach the bus" || err.Error() != "nats: cannot reach the bus: dial tcp: refused" {
		t.Errorf("message %q, error %q", err.Message, err)
	}
	if KindOf(fmt.Errorf("x: %w", err)) != Unavailable || KindOf(cause) != Internal || KindOf(nil) != "" {
		t.Error("kinds are not found")
	}
}

func TestIdsAreRandomAndValid(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewToken()
		if !ValidToken(id) || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
	for _, s := range []string{"", "a", strings.Repeat("a", 27), strings.Repeat("A", 26), strings.Repeat("1", 26), "../../../../../etc/passwd!"} {
		if ValidToken(s) {
			t.Errorf("%q passes", s)
		}
	}
}
