package advance

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vectors are what every client of the protocol is held against. docs/embargo.md
// says what the members mean.
type vectors struct {
	PublicKey []byte     `json:"public_key"`
	Secret    []byte     `json:"secret"`
	ID        string     `json:"id"`
	TextKey   []byte     `json:"text_key"`
	Seal      []byte     `json:"seal"`
	Text      []byte     `json:"text"`
	Key       []byte     `json:"key"`
	Void      []byte     `json:"void"`
	Number    int64      `json:"number"`
	Item      string     `json:"item"`
	LiftedAt  string     `json:"lifted_at"`
	Data      string     `json:"data"`
	Content   string     `json:"content"`
	Hash      string     `json:"content_hash"`
	Padded    []byte     `json:"wrongly_padded_text"`
	Cases     []oneCheck `json:"cases"`
}

// oneCheck is a seal and a key, and what they must be refused for. Empty members
// are those of the whole; flip is a byte of the text that is inverted.
type oneCheck struct {
	Name   string `json:"name"`
	Seal   []byte `json:"seal,omitempty"`
	Key    []byte `json:"key,omitempty"`
	Flip   int    `json:"flip,omitempty"`
	Padded bool   `json:"wrongly_padded,omitempty"`
	Want   Check  `json:"refused"`
}

// counting gives bytes that are the same in every run.
type counting byte

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*c)
		*c++
	}
	return len(p), nil
}

func newVectors(t *testing.T) vectors {
	t.Helper()
	us, them := signerOf(1), signerOf(2)
	secret := Secret(sequence(32, 0x10))
	id, err := secret.ID()
	must(t, err)
	late := Late{Number: 4711, Item: ID(sequence(16, 0x60)), LiftedAt: time.Date(2026, 12, 1, 9, 0, 0, 1230_000, time.UTC)}
	content := []byte("{\"headline\":\"ハルデン opens a \\u0000 plant – العنوان\",\"number\":\"\x00N\",\"item\":\"\x00I\",\"versionCreated\":\"\x00T\",\"contentHash\":\"\x00H\",\"signature\":\"\x00S\"}\n" +
		"{\"clear_time\":\"\x00M\",\"headline\":\"ハルデン opens a \\u0000 plant – العنوان\",\"id\":\"\x00I\",\"number\":\x00N}")
	random := counting(0)
	text, err := lock(&random, secret, content)
	must(t, err)
	commitment, err := secret.Commitment(id)
	must(t, err)
	textKey, err := secret.derive(id, forText)
	must(t, err)
	s := Seal{ID: id, Commitment: commitment, Digest: sha256.Sum256(text)}
	k := us.keyTo(t, secret, late, content)
	data, err := k.Fill(content)
	must(t, err)
	v := vectors{
		PublicKey: us.public(), Secret: secret[:], ID: id.String(), TextKey: textKey, Seal: s.Sign(us), Text: text, Key: k.Message(), Void: Void{id}.Sign(us),
		Number: late.Number, Item: late.Item.String(), LiftedAt: late.LiftedAt.Format(time.RFC3339Nano),
		Data: string(data.Text), Content: string(data.Item), Hash: data.Hash,
		Padded: wronglyPadded(t, secret, content),
	}
	wrong, other, padded, broken, fresh, merged := k, k, s, s, s, s
	wrong.Secret[0] ^= 1
	other.Number++
	padded.Digest = sha256.Sum256(v.Padded)
	broken.Digest = sha256.Sum256(flipped(text, 40_000))
	fresh.ID[0] ^= 1
	merged.Commitment[0] ^= 1
	version2 := append([]byte{2}, v.Seal[1:]...)
	extended := append(append([]byte{version, kindSeal}, v.Seal[2:2+bodySize[kindSeal]]...), 0, 6, 0x7f, 0xff, 0, 2, 'h', 'i')
	proved := append(bytes.Clone(v.Key[:2+bodySize[kindKey]]), 0, 6, 0x7f, 0xff, 0, 2, 'h', 'i')
	v.Cases = []oneCheck{
		{Name: "all is well"},
		{Name: "the seal has an extension that is not known", Seal: append(extended, us.SignAdvance(extended)...)},
		{Name: "the key has an extension that is not known", Key: append(proved, k.Signature[:]...)},
		{Name: "the seal is signed by somebody else", Seal: s.Sign(them), Want: Unsigned},
		{Name: "the seal is altered", Seal: flipped(v.Seal, 20), Want: Unsigned},
		{Name: "the seal is of another version", Seal: version2, Want: Version},
		{Name: "the seal is a key", Seal: v.Key, Want: Form},
		{Name: "the seal is cut short", Seal: v.Seal[:len(v.Seal)-1], Want: Form},
		{Name: "the text is altered", Flip: 40_000, Want: Sealed},
		{Name: "the item is signed by somebody else", Key: them.keyTo(t, secret, late, content).Message(), Want: Unsigned},
		{Name: "the key is altered in what it says", Key: flipped(v.Key, 45), Want: Unsigned},
		{Name: "the key tells of another number", Key: other.Message(), Want: Unsigned},
		{Name: "the key is a void", Key: v.Void, Want: Form},
		{Name: "the key tells of no number", Key: (Key{Secret: secret, Late: Late{LiftedAt: late.LiftedAt, Signature: k.Signature}}).Message(), Want: Form},
		{Name: "the key is of another seal", Seal: fresh.Sign(us), Want: Committed},
		{Name: "the secret is of another seal", Key: wrong.Message(), Want: Committed},
		{Name: "the key is not the one that the seal commits to", Seal: merged.Sign(us), Want: Committed},
		{Name: "the text does not open", Seal: broken.Sign(us), Flip: 40_000, Want: Opens},
		{Name: "the padding is wrong", Seal: padded.Sign(us), Padded: true, Want: Content},
	}
	return v
}

