// Package ninjs writes items as IPTC ninjs 3.1, 2.2 and 1.6 and reads them back,
// and writes the dialect that Newsroom takes as a push. The schemas are closed,
// so nothing of our own is added; language and direction of blocks stand in the
// HTML of the body, where ninjs has room for them.
//
// It does no I/O.
package ninjs

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/wireroom/wireroom/internal/wire"
)

const schema = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"

// Document is a ninjs 3.1 object, as far as the wire uses it. Members are in
// the order of the specification.
type Document struct {
	URI             string         `json:"uri"`
	Standard        Standard       `json:"standard"`
	Type            string         `json:"type"`
	Representation  string         `json:"representationType"`
	Version         string         `json:"version"`
	FirstCreated    string         `json:"firstCreated"`
	VersionCreated  string         `json:"versionCreated"`
	EmbargoedUntil  string         `json:"embargoedUntil,omitempty"`
	Embargoed       string         `json:"embargoed,omitempty"` // its name before 3.0
	PubStatus       string         `json:"pubStatus"`
	Urgency         int            `json:"urgency"`
	CopyrightHolder string         `json:"copyrightHolder,omitempty"`
	UsageTerms      string         `json:"usageTerms,omitempty"`
	EdNote          string         `json:"edNote,omitempty"`
	Language        string         `json:"language"`
	Headlines       []Text         `json:"headlines,omitempty"`
	Descriptions    []Text         `json:"descriptions,omitempty"`
	Bodies          []Text         `json:"bodies,omitempty"`
	Organisations   []Organisation `json:"organisations,omitempty"`
	People          []Person       `json:"people,omitempty"`
	Places          []Concept      `json:"places,omitempty"`
	Subjects        []Concept      `json:"subjects,omitempty"`
	InfoSources     []InfoSource   `json:"infoSources,omitempty"`
	By              string         `json:"by,omitempty"`
	Located         string         `json:"located,omitempty"`
	Renditions      []Rendition    `json:"renditions,omitempty"`
	Associations    []Association  `json:"associations,omitempty"`
	AltIDs          []AltID        `json:"altIds,omitempty"`
}

// Standard says what the document is written in.
type Standard struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"`
}

// Text is one headline, description or body.
type Text struct {
	Role        string `json:"role,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	CharCount   int    `json:"charCount,omitempty"`
	Value       string `json:"value"`
}

// Organisation is the issuer with its listings.
type Organisation struct {
	Name    string   `json:"name"`
	Rel     string   `json:"rel,omitempty"`
	Symbols []Symbol `json:"symbols,omitempty"`
}

// Symbol is a listed instrument: a ticker at an exchange (ISO 10383), or, with
// a type, its ISIN or LEI.
type Symbol struct {
	Exchange string `json:"exchange,omitempty"`
	Type     string `json:"symbolType,omitempty"` // URI; "" for a ticker
	Symbol   string `json:"symbol"`
}

// The types of symbol: the standards that define them, by their URN (RFC 5141).
const (
	ISIN = "urn:iso:std:iso:6166"
	LEI  = "urn:iso:std:iso:17442"
)

// Person is a press contact.
type Person struct {
	Name        string    `json:"name"`
	Rel         string    `json:"rel,omitempty"`
	ContactInfo []Contact `json:"contactInfo,omitempty"`
}

// Contact is one way to reach a person, or whom they speak for: type is email,
// phone, jobTitle or organisation.
type Contact struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Concept is a place or subject.
type Concept struct {
	Name    string `json:"name"`
	Rel     string `json:"rel,omitempty"`
	URI     string `json:"uri,omitempty"`
	Literal string `json:"literal,omitempty"`
}

// InfoSource says who supplied the content.
type InfoSource struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
	URI  string `json:"uri,omitempty"`
}

// Rendition is the same story in another form.
type Rendition struct {
	Name        string `json:"name"`
	Href        string `json:"href"`
	ContentType string `json:"contentType"`
	Width       int    `json:"width,omitempty"` // pixels
	Height      int    `json:"height,omitempty"`
}

// Association is the same release in another language, or a picture.
type Association struct {
	Name         string      `json:"name"`
	Rel          string      `json:"rel,omitempty"`
	URI          string      `json:"uri"`
	Type         string      `json:"type"`
	Language     string      `json:"language"`
	Descriptions []Text      `json:"descriptions,omitempty"` // caption, alt
	By           string      `json:"by,omitempty"`
	Renditions   []Rendition `json:"renditions,omitempty"`
}

// AltID is another identifier, by its role.
type AltID struct {
	Role  string `json:"role"`
	Value string `json:"value"`
}

// Decode reads a document that Encode wrote. It returns an Invalid error for
// what is not one JSON object or has members that the wire does not write; it
// does not check the document against the schema.
func Decode(data []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	d := new(Document)
	if err := dec.Decode(d); err != nil {
		return nil, wire.Errorf(wire.Invalid, "ninjs", "this is not a ninjs document of the wire: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, wire.Errorf(wire.Invalid, "ninjs", "there is more than one document")
	}
	return d, nil
}

// AltID returns the first other identifier with a role, "" if there is none.
func (d *Document) AltID(role string) string {
	for _, id := range d.AltIDs {
		if id.Role == role {
			return id.Value
		}
	}
	return ""
}
