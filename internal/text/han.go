package text

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:generate go run ../../tools/vocabgen -opencc $WIREROOM_STANDARDS/opencc -out data

//go:embed data/characters.gz
var characterData []byte

// The block of the common Han characters.
const (
	firstHan = 0x4e00
	lastHan  = 0x9fff
)

// hanTable says of Han characters what they are found as, and which of the two
// writings of Chinese has them.
type hanTable struct {
	folded  [lastHan - firstHan + 1]uint16 // within the block; 0 for itself
	further map[rune]rune                  // outside of it, or to there
	only    [lastHan - firstHan + 1]int8   // 1: Simplified alone, -1: Traditional alone
}

// han reads OpenCC's tables of characters when the first Han text is met.
var han = sync.OnceValue(func() *hanTable {
	t := &hanTable{further: map[rune]rune{}}
	files := sections(characterData)
	for _, name := range []string{"STCharacters", "TSCharacters", "TWVariants", "HKVariants"} {
		for line := range strings.Lines(files[name]) {
			key, values, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			from, _ := utf8.DecodeRuneInString(key)
			to, size := utf8.DecodeRuneInString(values)
			same := strings.Contains(" "+values+" ", " "+key+" ")
			switch name {
			case "STCharacters":
				t.mark(from, 1, same)
			case "TSCharacters":
				t.mark(from, -1, same)
				t.join(from, to, size)
			default: // what is written in Taiwan or Hong Kong for the first
				if t.further[from] != to { // the table of characters says so already
					t.join(to, from, utf8.RuneLen(from))
				}
			}
		}
	}
	t.settle()
	return t
})

func (t *hanTable) mark(r rune, writing int8, same bool) {
	if !same && r >= firstHan && r <= lastHan {
		t.only[r-firstHan] = writing
	}
}

// join makes from be found as to. The tables of characters come first and win.
func (t *hanTable) join(from, to rune, size int) {
	if size == 0 || from == to {
		return
	}
	if _, taken := t.further[from]; !taken {
		t.further[from] = to
	}
}

// settle follows what is found as something that is found as something else to
// its end, and moves what is common into the flat table.
func (t *hanTable) settle() {
	end := func(r rune) rune {
		for range 4 { // the tables may point in a circle
			next, ok := t.further[r]
			if !ok {
				break
			}
			r = next
		}
		return r
	}
	settled := map[rune]rune{}
	for from := range t.further {
		to := end(from)
		if again := end(to); again != to || to == from {
			continue
		}
		if from >= firstHan && from <= lastHan && to < 1<<16 {
			t.folded[from-firstHan] = uint16(to)
		} else {
			settled[from] = to
		}
	}
	t.further = settled
}

// fold returns the character that a Han character is found as: the Simplified
// one where the two writings differ, whatever the language, so that either finds
// the other. One to one and without context, so that a piece of a text is always
// folded as in the text.
func (t *hanTable) fold(r rune) rune {
	if r >= firstHan && r <= lastHan {
		if to := t.folded[r-firstHan]; to != 0 {
			return rune(to)
		}
		return r
	}
	if to, ok := t.further[r]; ok {
		return to
	}
	return r
}

// writing is 1 for a character of Simplified Chinese alone, -1 for one of
// Traditional Chinese alone, else 0.
func (t *hanTable) writing(r rune) int8 {
	if r >= firstHan && r <= lastHan {
		return t.only[r-firstHan]
	}
	return 0
}

// sections unpacks dictionaries: below each name in brackets its lines.
func sections(packed []byte) map[string]string {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		var all []byte
		if all, err = io.ReadAll(r); err == nil {
			found := map[string]string{}
			for part := range strings.SplitSeq("\n"+string(all), "\n[") {
				if name, lines, ok := strings.Cut(part, "]\n"); ok {
					found[name] = lines
				}
			}
			return found
		}
	}
	panic(fmt.Sprintf("text: the dictionaries built into this program are damaged: %v", err)) // a broken build
}
