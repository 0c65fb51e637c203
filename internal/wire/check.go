package wire

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// Limits of one release. They bound memory, mails and frames; the longest
// annual reports seen on wires stay below them.
const (
	MaxHeadline  = 500       // runes
	MaxTextBytes = 2_000_000 // of one edition's blocks together
	MaxBlocks    = 5_000     // of one edition
	MaxEditions  = 64
	MaxPictures  = 50     // of one edition
	MaxPixels    = 30_000 // of one side of a picture
)

// Check returns an Invalid error naming the first field that makes the release
// unfit to be stored: malformed or unsafe text, missing headline, two editions
// in one language. What an editor may decide is not checked here.
func (r *Release) Check() error {
	if len(r.Editions) == 0 {
		return Errorf(Invalid, "editions", "a release needs at least one edition")
	}
	if len(r.Editions) > MaxEditions {
		return Errorf(Exhausted, "editions", "a release can have at most %d editions, not %d", MaxEditions, len(r.Editions))
	}
	if err := checkPlain("organisation", r.Organisation); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range r.Editions {
		e := &r.Editions[i]
		if e.Language == "" {
			return Errorf(Invalid, fmt.Sprintf("editions[%d].language", i), "give the language of the text, such as en or ar")
		}
		if seen[e.Language] {
			return Errorf(Invalid, fmt.Sprintf("editions[%d].language", i), "there are two editions in %s", e.Language)
		}
		seen[e.Language] = true
		if err := e.check(); err != nil {
			return err
		}
	}
	return nil
}

func (e *Edition) check() error {
	field := func(name string) string { return e.Language + "/" + name }
	if e.Headline == "" {
		return Errorf(Invalid, field("headline"), "a release needs a headline")
	}
	if n := utf8.RuneCountInString(e.Headline); n > MaxHeadline {
		return Errorf(Exhausted, field("headline"), "has %d characters; at most %d fit", n, MaxHeadline)
	}
	plain := map[string]string{"headline": e.Headline, "dateline": e.Dateline.City, "dateline.mark": e.Dateline.Mark, "note": e.Note}
	for i, s := range e.Subheads {
		plain[fmt.Sprintf("subheads[%d]", i)] = s
	}
	for i, c := range e.Contacts {
		plain[fmt.Sprintf("contacts[%d]", i)] = c.Name + c.Role + c.Organisation + c.Phone
		if c.Email != "" {
			if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
				return Errorf(Invalid, field(fmt.Sprintf("contacts[%d].email", i)), "%q is not an e-mail address", c.Email)
			}
		}
	}
	if err := checkPictures(field("pictures"), e.Pictures); err != nil {
		return err
	}
	for name, text := range plain {
		if err := checkPlain(field(name), text); err != nil {
			return err
		}
	}
	if len(e.Body) == 0 {
		return Errorf(Invalid, field("body"), "a release needs text")
	}
	size, blocks := 0, 0
	for name, part := range map[string][]Block{"body": e.Body, "boilerplate": e.Boilerplate, "disclaimer": e.Disclaimer} {
		for i, b := range part {
			blocks++
			at := field(fmt.Sprintf("%s[%d]", name, i))
			if err := b.check(at); err != nil {
				return err
			}
			for _, in := range b.Inlines() {
				size += len(in)
				if err := in.Check(); err != nil {
					return &Error{Kind: Invalid, Field: at, Message: err.Error()}
				}
			}
		}
	}
	if size > MaxTextBytes {
		return Errorf(Exhausted, field("body"), "is %d bytes of text; at most %d fit", size, MaxTextBytes)
	}
	if blocks > MaxBlocks {
		return Errorf(Exhausted, field("body"), "has %d blocks; at most %d fit", blocks, MaxBlocks)
	}
	return nil
}

// pictureTypes are the images that receivers show without help. SVG is not one
// of them: it can hold script.
var pictureTypes = map[string]bool{"image/jpeg": true, "image/png": true, "image/webp": true, "image/gif": true}

func checkPictures(field string, pictures []Picture) error {
	if n := len(pictures); n > MaxPictures {
		return Errorf(Exhausted, field, "there are %d pictures; at most %d fit", n, MaxPictures)
	}
	for i, p := range pictures {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case len(p.Data) > 0 && p.URL != "":
			return Errorf(Invalid, at, "has an address and comes along, too; one of them says where it is")
		case len(p.Data) == 0 && (!SafeLink(p.URL) || !strings.HasPrefix(p.URL, "http")):
			return Errorf(Invalid, at+".url", "%q is not an absolute http or https address", p.URL)
		case !pictureTypes[p.Type]:
			return Errorf(Invalid, at+".type", "%q is not a type of picture the wire carries: image/jpeg, image/png, image/webp, image/gif", p.Type)
		case p.Width < 0 || p.Height < 0 || p.Width > MaxPixels || p.Height > MaxPixels || (p.Width == 0) != (p.Height == 0):
			return Errorf(Invalid, at, "%d × %d is not the size of a picture; give both sides in pixels, at most %d, or neither", p.Width, p.Height, MaxPixels)
		}
		if err := checkPlain(at, p.Alt+p.Caption+p.Credit); err != nil {
			return err
		}
	}
	return nil
}

// check makes sure that a block holds what its kind says and nothing else, and
// that its attributes cannot break out of the markup.
func (b Block) check(field string) error {
	switch b.Dir {
	case "", "ltr", "rtl":
	default:
		return Errorf(Invalid, field, "direction %q is neither ltr nor rtl", b.Dir)
	}
	text, items, rows := b.Text != "", len(b.Items) > 0, len(b.Rows) > 0
	ok := false
	switch b.Kind {
	case Paragraph, Heading, Subheading, Quote:
		ok = text && !items && !rows
	case List, OrderedList:
		ok = items && !text && !rows
	case Table:
		ok = rows && !text && !items
	default:
		return Errorf(Invalid, field, "%q is not a kind of block", b.Kind)
	}
	if !ok {
		return Errorf(Invalid, field, "a block of kind %s must hold just that", b.Kind)
	}
	return nil
}

func checkPlain(field, text string) error {
	if !utf8.ValidString(text) {
		return Errorf(Invalid, field, "is not valid UTF-8")
	}
	for i, r := range text {
		if ForbiddenRune(r) {
			return Errorf(Invalid, field, "has the character U+%04X at byte %d, which may not be carried", r, i)
		}
	}
	return nil
}
