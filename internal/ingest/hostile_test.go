package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
)

// archive packs parts as a zip.
func archive(t testing.TB, parts map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// paragraphOf is a word processing document of one paragraph.
func paragraphOf(text string) string {
	return `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`
}

// hugePNG is the header of a picture that claims so many pixels.
func hugePNG(width, height uint32) string {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, width), height)
	b = append(b, 8, 2, 0, 0, 0)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:])))
}

func TestHostileDocumentsAreRefusedWithPlaceAndReason(t *testing.T) {
	item := func(meta, body string) string {
		return `<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="x" xml:lang="en"><itemMeta><itemClass qcode="ninat:text"/>` + meta + `</itemMeta><contentMeta><headline>A headline</headline></contentMeta><contentSet><inlineXML>` + body + `</inlineXML></contentSet></newsItem>`
	}
	text := strings.Repeat("word ", 40)
	for _, c := range []struct {
		name, file, text, want string
		kind                   wire.Kind
	}{
		{"entity bomb", "a.xml", `<!DOCTYPE nitf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><nitf>&b;</nitf>`, "a.xml: line 1: declares entities, which are not read; write the characters themselves", wire.Invalid},
		{"file of the machine", "a.xml", `<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]><nitf><body>&x;</body></nitf>`, "a.xml: line 1: declares entities, which are not read; write the characters themselves", wire.Invalid},
		{"unknown entity", "a.xml", "<nitf>\n<body>&x;</body></nitf>", "a.xml: line 2, <body>: is not well-formed XML: invalid character entity &x;", wire.Invalid},
		{"deep XML", "a.xml", "<nitf>" + strings.Repeat("<a>", 500), fmt.Sprintf("a.xml: line 1, <a>: has elements nested more than %d deep", tree.MaxDepth), wire.Exhausted},
		{"many elements", "a.xml", "<nitf>" + strings.Repeat("<a/>", tree.MaxNodes+1), "a.xml: line 1, <nitf>: has more than 200000 elements and attributes; send fewer stories at a time", wire.Exhausted},
		{"many attributes", "a.xml", "<nitf>" + strings.Repeat(`<a b="" c="" d="" e="" f="" g="" h="" i="" j=""/>`, tree.MaxNodes/10+1), "a.xml: line 1, <nitf>: has more than 200000 elements and attributes; send fewer stories at a time", wire.Exhausted},
		{"XML that is too long", "a.xml", "<nitf>" + strings.Repeat("x", tree.MaxBytes), "a.xml: XML: is larger than 8388608 bytes; send fewer stories at a time", wire.Exhausted},
		{"cut off", "a.xml", "<nitf>\n<body>\n<p>te", "a.xml: line 3, <p>: ends in the middle of an element; send the whole file", wire.Invalid},
		{"wrong order", "a.xml", "<nitf>\n<a></b></nitf>", "a.xml: line 2, <a>: is not well-formed XML: element <a> closed by </b>", wire.Invalid},
		{"deep JSON", "a.json", `{"uri": "x", "headline": ` + strings.Repeat(`{"a":`, 500), fmt.Sprintf(`a.json: line 1, "a": is nested more than %d deep`, tree.MaxDepth), wire.Exhausted},
		{"deep JSON list", "a.json", `{"uri": "x", "headline": ` + strings.Repeat(`[`, 500), fmt.Sprintf(`a.json: line 1, "headline": is nested more than %d deep`, tree.MaxDepth), wire.Exhausted},
		{"member twice", "a.json", "{\"uri\": \"x\",\n\"headline\": \"a\",\n\"headline\": \"b\"}", `a.json: line 3, "headline": has this member twice`, wire.Invalid},
		{"JSON cut off", "a.json", "{\"uri\": \"x\",\n\"headline\": \"a", "a.json: line 2, \"headline\": ends in the middle of a value; send the whole file", wire.Invalid},
		{"status that is not known", "a.xml", item(`<pubStatus qcode="stat:maybe"/>`, "<p>"+text+"</p>"), `a.xml: says what is not understood, and must be understood before it is used: pubStatus "stat:maybe" is not known`, wire.Invalid},
		{"embargo without zone", "a.xml", item("\n<embargoed>2026-11-24T08:00:00</embargoed>", "<p>"+text+"</p>"), `a.xml: says what is not understood, and must be understood before it is used: embargoed "2026-11-24T08:00:00" (line 2) is no time with a zone`, wire.Invalid},
		{"concept", "a.xml", `<conceptItem xmlns="http://iptc.org/std/nar/2006-10-01/"/>`, "a.xml: line 1, <conceptItem>: is a conceptItem, which tells of things and plans; the wire takes stories: newsItem, packageItem, newsMessage", wire.Invalid},
		{"other XML", "a.xml", `<?xml version="1.0"?><invoice/>`, "a.xml: its root element <invoice> is none that is read; save it as plain text (.txt), Markdown (.md), HTML (.html) or DOCX, or send it in a format of the trade", wire.Invalid},
		{"withdrawal by hand", "a.xml", item(`<pubStatus qcode="stat:canceled"/>`, ""), "a.xml: withdraws the story “x”; hold or kill the release that it is here", wire.Invalid},
		{"deep body", "a.xml", "<nitf><body><body.content>" + strings.Repeat("<block>", 300), fmt.Sprintf("a.xml: line 1, <block>: has elements nested more than %d deep", tree.MaxDepth), wire.Exhausted},

		{"zip bomb", "a.docx", archive(t, map[string]string{"word/document.xml": strings.Repeat(" ", 65<<20)}), "a.docx: word/document.xml: unpacks to more than 67108864 bytes; it is refused as a zip bomb", wire.Exhausted},
		{"zip of many", "a.docx", archive(t, func() map[string]string {
			parts := map[string]string{"word/document.xml": paragraphOf(text)}
			for i := range 2_001 {
				parts[fmt.Sprint("x", i)] = ""
			}
			return parts
		}()), "a.docx: docx: has 2002 parts; at most 2000 are read", wire.Exhausted},
		{"broken document", "a.docx", archive(t, map[string]string{"word/document.xml": "<w:document>\n<w:body>"}), "a.docx: word/document.xml, line 2, <body>: ends in the middle of an element; send the whole file", wire.Invalid},
		{"huge picture", "a.docx", archive(t, map[string]string{
			"word/document.xml": paragraphOf(text), "word/_rels/document.xml.rels": `<Relationships><Relationship Id="r" Target="media/a.png"/></Relationships>`, "word/media/a.png": hugePNG(100_000, 44_000),
		}), "a.docx: word/media/a.png: has 100000 × 44000 pixels; at most 100000000 are taken", wire.Exhausted},
		{"zip without document", "a.docx", "PK\x03\x04" + strings.Repeat("x", 100), "a.docx: is a zip archive or an Office document (docx, odt), not text; save it as plain text, Markdown, HTML or DOCX", wire.Invalid},
		{"nested message", "a.eml", "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\nContent-Type: multipart/mixed; boundary=a\n\n", 20), "", wire.Invalid},
		{"message of many parts", "a.eml", "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\n\nx\n", 300) + "--a--\n", "a.eml: message: has more than 200 parts", wire.Exhausted},
		{"header without end", "a.iptc", "\x01agy062 4 i 211", "", wire.Invalid},
		{"header of something else", "a.iptc", "\x01hello\x02text\x03", "a.iptc: line 1: has a header that is not source, number, priority and category, such as dpa062 4 pl 211", wire.Invalid},
		{"list", "a.json", "[{}]", "a.json: it is a JSON list; send an object for each story, or JSON Feed; save it as plain text (.txt), Markdown (.md), HTML (.html) or DOCX, or send it in a format of the trade", wire.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _, err := Read(c.file, strings.NewReader(c.text), Options{Language: "en", Now: monday})
			if r != nil || err == nil || wire.KindOf(err) != c.kind && c.want != "" || c.want != "" && err.Error() != c.want {
				t.Errorf("%+v\n err %v (%s)\nwant %s (%s)", r, err, wire.KindOf(err), c.want, c.kind)
			}
		})
	}
}

