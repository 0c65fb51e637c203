package text

import (
	"slices"
	"strings"
)

// malayStems returns what stays the same in the forms of a Malay or Indonesian
// verb and of the noun made of it: -nya, the prefixes of the active (me-, with
// the first letter of the root lost or changed) and of the passive (di-, ter-),
// the endings -kan and -i after them, peN- -an around it. Where the root may have
// lost its first letter there are two. Other affixes make other words, as
// perusahaan (company) of usaha (effort), and stay.
func malayStems(word string) stems {
	if rest, ok := strings.CutSuffix(word, "nya"); ok && isRoot(rest) {
		word = rest
	}
	for _, p := range malayPrefixes {
		rest, ok := strings.CutPrefix(word, p.prefix)
		if !ok || rest == "" || p.nasal && (p.lost != "") != strings.ContainsRune("aiueo", rune(rest[0])) {
			continue
		}
		if p.noun {
			if rest, ok = strings.CutSuffix(rest, "an"); !ok {
				continue
			}
		}
		var found stems
		n := 0
		for _, begin := range []string{p.lost, p.kept} {
			for _, root := range malayRoots(begin+rest, p.noun) {
				if isRoot(root) && n < len(found) && !slices.Contains(found[:n], root) {
					found[n] = root
					n++
				}
			}
			if p.lost == "" {
				break
			}
		}
		if n > 0 {
			return found
		}
	}
	return stems{malayRoots(word, false)[0]}
}

// malayRoots are what a verb without its prefix may have as its root: -kan is an
// ending, -i may be one or be the root's own.
func malayRoots(word string, noun bool) []string {
	if noun {
		return []string{word}
	}
	if short, ok := strings.CutSuffix(word, "kan"); ok && isRoot(short) {
		return []string{short}
	}
	if short, ok := strings.CutSuffix(word, "i"); ok && isRoot(short) {
		return []string{word, short}
	}
	return []string{word}
}

// malayPrefix is what stands before a root. Before a vowel the nasal stands for
// the first letter of the root, which is lost, or is that letter.
type malayPrefix struct {
	prefix     string
	nasal      bool
	lost, kept string // before a vowel only
	noun       bool   // with -an behind
}

// malayPrefixes in the order in which they are tried.
var malayPrefixes = func() (all []malayPrefix) {
	for _, p := range []string{"me", "pe"} {
		noun := p == "pe"
		all = append(all,
			malayPrefix{p + "ny", true, "s", "ny", noun},
			malayPrefix{p + "ng", true, "k", "", noun}, malayPrefix{p + "ng", true, "", "", noun},
			malayPrefix{p + "n", true, "t", "n", noun}, malayPrefix{p + "n", true, "", "", noun},
			malayPrefix{p + "m", true, "p", "m", noun}, malayPrefix{p + "m", true, "", "", noun})
	}
	return append(all, malayPrefix{prefix: "me"}, malayPrefix{prefix: "di"}, malayPrefix{prefix: "ter"})
}()

// isRoot reports whether something is long enough for a root: two syllables.
func isRoot(s string) bool {
	vowels := 0
	for _, b := range []byte(s) {
		if strings.IndexByte("aiueo", b) >= 0 {
			vowels++
		}
	}
	return len(s) >= 4 && vowels >= 2
}
