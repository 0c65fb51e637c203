package advance

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// signer is a key to sign with.
type signer struct{ key ed25519.PrivateKey }

func (s signer) SignAdvance(message []byte) []byte { return ed25519.Sign(s.key, Signed(message)) }
func (s signer) public() ed25519.PublicKey         { return s.key.Public().(ed25519.PublicKey) }

func signerOf(seed byte) signer {
	return signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

// checkOf is what an error says failed; "" for none.
func checkOf(err error) Check {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Check
	}
	if err != nil {
		return Check(err.Error())
	}
	return ""
}

// sent is a seal as a desktop has it.
type sent struct {
	Seal
	text   []byte
	secret Secret
}

func seal(t testing.TB, content []byte) sent {
	t.Helper()
	s := sent{secret: NewSecret()}
	var err error
	if s.ID, err = s.secret.ID(); err != nil {
		t.Fatal(err)
	}
	if s.text, err = Lock(s.secret, content); err != nil {
		t.Fatal(err)
	}
	if s.Commitment, err = s.secret.Commitment(s.ID); err != nil {
		t.Fatal(err)
	}
	s.Digest = sha256.Sum256(s.text)
	return s
}

// contents are two lines without holes.
var contents = rapid.Custom(func(t *rapid.T) []byte {
	s := rapid.StringMatching(`[^\x00\n]{0,300}`).Draw(t, "text")
	return []byte(strings.Repeat(s, rapid.IntRange(1, 600).Draw(t, "times")) + "\n" + s)
})

func lates(t *rapid.T) Late {
	return Late{
		Number: rapid.Int64Range(1, 1<<53).Draw(t, "number"), Item: ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "item")),
		LiftedAt:  time.UnixMicro(rapid.Int64Range(0, maxTime).Draw(t, "lifted")).UTC(),
		Signature: [64]byte(rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature")),
	}
}

// keyTo is the key to what is sealed under a secret, with the item's signature.
func (s signer) keyTo(t testing.TB, secret Secret, l Late, content []byte) Key {
	t.Helper()
	o, err := l.Fill(content)
	must(t, err)
	copy(l.Signature[:], ed25519.Sign(s.key, SignedItem(o.Hash)))
	id, err := secret.ID()
	must(t, err)
	return Key{ID: id, Secret: secret, Late: l}
}

func anyID() (id ID) {
	rand.Read(id[:])
	return id
}

func TestWhatIsSealedOpensToTheSameUnderItsKeyAlone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		content := contents.Draw(r, "content")
		s := seal(t, content)
		if err := s.Holds(s.text); err != nil {
			r.Fatal(err)
		}
		us, them := signerOf(1), signerOf(2)
		k := us.keyTo(t, s.secret, lates(r), content)
		got, err := k.Open(s.Seal, s.text, them.public(), us.public())
		if err != nil || !bytes.Equal(append(append(got.Text, '\n'), got.Item...), content) {
			r.Fatalf("%d bytes opened to %d and %d, %v", len(content), len(got.Text), len(got.Item), err)
		}
		wrong := k
		wrong.Secret[rapid.IntRange(0, 31).Draw(r, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		if _, err := wrong.Open(s.Seal, s.text, us.public()); checkOf(err) != Committed {
			r.Fatalf("a wrong key: %v", err)
		}
		altered := bytes.Clone(s.text)
		altered[rapid.IntRange(0, len(altered)-1).Draw(r, "altered")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit of it")
		if err := s.Holds(altered); checkOf(err) != Sealed {
			r.Fatalf("an altered text: %v", err)
		}
		if _, err := k.Open(s.Seal, altered, us.public()); checkOf(err) != Opens {
			r.Fatalf("an altered text, whose digest nobody checked: %v", err)
		}
		k.Signature[rapid.IntRange(0, 63).Draw(r, "byte of the signature")] ^= 1
		if _, err := k.Open(s.Seal, s.text, us.public()); checkOf(err) != Unsigned {
			r.Fatalf("a text that is not the wire's: %v", err)
		}
	})
}

// A seal cannot be opened to one text for some and to another for others: the seal
// commits to its key, and the key opens one text.
func TestTwoTextsUnderOneSealAreRefused(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		one, other := seal(t, contents.Draw(r, "one")), seal(t, contents.Draw(r, "other"))
		two := one.Seal
		two.Digest = other.Digest // what is signed for somebody else
		if _, err := two.Unlock(other.secret, other.text); checkOf(err) != Committed {
			r.Fatalf("another text under its own key: %v", err)
		}
		if _, err := two.Unlock(one.secret, other.text); checkOf(err) != Opens {
			r.Fatalf("another text under the same key: %v", err)
		}
	})
}

