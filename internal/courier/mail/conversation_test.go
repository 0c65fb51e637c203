package mail

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// old is a server of another age, or with other habits: it offers what it is
// told to and answers what the test says.
type old struct {
	listener net.Listener
	offers   []string
	answer   func(verb, line string) string // "" for the usual; closes for none, ever
	before   func(verb string)              // an answer; nil for nothing

	mu       sync.Mutex
	letters  []string // recipients whose letters were taken
	commands []string
	conns    int
	together int // letters behind which another stood
}

const closes = "closes"

func openOld(t *testing.T, offers ...string) *old {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &old{listener: l, offers: offers, answer: func(string, string) string { return "" }}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *old) url() string { return "smtp://" + s.listener.Addr().String() + "?connections=1" }

func (s *old) talk(conn net.Conn) {
	defer conn.Close()
	s.mu.Lock()
	s.conns++
	s.mu.Unlock()
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220-hello\r\n220 there\r\n")
	to, ok := "", false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		var chunk string
		if size := 0; strings.HasPrefix(line, "BDAT") { // RFC 3030 §2: it is there whatever the answer is
			if n, err := fmt.Sscanf(line, "BDAT %d LAST", &size); n != 1 {
				panic(fmt.Sprint(line, err))
			}
			b := make([]byte, size)
			if _, err := io.ReadFull(in, b); err != nil {
				return
			}
			chunk = string(b)
			if in.Buffered() > 0 {
				s.mu.Lock()
				s.together++
				s.mu.Unlock()
			}
		}
		verb := strings.ToUpper(strings.SplitN(strings.SplitN(line, " ", 2)[0], ":", 2)[0])
		if s.before != nil {
			s.before(verb)
		}
		s.mu.Lock()
		s.commands = append(s.commands, verb)
		said := s.answer(verb, line)
		s.mu.Unlock()
		if said == closes {
			return
		}
		if said == "" {
			said = s.usual(verb, line, &to, &ok)
		}
		if chunk != "" {
			if strings.HasPrefix(said, "250") {
				s.mu.Lock()
				s.letters = append(s.letters, to)
				s.mu.Unlock()
				to, ok = "", false
				if !strings.HasSuffix(chunk, "\r\n") {
					said = "554 5.6.0 cut short"
				}
			}
		}
		fmt.Fprint(conn, said+"\r\n")
		if strings.HasPrefix(said, "421") || verb == "QUIT" {
			return
		}
		if verb == "DATA" && strings.HasPrefix(said, "354") {
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			s.mu.Lock()
			said := s.answer("LETTER", to)
			if said == "" {
				said = "554 5.5.1 no valid recipients"
				if ok {
					said = "250-taken\r\n250 2.0.0 as 4711"
					s.letters = append(s.letters, to)
				}
			}
			s.mu.Unlock()
			fmt.Fprint(conn, said+"\r\n")
			to, ok = "", false
			if strings.HasPrefix(said, "421") {
				return
			}
		}
	}
}

// usual is what a strict server says.
func (s *old) usual(verb, line string, to *string, ok *bool) string {
	switch verb {
	case "EHLO":
		return "250-there\r\n" + strings.Join(append(s.offers, ""), "\r\n") + "250 8BITMIME"
	case "MAIL":
		if *to != "" {
			return "503 5.5.1 nested MAIL"
		}
		*to = "?"
	case "RCPT":
		*to = strings.Trim(line[len("RCPT TO:"):], "<>")
		if strings.HasPrefix(*to, "never") {
			return "550 5.1.1 no such user"
		}
		*ok = true
	case "BDAT": // what is left of a transaction that failed is left, as RFC 3030 §2 allows
		if !*ok {
			return "503 5.5.1 no valid recipients"
		}
	case "DATA":
		if !*ok {
			return "503 5.5.1 no valid recipients"
		}
		return "354 go on"
	case "RSET":
		*to, *ok = "", false
	}
	return "250 2.0.0 ok"
}

