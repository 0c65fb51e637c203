package text

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/phrases.gz
var phraseData []byte

// Convert writes Chinese in another writing, as OpenCC does: in each dictionary
// the longest entry first. to is zh-Hans (from any Traditional), zh-Hant
// (OpenCC's standard), zh-TW (the forms and words used in Taiwan) or zh-HK (the
// forms used in Hong Kong), all from Simplified; any other leaves s as it is.
//
// It is a draft for an editor, not a translation: one Simplified character can
// stand for several Traditional ones, and names and new words are in no
// dictionary. What is not Chinese stays as it is. Japanese must not be given to
// it: it is written with the same characters.
func Convert(s, to string) string {
	for _, d := range theChains()[to] {
		s = d.convert(s)
	}
	return s
}

// theChains are OpenCC's configurations t2s, s2t, s2twp and s2hk: dictionaries to
// apply one after the other.
var theChains = sync.OnceValue(func() map[string][]*dictionary {
	files := sections(phraseData)
	for name, lines := range sections(characterData) {
		files[name] = lines
	}
	simplified := newDictionary(files["TSPhrases"], files["TSCharacters"])
	traditional := newDictionary(files["STPhrases"], files["STCharacters"])
	return map[string][]*dictionary{
		"zh-Hans": {simplified},
		"zh-Hant": {traditional},
		"zh-TW":   {traditional, newDictionary(files["TWPhrases"], files["TWVariantsPhrases"], files["TWVariants"])},
		"zh-HK":   {traditional, newDictionary(files["HKVariantsPhrases"], files["HKVariants"])},
	}
})

// dictionary holds entries "key, tab, what it becomes", by their first character
// and then in byte order. An entry without the second becomes what its
// characters become.
type dictionary struct {
	entries []string
	from    map[rune]span
}

// span is where the entries of one first character stand, and the bytes of the
// longest key among them.
type span struct{ first, end, longest int }

func newDictionary(files ...string) *dictionary {
	d := &dictionary{from: map[rune]span{}}
	taken := map[string]bool{}
	for _, file := range files {
		for line := range strings.Lines(file) {
			line = strings.TrimSuffix(line, "\n")
			key, values, ok := strings.Cut(line, "\t")
			if taken[key] {
				continue
			}
			taken[key] = true
			if ok {
				first, _, _ := strings.Cut(values, " ")
				line = line[:len(key)+1+len(first)]
			}
			d.entries = append(d.entries, line)
		}
	}
	slices.SortFunc(d.entries, func(a, b string) int { return strings.Compare(keyOf(a), keyOf(b)) })
	for i, e := range d.entries {
		r, _ := utf8.DecodeRuneInString(e)
		s, ok := d.from[r]
		if !ok {
			s.first = i
		}
		s.end, s.longest = i+1, max(s.longest, len(keyOf(e)))
		d.from[r] = s
	}
	return d
}

func keyOf(entry string) string {
	key, _, _ := strings.Cut(entry, "\t")
	return key
}

// find returns the longest entry that s begins with, as the length of its key
// and what it becomes; 0 if there is none.
func (d *dictionary) find(s string) (int, string) {
	first, size := utf8.DecodeRuneInString(s)
	in, ok := d.from[first]
	if !ok {
		return 0, ""
	}
	entries := d.entries[in.first:in.end]
	for n := min(in.longest, len(s)); n >= size; n-- {
		if n < len(s) && !utf8.RuneStart(s[n]) {
			continue
		}
		i, found := slices.BinarySearchFunc(entries, s[:n], func(e, key string) int { return strings.Compare(keyOf(e), key) })
		if !found {
			continue
		}
		if _, to, ok := strings.Cut(entries[i], "\t"); ok {
			return n, to
		}
		return n, d.byCharacter(s[:n])
	}
	return 0, ""
}

// byCharacter converts what stands in a dictionary only so that nothing longer
// or shorter is found in it.
func (d *dictionary) byCharacter(s string) string {
	var b strings.Builder
	for i, r := range s {
		one := s[i : i+utf8.RuneLen(r)]
		if n, to := d.find(one); n > 0 {
			one = to
		}
		b.WriteString(one)
	}
	return b.String()
}

func (d *dictionary) convert(s string) string {
	if isPlainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		n, to := d.find(s)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
			to = s[:n]
		}
		b.WriteString(to)
		s = s[n:]
	}
	return b.String()
}