// What can be cleaned is cleaned, and the desk is told.
func TestHostilePartsAreTakenOutWithAFinding(t *testing.T) {
	nitf := func(headline, body string) string {
		return `<nitf><body xml:lang="en"><body.head><hedline><hl1>` + headline + `</hl1></hedline></body.head><body.content>` + body + `</body.content></body></nitf>`
	}
	rss := func(body string) string {
		return `<rss version="2.0"><channel><language>en</language><item><title>A headline</title><guid>1</guid><description><![CDATA[` + body + `]]></description></item></channel></rss>`
	}
	plain := "<p>The company opened a second yard.</p>"
	for _, c := range []struct{ name, file, text, code string }{
		{"control characters", "a.xml", nitf("A\x08 head\x7fline", plain), "characters-removed"},
		{"override in the headline", "a.xml", nitf("A headline\u202e", plain), "characters-removed"},
		{"override in the text", "a.xml", nitf("A headline", "<p>The company \u202eopened\u202c a second yard.</p>"), "characters-removed"},
		{"script", "a.xml", rss(plain + "<script>alert(1)</script>"), "script-dropped"},
		{"script in SVG", "a.xml", rss(plain + "<svg onload=alert(1)><script>alert(1)</script></svg>"), "embed-dropped"},
		{"event handler", "a.xml", rss(`<p onmouseover="alert(1)">The company opened a second yard.</p>`), "handler-dropped"},
		{"javascript link", "a.xml", rss(plain + `<a href="java&#10;script:alert(1)">x</a>`), "link-dropped"},
		{"relative link", "a.xml", rss(plain + `<a href="/x">x</a>`), "link-dropped"},
		{"link without scheme", "a.xml", rss(plain + `<a href="//evil.example/x">x</a>`), "link-dropped"},
		{"data link", "a.xml", rss(plain + `<a href="data:text/html,x">x</a>`), "link-dropped"},
		{"counting pixel", "a.xml", rss(plain + `<img src="https://t.example/x" width="1" height="1">`), "tracker-dropped"},
		{"reversal", "a.xml", rss(plain + `<bdo dir="rtl">100</bdo>`), "override-dropped"},
		{"hidden text", "a.xml", rss(plain + `<p style="display:none">secret</p>`), "hidden-dropped"},
		{"script on a page", "a.html", "<h1>A headline</h1>" + plain + `<script src="https://evil.example/x.js"></script>`, "script-dropped"},
		{"SVG on a page", "a.html", "<h1>A headline</h1>" + plain + `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a><foreignObject><script>alert(1)</script></foreignObject></svg>`, "embed-dropped"},
		{"frame on a page", "a.html", "<h1>A headline</h1>" + plain + `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, "embed-dropped"},
		{"link on a page", "a.html", "<h1>A headline</h1>" + plain + `<p><a href="&#106;avascript&colon;alert(1)">x</a></p>`, "link-dropped"},
		{"link in VBScript", "a.html", "<h1>A headline</h1>" + plain + `<p><a href="vbscript:alert(1)">x</a></p>`, "link-dropped"},
		{"broken-out attribute", "a.html", `<h1>A headline</h1><p title='"><script>alert(1)</script>'>The company opened a second yard.</p><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, "embed-dropped"},
		{"override on a page", "a.html", "<h1>A headline</h1><p>The company \u202eopened\u202c a second yard.</p>", "characters-removed"},
		{"script in Markdown", "a.md", "# A headline\n\nThe company opened a second yard.\n\n<script>alert(1)</script>\n", "script-dropped"},
		{"link in Markdown", "a.md", "# A headline\n\nThe company opened a [yard](javascript:alert(1)).\n", "link-dropped"},
		{"picture in Markdown", "a.md", "# A headline\n\nThe company opened a yard. ![x](https://t.example/x.svg)\n", "image-dropped"},
		{"override in a text", "a.txt", "A headline\n\nThe company \u202eopened\u202c a second yard.\n", "characters-removed"},
		{"control characters in a text", "a.txt", "A headline\n\nThe company\b opened\x1b[31m a second yard.\n", "characters-removed"},
		{"script in ninjs", "a.json", `{"uri":"x","headline":"A headline","language":"en","body_html":"<p>The company opened a second yard.</p><script>alert(1)</script>"}`, "script-dropped"},
		{"override in ninjs", "a.json", `{"uri":"x","headline":"A head\u202eline","language":"en","body_html":"<p>The company opened a second yard.</p>"}`, "characters-removed"},
		{"script in a letter", "a.eml", "From: a@b.example\nSubject: A headline\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + plain + "<script>alert(1)</script>", "script-dropped"},
		{"link in a Word document", "a.docx", archive(t, map[string]string{
			"word/document.xml":            `<w:document xmlns:w="w" xmlns:r="r"><w:body><w:p><w:r><w:t>A headline</w:t></w:r></w:p><w:p><w:hyperlink r:id="r1"><w:r><w:t>The company opened a second yard.</w:t></w:r></w:hyperlink></w:p></w:body></w:document>`,
			"word/_rels/document.xml.rels": `<Relationships><Relationship Id="r1" Target="javascript:alert(1)" TargetMode="External"/></Relationships>`,
		}), "link-dropped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, findings, err := Read(c.file, strings.NewReader(c.text), Options{Now: monday, Language: "en"})
			if err != nil || find(findings, c.code) == nil {
				t.Fatalf("%+v, %v", findings, err)
			}
			html := r.Editions[0].Headline + wire.HTML(r.Editions[0].Body)
			for _, evil := range []string{"script", "alert", "\u202e", "\b", "evil", "t.example", "secret", "data:", "href=", "\x1b"} {
				if strings.Contains(html, evil) {
					t.Errorf("%q is left in %s", evil, html)
				}
			}
		})
	}
}

