package client

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/seal/advance"
)

// vectors are what every client is held against; docs/embargo.md says what of.
type vectors struct {
	PublicKey ed25519.PublicKey `json:"public_key"`
	ID        string            `json:"id"`
	Seal      []byte            `json:"seal"`
	Text      []byte            `json:"text"`
	Key       []byte            `json:"key"`
	Void      []byte            `json:"void"`
	Number    int64             `json:"number"`
	Item      string            `json:"item"`
	LiftedAt  time.Time         `json:"lifted_at"`
	Data      string            `json:"data"`
	Content   string            `json:"content"`
	Hash      string            `json:"content_hash"`
	Padded    []byte            `json:"wrongly_padded_text"`
	Cases     []struct {
		Name   string `json:"name"`
		Seal   []byte `json:"seal"`
		Key    []byte `json:"key"`
		Flip   int    `json:"flip"`
		Padded bool   `json:"wrongly_padded"`
		Want   string `json:"refused"`
	} `json:"cases"`
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "embargo.json"))
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// data is that of an event.
func data(values ...any) []byte {
	m := map[string][]byte{}
	for i := 0; i < len(values); i += 2 {
		m[values[i].(string)] = values[i+1].([]byte)
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func (v *vectors) seal() []byte { return data("seal", v.Seal, "text", v.Text) }
func (v *vectors) key() []byte  { return data("key", v.Key) }
func (v *vectors) void() []byte { return data("void", v.Void) }

// checkOf is what an error says failed. A key that finds no seal has failed where
// the commitment is compared.
func checkOf(err error) string {
	if s, ok := errors.AsType[*SealError](err); ok {
		return s.Check
	}
	switch {
	case errors.Is(err, ErrNoSeal):
		return "commitment"
	case err != nil:
		return err.Error()
	}
	return ""
}

func TestABoxMakesEveryCheckOfTheVectors(t *testing.T) {
	v := readVectors(t)
	if len(v.Cases) < 16 {
		t.Fatalf("only %d cases", len(v.Cases))
	}
	for _, c := range v.Cases {
		t.Run(c.Name, func(t *testing.T) {
			seal, text, key := v.Seal, v.Text, v.Key
			if c.Seal != nil {
				seal = c.Seal
			}
			if c.Key != nil {
				key = c.Key
			}
			if c.Padded {
				text = v.Padded
			}
			if c.Flip > 0 {
				text = bytes.Clone(text)
				text[c.Flip] ^= 0xff
			}
			b := &Box{Keys: []ed25519.PublicKey{v.PublicKey}}
			_, err := b.Keep(data("seal", seal, "text", text))
			var got Cleared
			if err == nil {
				got, err = b.Open(data("key", key))
			}
			if check := checkOf(err); check != c.Want {
				t.Fatalf("refused for %q, not %q", check, c.Want)
			}
			if err != nil {
				return
			}
			if string(got.Data) != v.Data || string(got.Content) != v.Content || got.Hash != v.Hash || got.Number != v.Number || got.ID != v.Item || !got.At.Equal(v.LiftedAt) {
				t.Errorf("opened %+v", got)
			}
		})
	}
}

func TestASealIsOfUseOnce(t *testing.T) {
	v := readVectors(t)
	b := &Box{Keys: []ed25519.PublicKey{v.PublicKey}}
	if _, err := b.Open(v.key()); !errors.Is(err, ErrNoSeal) {
		t.Errorf("a key without a seal: %v", err)
	}
	for range 2 {
		if id, err := b.Keep(v.seal()); err != nil || id != v.ID {
			t.Fatal(id, err)
		}
	}
	if _, err := b.Open(v.key()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Open(v.key()); !errors.Is(err, ErrNoSeal) {
		t.Errorf("the key again: %v", err)
	}
	// It is remembered until its void, so that it is not sent again.
	if held := b.Holds(); !slices.Equal(held, []string{v.ID}) || b.bytes != 0 {
		t.Errorf("holds %v, %d bytes", held, b.bytes)
	}
	if err := b.Void(v.void()); err != nil || len(b.Holds()) != 0 {
		t.Errorf("holds %v after the void, %v", b.Holds(), err)
	}
	if err := b.Void(data("void", v.Key)); checkOf(err) != "form" {
		t.Errorf("a void that is a key: %v", err)
	}
	for name, take := range map[string]func([]byte) error{
		"seal": func(d []byte) error { _, err := b.Keep(d); return err },
		"key":  func(d []byte) error { _, err := b.Open(d); return err },
		"void": b.Void,
	} {
		for _, bad := range []string{"", "null", "[]", "{}", `{"` + name + `":1}`, `{"` + name + `":"%"}`} {
			if err := take([]byte(bad)); checkOf(err) != "form" {
				t.Errorf("%s %q: %v", name, bad, err)
			}
		}
	}
}

// sealer makes seals of a wire.
type sealer struct{ key ed25519.PrivateKey }

func newSealer() sealer {
	return sealer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))}
}

