package advance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"
)

// The text that is sealed has holes where the clear puts something in. A NUL
// begins each: JSON has none (RFC 8259 §7).
const (
	hole       = 0
	holeNumber = 'N'
	holeItem   = 'I'
	holeTime   = 'T'
	holeHash   = 'H'
	holeSigned = 'S'
)

// Stamp is how a time stands in a text: UTC, in whole seconds, cut off.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// HashText is how the item's hash stands in a text: hexadecimal.
func (l Late) HashText() string { return hex.EncodeToString(l.ContentHash[:]) }

// SignatureText is how the item's signature stands in a text: base64.
func (l Late) SignatureText() string { return base64.StdEncoding.EncodeToString(l.Signature[:]) }

// Fill puts into a text what the clear gave. A text that is damaged is a
// *Refusal.
func (l Late) Fill(content []byte) ([]byte, error) {
	text := make([]byte, 0, len(content)+256)
	for {
		before, after, found := bytes.Cut(content, []byte{hole})
		text = append(text, before...)
		if !found {
			return text, nil
		}
		if len(after) == 0 {
			return nil, refuse(Content, "the text has a hole that is none")
		}
		switch after[0] {
		case holeNumber:
			text = strconv.AppendInt(text, l.Number, 10)
		case holeItem:
			text = append(text, l.Item.String()...)
		case holeTime:
			text = append(text, Stamp(l.LiftedAt)...)
		case holeHash:
			text = append(text, l.HashText()...)
		case holeSigned:
			text = append(text, l.SignatureText()...)
		default:
			return nil, refuse(Content, "the text has a hole that is none")
		}
		content = after[1:]
	}
}

// Punch returns the text that render writes, with holes. It is a *Refusal if the
// text depends on what the clear gives in any other way than by showing it.
func Punch(render func(Late) ([]byte, error)) ([]byte, error) {
	// Values that nothing else in a text can be taken for.
	l := unlikely()
	text, err := render(l)
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(text, hole) >= 0 {
		return nil, refuse(Content, "the text holds a NUL")
	}
	for _, kind := range []byte{holeSigned, holeHash, holeItem, holeTime, holeNumber} {
		value, err := l.Fill([]byte{hole, kind})
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, value, []byte{hole, kind})
	}
	other := unlikely()
	other.Number = 1 + rand.Int64N(1000)
	want, err := render(other)
	if err != nil {
		return nil, err
	}
	if got, err := other.Fill(text); err != nil || !bytes.Equal(got, want) {
		return nil, refuse(Content, "the text depends on what only the clear gives")
	}
	return text, nil
}

// unlikely is what no clear gives: some second of the years 5000 to 8000, and
// values of which none can stand anywhere by chance.
func unlikely() Late {
	const year = 31_556_952
	l := Late{Number: 1<<52 + rand.Int64N(1<<52), Item: NewID(), LiftedAt: time.Unix(3000*year+rand.Int64N(3000*year), 0).UTC(), ContentHash: NewSecret()}
	copy(l.Signature[:32], l.ContentHash[:])
	l.Signature[63] = 1
	return l
}