func TestSizesTellLittle(t *testing.T) {
	for _, c := range []struct{ content, want int }{
		{0, 64 << 10}, {1, 64 << 10}, {20_000, 64 << 10}, {64<<10 - 36, 64 << 10}, {64<<10 - 35, 128 << 10}, {300_000, 512 << 10},
		{MaxContent, 16 << 20},
	} {
		s := seal(t, bytes.Repeat([]byte("x"), c.content))
		if got := len(s.text) - nonceSize - tagSize; got != c.want {
			t.Errorf("%d bytes became %d, not %d", c.content, got, c.want)
		}
	}
	if _, err := Lock(NewSecret(), make([]byte, MaxContent+1)); checkOf(err) != Content {
		t.Errorf("a text that is too long: %v", err)
	}
	a, b := seal(t, []byte("the same")), seal(t, []byte("the same"))
	if bytes.Equal(a.text[:64], b.text[:64]) || a.ID == b.ID {
		t.Error("the same text is sealed in the same way twice")
	}
}

func TestSignedMessagesComeBackAndNothingElseDoes(t *testing.T) {
	us, them := signerOf(1), signerOf(2)
	rapid.Check(t, func(r *rapid.T) {
		id := ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(r, "id"))
		k := Key{Secret: Secret(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "secret")), Late: lates(r)}
		var err error
		if k.ID, err = k.Secret.ID(); err != nil {
			r.Fatal(err)
		}
		s := Seal{ID: id, Digest: sha256.Sum256(id[:]), Commitment: k.Secret}
		v := Void{id}
		parse := map[string]func([]byte) error{
			"seal": func(b []byte) error {
				got, err := ParseSeal(b, them.public(), us.public())
				return differs(got, s, err)
			},
			"key":  func(b []byte) error { got, err := ParseKey(b); return differs(got, k, err) },
			"void": func(b []byte) error { got, err := ParseVoid(b, us.public()); return differs(got, v, err) },
		}
		messages := map[string][]byte{"seal": s.Sign(us), "key": k.Message(), "void": v.Sign(us)}
		for kind, read := range parse {
			for of, message := range messages {
				if err := read(message); (err == nil) != (kind == of) {
					r.Fatalf("a %s read as a %s: %v", of, kind, err)
				}
			}
			altered := bytes.Clone(messages[kind])
			altered[rapid.IntRange(0, len(altered)-1).Draw(r, "byte of the "+kind)] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
			if err := read(altered); err == nil {
				r.Fatalf("an altered %s was read", kind)
			}
		}
		if _, err := ParseSeal(s.Sign(them), us.public()); checkOf(err) != Unsigned {
			r.Fatalf("a seal of somebody else: %v", err)
		}
	})
}

func differs[T comparable](got, want T, err error) error {
	if err == nil && got != want {
		return fmt.Errorf("%v is not %v", got, want)
	}
	return err
}

