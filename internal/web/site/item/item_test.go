package item

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestTheDatelineRunsIntoTheFirstParagraph(t *testing.T) {
	en := locale.For("en")
	for _, c := range []struct {
		name   string
		blocks []wire.Block
		want   string
	}{
		{"paragraph", []wire.Block{wire.P("Lead.")}, `<p><strong class="dateline">OSLO –</strong> Lead.</p>` + "\n"},
		{"list", []wire.Block{{Kind: wire.List, Items: []wire.Inline{"a"}}}, `<p><strong class="dateline">OSLO –</strong></p>` + "\n<ul><li>a</li></ul>\n"},
		{"another language", []wire.Block{{Kind: wire.Paragraph, Lang: "ar", Text: "س"}}, `<p><strong class="dateline">OSLO –</strong></p>` + "\n" + `<p lang="ar" dir="rtl">س</p>` + "\n"},
		{"nothing", nil, ""},
	} {
		if got := string(Blocks(c.blocks, "OSLO –", en)); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestTextBeyondTheSubsetIsMadeHarmless(t *testing.T) {
	got := string(Blocks([]wire.Block{
		{Kind: wire.Paragraph, Text: `<img src=x onerror=alert(1)>a`},
		{Kind: "iframe", Text: "b"},
		{Kind: wire.Quote, Lang: `"><script>`, Dir: "rtl", Text: "c"},
		{Kind: wire.Table, Rows: [][]wire.Inline{{"<script>"}, {"<b onclick=x>1"}}},
		{Kind: wire.List, Items: []wire.Inline{"<style>d"}},
	}, "", locale.For("en")))
	for _, bad := range []string{"<img", "<iframe", "<script", "onclick", "<style"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s is in %s", bad, got)
		}
	}
}

func TestColumnsOfFiguresAreAlignedAtTheEnd(t *testing.T) {
	for text, want := range map[string]bool{
		"1,414": true, "-4.1%": true, "+16.6%": true, "(312)": true, "EUR 3.2": true, "€ 12": true, "1 234": true, "٣٬٤٢٠": true, "−7": true, "12 €": true,
		"Arms": false, "Q3 2026": false, "2025 plan": false, "x1": false, "AS4": false, "S$ 5.2": true,
	} {
		columns := figureColumns([][]wire.Inline{{"h"}, {wire.PlainInline(text)}, {"–"}})
		if columns[0] != want {
			t.Errorf("%q: %v", text, columns[0])
		}
	}
	if columns := figureColumns([][]wire.Inline{{"h"}, {"1"}, {"one"}}); columns[0] {
		t.Error("one word makes a column of text")
	}
}

func TestPhonesCanBeDialledWhereTheyAreWhole(t *testing.T) {
	all := contacts([]wire.PressContact{{Phone: "+47 (22) 55-01-34"}, {Phone: "22 55 01 34"}, {Phone: "+"}, {Name: "x", MediaOnly: true}})
	if len(all) != 3 || all[0].Call != "tel:+4722550134" || all[1].Call != "" || all[2].Call != "" {
		t.Errorf("%+v", all)
	}
}

func TestDescriptionsAreCutBetweenWords(t *testing.T) {
	if got := shorten(strings.Repeat("word ", 50), 22); got != "word word word word…" {
		t.Errorf("%q", got)
	}
	if got := shorten(strings.Repeat("語", 30), 10); got != strings.Repeat("語", 10)+"…" {
		t.Errorf("%q", got)
	}
	if got := shorten(" a\n b ", 10); got != "a b" {
		t.Errorf("%q", got)
	}
}

func TestALiftedHoldBringsTheCorrectionBack(t *testing.T) {
	l := locale.For("en")
	history := []wire.Item{{Action: wire.Publish}, {Action: wire.Correct, Reason: "why"}, {Action: wire.Hold, Reason: "check"}}
	if b := banner(history, l); b == nil || b.Class != "held" {
		t.Errorf("%+v", b)
	}
	if b := banner(append(history, wire.Item{Action: wire.Unhold}), l); b == nil || b.Class != "corrected" || b.Reason != "why" {
		t.Errorf("%+v", b)
	}
	if b := banner(history[:1], l); b != nil {
		t.Errorf("%+v", b)
	}
}

func TestChangesCountParagraphsAsReadersDo(t *testing.T) {
	l := locale.For("en")
	for field, want := range map[string]string{
		"body/1": l.T("change.paragraph", "n", 1), // the first, see wire.Change
		"body/3": l.T("change.paragraph", "n", 3),
		"body/0": l.T("change.text"), // there is no such paragraph
		"body":   l.T("change.text"),
	} {
		if got := fieldName(field, l); got != want {
			t.Errorf("%s reads %q, want %q", field, got, want)
		}
	}
}
