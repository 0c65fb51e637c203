package pdf

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// use is a glyph as it stands for a text. The same outline has a code of its own
// for each text, and for each place of a mark over its letter, so that every code
// is one text and programs that take text from pages by where it stands find the
// letters and then their marks.
type use struct {
	glyph  font.GID
	text   string // "" for a part of what another says
	dx, dy int    // by which the outline is moved, in thousandths
	width  int    // by which it moves on, in thousandths
	blank  bool   // it says its text and shows nothing
}

// shown is a use at its place, in points from where its piece begins.
type shown struct {
	use
	at float64
}

// aside is how far to the left of its letter a mark of a script from the right
// begins, so that it comes after it in that order.
const aside = 0.01

// cluster spreads the characters of a cluster over its glyphs, in reading order.
// at are the places of the glyphs.
func (s *subset) cluster(glyphs []shaping.Glyph, at []float64, runes []rune, size float64, rtl bool) []shown {
	marks := 0 // glyphs that do not move on
	for _, g := range glyphs {
		if g.Advance == 0 {
			marks++
		}
	}
	texts := share(runes, len(glyphs)-marks, marks)
	all := make([]shown, 0, len(glyphs))
	var letter, mark int
	for i := range glyphs {
		n := i
		if rtl {
			n = len(glyphs) - 1 - i
		}
		g := glyphs[n]
		one := shown{use{glyph: g.GlyphID, dx: thousandths(points(g.XOffset), size), dy: thousandths(points(g.YOffset), size), width: s.width(g.GlyphID)}, at[n]}
		switch {
		case g.Advance != 0:
			one.text = texts.letters[letter]
			letter++
			if parts := []rune(one.text); rtl && len(parts) > 1 && texts.fits {
				all = append(all, ligature(one, parts, size)...)
				continue
			}
		default:
			one.text = texts.marks[mark]
			mark++
			if rtl {
				one.at -= aside
				one.dx += thousandths(aside, size)
			}
		}
		all = append(all, one)
	}
	return all
}

func thousandths(length, size float64) int { return round(float32(length * 1000 / size)) }

// ligature is a form of several characters of a script from the right: the last
// of them shows it, those before it say what they are and have their part of its
// width. Who reads a form's text from the left would turn it round.
func ligature(one shown, parts []rune, size float64) []shown {
	var all []shown
	width := one.width / len(parts)
	for i, r := range parts[:len(parts)-1] {
		all = append(all, shown{use{text: string(r), width: width, blank: true}, one.at + float64(one.width-(i+1)*width)*size/1000})
	}
	one.text, one.width = string(parts[len(parts)-1]), one.width-(len(parts)-1)*width
	return append(all, one)
}

// shares are what the glyphs of a cluster stand for.
type shares struct {
	letters, marks []string
	fits           bool // a letter that has several characters stands for just them
}

// share gives each letter's glyph its characters, and each mark's its mark. Where
// they cannot be told apart the first glyph stands for all.
func share(runes []rune, letters, marks int) shares {
	s := shares{letters: make([]string, letters), marks: make([]string, marks)}
	var base, combining []rune
	for _, r := range runes {
		if unicode.Is(unicode.Mn, r) {
			combining = append(combining, r)
		} else {
			base = append(base, r)
		}
	}
	// A vowel such as sara am is a mark and a letter: marks come last.
	if over := marks - len(combining); over >= 0 && (letters == len(base) || letters == 1) && len(base) > 0 {
		for i, r := range combining {
			s.marks[over+i] = string(r)
		}
		if letters == len(base) {
			for i, r := range base {
				s.letters[i] = string(r)
			}
		} else {
			s.letters[0], s.fits = string(base), true
		}
		return s
	}
	if letters > 0 {
		s.letters[0] = string(runes)
	} else if marks > 0 {
		s.marks[0] = string(runes)
	}
	return s
}

// clusters are from where to where the glyphs of each cluster are, in reading
// order.
func clusters(glyphs []shaping.Glyph, rtl bool) [][2]int {
	var all [][2]int
	for i := 0; i < len(glyphs); {
		j := i + 1
		for j < len(glyphs) && glyphs[j].TextIndex() == glyphs[i].TextIndex() {
			j++
		}
		all = append(all, [2]int{i, j})
		i = j
	}
	if rtl {
		slices.Reverse(all)
	}
	return all
}
