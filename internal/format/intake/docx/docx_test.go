package docx_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/wireroom/wireroom/internal/format/intake/docx"
)

// document is a Word document of some paragraphs, with other parts by name.
func document(t *testing.T, body string, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	write := func(name, text string) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("word/document.xml", `<w:document xmlns:w="w"><w:body>`+body+`</w:body></w:document>`)
	for name, text := range parts {
		write(name, text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsNotTextStaysOut(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"deleted under revision marks":  {`<w:p><w:r><w:t>It cost </w:t></w:r><w:del><w:r><w:delText>7</w:delText></w:r></w:del><w:ins><w:r><w:t>8</w:t></w:r></w:ins></w:p>`, "<p>It cost 8</p>\n"},
		"moved away and to":             {`<w:p><w:moveFrom><w:r><w:t>a</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>b</w:t></w:r></w:moveTo></w:p>`, "<p>b</p>\n"},
		"hidden":                        {`<w:p><w:r><w:t>a</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>b</w:t></w:r></w:p>`, "<p>a</p>\n"},
		"said not to be hidden or bold": {`<w:p><w:r><w:rPr><w:vanish w:val="0"/><w:b w:val="false"/></w:rPr><w:t>a</w:t></w:r></w:p>`, "<p>a</p>\n"},
		"the code of a field":           {`<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:fldSimple w:instr="DATE"><w:r><w:t>Monday</w:t></w:r></w:fldSimple></w:p>`, "<p>Monday</p>\n"},
		"the end of a page":             {`<w:p><w:r><w:t>a</w:t><w:br w:type="page"/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>`, "<p>ab<br>c</p>\n"},
		"an empty paragraph":            {`<w:p/><w:p><w:r><w:t> </w:t></w:r></w:p><w:p><w:r><w:t>a</w:t></w:r></w:p>`, "<p>a</p>\n"},
	} {
		all, err := docx.Read(document(t, c.body, nil))
		if err != nil || len(all) != 1 || all[0].Body != c.want {
			t.Errorf("%s: %+v, %v, want %q", name, all, err, c.want)
		}
	}
}

// Notes stand after the text, each under the mark that leads to it. What Word
// draws between text and notes is none.
func TestNotesFollowTheText(t *testing.T) {
	note := func(kind, id, text string) string {
		return `<w:` + kind + ` w:id="` + id + `"><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:` + kind + `>`
	}
	raw := document(t, `<w:p><w:r><w:t>Sales rose</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t> again.</w:t></w:r><w:r><w:endnoteReference w:id="5"/></w:r></w:p>`, map[string]string{
		"word/footnotes.xml": `<w:footnotes xmlns:w="w"><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>line</w:t></w:r></w:p></w:footnote>` + note("footnote", "2", "Without tax.") + note("footnote", "3", " ") + `</w:footnotes>`,
		"word/endnotes.xml":  `<w:endnotes xmlns:w="w">` + note("endnote", "5", "See the report.") + `</w:endnotes>`,
	})
	all, err := docx.Read(raw)
	const want = "<p>Sales rose[2] again.[5]</p>\n<p>[2]</p><p>Without tax.</p>\n<p>[5]</p><p>See the report.</p>\n"
	if err != nil || len(all) != 1 || all[0].Body != want {
		t.Errorf("%+v, %v, want %q", all, err, want)
	}
}
