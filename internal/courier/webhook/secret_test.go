package webhook

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

const secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestAReplacedSecretSignsUntilItsTime(t *testing.T) {
	rotated, fresh, err := Rotate(secretText, at, Overlap)
	if err != nil || !strings.HasPrefix(fresh, secretPrefix) {
		t.Fatal(rotated, err)
	}
	body := []byte("{}")
	old, err := Sign(secretText, "id", at, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := at.Add(Overlap - time.Second)
	both, err := Sign(rotated, "id", now, body, nil)
	if err != nil || len(strings.Fields(both)) != 2 {
		t.Fatalf("while both are valid: %q, %v", both, err)
	}
	mine, _ := Sign(fresh, "id", now, body, nil)
	before, _ := Sign(secretText, "id", now, body, nil)
	if both != mine+" "+before {
		t.Errorf("%q, want the new one and then the old one", both)
	}
	later := at.Add(Overlap)
	if one, err := Sign(rotated, "id", later, body, nil); err != nil || len(strings.Fields(one)) != 1 || one == old {
		t.Errorf("afterwards: %q, %v", one, err)
	}
	again, _, err := Rotate(rotated, later, Overlap)
	if s, _ := parseSecrets(again); err != nil || len(s.keys) != 2 {
		t.Errorf("a secret that has ended is kept: %q, %v", again, err)
	}
	leaked, fresh, err := Rotate(secretText, at, 0)
	if err != nil || leaked != fresh {
		t.Errorf("after a leak the old one signs: %v", err)
	}
}

func TestRotationsDoNotPileUp(t *testing.T) {
	text := secretText + " " + asymmetric
	for i := range 50 {
		var err error
		if text, _, err = Rotate(text, at.Add(time.Duration(i)*time.Minute), Overlap); err != nil {
			t.Fatal(err)
		}
	}
	s, err := parseSecrets(text)
	if err != nil || len(s.keys) != maxSecrets || !s.asymmetric {
		t.Errorf("%d keys, %v", len(s.keys), err)
	}
}

func TestTheWiresOwnKeySignsForWhoeverAsks(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	wanted := secretText + " " + asymmetric
	body := []byte(`{"type":"item.publish"}`)
	for secret, want := range map[string]int{secretText: 1, wanted: 2, asymmetric: 1} {
		header, err := Sign(secret, "itemid.5", at, body, private)
		signatures := strings.Fields(header)
		if err != nil || len(signatures) != want {
			t.Fatalf("%q, %v", header, err)
		}
		last, ok := strings.CutPrefix(signatures[want-1], "v1a,")
		if ok != strings.Contains(secret, asymmetric) {
			t.Errorf("%q", header)
		}
		if raw, err := base64.StdEncoding.DecodeString(last); ok && (err != nil || !ed25519.Verify(public, []byte(`itemid.5.1795435200.{"type":"item.publish"}`), raw)) {
			t.Errorf("%q does not verify", last)
		}
	}
	if header, err := Sign(wanted, "a", at, nil, nil); err != nil || strings.Contains(header, "v1a") {
		t.Errorf("without a key of the wire: %q, %v", header, err)
	}
	if _, err := Sign(asymmetric, "a", at, nil, nil); wire.KindOf(err) != wire.Invalid {
		t.Errorf("without any key: %v", err)
	}
	key, ok := strings.CutPrefix(PublicKey(private), publicPrefix)
	if raw, err := base64.StdEncoding.DecodeString(key); !ok || err != nil || !public.Equal(ed25519.PublicKey(raw)) {
		t.Errorf("public key %q", PublicKey(private))
	}
	if PublicKey(nil) != "" || PublicKey(&rsa.PrivateKey{}) != "" {
		t.Error("a public key of no Ed25519 key")
	}
}

func TestANewSecretIsAsTheStandardWants(t *testing.T) {
	first, second := NewSecret(), NewSecret()
	s, err := parseSecrets(first)
	if err != nil || len(s.keys) != 1 || len(s.keys[0].key) < 24 || len(s.keys[0].key) > 64 || first == second {
		t.Errorf("%v", err)
	}
}

func FuzzSecrets(f *testing.F) {
	for _, seed := range []string{secretText, secretText + ";until=1795435200", secretText + " " + asymmetric, "whsec_", ";until=", "whsec_AAAA;until=-1", "ed25519 ed25519"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSecrets(text)
		if err != nil {
			return
		}
		again, err := parseSecrets(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is read as %q, then %q, %v", text, s, again, err)
		}
	})
}
