package ingest

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func pngOf(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Word numbers pictures as they were put in, not as they are shown.
func TestPicturesOfAWordDocumentComeAlongInTheOrderOfTheText(t *testing.T) {
	show := func(id, alt string) string {
		return `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="Picture" descr="` + alt + `"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="` + id + `"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`
	}
	text := `<w:document xmlns:w="w" xmlns:wp="wp" xmlns:a="a" xmlns:pic="pic" xmlns:r="r"><w:body><w:p><w:r><w:t>Halden opens a yard</w:t></w:r></w:p><w:p><w:r><w:t>The yard at Halden opened today.</w:t></w:r></w:p>` +
		show("r2", "The yard from above") + show("r1", "The first ferry") + show("r2", "Again") + show("r3", "") + `</w:body></w:document>`
	raw := archive(t, map[string]string{
		"word/document.xml": text,
		"word/_rels/document.xml.rels": `<Relationships><Relationship Id="r1" Target="media/image1.png"/><Relationship Id="r2" Target="media/image2.png"/>` +
			`<Relationship Id="r3" Target="media/image3.png"/><Relationship Id="r4" Target="media/image4.emf"/></Relationships>`,
		"word/media/image1.png": pngOf(t, 8, 4), "word/media/image2.png": pngOf(t, 6, 4), "word/media/image3.png": pngOf(t, 1, 1), "word/media/image4.emf": "EMF",
	})
	r, findings, err := Read("a.docx", strings.NewReader(raw), Options{Now: monday, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	pictures := r.Editions[0].Pictures
	if len(pictures) != 2 {
		t.Fatalf("%d pictures", len(pictures))
	}
	for i, want := range []wire.Picture{
		{Type: "image/png", Width: 6, Height: 4, Alt: "The yard from above"},
		{Type: "image/png", Width: 8, Height: 4, Alt: "The first ferry"},
	} {
		got := pictures[i]
		if len(got.Data) == 0 || got.URL != "" {
			t.Errorf("%d: %d bytes at %q", i, len(got.Data), got.URL)
		}
		if got.Data = nil; got.Alt != want.Alt || got.Type != want.Type || got.Width != want.Width || got.Height != want.Height {
			t.Errorf("%d: %+v", i, got)
		}
	}
	told := false
	for _, f := range findings {
		told = told || f.Code == "pictures-kept-beside" && strings.Contains(f.Message, ": 2.")
	}
	if !told {
		t.Errorf("nothing is said of the pixel and of what is no picture: %+v", findings)
	}
}

func TestAPictureInSeveralSizesIsTakenInTheLargest(t *testing.T) {
	const item = `<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:a" version="1" standard="NewsML-G2" standardversion="2.35" xml:lang="en"><itemMeta><itemClass qcode="ninat:%s"/><pubStatus qcode="stat:usable"/></itemMeta>`
	raw := `<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>` +
		strings.Replace(item, "%s", "text", 1) + `<contentMeta><headline>Halden opens a yard</headline></contentMeta><contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>The yard at Halden opened today.</p></body></html></inlineXML></contentSet></newsItem>` +
		strings.Replace(strings.Replace(item, "%s", "picture", 1), "urn:a", "urn:p", 1) + `<contentMeta><headline>The yard</headline></contentMeta><contentSet>` +
		`<remoteContent href="https://p.example/s.jpg" contenttype="image/jpeg" width="100" height="60"/><remoteContent href="https://p.example/l.jpg" contenttype="image/jpeg" width="1000" height="600"/><remoteContent href="https://p.example/v.tiff" contenttype="image/tiff" width="4000" height="2400"/></contentSet></newsItem></itemSet></newsMessage>`
	r, _, err := Read("a.xml", strings.NewReader(raw), Options{Now: monday})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Editions[0].Pictures; len(p) != 1 || p[0].URL != "https://p.example/l.jpg" || p[0].Width != 1000 || p[0].Caption != "The yard" {
		t.Errorf("%+v", p)
	}
}