// wronglyPadded is a sealed text with something in its padding.
func wronglyPadded(t *testing.T, secret Secret, content []byte) []byte {
	t.Helper()
	id, err := secret.ID()
	must(t, err)
	aead, about, err := secret.aead(id)
	must(t, err)
	random := counting(100)
	b := make([]byte, nonceSize+leastSize)
	_, err = io.ReadFull(&random, b[:nonceSize+saltSize])
	must(t, err)
	padded := b[nonceSize:]
	padded[saltSize+2], padded[saltSize+3] = byte(len(content)>>8), byte(len(content))
	copy(padded[saltSize+4:], content)
	padded[len(padded)-1] = 1
	return aead.Seal(b[:nonceSize:nonceSize], b[:nonceSize], padded, about)
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0xff
	return b
}

func sequence(n int, from byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run does with a case what a client does, and returns what it is refused for.
func (v *vectors) run(c oneCheck) Check {
	pick := func(own, whole []byte) []byte {
		if own != nil {
			return own
		}
		return whole
	}
	text := v.Text
	if c.Padded {
		text = v.Padded
	}
	if c.Flip > 0 {
		text = flipped(text, c.Flip)
	}
	s, err := ParseSeal(pick(c.Seal, v.Seal), v.PublicKey)
	if err == nil {
		err = s.Holds(text)
	}
	var k Key
	if err == nil {
		k, err = ParseKey(pick(c.Key, v.Key))
	}
	var data Opened
	if err == nil {
		data, err = k.Open(s, text, v.PublicKey)
	}
	if err == nil && (string(data.Text) != v.Data || string(data.Item) != v.Content || data.Hash != v.Hash || k.Number != v.Number || k.Item.String() != v.Item || k.LiftedAt.Format(time.RFC3339Nano) != v.LiftedAt) {
		return "another text"
	}
	return checkOf(err)
}

func TestTheVectorsHold(t *testing.T) {
	path := filepath.Join("..", "..", "..", "client", "testdata", "embargo.json")
	made := newVectors(t)
	want, err := json.MarshalIndent(made, "", " ")
	must(t, err)
	want = append(want, '\n')
	if *update {
		must(t, os.WriteFile(path, want, 0o644))
	}
	have, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(have, want) {
		t.Error("what this package makes is not in the vectors; a change of the protocol needs another version, -update writes them anew")
	}
	var v vectors
	must(t, json.Unmarshal(have, &v))
	for _, c := range v.Cases {
		if got := v.run(c); got != c.Want {
			t.Errorf("%s: refused for %q, not %q", c.Name, got, c.Want)
		}
	}
	if _, err := ParseVoid(v.Void, v.PublicKey); err != nil {
		t.Error(err)
	}
}