func (s *old) offer() []string {
	var lines []string
	for _, o := range s.offers {
		lines = append(lines, "250-"+o)
	}
	return lines
}

// Whatever a relay offers, letters arrive once, and what was refused leaves
// nothing behind for the next.
func TestRelaysOfEveryAgeAreSpokenTo(t *testing.T) {
	for _, offers := range [][]string{nil, {"PIPELINING"}, {"CHUNKING"}, {"PIPELINING", "CHUNKING"}} {
		t.Run(fmt.Sprint(offers), func(t *testing.T) {
			sender, _ := sender(t)
			sender.Signers = nil
			s := openOld(t)
			s.offers = offers
			s.offers = s.offer()
			relays, _ := open(t, sender, s.url())
			addresses := []string{"a@x.example", "never1@x.example", "b@x.example", "never2@x.example", "never3@x.example", "c@x.example"}
			for address, got := range carry(t, relays, addresses...) {
				want := wire.Accepted
				if strings.HasPrefix(address, "never") {
					want = wire.Failed
				}
				if got.Outcome != want {
					t.Errorf("%s: %+v, want %v", address, got, want)
				}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if fmt.Sprint(s.letters) != "[a@x.example b@x.example c@x.example]" || s.conns != 1 {
				t.Errorf("%v over %d connections\n%v", s.letters, s.conns, s.commands)
			}
		})
	}
}

// A server that takes DATA although it refused everyone waits for a letter: it
// gets an empty one (RFC 2920 §3.1).
func TestARelayThatAsksForALetterToNobodyGetsAnEmptyOne(t *testing.T) {
	sender, _ := sender(t)
	sender.Signers = nil
	s := openOld(t)
	s.offers = []string{"250-PIPELINING"}
	s.answer = func(verb, line string) string {
		if verb == "DATA" {
			return "354 whatever"
		}
		return ""
	}
	relays, _ := open(t, sender, s.url())
	got := carry(t, relays, "never@x.example")["never@x.example"]
	if got.Outcome != wire.Failed || !strings.HasPrefix(got.Code, "550 5.1.1") || len(s.letters) != 0 {
		t.Errorf("%+v, letters %v", got, s.letters)
	}
}

// RFC 5321 §3.8: 421 may come at any time, and the connection goes with it.
func TestARelayThatClosesInTheMidstIsAskedAnew(t *testing.T) {
	for _, at := range []string{"MAIL", "RCPT", "DATA", "LETTER"} {
		t.Run(at, func(t *testing.T) {
			sender, _ := sender(t)
			sender.Signers = nil
			s := openOld(t)
			s.offers = []string{"250-PIPELINING"}
			closed := false
			s.answer = func(verb, line string) string {
				if verb == at && !closed {
					closed = true
					return "421 4.3.2 closing"
				}
				return ""
			}
			relays, _ := open(t, sender, s.url())
			got := carry(t, relays, "a@x.example", "b@x.example")
			if at == "MAIL" { // nothing was said of the recipient
				if got["a@x.example"].Outcome != wire.Accepted {
					t.Errorf("%+v", got)
				}
			} else if a := got["a@x.example"]; a.Outcome != wire.Deferred || !strings.HasPrefix(a.Code, "421 4.3.2") || a.After != courier.AtOnce {
				t.Errorf("%+v", got)
			}
			if got["b@x.example"].Outcome != wire.Accepted {
				t.Errorf("the next letter: %+v", got)
			}
		})
	}
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "999\r\n", "25", "\r\n", "250", "421 4.3.2 x\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		c := &conversation{in: bufio.NewReaderSize(strings.NewReader(said), replyBuffer)}
		r, err := c.hear()
		if err == nil && (r.code < 200 || r.code > 599) {
			t.Errorf("%q reads as %+v", said, r)
		}
	})
}