// What a later version adds does not hinder this one.
func TestExtensionsArePassedOverAndMustHaveTheirForm(t *testing.T) {
	us := signerOf(1)
	v := Void{anyID()}
	with := func(extensions string) error {
		raw, err := hex.DecodeString(strings.ReplaceAll(extensions, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		b := append(append([]byte{version, kindVoid}, v.ID[:]...), raw...)
		_, err = ParseVoid(append(b, us.SignAdvance(b)...), us.public())
		return err
	}
	for extensions, want := range map[string]Check{
		"0000": "", "0006 0001 0002 aabb": "", "000a 0001 0002 aabb 0007 0000": "", "": Form, "0001 00": Form, "0000 00": Form, "0004 0001 0001": Form, "0005 0001 0002 aa": Form,
		"0008 0002 0000 0001 0000": Form, "0008 0001 0000 0001 0000": Form, "0002 0001": Form,
	} {
		if err := with(extensions); checkOf(err) != want {
			t.Errorf("%s: %v", extensions, err)
		}
	}
	b := append([]byte{2, kindVoid}, v.ID[:]...)
	if _, err := ParseVoid(finish(b, us), us.public()); checkOf(err) != Version {
		t.Errorf("another version: %v", err)
	}
}

func TestNumbersAndTimesThatCannotBeAreRefused(t *testing.T) {
	for _, l := range []Late{{Number: 0}, {Number: -1}, {Number: 1<<53 + 1}, {Number: 1, LiftedAt: time.UnixMicro(-1)}, {Number: 1, LiftedAt: time.UnixMicro(maxTime + 1)}} {
		if l.LiftedAt.IsZero() {
			l.LiftedAt = time.UnixMicro(0)
		}
		if _, err := ParseKey((Key{Late: l}).Message()); checkOf(err) != Form {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

func TestIdsHaveOneForm(t *testing.T) {
	id := anyID()
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "a", strings.ToUpper(id.String()), id.String() + "a", strings.Repeat("a", 25) + "b", strings.Repeat("1", 26), id.String()[:25] + "="} {
		if _, err := ParseID(s); checkOf(err) != Form {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestHolesTakeWhatTheClearGives(t *testing.T) {
	render := func(c Cleared) (text, item []byte, err error) {
		exact := c.LiftedAt.Format(time.RFC3339Nano)
		text = fmt.Appendf(nil, `{"n":%d,"again":"%d","id":"%s","at":"%s","hash":"%x","by":"%s","same":true}`,
			c.Number, c.Number, c.Item, c.LiftedAt.Format("2006-01-02T15:04:05Z"), c.ContentHash, base64.StdEncoding.EncodeToString(c.Signature[:]))
		return text, fmt.Appendf(nil, `{"at":"%s","id":"%s","number":%d}`, exact, c.Item, c.Number), nil
	}
	content, err := Punch(render)
	want := "{\"n\":\x00N,\"again\":\"\x00N\",\"id\":\"\x00I\",\"at\":\"\x00T\",\"hash\":\"\x00H\",\"by\":\"\x00S\",\"same\":true}\n" +
		"{\"at\":\"\x00M\",\"id\":\"\x00I\",\"number\":\x00N}"
	if err != nil || string(content) != want {
		t.Fatalf("%q, %v", content, err)
	}
	for nanoseconds, exact := range map[int]string{999_999_000: "09:00:00.999999Z", 120_000_000: "09:00:00.12Z", 0: "09:00:00Z"} {
		c := Cleared{Late: Late{Number: 42, Item: anyID(), LiftedAt: time.Date(2026, 12, 1, 9, 0, 0, nanoseconds, time.UTC), Signature: [64]byte{1}}}
		_, item, _ := render(c)
		c.ContentHash = sha256.Sum256(item)
		text, item, _ := render(c)
		o, err := c.Fill(content)
		if err != nil || !bytes.Equal(o.Text, text) || !bytes.Equal(o.Item, item) || o.Hash != c.HashText() {
			t.Errorf("%s\n%s\n%v", o.Text, o.Item, err)
		}
		if !bytes.Contains(o.Item, []byte(exact)) || !bytes.Contains(o.Text, []byte(`09:00:00Z`)) {
			t.Errorf("%s at %s", o.Item, exact)
		}
	}
	for _, bad := range []string{"", "a", "a\x00\n", "\na\x00X", "\n\x00\x00N", "\x00n\n", "\n\n"} {
		if _, err := (Late{}).Fill([]byte(bad)); checkOf(err) != Content {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestATextThatDependsOnTheClearOtherwiseIsNotSealed(t *testing.T) {
	for name, render := range map[string]Render{
		"a digest": func(c Cleared) ([]byte, []byte, error) {
			return fmt.Appendf(nil, "%x", sha256.Sum256(fmt.Append(nil, c.Number))), nil, nil
		},
		"a day":               func(c Cleared) ([]byte, []byte, error) { return []byte(c.LiftedAt.Format("2 January 2006")), nil, nil },
		"a digest of an item": func(c Cleared) ([]byte, []byte, error) { return nil, []byte(c.HashText()), nil },
		"a NUL":               func(Cleared) ([]byte, []byte, error) { return []byte{'a', 0}, nil, nil },
		"a line feed":         func(Cleared) ([]byte, []byte, error) { return []byte("a"), []byte("b\n"), nil },
		"an error":            func(Cleared) ([]byte, []byte, error) { return nil, nil, refuse(Content, "no") },
	} {
		if _, err := Punch(render); checkOf(err) != Content {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a message is, it is read or refused; and only what was signed is read.
func FuzzMessages(f *testing.F) {
	us := signerOf(1)
	id := ID{1, 2, 3}
	f.Add(Seal{ID: id}.Sign(us))
	f.Add(Key{Late: Late{Number: 7, LiftedAt: time.UnixMicro(5)}}.Message())
	f.Add(Void{id}.Sign(us))
	f.Add(finish([]byte{version, kindVoid}, us))
	f.Fuzz(func(t *testing.T, message []byte) {
		resigned := message
		if n := len(message) - signatureSize; n >= 0 {
			// So that what is behind the signature is looked at, too.
			resigned = append(bytes.Clone(message[:n]), us.SignAdvance(message[:n])...)
		}
		for _, b := range [][]byte{message, resigned} {
			if s, err := ParseSeal(b, us.public()); err == nil && !bytes.Equal(s.Sign(us)[:len(s.Sign(us))-66], b[:2+bodySize[kindSeal]]) {
				t.Errorf("%x was read as %+v", b, s)
			}
			if k, err := ParseKey(b); err == nil && !bytes.Equal(k.Message()[:2+bodySize[kindKey]], b[:2+bodySize[kindKey]]) {
				t.Errorf("%x was read as %+v", b, k)
			}
			if v, err := ParseVoid(b, us.public()); err == nil && !bytes.Equal(v.Sign(us)[:2+bodySize[kindVoid]], b[:2+bodySize[kindVoid]]) {
				t.Errorf("%x was read as %+v", b, v)
			}
		}
	})
}

// What a text opens to comes from the wire, and is hostile all the same.
func FuzzContents(f *testing.F) {
	f.Add([]byte("a\x00N\x00I\x00T\n\x00M"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		l := Late{Number: 3, LiftedAt: time.UnixMicro(0)}
		if o, err := l.Fill(b); err == nil && (bytes.IndexByte(o.Text, 0) >= 0 || bytes.IndexByte(o.Item, 0) >= 0) {
			t.Errorf("%q has a hole left", b)
		}
		s := seal(t, nil)
		if _, err := s.Unlock(s.secret, b); err == nil {
			t.Error("what is no sealed text was opened")
		}
	})
}
