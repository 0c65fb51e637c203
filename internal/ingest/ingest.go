package ingest

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// DefaultMaxBytes bounds a document where Options.MaxBytes is 0.
const DefaultMaxBytes = 2_000_000

// Severities of findings. A document with an "error" is not read at all: its
// error is returned instead, so findings are warnings and notes.
const (
	Warning = "warning" // an editor should look
	Note    = "note"    // what was read out of the text, for the record
)

// Finding is something the desk should know about a document that was read.
type Finding struct {
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"` // from 1; 0 where it is about the whole document
	Severity string `json:"severity"`       // "warning" or "note"
	Code     string `json:"code"`           // stable, for programs: "language-guessed"
	Message  string `json:"message"`        // one sentence for people; may quote unreleased text
}

// Provider is a third-party source that the house knows.
type Provider struct {
	Name  string
	URL   string
	Line  string   // attribution as the licence demands it
	Marks []string // how its datelines name it, where that is not Name
}

// Options are what the caller knows about a document beyond its text.
type Options struct {
	Language  string    // BCP 47, where the document itself does not say; "" to guess
	Now       time.Time // completes datelines without a year; zero for the machine's clock
	MaxBytes  int64     // of one document; 0 for DefaultMaxBytes
	Providers []Provider

	beside []*beside // the pictures that were handed in
}

// Document is one file to read.
type Document struct {
	Name   string // its extension says how to read it
	Reader io.Reader

	// Of a picture alone, where the documents beside it say nothing of it: who must
	// be named, and its words by language (BCP 47).
	Credit       string
	Alt, Caption map[string]string
}

// Read makes a draft release with one edition of a document. name says, by its
// extension, what it is (.txt, .md, .html; content decides where it does not)
// and is named in findings and errors.
//
// Its error is a *wire.Error: Invalid (Field is file and, where known, line),
// Exhausted for what is too large or nested too deeply, Unavailable when r
// fails. With an error the release is nil. The release has no id; it passes
// Check. Read may be called concurrently.
func Read(name string, r io.Reader, o Options) (*wire.Release, []Finding, error) {
	d, err := read(name, r, o)
	if err != nil {
		return nil, nil, err
	}
	return d.release, d.findings, nil
}

// ReadAll reads several documents. Those whose front matter has the same
// "release" key become one release with an edition each, the first of them the
// source text; every other document is a release by itself. Releases come in
// the order of their first document. Errors are those of Read and Combine; the
// first one ends the work and no release is returned.
func ReadAll(documents []Document, o Options) ([]*wire.Release, []Finding, error) {
	var groups [][]*wire.Release
	var findings []Finding
	at := map[string]int{} // release key → index in groups
	for _, document := range documents {
		d, err := read(document.Name, document.Reader, o)
		if err != nil {
			return nil, nil, err
		}
		findings = append(findings, d.findings...)
		key := d.front.Release
		if i, known := at[key]; known && key != "" {
			groups[i] = append(groups[i], d.release)
			continue
		}
		at[key] = len(groups)
		groups = append(groups, []*wire.Release{d.release})
	}
	releases := make([]*wire.Release, len(groups))
	for i, group := range groups {
		var err error
		if releases[i], err = Combine(group); err != nil {
			return nil, nil, err
		}
	}
	return releases, findings, nil
}

// document is a file on its way to a release.
type document struct {
	name     string
	options  Options
	front    frontMatter
	blocks   []block
	title    *running       // headline that the markup itself names; nil if none
	language string         // that the markup itself names; "" if none
	shown    []pictureWords // pictures handed in beside it, where the text shows them
	findings []Finding
	counts   map[string]int // findings by code
	release  *wire.Release

	datelineIn int // index in blocks that the dateline was taken from; -1 for none
}

// read reads one document. The parsers of Markdown, HTML and YAML are others'
// and meet whatever strangers send: a panic in them must cost one document, not
// the process. It is an Internal error, which the fuzzers refuse.
func read(name string, r io.Reader, o Options) (d *document, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = panicked(name, fault)
		}
		if err != nil {
			d = nil
		}
	}()
	o = o.complete()
	d = &document{name: displayName(name), options: o}
	raw, err := d.slurp(r)
	if err != nil {
		return nil, err
	}
	guess := Recognise(name, raw)
	if guess.Kind.text() {
		return d, d.readText(name, guess, raw)
	}
	if d, err = d.only(guess, raw); err != nil {
		return nil, err
	}
	return d, d.takePictures()
}

// text reports whether a format is text that a person writes, rather than a
// record that a system does.
func (k Kind) text() bool { return k == Plain || k == Markdown || k == HTML || k == Unread }

// panicked is what becomes of a panic in a parser.
func panicked(name string, fault any) error {
	return wire.Errorf(wire.Internal, displayName(name), "could not be read; send it as plain text: %w", fmt.Errorf("panic: %v", fault))
}

func (o Options) complete() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	return o
}

// readText reads a document that a person wrote.
func (d *document) readText(name string, guess Guess, raw []byte) error {
	if most := d.options.MaxBytes; int64(len(raw)) > most {
		return wire.Errorf(wire.Exhausted, d.name, "is larger than %d bytes; send the text alone, without pictures, or in parts", most)
	}
	source, err := d.decode(raw)
	if err != nil {
		return err
	}
	if guess.Kind == Unread {
		return d.fail(0, "%s; save it as plain text (.txt), Markdown (.md), HTML (.html) or DOCX, or send it in a format of the trade", guess.Why)
	}
	if ext := strings.ToLower(filepath.Ext(name)); guess.Kind == HTML && (ext == ".txt" || ext == ".text") {
		d.find(0, Warning, "format-guessed", "The file is called "+ext+" but holds an HTML page; it was read as HTML.")
	}
	text, first, err := d.readFront(lineEnds.Replace(source))
	if err != nil {
		return err
	}
	switch guess.Kind {
	case Markdown:
		err = d.readMarkdown(text, first)
	case HTML:
		err = d.readHTML(text, first)
	default:
		d.readPlain(text, first)
	}
	if err != nil {
		return err
	}
	if err := d.finish(); err != nil {
		return err
	}
	return d.takePictures()
}

// finish makes the release of the blocks and checks it.
func (d *document) finish() error {
	if err := d.recognise(); err != nil {
		return err
	}
	return d.check()
}

func (d *document) check() error {
	if err := d.release.Check(); err != nil {
		found := *err.(*wire.Error)
		found.Message = strings.TrimSpace(found.Field + " " + found.Message)
		found.Field = d.name
		return &found
	}
	return nil
}

// fail makes an Invalid error about the document; line 0 is the whole of it.
func (d *document) fail(line int, format string, args ...any) error {
	return wire.Errorf(wire.Invalid, d.at(line), format, args...)
}

func (d *document) at(line int) string {
	if line <= 0 {
		return d.name
	}
	return d.name + ":" + itoa(line)
}

// maxFindings bounds how often one thing is told; the rest is counted.
const maxFindings = 30

// find notes something for the desk.
func (d *document) find(line int, severity, code, message string) {
	if d.counts == nil {
		d.counts = map[string]int{}
	}
	if d.counts[code]++; d.counts[code] > maxFindings {
		return
	}
	d.findings = append(d.findings, Finding{File: d.name, Line: line, Severity: severity, Code: code, Message: message})
}

// displayName is a file name that cannot break a line of a log or an error.
func displayName(name string) string {
	if name == "" {
		return "text"
	}
	return strings.Map(func(r rune) rune {
		if wire.ForbiddenRune(r) || r == '\n' || r == '\t' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
}
