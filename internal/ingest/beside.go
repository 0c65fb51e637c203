package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/wire"
)

// ReadRelease reads documents that are one release, an edition each, the first of
// them the source text; and the pictures that are handed in beside them. An
// edition has the pictures that its front matter lists, in that order; without a
// list, those that its text shows by their names, and then all others.
//
// What is said of a picture is taken from the front matter, failing that from the
// place where the text shows it, failing that from the picture's own Document.
// Errors are those of Read and Combine; Invalid, too, where there is no text, two
// pictures have one name, or words are in a language that no document is in.
func ReadRelease(documents []Document, o Options) (*wire.Release, []Finding, error) {
	texts, err := o.putAside(documents)
	if err != nil {
		return nil, nil, err
	}
	if len(texts) == 0 && len(o.beside) > 0 {
		return nil, nil, wire.Errorf(wire.Invalid, "documents", "are pictures alone; a release needs text")
	}
	var parts []*wire.Release
	var findings []Finding
	for _, document := range texts {
		d, err := read(document.Name, document.Reader, o)
		if err != nil {
			return nil, nil, err
		}
		parts, findings = append(parts, d.release), append(findings, d.findings...)
	}
	r, err := Combine(parts)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range o.beside {
		if err := b.spoken(r); err != nil {
			return nil, nil, err
		}
		if !b.taken {
			findings = append(findings, Finding{File: b.name, Severity: Warning, Code: "picture-unused", Message: "No document lists the picture, so it was left out."})
		}
	}
	return r, findings, nil
}

// beside is a picture that was handed in beside the documents.
type beside struct {
	name         string
	picture      wire.Picture // with what goes for every language: the credit
	alt, caption map[string]string
	taken        bool // by an edition
}

// putAside takes the pictures out of what was handed in. What begins like a
// picture is one, whatever it is called.
func (o *Options) putAside(documents []Document) (texts []Document, err error) {
	for _, document := range documents {
		start := make([]byte, picture.Start)
		n, err := io.ReadFull(document.Reader, start)
		document.Reader = io.MultiReader(bytes.NewReader(start[:n]), document.Reader)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || !picture.Claims(start[:n]) {
			texts = append(texts, document) // whose reading fails in the same way
			continue
		}
		b, err := asPicture(document)
		if err != nil {
			return nil, err
		}
		if o.picture(b.name) != nil {
			return nil, wire.Errorf(wire.Invalid, b.name, "was handed in twice; give the pictures different names")
		}
		o.beside = append(o.beside, b)
	}
	return texts, nil
}

func asPicture(document Document) (*beside, error) {
	b := &beside{name: displayName(path.Base(document.Name))}
	raw, err := io.ReadAll(io.LimitReader(document.Reader, picture.MaxBytes+1))
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, b.name, "could not be read to its end; send it again: %w", err)
	}
	p := &b.picture
	p.Data, p.Credit = raw, document.Credit
	if p.Type, p.Width, p.Height, err = picture.Look(raw); err != nil {
		return nil, wire.Errorf(wire.KindOf(err), b.name, "as a picture %s", err.(*wire.Error).Message)
	}
	b.alt, err = byLanguage(b.name, document.Alt)
	if err == nil {
		b.caption, err = byLanguage(b.name, document.Caption)
	}
	return b, err
}

// byLanguage brings the languages of words to the form that editions have.
func byLanguage(name string, words map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for tag, text := range words {
		language, err := canonical(tag)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, name, "has words in %q, which is no language: %w", tag, err)
		}
		out[language] = text
	}
	return out, nil
}

// spoken makes sure that a picture's words have readers.
func (b *beside) spoken(r *wire.Release) error {
	for _, words := range []map[string]string{b.alt, b.caption} {
		for _, language := range slices.Sorted(maps.Keys(words)) {
			if !slices.ContainsFunc(r.Editions, func(e wire.Edition) bool { return e.Language == language }) {
				return wire.Errorf(wire.Invalid, b.name, "has words in %s, but no document is in it", language)
			}
		}
	}
	return nil
}

