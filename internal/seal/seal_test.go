package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func keyring(t testing.TB) *Keyring {
	t.Helper()
	k, err := OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnEnvelopeOpensOnlyUnderItsNameAndKeyring(t *testing.T) {
	k, other := keyring(t), keyring(t)
	text := []byte("Halden Robotics to acquire …")
	sealed, err := k.Seal("release/a/1", text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open("release/a/1", sealed); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if _, err := k.Open("release/b/1", sealed); err == nil {
		t.Error("an envelope opened under another name")
	}
	if _, err := other.Open("release/a/1", sealed); err == nil {
		t.Error("an envelope opened with another keyring")
	}
	if len(sealed) != len(text)+Overhead {
		t.Errorf("overhead is %d bytes, documented as %d", len(sealed)-len(text), Overhead)
	}
}

func TestAnAlteredEnvelopeIsRefused(t *testing.T) {
	k := keyring(t)
	rapid.Check(t, func(t *rapid.T) {
		sealed, err := k.Seal("n", rapid.SliceOf(rapid.Byte()).Draw(t, "plain"))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if _, err := k.Open("n", sealed); err == nil {
			t.Fatalf("altered byte %d went unnoticed", at)
		}
		if _, err := k.Open("n", sealed[:at]); err == nil {
			t.Fatalf("cut at %d went unnoticed", at)
		}
	})
}

func TestTheSealedTextIsNowhereInTheEnvelope(t *testing.T) {
	k := keyring(t)
	text := strings.Repeat("canary-7f3a ", 50)
	sealed, _ := k.Seal("n", []byte(text))
	if bytes.Contains(sealed, []byte("canary-7f3a")) {
		t.Error("the envelope shows its content")
	}
	again, _ := k.Seal("n", []byte(text))
	if bytes.Equal(sealed[1:], again[1:]) {
		t.Error("the same text sealed twice looks the same")
	}
}

func TestKeysAreMadeOncePrivateAndFoundAgain(t *testing.T) {
	dir := t.TempDir()
	rings := make([]*Keyring, 8)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			var err error
			if rings[i], err = OpenKeyring(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sealed, _ := rings[0].Seal("n", []byte("x"))
	for _, k := range rings {
		if _, err := k.Open("n", sealed); err != nil {
			t.Errorf("processes that started at once have different keys: %v", err)
		}
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, _ := e.Info()
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if len(entries) != 2 {
		t.Errorf("the folder holds %d files, want 2", len(entries))
	}
}

func TestABrokenKeyFileIsNamedAndNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sealing.key")
	if err := os.WriteFile(path, []byte("zz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenKeyring(dir)
	if wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), "sealing.key") {
		t.Errorf("err = %v", err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "zz\n" {
		t.Error("the broken key was overwritten: what it sealed is lost for good")
	}
}

func TestSignaturesVerifyAndBindTheHash(t *testing.T) {
	k := keyring(t)
	signature := k.Sign("abc")
	if !Verify(k.PublicKey(), "abc", signature) {
		t.Error("a good signature was refused")
	}
	if Verify(k.PublicKey(), "abd", signature) || Verify(keyring(t).PublicKey(), "abc", signature) || Verify(k.PublicKey(), "abc", "AA==") || Verify(nil, "abc", signature) {
		t.Error("a bad signature was accepted")
	}
}

func TestDKIMKeysHaveRecords(t *testing.T) {
	k := keyring(t)
	for kind, want := range map[string]string{"ed25519": "v=DKIM1; k=ed25519; p=", "rsa": "v=DKIM1; k=rsa; p=MIIB"} {
		key, err := k.DKIM(kind)
		if err != nil {
			t.Fatal(err)
		}
		record, err := DKIMRecord(key)
		if err != nil || !strings.HasPrefix(record, want) {
			t.Errorf("%s: %q, %v", kind, record, err)
		}
	}
	if _, err := k.DKIM("dsa"); wire.KindOf(err) != wire.Invalid {
		t.Errorf("dsa: %v", err)
	}
}

func BenchmarkSeal20KB(b *testing.B) {
	k := keyring(b)
	text := make([]byte, 20<<10)
	for b.Loop() {
		if _, err := k.Seal("n", text); err != nil {
			b.Fatal(err)
		}
	}
}
