package seal

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestATokenOpensUnderItsKeyAlone(t *testing.T) {
	ours, theirs := keyring(t), keyring(t)
	token := ours.Token([]byte(`{"sub":"key:a"}`))
	claims, err := OpenToken(ours.PublicKey(), token)
	if err != nil || string(claims) != `{"sub":"key:a"}` {
		t.Fatalf("%s, %v", claims, err)
	}
	part := strings.Split(token, ".")
	encoded := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, other := range map[string]string{
		"another wire's":       theirs.Token([]byte(`{"sub":"key:a"}`)),
		"other claims":         part[0] + "." + encoded(`{"sub":"key:b"}`) + "." + part[2],
		"no signature":         part[0] + "." + part[1] + ".",
		"no algorithm":         encoded(`{"alg":"none","typ":"wireroom-stream+jwt"}`) + "." + part[1] + ".",
		"another algorithm":    encoded(`{"alg":"HS256","typ":"wireroom-stream+jwt"}`) + "." + part[1] + "." + part[2],
		"the same, otherwise":  encoded(`{"typ":"wireroom-stream+jwt","alg":"EdDSA"}`) + "." + part[1] + "." + part[2],
		"an item's signature":  part[0] + "." + part[1] + "." + ours.Sign("abc"),
		"something behind it":  token + ".x",
		"two parts":            part[0] + "." + part[1],
		"nothing":              "",
		"bits beyond the end":  token[:len(token)-1] + next(token[len(token)-1]),
		"another base64 form":  token + "=",
		"line feeds in it":     token[:len(token)-9] + "\n" + token[len(token)-9:],
		"the beginning is cut": token[1:],
	} {
		if claims, err := OpenToken(ours.PublicKey(), other); wire.KindOf(err) != wire.Forbidden || claims != nil {
			t.Errorf("%s: %s, %v", name, claims, err)
		} else if other != "" && strings.Contains(err.Error(), part[1]) {
			t.Errorf("%s: the error shows the token", name)
		}
	}
	if _, err := OpenToken(nil, token); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("without a key: %v", err)
	}
}

// next is another character of the same length of base64.
func next(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func FuzzOpenToken(f *testing.F) {
	k, err := OpenKeyring(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	token := k.Token([]byte(`{}`))
	f.Add(token)
	f.Add(token + ".")
	f.Add("..")
	f.Fuzz(func(t *testing.T, other string) {
		if _, err := OpenToken(k.PublicKey(), other); (err == nil) != (other == token) {
			t.Errorf("%q: %v", other, err)
		}
	})
}
