package courier

import (
	"strings"
	"testing"
)

func TestAReceiversWordsAreOneShortLine(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                                 "",
		"250":                              "250",
		"550 5.1.1\r\n no  such\tuser ":    "550 5.1.1 no such user",
		"\x1b[2J451 4.7.1":                 "[2J451 4.7.1",
		"55\xff0":                          "55?0",
		strings.Repeat("5", maxCode+1):     strings.Repeat("5", maxCode),
		strings.Repeat("いっぱい ", maxCode):   string([]rune(strings.Repeat("いっぱい ", maxCode))[:maxCode]),
		" " + strings.Repeat("4", maxCode): strings.Repeat("4", maxCode),
	} {
		if got := shorten(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
