package seal

import "testing"

func TestDigestsAreTheSameForTheSameTextUnderTheSameKeysOnly(t *testing.T) {
	dir := t.TempDir()
	open := func(dir string) *Keyring {
		k, err := OpenKeyring(dir)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	a := open(dir)
	if a.Digest("story", "x") != open(dir).Digest("story", "x") || len(a.Digest("story", "x")) != 64 {
		t.Error("the same text has two digests")
	}
	for _, other := range []string{a.Digest("story", "y"), a.Digest("text", "x"), open(t.TempDir()).Digest("story", "x")} {
		if other == a.Digest("story", "x") {
			t.Error("different texts have one digest")
		}
	}
}
