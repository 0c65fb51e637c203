package text

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// What is kept of a word gives its stems back, whatever they have in common with it,
// and what does not fit is not kept but given all the same.
func TestFormsAreTheStems(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aäbcs")), 1, 12, maxKept)
	rapid.Check(t, func(t *rapid.T) {
		word := []byte(letters.Draw(t, "word"))
		var found stems
		for i := range rapid.IntRange(0, len(found)).Draw(t, "stems") {
			found[i] = letters.Draw(t, "stem")
		}
		if got := stemsIn(appendForms(nil, word, found), word); got != found {
			t.Errorf("%q: %q, want %q", word, got, found)
		}
	})
}

// stemsIn reads the stems that forms of a word hold.
func stemsIn(f forms, word []byte) (found stems) {
	rest := f[1:]
	for i := range f[0] {
		var stem []byte
		stem, rest = rest.next(nil, word)
		found[i] = string(stem)
	}
	return found
}

// A verb whose root has lost its first letter is kept as any other word is.
func TestFormsOfVerbsFitIn(t *testing.T) {
	for s, words := range map[stemmer]string{
		inMalay:   "memerintah pemerintahan mengumumkan menyatakan memperkenalkan mengembangkan dinyatakannya memenuhi pengumuman",
		inArabic:  "والمشاريع وبالاستثمارات للشركات كالمستثمرين",
		inRussian: "государственного предпринимательства",
		inGerman:  "gesellschafterversammlung größeren",
	} {
		for _, word := range strings.Fields(words) {
			if f := appendForms(nil, []byte(word), s.stem(word)); f[0] == 0 || len(f) > formsRoom {
				t.Errorf("%s: %d forms take %d bytes", word, f[0], len(f))
			}
		}
	}
}

// Whoever reads while others write where he reads has the forms of his word.
func TestFormsOfWordsInOnePlace(t *testing.T) {
	words := map[uint64][]string{}
	place := uint64(0)
	for i := 0; len(words[place]) < 8; i++ {
		word := "plants" + strconv.FormatInt(int64(i), 26)
		if inEnglish.stem(word) == (stems{}) {
			continue
		}
		place = hashOf(inEnglish, []byte(word)) % keptForms &^ 1
		words[place] = append(words[place], word)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2000 {
				for _, word := range words[place] {
					var room [formsRoom]byte
					w := []byte(word)
					if got, want := stemsIn(inEnglish.formsOf(&room, w, true), w), inEnglish.stem(word); got != want {
						t.Errorf("%s: %q, want %q", word, got, want)
						return
					}
				}
			}
		})
	}
	all.Wait()
}