// Tables inside of tables become text; nothing grows with their depth.
func TestNestedTablesStaySmall(t *testing.T) {
	body := strings.Repeat("<table><tr><td>", 40) + "The company opened a second yard." + strings.Repeat("</td></tr></table>", 40)
	r, _, err := Read("a.xml", strings.NewReader(`<nitf><body><body.head><hedline><hl1>A headline</hl1></hedline></body.head><body.content>`+body+`</body.content></body></nitf>`), Options{Language: "en", Now: monday})
	if err != nil || len(r.Editions[0].Body) != 1 || r.Editions[0].Body[0].PlainText() != "The company opened a second yard." {
		t.Errorf("%+v, %v", r, err)
	}
}

// What is refused is refused before it grows: the bound is what unpacking to the
// limit takes, a slice that doubles included.
func TestRefusedDocumentsTakeLittleMemory(t *testing.T) {
	const most = 400 << 20
	lying := []byte(archive(t, map[string]string{"word/document.xml": strings.Repeat(" ", 200<<20)}))
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[at+24:], 1000) // its uncompressed size (APPNOTE 4.3.12)
	entities := "<!DOCTYPE nitf [<!ENTITY a0 \"aaaaaaaaaa\">"
	for i := range 20 {
		entities += fmt.Sprintf("<!ENTITY a%d %q>", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	for _, c := range []struct{ name, file, text string }{
		{"entity bomb", "a.xml", entities + "]><nitf><body>&a20;</body></nitf>"},
		{"zip that lies about its size", "a.docx", string(lying)},
		{"zip bomb", "a.docx", archive(t, map[string]string{"word/document.xml": strings.Repeat(" ", 200<<20)})},
		{"huge picture", "a.docx", archive(t, map[string]string{
			"word/document.xml": paragraphOf("text"), "word/_rels/document.xml.rels": `<Relationships><Relationship Id="r" Target="media/a.png"/></Relationships>`, "word/media/a.png": hugePNG(1_000_000, 1_000_000),
		})},
		{"long number", "a.json", `{"uri":"x","pubstatus":"usable","urgency":1e` + strings.Repeat("9", 9<<20) + `}`},
		{"many elements", "a.xml", "<nitf>" + strings.Repeat("<a/>", tree.MaxNodes+1)},
		{"base64 without end", "a.eml", "From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("QUFBQUFBQUFB\n", 1<<20)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := Read(c.file, strings.NewReader(c.text), Options{Now: monday, Language: "en"})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s: %d MB of memory, %v", c.name, took>>20, err)
		} else {
			t.Logf("%s: %d MB, %v", c.name, took>>20, err)
		}
		if kind := wire.KindOf(err); err == nil || kind != wire.Invalid && kind != wire.Exhausted {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
