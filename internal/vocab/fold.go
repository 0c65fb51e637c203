package vocab

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold brings a name to the form in which names are compared: full-width and
// presentation forms to plain ones (NFKC), case folded, the Arabic letters
// that writers interchange made one, vowel marks, tatweel, spaces and
// punctuation dropped. It keeps the accents of Latin letters.
func fold(s string) string {
	var b strings.Builder
	// Behind a byte that is no UTF-8 a letter stays as it is in NFKC.
	for _, r := range norm.NFKC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch r = foldLetter(r); {
		case r == 'ß': // the one letter whose folding is longer than itself and that names hold
			b.WriteString("ss")
		case r >= 0 && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)):
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String()) // a mark may have lost what stood before it
}

// foldLetter returns the letter that r is compared as, -1 for none.
func foldLetter(r rune) rune {
	switch r = unicode.ToLower(r); r {
	case 'ς':
		return 'σ'
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى', 'ی', 'ئ':
		return 'ي'
	case 'ؤ':
		return 'و'
	case 'ة':
		return 'ه'
	case 'ک':
		return 'ك'
	case 'ـ', 'ء':
		return -1
	}
	if r >= 0x064B && r <= 0x065F || r == 0x0670 || unicode.Is(unicode.Cf, r) {
		return -1 // vowel marks; joiners and direction marks
	}
	return r
}

// loose folds further, for a second look when fold finds nothing: accents of
// Latin, Greek and Cyrillic letters dropped, and the Arabic article before a
// word.
func loose(s string) string {
	words := strings.Fields(norm.NFKC.String(s))
	for i, w := range words {
		w = fold(w)
		if rest, ok := strings.CutPrefix(w, "ال"); ok && len(rest) >= len("اب")+1 {
			w = rest
		}
		words[i] = w
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.Join(words, "")) {
		switch {
		case r >= 0x0300 && r <= 0x036F:
		case r == 'đ':
			b.WriteRune('d')
		case r == 'ı':
			b.WriteRune('i')
		case r == 'ø':
			b.WriteRune('o')
		case r == 'ł':
			b.WriteRune('l')
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// finder finds a code by name. A name that means two things finds neither,
// unless one of them was added before it as the better claim. Names are folded the
// first time one is looked for: whoever only writes them does not wait for that.
type finder struct {
	added  []named
	folded sync.Once
	exact  map[string]string // by fold
	loose  map[string]string // by loose; "" where it is ambiguous
}

type named struct{ code, name string }

func newFinder() *finder { return &finder{} }

// add enters names of one rank: call it for official names of everything
// first, for synonyms after, and never after find.
func (f *finder) add(code, name string) { f.added = append(f.added, named{code, name}) }

func (f *finder) fold() {
	f.exact, f.loose = map[string]string{}, map[string]string{}
	for _, n := range f.added {
		f.enter(n.code, n.name)
	}
	f.added = nil
}

// enter folds one name. taken says what it meant already.
func (f *finder) enter(code, name string) {
	if key := fold(name); key != "" {
		if _, taken := f.exact[key]; !taken {
			f.exact[key] = code
		}
	}
	if key := loose(name); len(key) > 2 { // two letters without their accents are anything
		if before, taken := f.loose[key]; !taken {
			f.loose[key] = code
		} else if before != code {
			f.loose[key] = ""
		}
	}
}

func (f *finder) find(name string) (string, bool) {
	f.folded.Do(f.fold)
	if code, ok := f.exact[fold(name)]; ok {
		return code, true
	}
	code := f.loose[loose(name)]
	return code, code != ""
}
