package returned

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// talk says lines to the server and returns its answers, as many as there are
// lines, and the greeting.
func (p *post) talk(t *testing.T, lines ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return converse(t, c, bufio.NewReader(c), append([]string{""}, lines...)...)
}

// converse says lines, none for "", and reads an answer to each.
func converse(t *testing.T, c io.Writer, in *bufio.Reader, lines ...string) (answers []string) {
	t.Helper()
	for _, line := range lines {
		if line != "" {
			if _, err := io.WriteString(c, line+"\r\n"); err != nil {
				t.Fatal(err)
			}
		}
		for {
			said, err := in.ReadString('\n')
			if err != nil {
				answers = append(answers, err.Error())
				return answers
			}
			if said[3] == ' ' {
				answers = append(answers, strings.TrimRight(said, "\r\n"))
				break
			}
		}
	}
	return answers
}

func codes(answers []string) string {
	var all []string
	for _, a := range answers {
		all = append(all, a[:min(3, len(a))])
	}
	return strings.Join(all, " ")
}

func TestOnlyThePostmasterNeedsNoDomain(t *testing.T) {
	p := openPost(t)
	for _, c := range []struct{ command, code string }{
		{"RCPT TO:<Postmaster>", "250"},
		{"rcpt to: <POSTMASTER>", "250"},
		{"RCPT TO:<Postmaster> ", "250"},
		{"RCPT TO:<postmaster@elsewhere.example>", "550"},
		{"RCPT TO:<unsubscribe>", "501"},
		{"RCPT TO:<postmasters>", "501"},
		{"RCPT TO:Postmaster", "501"},
		{"RCPT TO:<Postmaster", "501"},
		{"RCPT TO:<Postmaster> SIZE=a=b", "501"},
		{"RCPT FROM:<Postmaster>", "501"},
		{"VRFY <Postmaster>", "252"},
	} {
		if got := p.talk(t, "EHLO a.example", "MAIL FROM:<>", c.command); codes(got) != "220 250 250 "+c.code {
			t.Errorf("%s: %q", c.command, got)
		}
	}
}

// What looks like a command in a letter is a part of it, however it came.
func TestALetterIsHandedOnAsItCame(t *testing.T) {
	const body = "Subject: a\r\n\r\nDATA\r\nRCPT TO:<Postmaster>\r\nSTARTTLS\r\n\n.\r\nBDAT 99\r\n"
	for name, lines := range map[string][]string{
		"DATA": {"DATA", body + "."},
		"BDAT": {fmt.Sprintf("BDAT %d LAST\r\n%s", len(body), strings.TrimSuffix(body, "\r\n"))},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPost(t)
			got := p.talk(t, append(append([]string{"EHLO a.example", "MAIL FROM:<>", "RCPT TO:<Postmaster>"}, lines...), "RCPT TO:<Postmaster>", "RSET", "QUIT")...)
			want := "220 250 250 250 354 250 502 250 221"
			if name == "BDAT" {
				want = "220 250 250 250 250 502 250 221"
			}
			if codes(got) != want {
				t.Errorf("%q", got)
			}
			kept, err := filepath.Glob(filepath.Join(p.notices, "new", "*"))
			if err != nil || len(kept) != 1 {
				t.Fatal(kept, err)
			}
			if raw, err := os.ReadFile(kept[0]); err != nil || !strings.HasSuffix(string(raw), body[len("Subject: a\r\n"):]) {
				t.Errorf("%q, %v", raw, err)
			}
		})
	}
}

// RFC 3207 §4.2: after the handshake all begins anew, TLS is offered no more,
// and what was said in the clear behind STARTTLS was never said.
func TestNothingSaidBeforeTLSCountsUnderIt(t *testing.T) {
	p := openPost(t)
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := converse(t, c, bufio.NewReader(c), "", "EHLO a.example", "MAIL FROM:<>", "starttls"); codes(got) != "220 250 250 220" {
		t.Fatalf("%q", got)
	}
	secure := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	in := bufio.NewReader(secure)
	if got := converse(t, secure, in, "RCPT TO:<Postmaster>", "EHLO a.example", "RCPT TO:<Postmaster>", "STARTTLS", "MAIL FROM:<>", "RCPT TO:<Postmaster>"); codes(got) != "502 250 502 502 250 250" {
		t.Errorf("%q", got)
	}
	if got := p.talk(t, "EHLO a.example", "STARTTLS\r\nMAIL FROM:<>", "RCPT TO:<Postmaster>"); len(got) != 3 || codes(got[:2]) != "220 250" {
		t.Errorf("what stands behind STARTTLS in the clear: %q", got)
	}
}

// answers is the server's side of a visit: it says that a letter may come, and
// that others were taken.
type answers struct {
	net.Conn
	in io.Reader
}

func (a answers) Read(p []byte) (int, error)  { return a.in.Read(p) }
func (a answers) Write(p []byte) (int, error) { return len(p), nil }
func (a answers) Close() error                { return nil }

// Whatever comes is handed on byte for byte, but for a bare Postmaster.
func FuzzVisit(f *testing.F) {
	for _, seed := range []string{
		"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\na\r\n.\r\nQUIT\r\n",
		"BDAT 5\r\nRCPT TO:<Postmaster>\r\n", "DATA\r\n\r.\r\n\n.\r\n..\r\n.\r\n", "STARTTLS\r\n", strings.Repeat("a", visitBuffer) + "\r\nQUIT", "\n\r\n",
	} {
		f.Add(seed, 100)
	}
	f.Fuzz(func(t *testing.T, said string, size int) {
		d := &doors{domain: "x.example"}
		v := d.visit(answers{in: strings.NewReader(said)}, nil)
		var got bytes.Buffer
		p := make([]byte, max(1, min(size, 8<<10)))
		for {
			n, err := v.Read(p)
			got.Write(p[:n])
			if n > 0 && len(v.rest) == 0 {
				_, _ = v.Write([]byte("354 go on\r\n"))
			}
			if err != nil {
				break
			}
		}
		if strings.Contains(strings.ToLower(said), "<postmaster>") {
			return
		}
		if got.String() != said {
			t.Errorf("%q became %q", said, got.String())
		}
	})
}
