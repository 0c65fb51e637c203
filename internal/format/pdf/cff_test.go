package pdf

import (
	"reflect"
	"testing"

	"github.com/go-text/typesetting/font/cff"
	"github.com/go-text/typesetting/font/opentype"
)

func at(x, y float32) opentype.SegmentPoint { return opentype.SegmentPoint{X: x, Y: y} }

// What is written is read by a reader of the format that is not ours.
func TestAFontIsReadAsItWasMeant(t *testing.T) {
	triangle := outline{width: 600, segments: []opentype.Segment{
		{Op: opentype.SegmentOpMoveTo, Args: [3]opentype.SegmentPoint{at(10, -200)}},
		{Op: opentype.SegmentOpLineTo, Args: [3]opentype.SegmentPoint{at(1500, -200)}},
		{Op: opentype.SegmentOpLineTo, Args: [3]opentype.SegmentPoint{at(100, 900)}},
		{Op: opentype.SegmentOpLineTo, Args: [3]opentype.SegmentPoint{at(10, -200)}},
	}}
	curves := outline{width: 250, segments: []opentype.Segment{
		{Op: opentype.SegmentOpMoveTo, Args: [3]opentype.SegmentPoint{at(0, 0)}},
		{Op: opentype.SegmentOpQuadTo, Args: [3]opentype.SegmentPoint{at(300, 300), at(600, 0)}},
		{Op: opentype.SegmentOpCubeTo, Args: [3]opentype.SegmentPoint{at(500, -100), at(100, -100), at(0, 0)}},
	}}
	font, err := cff.Parse(fontProgram("ABCDEF+Test", []outline{{width: 500}, triangle, curves}))
	if err != nil {
		t.Fatal(err)
	}
	if len(font.Charstrings) != 3 {
		t.Fatalf("%d glyphs", len(font.Charstrings))
	}
	got, _, err := font.LoadGlyph(1)
	if err != nil || !reflect.DeepEqual(got, triangle.segments) {
		t.Errorf("%v, %v", got, err)
	}
	got, _, err = font.LoadGlyph(2)
	want := []opentype.Segment{
		curves.segments[0],
		{Op: opentype.SegmentOpCubeTo, Args: [3]opentype.SegmentPoint{at(200, 200), at(400, 200), at(600, 0)}},
		curves.segments[2],
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, _, err = font.LoadGlyph(0); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := cff.Parse(fontProgram("ABCDEF+Test", []outline{{width: 500}})); err != nil {
		t.Errorf("of one glyph: %v", err)
	}
}

func TestTheCharactersOfAClusterAreShared(t *testing.T) {
	for name, c := range map[string]struct {
		text           string
		letters, marks int
		want           shares
	}{
		"a letter":                       {"ก", 1, 0, shares{[]string{"ก"}, []string{}, false}},
		"a letter with a mark":           {"ก่", 1, 1, shares{[]string{"ก"}, []string{"่"}, false}},
		"a ligature":                     {"لا", 1, 0, shares{[]string{"لا"}, []string{}, true}},
		"a ligature with a mark":         {"لاّ", 1, 1, shares{[]string{"لا"}, []string{"ّ"}, true}},
		"a vowel of two glyphs":          {"ลำ", 2, 1, shares{[]string{"ล", "ำ"}, []string{""}, false}},
		"the same with a tone":           {"น้ำ", 2, 2, shares{[]string{"น", "ำ"}, []string{"", "้"}, false}},
		"a letter and its mark together": {"é", 1, 0, shares{[]string{"é"}, []string{}, false}},
		"what cannot be told apart":      {"abc", 2, 0, shares{[]string{"abc", ""}, []string{}, false}},
	} {
		if got := share([]rune(c.text), c.letters, c.marks); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A document of marks over every letter there is has more forms than one font can
// count.
func TestAFontCountsItsCodes(t *testing.T) {
	s := &subset{numbers: map[use]int{}}
	for i := range maxCodes + 10 {
		n := s.number(use{dx: i})
		if i < maxCodes && n != i || i >= maxCodes && n != 0 {
			t.Fatalf("use %d has the code %d", i, n)
		}
	}
	if n := s.number(use{dx: 7}); n != 7 || !s.full() {
		t.Errorf("a known use has the code %d in a full subset", n)
	}
	font, err := cff.Parse(fontProgram("ABCDEF+Test", make([]outline, len(s.glyphs))))
	if err != nil || len(font.Charstrings) != maxCodes {
		t.Fatalf("%d glyphs, %v", len(font.Charstrings), err)
	}
}
