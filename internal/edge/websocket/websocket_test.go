package websocket

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ask(fields ...string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, "http://wire.example/v1/ws", nil)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

var usual = []string{"Connection", "keep-alive, Upgrade", "Upgrade", "WebSocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// spelt returns the values under a name in exactly this spelling, which is the
// standard's and not that of http.Header.
func spelt(h http.Header, name string) []string { return h[name] }

func TestTheHandshakeOfTheStandard(t *testing.T) {
	answer, compressed, err := Accept(ask(usual...))
	// RFC 6455 §1.3.
	if got := spelt(answer, "Sec-WebSocket-Accept"); err != nil || compressed || len(got) != 1 || got[0] != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("%v %v %v", answer, compressed, err)
	}
}

func TestCompressionIsAgreedOnWhereOneMessageSuitsEveryone(t *testing.T) {
	for offer, want := range map[string]bool{
		"permessage-deflate":                                                       true,
		"permessage-deflate; client_max_window_bits":                               true,
		"permessage-deflate; server_no_context_takeover":                           true,
		"permessage-deflate; server_max_window_bits=10":                            false,
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":        true,
		"permessage-deflate; server_max_window_bits=15; client_max_window_bits=15": true,
		"permessage-deflate; unheard_of":                                           false,
		"x-webkit-deflate-frame":                                                   false,
		"":                                                                         false,
	} {
		answer, compressed, err := Accept(ask(append(usual, "Sec-WebSocket-Extensions", offer)...))
		if err != nil || compressed != want || (len(spelt(answer, "Sec-WebSocket-Extensions")) > 0) != want {
			t.Errorf("%q: %v, %v", offer, answer, err)
		}
	}
}

