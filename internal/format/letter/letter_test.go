package letter_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	stop = "https://wire.example/u/aaaabbbbccccddddeeeeffff22"
	why  = `lang:ar, "free & <fair> trade"`
)

func write(it *wire.Item) letter.Letter {
	return letter.Compose(it, "", formattest.Site(), locale.For(it.Language)).Letter(stop, why)
}

func TestTheWholeStoryIsInBothAlternatives(t *testing.T) {
	for _, it := range formattest.Items() {
		l := write(&it)
		checkWords(t, &it, l)
		checkMarkup(t, &it, l.HTML)
	}
}

func TestAnyItemMakesAWholeAndHarmlessLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		l := write(it)
		checkWords(t, it, l)
		checkMarkup(t, it, l.HTML)
	})
}

// reporter is what *testing.T and *rapid.T have in common here.
type reporter interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// gaps are the characters a letter uses itself and so takes out of others'.
var gaps = strings.NewReplacer("\ue000", "", "\ue001", "", "\ue002", "", "\ue003", "")

func checkWords(t reporter, it *wire.Item, l letter.Letter) {
	t.Helper()
	p := locale.For(it.Language)
	var want []string
	for _, s := range formattest.Texts(it) {
		want = append(want, formattest.Fold(gaps.Replace(s)))
	}
	reason := formattest.Fold(why)
	for name, words := range map[string]string{"text": formattest.Fold(l.Text), "HTML": formattest.Words(l.HTML)} {
		if missing := formattest.Missing(words, append(slices.Clone(want), reason)); missing != "" {
			t.Errorf("%s: the letter of %s in %s lacks %q or has it out of order:\n%s", name, it.Action, it.Language, missing, words)
		}
		if it.Reason != "" && it.Action != wire.Publish && !strings.Contains(words, it.Reason) {
			t.Errorf("%s: the letter does not give the reason", name)
		}
	}
	if strings.Count(l.Text, stop) != 1 || strings.Count(l.HTML, `href="`+stop+`"`) != 1 {
		t.Errorf("the way out is not there once")
	}
	if !strings.Contains(l.Text, formattest.Site().ItemURL(it)) || !strings.Contains(l.HTML, `href="`+formattest.Site().ItemURL(it)+`"`) {
		t.Errorf("the page is not linked to")
	}
	if line := format.Dateline(it, p); line != "" && !it.Action.Withdraws() && !strings.Contains(formattest.Words(l.HTML), line) {
		t.Errorf("there is no dateline %q", line)
	}
	if strings.ContainsAny(l.Text+l.HTML, "\ue000\ue001\ue002\ue003") {
		t.Errorf("a gap was left open")
	}
}

// Elements and attributes that a letter may have: nothing that runs, nothing
// that is fetched, no style sheet.
var allowed = map[string]string{
	"html": "lang dir", "head": "", "meta": "charset name content", "title": "", "body": "style", "table": "role lang dir width cellpadding cellspacing style",
	"tr": "", "td": "align style", "th": "scope style", "thead": "", "tbody": "", "div": "lang dir style", "p": "lang dir style", "h1": "style", "h2": "lang dir style", "h3": "lang dir style",
	"ul": "lang dir", "ol": "lang dir", "li": "", "blockquote": "lang dir style", "a": "href style", "hr": "style", "br": "", "strong": "", "em": "", "sub": "", "sup": "", "bdi": "",
}

// checkMarkup reads the HTML with a tokenizer and checks that every element is
// closed, allowed, and that what carries the letter says language and direction.
func checkMarkup(t reporter, it *wire.Item, source string) {
	t.Helper()
	var open []string
	said := map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			names, ok := allowed[token.Data]
			if !ok {
				t.Fatalf("there is a <%s>", token.Data)
			}
			attributes := map[string]string{}
			for _, a := range token.Attr {
				attributes[a.Key] = a.Val
				if !slices.Contains(strings.Fields(names), a.Key) || a.Key == "href" && !wire.SafeLink(a.Val) || a.Key == "style" && strings.Contains(a.Val, "url(") {
					t.Fatalf("<%s %s=%q>", token.Data, a.Key, a.Val)
				}
			}
			if attributes["lang"] == it.Language && attributes["dir"] == format.Direction(it) {
				said[token.Data] = true
			}
			if !slices.Contains([]string{"meta", "br", "hr"}, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		case html.CommentToken, html.SelfClosingTagToken:
			t.Fatalf("there is %v", token)
		}
	}
	if len(open) > 0 || !said["html"] || !said["table"] || !said["div"] {
		t.Errorf("open: %v, language and direction said by: %v", open, said)
	}
}

func TestSubjectsOfAmendmentsSayWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		action         wire.Action
		language, want string
	}{
		{wire.Publish, "en", "Halden orders"},
		{wire.Correct, "en", "CORRECTED: Halden orders"},
		{wire.Update, "en", "UPDATED: Halden orders"},
		{wire.Refile, "en", "REFILED: Halden orders"},
		{wire.Hold, "en", "HOLD: The earlier headline"},
		{wire.Unhold, "en", "HOLD LIFTED: Halden orders"},
		{wire.Kill, "en", "KILL: The earlier headline"},
		{wire.Correct, "ar", "تصحيح: هالدن"},
		{wire.Correct, "ja", "【訂正】ハルデン"},
		{wire.Correct, "ko", "[정정] 할덴"},
		{wire.Hold, "zh-Hans", "暂缓使用：The earlier headline"},
	} {
		it := formattest.Item(c.action, c.language)
		l := letter.Compose(it, "The earlier headline", formattest.Site(), locale.For(c.language))
		if !strings.HasPrefix(l.Subject, c.want) {
			t.Errorf("%s in %s: %q, want %q", c.action, c.language, l.Subject, c.want)
		}
		if strings.ContainsAny(l.Subject, "\r\n") {
			t.Errorf("%s in %s: %q is not one line", c.action, c.language, l.Subject)
		}
	}
	if got := write(formattest.Item(wire.Kill, "en")).Subject; got != "KILL: Release withdrawn" {
		t.Errorf("without the earlier headline: %q", got)
	}
}

func TestALetterWithoutAReasonDoesNotSpeakOfOne(t *testing.T) {
	for _, language := range formattest.Languages() {
		template := letter.Compose(formattest.Item(wire.Publish, language), "", formattest.Site(), locale.For(language))
		said, _, _ := strings.Cut(locale.For(language).T("mail.why", "why", "|"), "|")
		withText, withHTML := template.Render(stop, why)
		text, htm := template.Render(stop, "")
		if !strings.Contains(withText, said+why) || strings.Contains(text, said) || strings.Contains(formattest.Words(htm), formattest.Fold(said)) || len(htm) >= len(withHTML) {
			t.Errorf("%s: %q", language, text[strings.LastIndex(text, "-- \n"):])
		}
		if !strings.Contains(text, stop) || !strings.Contains(htm, stop) {
			t.Errorf("%s: the way out is gone with the reason", language)
		}
	}
}

func TestWhatIsPersonalIsEscapedInHTMLOnly(t *testing.T) {
	l := letter.Compose(formattest.Item(wire.Publish, "en"), "", formattest.Site(), locale.For("en")).Letter(`https://wire.example/u/x?"><script>`, `</p><img src=x>`)
	if strings.Contains(l.HTML, "<script>") || strings.Contains(l.HTML, "<img") || !strings.Contains(l.Text, `</p><img src=x>`) {
		t.Errorf("%s", l.HTML[len(l.HTML)-700:])
	}
}

func TestALetterInALanguageWithoutACatalogKeepsItsDirection(t *testing.T) {
	it := formattest.Item(wire.Publish, "en")
	it.Language = "he"
	l := write(it)
	if !strings.Contains(l.HTML, `<html lang="he" dir="rtl">`) || !strings.Contains(l.HTML, `<div lang="en" dir="ltr" style="text-align:left">`) {
		t.Error(l.HTML)
	}
	it.Language = `x"><script>`
	if l := write(it); strings.Contains(l.HTML, "<script>") {
		t.Error("a language tag breaks out of its attribute")
	}
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	l := write(formattest.Item(wire.Publish, "en"))
	for _, secret := range []string{"5550 0199", "not for publication", "a person"} {
		if strings.Contains(l.Text+l.HTML, secret) {
			t.Errorf("it holds %q", secret)
		}
	}
}

// One more person costs what is personal, whatever the story's length.
func TestOneMoreLetterIsCheap(t *testing.T) {
	template := letter.Compose(formattest.Item(wire.Publish, "ar"), "", formattest.Site(), locale.For("ar"))
	foot := make([]byte, 0, 4096)
	n := testing.AllocsPerRun(100, func() {
		foot = template.HTML.AppendFoot(template.Text.AppendFoot(foot[:0], stop, "lang:ar"), stop, "lang:ar")
	})
	if n > 0 || len(foot) > len(template.HTML.Head) {
		t.Errorf("%v allocations for %d bytes", n, len(foot))
	}
}

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		var b strings.Builder
		for _, it := range formattest.Page(language) {
			l := letter.Compose(&it, formattest.Item(wire.Publish, language).Headline, formattest.Site(), locale.For(language)).Letter(stop, why)
			fmt.Fprintf(&b, "===== %s\nSubject: %s\n\n%s\n-----\n%s", it.Action, l.Subject, l.Text, l.HTML)
		}
		formattest.Golden(t, *update, language, []byte(b.String()))
	}
}