// picture finds a picture that was handed in by what a document calls it; nil if
// there is none. Documents say where it lay with whoever wrote them: its name
// alone counts.
func (o *Options) picture(called string) *beside {
	if decoded, err := url.PathUnescape(called); err == nil {
		called = decoded
	}
	name := displayName(path.Base(strings.ReplaceAll(called, `\`, "/")))
	i := slices.IndexFunc(o.beside, func(b *beside) bool { return b.name == name })
	if i < 0 {
		return nil
	}
	return o.beside[i]
}

// pictureWords are what a document says of a picture.
type pictureWords struct {
	file string // its name; "" where the address says which it is
	line int
	wire.Picture
}

// shows notes that the text shows a picture that was handed in, and reports
// whether it does.
func (d *document) shows(source, alt, caption string) bool {
	b := d.options.picture(source)
	if b == nil {
		return false
	}
	d.shown = append(d.shown, pictureWords{file: b.name, Picture: wire.Picture{Alt: d.clean(alt), Caption: d.clean(caption)}})
	return true
}

// takePictures gives the editions their pictures, and checks the release with
// them.
func (d *document) takePictures() error {
	if len(d.options.beside) == 0 && d.front.Pictures == nil {
		return nil
	}
	for i := range d.release.Editions {
		e := &d.release.Editions[i]
		for _, words := range d.pictureList() {
			if words.file == "" {
				e.Pictures = append(e.Pictures, words.Picture)
				continue
			}
			b := d.options.picture(words.file)
			if b == nil {
				return d.fail(words.line, "lists the picture %s, which was not handed in with it; hand it in beside the text", quote(words.file))
			}
			b.taken = true
			p := b.picture
			p.Alt, p.Caption = cmp.Or(words.Alt, b.alt[e.Language]), cmp.Or(words.Caption, b.caption[e.Language])
			p.Credit = cmp.Or(words.Credit, p.Credit)
			e.Pictures = append(e.Pictures, p)
		}
	}
	return d.check()
}

// pictureList is which pictures the document has, in their order.
func (d *document) pictureList() []pictureWords {
	if d.front.Pictures != nil {
		return d.front.Pictures
	}
	var list []pictureWords
	add := func(p pictureWords) {
		if !slices.ContainsFunc(list, func(q pictureWords) bool { return q.file == p.file }) {
			list = append(list, p)
		}
	}
	for _, p := range d.shown {
		add(p)
	}
	for _, b := range d.options.beside {
		add(pictureWords{file: b.name})
	}
	return list
}

// setPictures reads the list of pictures: names, or what is said of each.
func (d *document) setPictures(n ast.Node) error {
	d.front.Pictures = []pictureWords{} // none, where the list is empty
	return d.each(n, func(n ast.Node) error {
		p := pictureWords{line: frontLine(n)}
		if name, ok := scalar(n); ok {
			p.file = name
			if name == "" {
				return nil
			}
		} else {
			fields := map[string]*string{"file": &p.file, "url": &p.URL, "type": &p.Type, "alt": &p.Alt, "caption": &p.Caption, "credit": &p.Credit}
			if err := d.mapping(n, "a picture", func(key string, value ast.Node) (known bool, err error) {
				field, known := fields[key]
				if known {
					*field, err = d.word(value, "picture "+key)
				}
				return known, err
			}, "file or url, type, alt, caption and credit"); err != nil {
				return err
			}
		}
		if (p.file == "") == (p.URL == "") {
			return d.fail(p.line, "has a picture that needs one of file and url: the name of a picture handed in beside the text, or an address")
		}
		if p.URL != "" {
			if p.Type = pictureType(article.Picture{URL: p.URL, Type: p.Type}); p.Type == "" {
				return d.fail(p.line, "has a picture of no known type; give its type: image/jpeg, image/png, image/webp or image/gif")
			}
		}
		d.front.Pictures = append(d.front.Pictures, p)
		return nil
	})
}
