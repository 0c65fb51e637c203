package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestADatabaseIsNotOpenedWithTheKeysOfAnother(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, stop := start(t, data)
	stop()
	foreign := t.TempDir()
	_, err := Open(t.Context(), Config{Data: data, Keys: foreign, HTTP: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), foreign) {
		t.Errorf("with a keyring made anew: %v", err)
	}
	// The right key found again, in another folder.
	key, err := os.ReadFile(filepath.Join(data, "keys", "sealing.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(foreign, "sealing.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), Config{Data: data, Keys: foreign, HTTP: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
