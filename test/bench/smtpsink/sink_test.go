package smtpsink

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/test/bench/certificate"
)

func open(t testing.TB, o Options) *Sink {
	t.Helper()
	o.Highest = 1000
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// caller speaks to a sink line by line.
type caller struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func call(t testing.TB, s *Sink) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &caller{t, conn, bufio.NewReader(conn)}
}

func (c *caller) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// hear returns the last line of the next reply, or what went wrong.
func (c *caller) hear() string {
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return err.Error()
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimSpace(line)
		}
	}
}

// expect hears replies that begin with codes.
func (c *caller) expect(codes ...string) {
	c.t.Helper()
	for i, code := range codes {
		if got := c.hear(); !strings.HasPrefix(got, code) {
			c.t.Fatalf("reply %d is %q, want %s", i, got, code)
		}
	}
}

func (c *caller) hello() {
	c.t.Helper()
	c.expect("220")
	c.say("EHLO test.example\r\n")
	c.expect("250")
}

const (
	envelope = "MAIL FROM:<a@b.example>\r\nRCPT TO:<j%06d@x.example>\r\n"
	message  = "Subject: one\r\n\r\nA line.\r\n..dots\r\n"
)

func TestLettersByDataAndByChunksAreCountedOnce(t *testing.T) {
	s := open(t, Options{KeepEvery: 1})
	c := call(t, s)
	c.hello()
	c.say(fmt.Sprintf(envelope, 0) + "DATA\r\n")
	c.expect("250", "250", "354")
	// The end of one letter and the envelope of the next in one flight.
	c.say(message + ".\r\n" + fmt.Sprintf(envelope, 1) + "DATA\r\n")
	c.expect("250", "250", "250", "354")
	c.say(".\r\n") // an empty letter
	c.expect("250")
	plain := strings.ReplaceAll(message, "\r\n..", "\r\n.")
	for i := range 3 { // several under way
		c.say(fmt.Sprintf(envelope, 2+i) + fmt.Sprintf("BDAT 10\r\n%sBDAT %d LAST\r\n%s", plain[:10], len(plain)-10, plain[10:]))
	}
	for range 3 {
		c.expect("250", "250", "250", "250")
	}
	if v := s.Verify(0, 6); v.Once != 5 || v.Missing != 1 || v.Doubled != 0 || v.Others != 0 {
		t.Errorf("%+v", v)
	}
	kept := s.Kept()
	if len(kept) != 5 {
		t.Fatalf("%d letters were kept", len(kept))
	}
	for i, letter := range kept {
		want := plain
		if i == 1 {
			want = ""
		}
		if string(letter) != want {
			t.Errorf("letter %d is %q", i, letter)
		}
	}
	if got := s.Stats(); got.Letters != 5 || got.Recipients != 5 || got.Strange != 0 || got.Connections != 1 {
		t.Errorf("%+v", got)
	}
}

// What is said of a chunk must not depend on how it arrives.
func TestALetterIsFoundHoweverItIsCutUp(t *testing.T) {
	letter := strings.Repeat("A line that has nothing to say.\r\n", 9) + "..\r\n.\rnot the end\n.\r\n"
	for _, piece := range []int{1, 2, 3, 5, 7, 64} {
		s := open(t, Options{KeepEvery: 1})
		c := call(t, s)
		c.hello()
		all := fmt.Sprintf(envelope, 1) + "DATA\r\n" + letter + ".\r\n" + fmt.Sprintf(envelope, 2) + fmt.Sprintf("BDAT %d LAST\r\n%s", len(letter), letter) + "QUIT\r\n"
		for len(all) > 0 {
			n := min(piece, len(all))
			c.say(all[:n])
			all = all[n:]
		}
		c.expect("250", "250", "354", "250", "250", "250", "250", "221")
		kept := s.Kept()
		if want := string(unstuff([]byte(letter))); len(kept) != 2 || string(kept[0]) != want || string(kept[1]) != letter {
			t.Errorf("in pieces of %d: %q", piece, kept)
		}
	}
}

func TestStartTLSIsSpoken(t *testing.T) {
	a, err := certificate.New()
	if err != nil {
		t.Fatal(err)
	}
	config, err := a.Config([]net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{TLS: config})
	c := call(t, s)
	c.hello()
	c.say("STARTTLS\r\n")
	c.expect("220")
	secure := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.conn, c.in = secure, bufio.NewReader(secure)
	letter := strings.Repeat("0123456789\r\n", 4000) // several records
	c.say("EHLO test.example\r\n" + fmt.Sprintf(envelope, 7) + fmt.Sprintf("BDAT %d LAST\r\n%s", len(letter), letter))
	c.expect("250", "250", "250", "250")
	if v := s.Verify(7, 1); v.Once != 1 {
		t.Errorf("%+v", v)
	}
}

func TestADoubledAndAMissingLetterAreSeen(t *testing.T) {
	s := open(t, Options{})
	c := call(t, s)
	c.hello()
	for _, to := range []int{3, 3, 3, 5, 900} {
		c.say(fmt.Sprintf(envelope, to) + "BDAT 2 LAST\r\nx\n")
		c.expect("250", "250", "250")
	}
	c.say("MAIL FROM:<a@b.example>\r\nRCPT TO:<nobody@x.example>\r\nBDAT 0 LAST\r\n")
	c.expect("250", "250", "250")
	v := s.Verify(3, 3)
	if v.Once != 1 || v.Doubled != 1 || v.Extra != 2 || v.Missing != 1 || v.Others != 2 || fmt.Sprint(v.FirstFew) != "[4]" {
		t.Errorf("%+v", v)
	}
	s.Reset()
	if v := s.Verify(3, 3); v.Missing != 3 || v.Others != 0 {
		t.Errorf("after the reset %+v", v)
	}
}

