package media

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestMediaIsKeptUnderNamesThatTellNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(filepath.Join(dir, "media"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.Put([]byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := f.Put([]byte("one"))
	if a == b {
		t.Error("the name depends on the content")
	}
	if got, err := f.Get(a); err != nil || string(got) != "one" {
		t.Errorf("Get = %q, %v", got, err)
	}
	if info, err := os.Stat(f.path(a)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("stored as %v, %v", info, err)
	}
	if err := f.Delete(a); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(a); err != nil {
		t.Errorf("deleting twice: %v", err)
	}
	if _, err := f.Get(a); wire.KindOf(err) != wire.NotFound {
		t.Errorf("after deleting: %v", err)
	}
}

func TestNamesThatWerePutByNobodyReachNoFile(t *testing.T) {
	dir := t.TempDir()
	f, _ := OpenFolder(dir)
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "secret", "../secret", "aa/../../secret", "AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := f.Get(name); wire.KindOf(err) != wire.NotFound {
			t.Errorf("Get(%q): %v", name, err)
		}
		if err := f.Delete(name); err != nil {
			t.Errorf("Delete(%q): %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "secret")); err != nil {
		t.Error("a file outside the names was deleted")
	}
}
