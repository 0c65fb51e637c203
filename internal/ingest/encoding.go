package ingest

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

var declaredXML = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// legacyText converts text that is not UTF-8: by what the document declares, if
// it decodes so, else by what the bytes read as. name is "" where nothing fits.
func legacyText(raw []byte) (text, name string) {
	head := raw[:min(len(raw), 1024)]
	if m := declaredXML.FindSubmatch(head); m != nil {
		if e, _ := charset.Lookup(string(m[1])); e != nil {
			if text, ok := decodes(e, raw); ok {
				return text, string(m[1])
			}
		}
	}
	name = likelyEncoding(raw)
	if name == "" {
		return "", ""
	}
	e, _ := charset.Lookup(name)
	if e == nil {
		return "", ""
	}
	text, ok := decodes(e, raw)
	if !ok {
		return "", ""
	}
	return text, name
}

func decodes(e encoding.Encoding, raw []byte) (string, bool) {
	text, err := e.NewDecoder().Bytes(raw)
	return string(text), err == nil && utf8.Valid(text) && strings.Count(string(text), "\ufffd") <= len(text)/10_000
}

// escapes are the sequences that only ISO-2022-JP has (RFC 1468); a text in it is
// ASCII, and so UTF-8, byte by byte.
var escapes = regexp.MustCompile(`\x1b(?:\$[@B]|\([BJ])`)

func iso2022jp(raw []byte) (string, bool) {
	if !escapes.Match(raw) {
		return "", false
	}
	return decodes(japanese.ISO2022JP, raw)
}
