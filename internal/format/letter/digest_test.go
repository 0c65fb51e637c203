package letter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var gathered = time.Date(2026, 11, 23, 7, 0, 0, 0, time.FixedZone("JST", 9*60*60))

// standing are the items that can be in a digest.
func standing() []wire.Item {
	var items []wire.Item
	for _, it := range formattest.Items() {
		if !it.Action.Withdraws() {
			items = append(items, it)
		}
	}
	return items
}

func TestADigestInEachLanguage(t *testing.T) {
	items := standing()
	for _, language := range []string{"en", "ar", "ja", "th", "zh-Hant"} {
		l := letter.ComposeDigest(items[:6], gathered, formattest.Site(), locale.For(language)).Letter(stop, "")
		checkMarkup(t, &wire.Item{Edition: wire.Edition{Language: language}}, l.HTML)
		golden := filepath.Join("testdata", "digest-"+language+".golden")
		got := "Subject: " + l.Subject + "\n\n" + l.Text + "\n-----\n" + l.HTML
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\n%s", language, err, got)
		}
	}
}

func TestADigestNamesEveryItemAndWhereItComesFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []wire.Item
		for range rapid.IntRange(1, 40).Draw(t, "items") {
			if it := formattest.Draw(t); !it.Action.Withdraws() {
				items = append(items, *it)
			}
		}
		if len(items) == 0 {
			t.Skip("none stands")
		}
		l := letter.ComposeDigest(items, gathered, formattest.Site(), locale.For("en")).Letter(stop, "")
		words := map[string]string{"text": formattest.Fold(l.Text), "HTML": formattest.Words(l.HTML)}
		for i := range items {
			it := &items[i]
			want := []string{formattest.Fold(gaps.Replace(it.Headline))}
			if it.Provider != nil {
				for _, line := range format.Credits(it, locale.For(it.Language).Isolated()) {
					want = append(want, formattest.Fold(gaps.Replace(line)))
				}
			}
			for name, there := range words {
				for _, s := range want {
					if !strings.Contains(there, s) {
						t.Fatalf("the %s lacks %q:\n%s", name, s, there)
					}
				}
			}
			if url := formattest.Site().ItemURL(it); !strings.Contains(l.Text, url) || !strings.Contains(l.HTML, `href="`+url+`"`) {
				t.Fatalf("%s is not linked to", url)
			}
		}
		if strings.Count(l.Text, stop) != 1 || strings.Count(l.HTML, `href="`+stop+`"`) != 1 {
			t.Fatal("the way out is not there once")
		}
		opened := strings.Count(l.Text, "\u2066") + strings.Count(l.Text, "\u2067") + strings.Count(l.Text, "\u2068")
		if opened != strings.Count(l.Text, "\u2069") {
			t.Fatalf("an isolate does not end: %q", l.Text)
		}
	})
}

func TestALongDigestGivesHeadlinesAlone(t *testing.T) {
	it := standing()[0]
	lead := strings.Fields(wire.PlainText(it.Body))[3]
	for n, want := range map[int]bool{30: true, 31: false, 100: false} {
		items := make([]wire.Item, n)
		for i := range items {
			items[i] = it
			items[i].Headline = fmt.Sprintf("Headline %d", i)
		}
		l := letter.ComposeDigest(items, gathered, formattest.Site(), locale.For("en")).Letter(stop, "")
		if got := strings.Contains(l.Text, lead); got != want {
			t.Errorf("%d items: the beginning of the text is there: %v", n, got)
		}
		if len(l.HTML) > 100<<10 {
			t.Errorf("%d items make %d bytes", n, len(l.HTML))
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	items := make([]wire.Item, 40)
	for i := range items {
		items[i] = standing()[0]
	}
	b.ReportAllocs()
	for b.Loop() {
		letter.ComposeDigest(items, gathered, formattest.Site(), locale.For("en"))
	}
}
