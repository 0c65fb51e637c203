package mail

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func returnSender() *Sender {
	return &Sender{From: "wire@Wire.example", ReturnKey: bytes.Repeat([]byte{7}, 32)}
}

func TestAReturnPathNamesTheLetterItCameWith(t *testing.T) {
	s := returnSender()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Min(0).Draw(t, "number")
		id := wire.SubscriptionID(rapid.Int64Min(0).Draw(t, "id"))
		path := s.ReturnPath(number, id)
		local, domain, _ := strings.Cut(path, "@")
		if len(local) > 64 || domain != "Wire.example" || local != strings.ToLower(local) { // RFC 5321 §4.5.3.1.1
			t.Fatal(path)
		}
		for _, same := range []string{path, "<" + path + ">", strings.ToUpper(path)} {
			if n, i, ok := s.ParseReturnPath(same); !ok || n != number || i != id {
				t.Fatalf("%s: %d, %d, %v", same, n, i, ok)
			}
		}
	})
}

func TestTheLongestReturnPathFits(t *testing.T) {
	path := returnSender().ReturnPath(math.MaxInt64, math.MaxInt64)
	if local, _, _ := strings.Cut(path, "@"); len(local) > 64 {
		t.Errorf("%d bytes: %s", len(local), local)
	}
}

func TestAReturnPathThatIsNotOursIsRefused(t *testing.T) {
	s := returnSender()
	path := s.ReturnPath(4711, 42)
	other := *s
	other.ReturnKey = bytes.Repeat([]byte{8}, 32)
	for _, bad := range []string{
		"", "@", "returns@wire.example", "returns+@wire.example", "returns+aaaa@wire.example", "wire@wire.example",
		other.ReturnPath(4711, 42), strings.Replace(path, "returns+", "return+", 1), strings.Replace(path, "@", "a@", 1),
		strings.Replace(path, "Wire.example", "wire.example.org", 1), "returns+" + strings.Repeat("a", 200) + "@wire.example",
		strings.Replace(path, "@", "=@", 1), strings.Replace(path, "@", "\r\n@", 1), strings.Replace(path, "+", "+1", 1),
	} {
		if n, id, ok := s.ParseReturnPath(bad); ok || n != 0 || id != 0 {
			t.Errorf("%s is taken for %d, %d", bad, n, id)
		}
	}
	// Not one character of it can be another, the last one's spare bits included.
	at := strings.IndexByte(path, '@')
	for i := len("returns+"); i < at; i++ {
		for _, c := range "abcdefghijklmnopqrstuvwxyz234567" {
			if forged := path[:i] + string(c) + path[i+1:]; forged != path {
				if _, _, ok := s.ParseReturnPath(forged); ok {
					t.Errorf("%s passes for %s", forged, path)
				}
			}
		}
	}
	if _, _, ok := (&Sender{From: s.From}).ParseReturnPath(path); ok {
		t.Error("without a key a return path is taken")
	}
}

func TestWithoutAKeyLettersComeBackToTheSender(t *testing.T) {
	if got := (&Sender{From: "wire@wire.example"}).ReturnPath(1, 2); got != "wire@wire.example" {
		t.Error(got)
	}
	if got := (&Sender{From: "wire@wire.example", ReturnDomain: "back.wire.example", ReturnKey: []byte{1}}).ReturnPath(1, 2); !strings.HasSuffix(got, "@back.wire.example") {
		t.Error(got)
	}
}

func TestTheReturnPathsMACIsHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "key")
		message := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "message")
		h := hmac.New(sha256.New, key)
		h.Write(message)
		if got := hmacSHA256(key, message); !hmac.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("%x", got)
		}
	})
}

func FuzzReturnPath(f *testing.F) {
	s := returnSender()
	f.Add(s.ReturnPath(1, 1))
	f.Add(s.ReturnPath(math.MaxInt64, 7))
	f.Add("<returns+@wire.example>")
	f.Fuzz(func(t *testing.T, address string) {
		number, id, ok := s.ParseReturnPath(address)
		if ok && !strings.EqualFold(strings.Trim(address, "<>"), s.ReturnPath(number, id)) {
			t.Errorf("%q is taken for %s", address, s.ReturnPath(number, id))
		}
	})
}

func BenchmarkReturnPath(b *testing.B) {
	s := returnSender()
	b.Run("append", func(b *testing.B) {
		var dst []byte
		b.ReportAllocs()
		for b.Loop() {
			dst = s.AppendReturnPath(dst[:0], 123456, 86000)
		}
	})
	b.Run("parse", func(b *testing.B) {
		path := s.ReturnPath(123456, 86000)
		b.ReportAllocs()
		for b.Loop() {
			if _, _, ok := s.ParseReturnPath(path); !ok {
				b.Fatal(path)
			}
		}
	})
}
