// Package message reads e-mail that providers send stories in: the text, in
// HTML or plain, and the documents and pictures that come with it.
//
// It believes nothing that a message says of its sender; who handed it in is for
// the caller to know. It does no I/O.
package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
	"golang.org/x/net/html/charset"
)

// Bounds of one message.
const (
	MaxBytes = 32 << 20
	maxParts = 200
	maxDepth = 10
)

// Attachment is a document that came with a message.
type Attachment struct {
	Name string
	Type string // MIME, as the message says
	Data []byte
}

// Message is an e-mail as far as it holds a story.
type Message struct {
	Article     article.Article // ID is the Message-ID
	From        string          // address, as the message says
	Attachments []Attachment    // in order
}

// Read reads one message (RFC 5322, MIME). Errors are Invalid for what is no
// message, and Exhausted for what is over the bounds.
func Read(raw []byte) (*Message, error) {
	if len(raw) > MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, "message", "is larger than %d bytes", MaxBytes)
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "message", "is no e-mail that can be read: %w", err)
	}
	r := &reader{message: &Message{Article: article.Article{Format: "e-mail"}}}
	r.header(m.Header)
	if err := r.part(m.Header.Get, m.Body, 0); err != nil {
		return nil, err
	}
	a := &r.message.Article
	if a.Body == "" {
		a.Text = r.plain
	}
	return r.message, nil
}

type reader struct {
	message *Message
	parts   int
	plain   string
}

var words = &mime.WordDecoder{CharsetReader: func(label string, in io.Reader) (io.Reader, error) { return charset.NewReaderLabel(label, in) }}

// header takes what the header says of the story.
func (r *reader) header(h mail.Header) {
	a := &r.message.Article
	text := func(name string) string {
		s, err := words.DecodeHeader(h.Get(name))
		if err != nil {
			return h.Get(name)
		}
		return strings.Join(strings.Fields(s), " ")
	}
	a.ID = strings.Trim(strings.TrimSpace(h.Get("Message-Id")), "<>")
	a.Headline = text("Subject")
	a.Language, _, _ = strings.Cut(text("Content-Language"), ",")
	if at, err := h.Date(); err == nil {
		a.Created, a.Modified = at.UTC(), at.UTC()
	}
	parser := &mail.AddressParser{WordDecoder: words}
	if from, err := parser.Parse(h.Get("From")); err == nil {
		r.message.From, a.Byline = from.Address, from.Name
	}
	if reply := text("In-Reply-To"); reply != "" {
		a.Versions = []string{strings.Trim(reply, "<>")}
	}
	for _, name := range []string{"List-Id", "Keywords", "Organization", "Comments"} {
		if value := text(name); value != "" {
			a.Extra = append(a.Extra, tree.Field{Name: name, Value: value})
		}
	}
}

// part takes one part, and those in it.
func (r *reader) part(header func(string) string, body io.Reader, depth int) error {
	if r.parts++; r.parts > maxParts {
		return wire.Errorf(wire.Exhausted, "message", "has more than %d parts", maxParts)
	}
	if depth > maxDepth {
		return wire.Errorf(wire.Exhausted, "message", "has parts nested more than %d deep", maxDepth)
	}
	kind, parameters, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "" {
		return r.multipart(body, parameters["boundary"], depth)
	}
	raw, err := decode(header("Content-Transfer-Encoding"), body)
	if err != nil {
		return wire.Errorf(wire.Invalid, "message", "has a part of type %s that cannot be decoded: %w", kind, err)
	}
	disposition, options, _ := mime.ParseMediaType(header("Content-Disposition"))
	name := options["filename"]
	if name == "" {
		name = parameters["name"]
	}
	if decoded, err := words.DecodeHeader(name); err == nil {
		name = decoded
	}
	if name = path.Base(strings.ReplaceAll(name, `\`, "/")); name == "." || name == "/" {
		name = ""
	}
	r.take(kind, parameters["charset"], disposition == "attachment", name, raw)
	return nil
}

func (r *reader) multipart(body io.Reader, boundary string, depth int) error {
	parts := multipart.NewReader(body, boundary)
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wire.Errorf(wire.Invalid, "message", "ends in the middle of its parts, or they cannot be told apart: %w", err)
		}
		if err := r.part(p.Header.Get, p, depth+1); err != nil {
			return err
		}
	}
}

func decode(encoding string, body io.Reader) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	return io.ReadAll(io.LimitReader(body, MaxBytes))
}

// take decides what a leaf is: the text of the story, a picture, a document.
func (r *reader) take(kind, label string, attached bool, name string, raw []byte) {
	a := &r.message.Article
	switch {
	case !attached && kind == "text/html" && a.Body == "":
		a.Body = utf8Of(raw, label)
	case !attached && kind == "text/plain" && name == "" && r.plain == "":
		r.plain = utf8Of(raw, label)
	case strings.HasPrefix(kind, "image/"):
		a.Pictures = append(a.Pictures, article.Picture{Name: name, Type: kind, Data: raw})
	default:
		r.message.Attachments = append(r.message.Attachments, Attachment{Name: name, Type: kind, Data: raw})
	}
}

// utf8Of converts text from what a part declares. What declares nothing, or
// something unknown, is as it is: the caller finds out.
func utf8Of(raw []byte, label string) string {
	if label == "" {
		return string(raw)
	}
	encoding, _ := charset.Lookup(label)
	if encoding == nil {
		return string(raw)
	}
	text, err := encoding.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return string(text)
}
