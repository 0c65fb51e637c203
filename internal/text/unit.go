package text

import (
	"slices"
	"unicode/utf8"
)

// joinsUnits reports the points between the parts of foreign names, which some
// writers set and others do not: 埃隆·马斯克, ジョン・スミス.
func joinsUnits(r rune) bool {
	return r == 0x30fb || r == 0xb7 || r == 0x2027
}

func (a *analysis) addUnit() {
	r := a.r
	if a.class == single {
		r = foldSingle(r)
	}
	if n := len(a.units); n > 0 {
		last := &a.units[n-1]
		if r == 'เ' && string(a.folded[last.from:last.to]) == "เ" { // typed twice for แ, which looks the same
			a.folded = append(a.folded[:last.from], "แ"...)
			last.end = a.end
			return
		}
		if n == maxUnits {
			a.endUnits(false)
		}
	} else {
		a.crossSpace(r)
	}
	n := len(a.folded)
	a.folded = utf8.AppendRune(a.folded, r)
	a.units = append(a.units, piece{n, len(a.folded), a.start, a.end})
}

func isHangul(r rune) bool   { return r >= 0xac00 && r <= 0xd7a3 }
func isKatakana(r rune) bool { return r >= 0x30a1 && r <= 0x30fe }
func isHan(r rune) bool      { return r >= 0x3400 && r <= 0x9fff || r >= 0x20000 }

// foldSingle makes one of the characters that stand for each other.
func foldSingle(r rune) rune {
	switch {
	case r == 'ヶ':
		return 'ケ'
	case r == 'ヵ':
		return 'カ'
	case isHan(r):
		return han().fold(r)
	}
	return r
}

// toneBeforeAm puts a Thai or Lao tone mark that was typed behind the sign of AM
// before it, where it belongs (น้ำ); Unicode's normalisation does not.
func toneBeforeAm(unit []byte, r rune) {
	const size = len("\u0e4d")
	if n := len(unit) - 2*size; n > 0 && (r >= 0xe48 && r <= 0xe4b || r >= 0xec8 && r <= 0xecb) {
		if am := string(unit[n : n+size]); am == "\u0e4d" || am == "\u0ecd" {
			copy(unit[n:], unit[n+size:])
			copy(unit[n+size:], am)
		}
	}
}

// hangul is the last syllable before a space. Korean sets spaces between the
// parts of a name or not, so it may belong to the next one.
type hangul struct {
	unit  [utf8.UTFMax]byte
	place piece
	state uint8 // nothing, a syllable, a syllable and one space
}

const (
	nothing uint8 = iota
	syllable
	syllableAndSpace
)

// see takes note of what ends a run.
func (h *hangul) see(r rune) {
	if h.state == syllable && r == ' ' {
		h.state = syllableAndSpace
	} else {
		h.state = nothing
	}
}

// crossSpace gives the pair of the last syllable before a space and the one
// after it.
func (a *analysis) crossSpace(r rune) {
	if a.before.state == syllableAndSpace && isHangul(r) {
		place := a.before.place
		place.end = a.end
		a.scratch = utf8.AppendRune(append(append(a.scratch[:0], spacedPrefix...), a.before.unit[:3]...), r)
		a.emit(a.scratch, a.position-1, place.start, place.end)
	}
	a.before.state = nothing
}

// endUnits makes terms of a run in a script without spaces. If it is not whole
// yet, its last unit stays, to stand before the next.
func (a *analysis) endUnits(whole bool) {
	n := len(a.units)
	if n == 0 {
		return
	}
	if !whole {
		n--
	}
	if a.document {
		a.documentUnits(n)
	} else {
		a.queryUnits(n, whole)
	}
	a.position += n
	last := a.units[len(a.units)-1]
	unit := a.folded[last.from:last.to]
	a.units = a.units[:0]
	if whole {
		if r, _ := utf8.DecodeRune(unit); a.document && isHangul(r) && len(unit) == 3 {
			a.before = hangul{place: last, state: syllable}
			copy(a.before.unit[:], unit)
		}
		a.folded = a.folded[:0]
		return
	}
	a.folded = append(a.folded[:0], unit...)
	a.units = append(a.units, piece{0, len(a.folded), last.start, last.end})
}

func (a *analysis) documentUnits(n int) {
	for i, u := range a.units[:n] {
		a.emitAs(unitPrefix, a.folded[u.from:u.to], i, u)
		to, end := u.to, u.end // the last one by itself is what a prefix of one unit finds
		if i+1 < len(a.units) {
			to, end = a.units[i+1].to, a.units[i+1].end
		}
		a.emit(a.folded[u.from:to], a.position+i, u.start, end)
	}
}

func (a *analysis) queryUnits(n int, whole bool) {
	units := a.units
	if a.loose && whole {
		units = a.withoutInflection(units)
		n = len(units)
	}
	if len(units) == 1 {
		a.emitAs(unitPrefix, a.folded[units[0].from:units[0].to], 0, units[0])
		return
	}
	spaced := a.loose && len(units) > 2 && a.allHangul(units)
	for i, u := range units[:min(n, len(units)-1)] {
		next := units[i+1]
		both := piece{u.from, next.to, u.start, next.end}
		a.emit(a.folded[u.from:next.to], a.position+i, both.start, both.end)
		if spaced {
			a.emitAs(spacedPrefix, a.folded[u.from:next.to], i, both)
		}
	}
}

func (a *analysis) allHangul(units []piece) bool {
	for _, u := range units {
		if r, size := utf8.DecodeRune(a.folded[u.from:]); !isHangul(r) || size != u.to-u.from {
			return false
		}
	}
	return true
}

// inflections are what a query can do without at its end, since a text that has
// the rest has the word in some form: particles and verb endings. keep is how
// many units must be left.
var inflections = []struct {
	keep   int
	before func(rune) bool // the unit before it
	ending []string        // longest first
}{
	{2, isHangul, []string{"했습니다", "됐습니다", "하였다", "되었다", "합니다", "됩니다", "하다", "했다", "한다", "하는", "되다", "됐다", "된다", "되는"}},
	{2, isHangul, []string{"에서", "으로", "에게", "까지", "부터", "은", "는", "을", "를"}},
	{4, isHangul, []string{"이", "가", "의", "에", "도", "로", "와", "과"}},
	{2, isHan, []string{"しました", "されます", "されました", "します", "される", "された", "している", "する", "した", "して"}},
	{3, isKatakana, []string{"ー"}},
}

// withoutInflection leaves such endings off.
func (a *analysis) withoutInflection(units []piece) []piece {
	text := a.folded[units[0].from:units[len(units)-1].to]
	for _, in := range inflections {
		i := slices.IndexFunc(in.ending, func(e string) bool {
			n := len(units) - utf8.RuneCountInString(e)
			if n < in.keep || len(text) < len(e) || string(text[len(text)-len(e):]) != e {
				return false
			}
			r, _ := utf8.DecodeRune(a.folded[units[n-1].from:])
			return in.before(r)
		})
		if i >= 0 {
			return units[:len(units)-utf8.RuneCountInString(in.ending[i])]
		}
	}
	return units
}
