package command

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// A slip in --data is told as one; it founds no wire, with keys of its own.
func TestWhoOnlyLooksFoundsNoWire(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "slip")
	for _, run := range []func(app.Config, *bytes.Buffer) error{
		func(c app.Config, out *bytes.Buffer) error {
			return (&Report{Release: release}).Run(t.Context(), c, out)
		},
		func(c app.Config, out *bytes.Buffer) error {
			return (&Deliveries{What: release}).Run(t.Context(), c, out)
		},
	} {
		var out bytes.Buffer
		if err := run(app.Config{Data: data}, &out); wire.KindOf(err) != wire.NotFound || !strings.Contains(err.Error(), data) {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("there is a folder now: %v", err)
		}
	}
}

// What a wire says that is open for one command alone: the addresses at which its
// pages are served afterwards, and of its own doings nothing.
func TestAWireThatIsOpenForOneCommand(t *testing.T) {
	t.Parallel()
	var said, out, look bytes.Buffer
	config := app.Config{
		Data: filepath.Join(t.TempDir(), "wire"), HTTP: ":8088", Mail: app.Mail{DKIM: []string{"ed25519"}},
		Log: slog.New(slog.NewTextHandler(&said, nil)),
	}
	file := filepath.Join(t.TempDir(), "release.en.txt")
	if err := os.WriteFile(file, []byte("A dock\n\nIt opened.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Publish{Files: []string{file}}).Run(t.Context(), config, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), " http://localhost:8088/en/") {
		t.Errorf("where is it? %s", out.String())
	}
	if said.Len() > 0 {
		t.Errorf("it says: %s", said.String())
	}
	_, rest, _ := strings.Cut(out.String(), "release  ")
	id, _, _ := strings.Cut(rest, " ")
	if err := (&Report{Release: wire.ReleaseID(id)}).Run(t.Context(), config, &look); err != nil || !strings.HasPrefix(look.String(), "item 1  en") {
		t.Errorf("%s, %v", look.String(), err)
	}

	out.Reset()
	p := &Publish{Files: []string{file}, ReleaseAt: "2099-01-01T09:00", Zone: "Asia/Dubai"}
	if err := p.Run(t.Context(), config, &out); err != nil || !strings.Contains(out.String(), "scheduled\nnote     no wire runs on this folder") {
		t.Errorf("%s, %v", out.String(), err)
	}
}