func (s sealer) SignAdvance(m []byte) []byte { return ed25519.Sign(s.key, advance.Signed(m)) }
func (s sealer) public() []ed25519.PublicKey {
	return []ed25519.PublicKey{s.key.Public().(ed25519.PublicKey)}
}

// ahead is a text that is sent ahead: the data of its three events.
type ahead struct {
	id              string
	seal, key, void []byte
	data            string
}

// make seals an item of so many bytes that is to have a number.
func (s sealer) make(t testing.TB, number int64, size int) ahead {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	text := fmt.Sprintf("{\"n\":\x00N,\"text\":%q}\n{\"number\":\x00N}", bytes.Repeat([]byte("x"), size))
	secret := advance.NewSecret()
	id, err := secret.ID()
	must(err)
	locked, err := advance.Lock(secret, []byte(text))
	must(err)
	commitment, err := secret.Commitment(id)
	must(err)
	k := advance.Key{Secret: secret, Late: advance.Late{Number: number, LiftedAt: time.Unix(0, 0)}}
	o, err := k.Fill([]byte(text))
	must(err)
	copy(k.Signature[:], ed25519.Sign(s.key, advance.SignedItem(o.Hash)))
	seal := advance.Seal{ID: id, Commitment: commitment, Digest: sha256.Sum256(locked)}
	return ahead{
		id: id.String(), seal: data("seal", seal.Sign(s), "text", locked), key: data("key", k.Message()),
		void: data("void", advance.Void{ID: id}.Sign(s)), data: string(o.Text),
	}
}

// Whatever comes, the box stays within its bounds, and what it keeps can be opened.
func TestABoxStaysWithinItsBounds(t *testing.T) {
	s := newSealer()
	texts := make([]ahead, 140)
	for i := range texts {
		texts[i] = s.make(t, int64(i+1), 10)
	}
	long := s.make(t, 141, 200_000)
	rapid.Check(t, func(r *rapid.T) {
		now := time.Unix(0, 0)
		b := &Box{Keys: s.public(), MaxBytes: rapid.SampledFrom([]int{0, 70_000, 700_000}).Draw(r, "bytes"), now: func() time.Time { return now }}
		most := b.MaxBytes
		if most == 0 {
			most = maxSealed
		}
		came := map[string]int64{}
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			x := rapid.SampledFrom(texts).Draw(r, "text")
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				held := slices.Contains(b.Holds(), x.id)
				c, err := b.Open(x.key)
				if err == nil && string(c.Data) != x.data || err != nil && !errors.Is(err, ErrNoSeal) || err == nil && !held {
					r.Fatalf("opened %q, %v", c.Data, err)
				}
			case 1:
				if err := b.Void(x.void); err != nil {
					r.Fatal(err)
				}
			case 2:
				now = now.Add(time.Hour)
			case 3:
				if id, err := b.Keep(long.seal); err != nil || (id == "") != (most < 500_000) {
					r.Fatalf("%q, %v", id, err)
				}
			default:
				if !slices.Contains(b.Holds(), x.id) {
					came[x.id] = now.Unix()
				}
				if _, err := b.Keep(x.seal); err != nil {
					r.Fatal(err)
				}
			}
			sum := 0
			for at := b.front(); at != nil; at = at.Next() {
				sum += len(at.Value.(*sealed).text)
			}
			if len(b.kept) > maxHeld || sum != b.bytes || sum > most || b.front() != nil && b.order.Len() != len(b.kept) {
				r.Fatalf("%d seals, %d bytes, counted %d", len(b.kept), sum, b.bytes)
			}
			for _, id := range b.Holds() {
				if age := now.Unix() - came[id]; id != long.id && age > int64(heldFor.Seconds()) {
					r.Fatalf("%s is held for %d s", id, age)
				}
			}
		}
	})
}

func TestTheOldestSealMakesRoom(t *testing.T) {
	s := newSealer()
	b := &Box{Keys: s.public()}
	var ids []string
	for i := range maxHeld + 2 {
		x := s.make(t, int64(i+1), 10)
		if _, err := b.Keep(x.seal); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, x.id)
	}
	if held := b.Holds(); !slices.Equal(held, ids[2:]) {
		t.Errorf("%d are held, not the newest %d", len(held), maxHeld)
	}
}

// FuzzBox hands a box what no wire says.
func FuzzBox(f *testing.F) {
	v := readVectors(f)
	f.Add(v.key())
	f.Add(v.void())
	f.Add(data("seal", v.Seal, "text", v.Text[:100]))
	f.Fuzz(func(t *testing.T, d []byte) {
		b := &Box{Keys: []ed25519.PublicKey{v.PublicKey}}
		if _, err := b.Keep(v.seal()); err != nil {
			t.Fatal(err)
		}
		_, _ = b.Keep(d)
		_ = b.Void(d)
		if c, err := b.Open(d); err == nil && string(c.Data) != v.Data {
			t.Errorf("%q opened %q", d, c.Data)
		}
	})
}
