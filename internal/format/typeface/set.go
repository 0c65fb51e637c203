package typeface

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
)

// Face is a cut of a typeface as one document uses it.
type Face struct {
	*font.Face
	Name string // of the font in documents: "NotoSans-Bold"
}

// Set are the typefaces of one document in a language. It is not safe for
// concurrent use; sets of one collection share the fonts.
type Set struct {
	collection *Collection
	families   []family // in the order in which they are asked for a character
	chosen     map[rune]*font.Face
	regular    map[string]*Face // by family
	of         map[*font.Face]family
	bold       map[*font.Face]*Face
}

// Set returns the typefaces for a text in a language. It returns an Invalid
// error that says what to install where a typeface is missing.
func (c *Collection) Set(language string) (*Set, error) {
	if err := c.missing(language); err != nil {
		return nil, err
	}
	s := &Set{collection: c, chosen: map[rune]*font.Face{}, regular: map[string]*Face{}, of: map[*font.Face]family{}, bold: map[*font.Face]*Face{}}
	s.families = append(families(language), further...)
	_, err := s.cut(s.families[0])
	return s, err
}

// cut is the regular cut of a family.
func (s *Set) cut(f family) (*Face, error) {
	if face := s.regular[f.name]; face != nil {
		return face, nil
	}
	opened, err := s.collection.open(f, Regular)
	if err != nil {
		return nil, err
	}
	face := &Face{font.NewFace(opened), postscript(f, Regular)}
	s.regular[f.name], s.of[face.Face] = face, f
	return face, nil
}

func postscript(f family, w Weight) string {
	return strings.ReplaceAll(f.name, " ", "") + "-" + string(w)
}

// ResolveFace returns the face that a character is set in: of the first of the
// typefaces that have it, or of the language's own if none has. It is what
// shaping asks for; the face is one of regular weight.
func (s *Set) ResolveFace(r rune) *font.Face {
	if face := s.chosen[r]; face != nil {
		return face
	}
	first, _ := s.cut(s.families[0]) // Set has opened it
	face := first.Face
	for i, f := range s.families {
		if i > 0 && f.scripts != nil && !unicode.In(r, f.scripts...) {
			continue
		}
		if cut, err := s.cut(f); err == nil {
			if _, has := cut.NominalGlyph(r); has {
				face = cut.Face
				break
			}
		}
	}
	s.chosen[r] = face
	return face
}

// Regular is the face that ResolveFace gave out, with its name.
func (s *Set) Regular(face *font.Face) *Face { return s.regular[s.of[face].name] }

// Bold is the bold cut of a face that ResolveFace gave out; where there is none,
// the face itself.
func (s *Set) Bold(face *font.Face) *Face {
	if b := s.bold[face]; b != nil {
		return b
	}
	f := s.of[face]
	bold := s.Regular(face)
	if opened, err := s.collection.open(f, Bold); err == nil {
		bold = &Face{font.NewFace(opened), postscript(f, Bold)}
	}
	s.bold[face] = bold
	return bold
}
