package advance

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	mathrand "math/rand/v2"
	"strconv"
	"time"
)

// What is sealed is two lines: the data of the event "item", and the item in
// canonical form. Both have holes where the clear puts something in. A NUL begins
// each: JSON has none, and no line feed within a line (RFC 8259 §7).
const (
	hole       = 0
	holeNumber = 'N'
	holeItem   = 'I'
	holeTime   = 'T'
	holeExact  = 'M'
	holeHash   = 'H'
	holeSigned = 'S'
	lineFeed   = '\n'
)

// Cleared is what the clear gives to an item, with the content hash that follows.
type Cleared struct {
	Late
	ContentHash [32]byte
}

// HashText is how the content hash stands in a text: hexadecimal.
func (c Cleared) HashText() string { return hex.EncodeToString(c.ContentHash[:]) }

// SignatureText is how the item's signature stands in a text: base64.
func (l Late) SignatureText() string { return base64.StdEncoding.EncodeToString(l.Signature[:]) }

// value is what stands in a hole. Times are UTC: in whole seconds, cut off, and
// exact to the µs, without zeros at the end.
func (c Cleared) value(b []byte, hole byte) ([]byte, error) {
	switch hole {
	case holeNumber:
		return strconv.AppendInt(b, c.Number, 10), nil
	case holeItem:
		return append(b, c.Item.String()...), nil
	case holeTime:
		return c.LiftedAt.UTC().AppendFormat(b, "2006-01-02T15:04:05Z"), nil
	case holeExact:
		return c.LiftedAt.UTC().AppendFormat(b, time.RFC3339Nano), nil
	case holeHash:
		return append(b, c.HashText()...), nil
	case holeSigned:
		return append(b, c.SignatureText()...), nil
	}
	return nil, refuse(Content, "the text has a hole that is none")
}

// fill puts values into the holes of one line.
func (c Cleared) fill(line []byte) (filled []byte, err error) {
	filled = make([]byte, 0, len(line)+256)
	for {
		before, after, found := bytes.Cut(line, []byte{hole})
		filled = append(filled, before...)
		if !found {
			return filled, nil
		}
		if len(after) == 0 {
			return nil, refuse(Content, "the text has a hole that is none")
		}
		if filled, err = c.value(filled, after[0]); err != nil {
			return nil, err
		}
		line = after[1:]
	}
}

// Fill puts into what was sealed what the clear gave. What is damaged is a
// *Refusal.
func (l Late) Fill(content []byte) (o Opened, err error) {
	text, item, two := bytes.Cut(content, []byte{lineFeed})
	if !two || bytes.IndexByte(item, lineFeed) >= 0 {
		return o, refuse(Content, "what is sealed is not two lines")
	}
	c := Cleared{Late: l}
	if o.Item, err = c.fill(item); err != nil {
		return Opened{}, err
	}
	c.ContentHash = sha256.Sum256(o.Item)
	if o.Text, err = c.fill(text); err != nil {
		return Opened{}, err
	}
	o.Hash = c.HashText()
	return o, nil
}

// Render writes an item as it is with what a clear gives: the data of the event
// "item", and the canonical form that the content hash is of.
type Render func(Cleared) (text, item []byte, err error)

// Punch returns what is sealed: the lines that render writes, with holes. It is a
// *Refusal if they depend on what the clear gives in any other way than by showing
// it.
func Punch(render Render) ([]byte, error) {
	// Values that nothing else in a text can be taken for.
	c := unlikely()
	text, item, err := render(c)
	if err != nil {
		return nil, err
	}
	content := append(append(bytes.Clone(text), lineFeed), item...)
	if bytes.IndexByte(content, hole) >= 0 || bytes.Count(content, []byte{lineFeed}) != 1 {
		return nil, refuse(Content, "the text holds a NUL or a line feed")
	}
	for _, kind := range []byte{holeSigned, holeHash, holeItem, holeExact, holeTime, holeNumber} {
		value, err := c.value(nil, kind)
		if err != nil {
			return nil, err
		}
		content = bytes.ReplaceAll(content, value, []byte{hole, kind})
	}
	if err := shows(content, render); err != nil {
		return nil, err
	}
	return content, nil
}

// shows reports whether content is what render writes for another clear.
func shows(content []byte, render Render) error {
	other := unlikely()
	other.Number = 1 + mathrand.Int64N(1000)
	_, item, err := render(other)
	if err != nil {
		return err
	}
	other.ContentHash = sha256.Sum256(item)
	text, item, err := render(other)
	if err != nil {
		return err
	}
	if o, err := other.Fill(content); err != nil || !bytes.Equal(o.Text, text) || !bytes.Equal(o.Item, item) {
		return refuse(Content, "the text depends on what only the clear gives")
	}
	return nil
}

// unlikely is what no clear gives: some time in the years 5000 to 8000, and values
// of which none can stand anywhere by chance.
func unlikely() (c Cleared) {
	const year = 31_556_952
	c.Number = 1<<52 + mathrand.Int64N(1<<52)
	c.LiftedAt = time.Unix(3000*year+mathrand.Int64N(3000*year), 123_457_000).UTC()
	rand.Read(c.Item[:])
	rand.Read(c.ContentHash[:])
	rand.Read(c.Signature[:])
	return c
}
