package ingest

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func file(name, text string) Document { return Document{Name: name, Reader: strings.NewReader(text)} }

// told are pictures by their size, with what is said of them.
func told(pictures []wire.Picture) string {
	var b strings.Builder
	for _, p := range pictures {
		b.WriteString(strings.Join([]string{itoa(p.Width) + " " + p.Type + p.URL, p.Alt, p.Caption, p.Credit}, "|") + "\n")
	}
	return b.String()
}

func TestPicturesHandedInBesideTheText(t *testing.T) {
	yard, dock := pngOf(t, 30, 20), pngOf(t, 40, 20)
	const text = "Halden opens a yard\n\nThe yard opened today, the company said in Singapore.\n"
	with := func(front, text string) Document { return file("a.md", "---\nlanguage: en\n"+front+"---\n"+text) }
	for _, c := range []struct {
		name  string
		files []Document
		want  string
	}{
		{"all, where no text tells of them", []Document{with("", text), file("yard.png", yard), file("dock.png", dock)}, "30 image/png|||\n40 image/png|||\n"},
		{"pictures first", []Document{file("yard.png", yard), with("", text)}, "30 image/png|||\n"},
		{"the list's order, and its words", []Document{with("pictures:\n  - dock.png\n  - {file: yard.png, alt: A yard, caption: The yard & its dock, credit: Ingrid Moe}\n", text), file("yard.png", yard), file("dock.png", dock)},
			"40 image/png|||\n30 image/png|A yard|The yard & its dock|Ingrid Moe\n"},
		{"an empty list", []Document{with("pictures: []\n", text), file("yard.png", yard)}, ""},
		{"an address in the list", []Document{with("pictures: [{url: \"https://halden.example/a.jpg\", caption: A ferry}]\n", text)}, "0 image/jpeghttps://halden.example/a.jpg||A ferry|\n"},
		{"where Markdown shows them", []Document{with("", "# Halden opens a yard\n\n![The dock](images/dock.png \"Where ferries lie\")\n\nThe yard opened today, the company said.\n"), file("yard.png", yard), file("dock.png", dock)},
			"40 image/png|The dock|Where ferries lie|\n30 image/png|||\n"},
		{"where a page shows them", []Document{file("a.html", `<html lang="en"><h1>Halden opens a yard</h1><img src="yard%2Epng" alt="The yard" title="Today"><p>The yard opened today, the company said in Singapore.`), file("yard.png", yard)}, "30 image/png|The yard|Today|\n"},
		{"the picture's own words", []Document{with("", text), {Name: "yard.png", Reader: strings.NewReader(yard), Credit: "Ingrid Moe", Alt: map[string]string{"EN": "A yard"}, Caption: map[string]string{"en": "Today"}}}, "30 image/png|A yard|Today|Ingrid Moe\n"},
		{"a picture under a false name", []Document{with("", text), file("yard.txt", yard)}, "30 image/png|||\n"},
	} {
		r, _, err := ReadRelease(c.files, Options{Now: monday})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := told(r.Editions[0].Pictures); got != c.want || strings.Contains(wire.PlainText(r.Editions[0].Body), "yard.png") {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestEveryEditionSaysInItsOwnLanguageWhatIsOnAPicture(t *testing.T) {
	yard := file("yard.png", pngOf(t, 30, 20))
	yard.Caption = map[string]string{"en": "The yard", "de": "Die Werft"}
	r, findings, err := ReadRelease([]Document{
		file("en.md", "---\nlanguage: en\n---\n# Halden opens a yard\n\nThe yard opened today.\n"),
		file("ar.md", "---\nlanguage: ar\npictures: [{file: yard.png, caption: الحوض}]\n---\n# هالدن تفتتح حوضاً\n\nافتتح الحوض اليوم.\n"),
		file("de.docx", archive(t, map[string]string{"word/document.xml": paragraphOf("Halden eröffnet eine Werft. Die Werft wurde heute eröffnet, wie das Unternehmen mitteilte.")})),
		yard,
	}, Options{Now: monday})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"The yard", "الحوض", "Die Werft"} {
		if p := r.Editions[i].Pictures; len(p) != 1 || p[0].Caption != want {
			t.Errorf("%s: %+v", r.Editions[i].Language, p)
		}
	}
	if find(findings, "picture-unused") != nil {
		t.Errorf("%+v", findings)
	}
	_, findings, err = ReadRelease([]Document{
		file("en.md", "---\nlanguage: en\npictures: []\n---\n# Halden opens a yard\n\nThe yard opened today.\n"), file("yard.png", pngOf(t, 30, 20)),
	}, Options{Now: monday})
	if f := find(findings, "picture-unused"); err != nil || f == nil || f.File != "yard.png" {
		t.Errorf("%v %+v", err, findings)
	}
}

func TestPicturesThatCannotBeTakenAreRefusedByName(t *testing.T) {
	yard := pngOf(t, 30, 20)
	text := func(front string) Document {
		return file("a.md", "---\nlanguage: en\n"+front+"---\n# Halden opens a yard\n\nThe yard opened today.\n")
	}
	for _, c := range []struct {
		files []Document
		want  string
		kind  wire.Kind
	}{
		{[]Document{text(""), file("huge.png", hugePNG(100_000, 100_000))}, "huge.png: as a picture has 100000 × 100000 pixels; at most 100000000 are taken", wire.Exhausted},
		{[]Document{text(""), file("cut.png", yard[:20])}, "cut.png: as a picture is neither JPEG, PNG, WebP nor GIF", wire.Invalid},
		{[]Document{text(""), file("long.png", yard+strings.Repeat("x", 21<<20))}, "long.png: as a picture takes 20971521 bytes; at most 20971520 are taken", wire.Exhausted},
		{[]Document{text(""), file("a/yard.png", yard), file("b/yard.png", yard)}, "yard.png: was handed in twice; give the pictures different names", wire.Invalid},
		{[]Document{file("yard.png", yard)}, "documents: are pictures alone; a release needs text", wire.Invalid},
		{[]Document{text(""), {Name: "yard.png", Reader: strings.NewReader(yard), Caption: map[string]string{"ja": "造船所"}}}, "yard.png: has words in ja, but no document is in it", wire.Invalid},
		{[]Document{text(""), {Name: "yard.png", Reader: strings.NewReader(yard), Alt: map[string]string{"e n": "x"}}}, `yard.png: has words in "e n", which is no language`, wire.Invalid},
		{[]Document{text("pictures: [yard.jpg]\n"), file("yard.png", yard)}, "a.md:3: lists the picture “yard.jpg”, which was not handed in with it; hand it in beside the text", wire.Invalid},
		{[]Document{text("pictures: [{caption: x}]\n"), file("yard.png", yard)}, "a.md:3: has a picture that needs one of file and url", wire.Invalid},
		{[]Document{text("pictures: [{url: \"https://x.example/a.svg\"}]\n")}, "a.md:3: has a picture of no known type", wire.Invalid},
		{[]Document{text("pictures: [{url: \"javascript:x\", type: image/png}]\n")}, `a.md: en/pictures[0].url "javascript:x" is not an absolute http or https address`, wire.Invalid},
		{[]Document{text("pictures: [{file: yard.png, colour: red}]\n"), file("yard.png", yard)}, `a.md:3: a picture has the unknown key "colour"`, wire.Invalid},
		{[]Document{text(""), {Name: "yard.png", Reader: strings.NewReader(yard), Credit: "a\u202eb"}}, "a.md: en/pictures[0] has the character U+202E", wire.Invalid},
		{[]Document{text(""), file("a.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)}, "a.svg: it is an SVG picture, and pictures are JPEG, PNG, WebP or GIF", wire.Invalid},
	} {
		r, findings, err := ReadRelease(c.files, Options{Now: monday})
		if r != nil || findings != nil || wire.KindOf(err) != c.kind || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
	many := []Document{text("")}
	for i := range wire.MaxPictures + 1 {
		many = append(many, file(itoa(i)+".png", yard))
	}
	if _, _, err := ReadRelease(many, Options{Now: monday}); wire.KindOf(err) != wire.Exhausted {
		t.Errorf("%d pictures: %v", wire.MaxPictures+1, err)
	}
}

// A provider's document cannot name pictures that others handed in.
func TestADocumentAloneHasNoPicturesBesideIt(t *testing.T) {
	_, _, err := Read("a.md", strings.NewReader("---\nlanguage: en\npictures: [yard.png]\n---\n# Halden opens a yard\n\nThe yard opened.\n"), Options{Now: monday})
	if wire.KindOf(err) != wire.Invalid {
		t.Errorf("%v", err)
	}
	r, findings, err := Read("a.md", strings.NewReader("# Halden opens a yard\n\n![x](yard.png)\n\nThe yard opened today.\n"), Options{Language: "en", Now: monday})
	if err != nil || len(r.Editions[0].Pictures) != 0 || find(findings, "image-dropped") == nil {
		t.Errorf("%v %+v", err, findings)
	}
}