func TestAWrongHandshakeIsRefused(t *testing.T) {
	for name, fields := range map[string][]string{
		"no upgrade":    {"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		"old version":   {"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "8", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
		"no key":        {"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13"},
		"short key":     {"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAA"},
		"other upgrade": {"Connection", "Upgrade", "Upgrade", "h2c", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
	} {
		if _, _, err := Accept(ask(fields...)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// masked is a receiver's frame.
func masked(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := []byte{0x37, 0xfa, 0x21, 0x3d}
	b = append(b, mask...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return b
}

// hear feeds a reader in pieces and returns what it told.
func hear(r *Reader, b []byte, piece int) (said []string, err error) {
	for len(b) > 0 && err == nil {
		n := min(piece, len(b))
		err = r.Feed(b[:n], func(m Message) error {
			said = append(said, fmt.Sprintf("%d %s", m.Kind, m.Data))
			return nil
		})
		b = b[n:]
	}
	return said, err
}

func TestMessagesAreReadWhole(t *testing.T) {
	long := strings.Repeat("long ", 3000)
	for _, c := range []struct {
		name string
		in   []byte
		want []string
	}{
		{"RFC 6455 §5.7, a masked text", []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}, []string{"0 Hello"}},
		{"empty", masked(0x81, ""), []string{"0 "}},
		{"two", append(masked(0x81, "one"), masked(0x81, "two")...), []string{"0 one", "0 two"}},
		{"in three parts, with a ping between", bytes.Join([][]byte{masked(0x01, "Hel"), masked(0x89, "?"), masked(0x00, "l"), masked(0x80, "o")}, nil), []string{"1 ?", "0 Hello"}},
		{"a letter cut in two", bytes.Join([][]byte{masked(0x01, "\xd8"), masked(0x80, "\xa7")}, nil), []string{"0 ا"}},
		{"16 bits of length", masked(0x81, long), []string{"0 " + long}},
		{"a pong", masked(0x8a, "x"), nil},
		{"RFC 7692 §7.2.3.1, compressed", masked(0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00"), []string{"0 Hello"}},
		{"RFC 7692 §7.2.3.1, compressed in two parts", append(masked(0x41, "\xf2\x48\xcd"), masked(0x80, "\xc9\xc9\x07\x00")...), []string{"0 Hello"}},
		{"the end", masked(0x88, "\x03\xe9bye"), []string{"2 \x03\xe9"}},
		{"the end without a code", masked(0x88, ""), []string{"2 \x03\xe8"}},
	} {
		for _, piece := range []int{1, 2, 3, 7, 4096, 1 << 20} {
			r := Reader{Compressed: true}
			said, err := hear(&r, c.in, piece)
			if err != nil || strings.Join(said, "|") != strings.Join(c.want, "|") || !r.Idle() {
				t.Errorf("%s, %d bytes at a time: %.60q, %v", c.name, piece, said, err)
			}
		}
	}
}

func TestABreachHasItsCode(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   []byte
		code int
	}{
		"not masked":                {[]byte{0x81, 0x01, 'x'}, ProtocolError},
		"reserved bits":             {masked(0xb1, "x"), ProtocolError},
		"unknown kind":              {masked(0x83, "x"), ProtocolError},
		"binary":                    {masked(0x82, "x"), InvalidData},
		"a long ping":               {masked(0x89, strings.Repeat("x", 126)), ProtocolError},
		"a ping in parts":           {masked(0x09, "x"), ProtocolError},
		"a continuation of nothing": {masked(0x80, "x"), ProtocolError},
		"a message within another":  {append(masked(0x01, "x"), masked(0x81, "y")...), ProtocolError},
		"not UTF-8":                 {masked(0x81, "\xff"), InvalidData},
		"too long":                  {masked(0x81, strings.Repeat("x", MaxMessage+1)), TooBig},
		"too long in parts":         {append(masked(0x01, strings.Repeat("x", MaxMessage)), masked(0x80, "x")...), TooBig},
		"said to be too long":       {append([]byte{0x81, 0xff}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), TooBig},
		"half a code":               {masked(0x88, "\x03"), ProtocolError},
		"a code not to be sent":     {masked(0x88, "\x03\xed"), ProtocolError},
		"a reason not UTF-8":        {masked(0x88, "\x03\xe8\xff"), InvalidData},
		"a bomb":                    {masked(0xc1, bomb.String()), TooBig},
		"broken compression":        {masked(0xc1, "\xff\xff\xff"), InvalidData},
	} {
		r := Reader{Compressed: true}
		said, err := hear(&r, c.in, 1<<20)
		var v *Violation
		if !errors.As(err, &v) || v.Code != c.code || len(said) > 0 {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
	var plain Reader
	if _, err := hear(&plain, masked(0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00"), 99); err == nil {
		t.Error("compression that was not agreed on is read")
	}
}

func TestHowAConnectionIsCutMakesNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []byte
		var want []string
		for range rapid.IntRange(1, 8).Draw(t, "messages") {
			text := rapid.StringN(0, 200, 800).Draw(t, "text")
			in = append(in, masked(0x81, text)...)
			want = append(want, "0 "+text)
		}
		var r Reader
		said, err := hear(&r, in, rapid.IntRange(1, 40).Draw(t, "piece"))
		if err != nil || strings.Join(said, "|") != strings.Join(want, "|") {
			t.Fatalf("%q, %v", said, err)
		}
	})
}

func TestFramesForReceivers(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{Text([]byte("Hello"), false), "\x81\x05Hello"}, // RFC 6455 §5.7
		{Text([]byte("Hello"), true), "\xc1\x05Hello"},
		{Text(make([]byte, 256), false)[:4], "\x81\x7e\x01\x00"},
		{Text(make([]byte, 65536), false)[:10], "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"},
		{Pong([]byte("Hello")), "\x8a\x05Hello"},
		{Close(GoingAway, "later"), "\x88\x07\x03\xe9later"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(masked(0x81, "Hello"), 3)
	f.Add(masked(0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00"), 1)
	f.Add(append(masked(0x01, "a"), masked(0x80, "b")...), 5)
	f.Add(masked(0x88, "\x03\xe9bye"), 2)
	f.Fuzz(func(t *testing.T, in []byte, piece int) {
		r := Reader{Compressed: true}
		said, err := hear(&r, in, max(1, piece))
		if len(r.rest) > MaxMessage+14 || len(r.parts) > MaxMessage {
			t.Errorf("it keeps %d and %d bytes", len(r.rest), len(r.parts))
		}
		for _, s := range said {
			if len(s) > MaxMessage+2 {
				t.Errorf("a message of %d bytes", len(s))
			}
		}
		var v *Violation
		if err != nil && !errors.As(err, &v) {
			t.Errorf("no breach: %v", err)
		}
		whole := Reader{Compressed: true}
		again, err2 := hear(&whole, in, len(in)+1)
		if strings.Join(said, "|") != strings.Join(again, "|") || (err == nil) != (err2 == nil) {
			t.Errorf("in pieces %q %v, whole %q %v", said, err, again, err2)
		}
	})
}
