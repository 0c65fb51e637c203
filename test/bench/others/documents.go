package others

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"
	"github.com/gorilla/feeds"
	"github.com/jhillyerd/enmime/v2"
	"github.com/mmcdole/gofeed"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/document"
)

// Codec reads or writes the documents of a set with a plain library: what a
// program does at the least before it knows anything of news.
type Codec struct {
	Name string
	Run  func(i int) (bytes int, err error) // document i of the set; bytes read or written
}

// Readers are the libraries that read a set.
func Readers(s *document.Set) []Codec {
	read := func(name string, parse func([]byte) error) Codec {
		return Codec{name, func(i int) (int, error) { return len(s.Documents[i]), parse(s.Documents[i]) }}
	}
	switch s.Family {
	case document.XML:
		return []Codec{read("encoding/xml, tokens", xmlTokens), read("etree", etreeRead)}
	case document.JSON:
		return []Codec{read("encoding/json", jsonTree)}
	case document.RSS, document.Atom:
		return []Codec{read("encoding/xml, tokens", xmlTokens), read("gofeed", gofeedRead)}
	case document.JSONFeed:
		return []Codec{read("encoding/json", jsonTree), read("gofeed", gofeedRead)}
	case document.Word:
		return []Codec{read("zip, encoding/xml, tokens", wordTokens)}
	case document.HTML:
		return []Codec{read("x/net/html", func(b []byte) error { _, err := html.Parse(bytes.NewReader(b)); return err })}
	case document.Markdown:
		m := goldmark.New(goldmark.WithExtensions(extension.GFM))
		return []Codec{read("goldmark, to HTML", func(b []byte) error { return m.Convert(b, io.Discard) })}
	case document.Mail:
		return []Codec{read("enmime", func(b []byte) error { _, err := enmime.ReadEnvelope(bytes.NewReader(b)); return err })}
	}
	return nil
}

// Writers are the libraries that write a set: the same documents, or the same
// items where the library writes feeds.
func Writers(s *document.Set) ([]Codec, error) {
	switch s.Family {
	case document.XML:
		tokens, err := perDocument(s, tokensOf)
		if err != nil {
			return nil, err
		}
		trees, err := perDocument(s, func(b []byte) (*etree.Document, error) { d := etree.NewDocument(); return d, d.ReadFromBytes(b) })
		return []Codec{
			{"encoding/xml, tokens", func(i int) (int, error) { return writeTokens(tokens[i]) }},
			{"etree", func(i int) (int, error) { b, err := trees[i].WriteToBytes(); return len(b), err }},
		}, err
	case document.JSON:
		trees, err := perDocument(s, func(b []byte) (any, error) {
			var tree any
			err := json.Unmarshal(b, &tree)
			return tree, err
		})
		return []Codec{{"encoding/json", func(i int) (int, error) { b, err := json.Marshal(trees[i]); return len(b), err }}}, err
	case document.RSS, document.Atom, document.JSONFeed:
		return []Codec{{"gorilla/feeds", func(i int) (int, error) { return gorillaFeed(s.Family, s.Items[i]) }}}, nil
	case document.Word:
		parts, err := perDocument(s, partsOf)
		return []Codec{{"zip alone", func(i int) (int, error) { return writeParts(parts[i]) }}}, err
	}
	return nil, nil
}

// perDocument prepares something of every document.
func perDocument[T any](s *document.Set, prepare func([]byte) (T, error)) ([]T, error) {
	all := make([]T, len(s.Documents))
	for i, b := range s.Documents {
		var err error
		if all[i], err = prepare(b); err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", s.Name, i+1, err)
		}
	}
	return all, nil
}

func xmlTokens(b []byte) error { return readTokens(bytes.NewReader(b), func(xml.Token) {}) }

func readTokens(r io.Reader, see func(xml.Token)) error {
	d := xml.NewDecoder(r)
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		see(t)
	}
}

// tokensOf are the tokens of a document with their names as they stand in it:
// the encoder declares prefixes of its own otherwise.
func tokensOf(b []byte) ([]xml.Token, error) {
	var all []xml.Token
	plain := func(n xml.Name) xml.Name {
		if n.Space != "" {
			n.Local = n.Space + ":" + n.Local
		}
		return xml.Name{Local: n.Local}
	}
	err := readTokens(bytes.NewReader(b), func(t xml.Token) {
		switch t := xml.CopyToken(t).(type) {
		case xml.StartElement:
			t.Name = plain(t.Name)
			for i := range t.Attr {
				t.Attr[i].Name = plain(t.Attr[i].Name)
			}
			all = append(all, t)
		case xml.EndElement:
			all = append(all, xml.EndElement{Name: plain(t.Name)})
		default:
			all = append(all, t)
		}
	})
	return all, err
}

func writeTokens(tokens []xml.Token) (int, error) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	for _, t := range tokens {
		if err := e.EncodeToken(t); err != nil {
			return 0, err
		}
	}
	err := e.Close()
	return b.Len(), err
}

func etreeRead(b []byte) error { return etree.NewDocument().ReadFromBytes(b) }

func jsonTree(b []byte) error {
	var tree any
	return json.Unmarshal(b, &tree)
}

func gofeedRead(b []byte) error {
	_, err := gofeed.NewParser().Parse(bytes.NewReader(b))
	return err
}

// part is a file of an archive.
type part struct {
	name string
	data []byte
}

func partsOf(b []byte) ([]part, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var all []part
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		all = append(all, part{f.Name, data})
	}
	return all, nil
}

func writeParts(parts []part) (int, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write(p.data)
		}
		if err != nil {
			return 0, err
		}
	}
	err := z.Close()
	return b.Len(), err
}

func wordTokens(b []byte) error {
	parts, err := partsOf(b)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if strings.HasSuffix(p.name, ".xml") || strings.HasSuffix(p.name, ".rels") {
			if err := xmlTokens(p.data); err != nil {
				return err
			}
		}
	}
	return nil
}

// gorillaFeed writes the items as far as the library has room for them: no
// language, no pictures, no hub, no translations.
func gorillaFeed(family document.Family, items []wire.Item) (int, error) {
	site := formattest.Site()
	f := feeds.Feed{Title: site.Name, Link: &feeds.Link{Href: site.FrontURL(items[0].Language, "")}, Created: items[0].ClearTime}
	for i := range items {
		it := &items[i]
		f.Items = append(f.Items, &feeds.Item{
			Id: string(it.ID), Title: it.Headline, Link: &feeds.Link{Href: site.ItemURL(it)}, Author: &feeds.Author{Name: it.Organisation},
			Description: it.Body[0].PlainText(), Created: it.First, Updated: it.ClearTime,
			Content: wire.HTML(it.Body) + wire.HTML(it.Boilerplate) + wire.HTML(it.Disclaimer),
		})
	}
	write := map[document.Family]func() (string, error){document.RSS: f.ToRss, document.Atom: f.ToAtom, document.JSONFeed: f.ToJSON}[family]
	text, err := write()
	return len(text), err
}