// fate is what happens to the letters of n readers, one connection each.
func fate(t *testing.T, s *Sink, n int) string {
	t.Helper()
	var all strings.Builder
	for i := range n {
		for range 4 { // attempts
			c := call(t, s)
			c.hello()
			c.say(fmt.Sprintf(envelope, i) + "BDAT 2 LAST\r\nx\n")
			c.expect("250")
			to, end := c.hear(), c.hear()
			c.conn.Close()
			fmt.Fprintf(&all, "%.3s/%.3s ", to, end)
			if strings.HasPrefix(end, "250") {
				break
			}
		}
		all.WriteString("\n")
	}
	return all.String()
}

func TestFaultsAreTheSameInEveryRun(t *testing.T) {
	const n = 400
	o := Options{Faults: Faults{Defer: .10, DeferTries: 2, Refuse: .05, Drop: .05, DropAccepted: .05}}
	first, second := open(t, o), open(t, o)
	a, b := fate(t, first, n), fate(t, second, n)
	if a != b {
		t.Errorf("not the same:\n%s\n%s", a, b)
	}
	x := first.Stats()
	near := func(name string, got int64, share float64) {
		if want := share * n; float64(got) < want/2 || float64(got) > 2*want {
			t.Errorf("%s: %d of %d, want about %.0f", name, got, n, want)
		}
	}
	near("put off", x.Deferred/2, .10)
	near("refused", x.Refused/4, .05)
	near("cut off", x.Dropped, .05)
	near("cut off and taken", x.DroppedTaken, .05)
	v := first.Verify(0, n)
	if v.Missing != 0 || int64(v.Refused) != x.Refused/4 || v.Once+v.Doubled+v.Refused != n || int64(v.Doubled) != x.DroppedTaken {
		t.Errorf("%+v of %+v: who was cut off after being taken has two letters, who was refused none, all others one", v, x)
	}
}

func TestTooManyConnectionsAndLettersAreTurnedAway(t *testing.T) {
	s := open(t, Options{MaxConnections: 1, MaxLetters: 1})
	first := call(t, s)
	first.hello()
	call(t, s).expect("421")
	first.say(fmt.Sprintf(envelope, 1) + "BDAT 0 LAST\r\n")
	first.expect("250", "250", "250")
	first.say("MAIL FROM:<a@b.example>\r\n")
	first.expect("421", "EOF")
	if n := s.Stats().TurnedAway; n != 2 {
		t.Errorf("%d were turned away", n)
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:25", "sink.example:25"} {
		if s, err := Open(Options{Listen: address}); err == nil {
			s.Close()
			t.Errorf("it listens on %s", address)
		}
	}
}

func TestTheControlSaysWhatWasCounted(t *testing.T) {
	s := open(t, Options{KeepEvery: 1})
	c := call(t, s)
	c.hello()
	c.say(fmt.Sprintf(envelope, 1) + "BDAT 4 LAST\r\nab\r\n")
	c.expect("250", "250", "250")
	get := func(method, path string) []byte {
		w := httptest.NewRecorder()
		s.Control().ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
		return w.Body.Bytes()
	}
	var v Verdict
	if err := json.Unmarshal(get("GET", "/verify?from=1&n=1"), &v); err != nil || v.Once != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	var x Stats
	if err := json.Unmarshal(get("GET", "/stats"), &x); err != nil || x.Bytes != 4 {
		t.Errorf("%+v, %v", x, err)
	}
	if got := get("GET", "/last"); !bytes.Equal(got, []byte("ab\r\n")) {
		t.Errorf("%q", got)
	}
	get("POST", "/reset")
	if s.Stats().Letters != 0 || s.Last() != nil {
		t.Error("the reset left something")
	}
}

func FuzzALetterEndsWhereItsDotIs(f *testing.F) {
	for _, letter := range []string{"", "x\r\n", ".\r\n", "\r\n.\r\n", "a\r\n.b\r\n", "\n.\n", "\r\n.\r", "\r.\n\r\n"} {
		f.Add([]byte(letter), 3)
	}
	s := open(f, Options{KeepEvery: 1})
	f.Fuzz(func(t *testing.T, letter []byte, piece int) {
		// RFC 5321 §4.5.2: lines that begin with a dot get another; the last ends.
		wire := bytes.ReplaceAll(append([]byte("\r\n"), letter...), []byte("\r\n."), []byte("\r\n.."))[2:]
		if len(wire) > 0 && !bytes.HasSuffix(wire, []byte("\r\n")) {
			wire = append(wire, "\r\n"...)
			letter = append(letter, "\r\n"...)
		}
		all := append(append([]byte(nil), wire...), ".\r\nNOOP\r\n"...)
		x := &session{Sink: s, in: bufio.NewReaderSize(&pieces{all, max(piece, 1)}, 64), keeping: true}
		size, err := x.readLetter()
		if err != nil || size != len(wire) || !bytes.Equal(unstuff(x.letter), letter) {
			t.Fatalf("%q: %d bytes, %q, %v", wire, size, x.letter, err)
		}
		if rest, _ := io.ReadAll(x.in); string(rest) != "NOOP\r\n" {
			t.Fatalf("what follows is %q", rest)
		}
	})
}

// pieces is a connection that brings so many bytes at a time.
type pieces struct {
	left []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.left)
	p.left = p.left[n:]
	return n, nil
}
