package returned

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// lobby is a listener of connections in memory, whose time is that of a bubble.
type lobby struct {
	come   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *lobby) Accept() (net.Conn, error) {
	select {
	case c := <-l.come:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *lobby) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *lobby) Addr() net.Addr { return &net.TCPAddr{} }

// patience runs f with a connection to a server that takes letters for box, and
// returns what it has taken.
func patience(t *testing.T, f func(c net.Conn, in *bufio.Reader)) (taken []string) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewServer(Options{
			Domain: "back.wire.example", Notices: t.TempDir(), Log: slog.New(slog.DiscardHandler),
			Letter: func(string) (int64, wire.SubscriptionID, bool) { return 0, 0, false },
			Mailbox: func(_ context.Context, local string) func(context.Context, []byte) error {
				if local != "box" {
					return nil
				}
				return func(_ context.Context, raw []byte) error { taken = append(taken, string(raw)); return nil }
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &lobby{come: make(chan net.Conn), closed: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, l) }()
		mine, theirs := net.Pipe()
		l.come <- theirs
		in := bufio.NewReader(mine)
		if got := codes(converse(t, mine, in, "", "EHLO mx.example", "MAIL FROM:<a@b.example>", "RCPT TO:<box@back.wire.example>")); got != "220 250 250 250" {
			t.Fatal(got)
		}
		f(mine, in)
		mine.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return taken
}

// piecemeal says the same piece again and again, each after a while, and reports whether all
// of them were taken in.
func piecemeal(c io.Writer, piece string, n int, every time.Duration) bool {
	for range n {
		time.Sleep(every)
		if _, err := io.WriteString(c, piece); err != nil {
			return false
		}
	}
	return true
}

func TestALetterOverASlowLineIsTaken(t *testing.T) {
	const piece = "some of a long letter over a slow line\r\n"
	for name, begin := range map[string]string{"DATA": "DATA", "BDAT": "BDAT 800 LAST"} {
		taken := patience(t, func(c net.Conn, in *bufio.Reader) {
			if name == "DATA" {
				if got := codes(converse(t, c, in, begin)); got != "354" {
					t.Fatal(got)
				}
			} else if _, err := io.WriteString(c, begin+"\r\n"); err != nil {
				t.Fatal(err)
			}
			if !piecemeal(c, piece, 20, 2*time.Minute) {
				t.Errorf("%s: the line was cut", name)
			}
			end := ""
			if name == "DATA" {
				end = "."
			}
			if got := codes(converse(t, c, in, end)); got != "250" {
				t.Errorf("%s: %s", name, got)
			}
		})
		if len(taken) != 1 || taken[0] != strings.Repeat(piece, 20) {
			t.Errorf("%s: %q", name, taken)
		}
	}
}

// What stands still, or goes on for ever, is to come again: nothing is refused for good,
// nothing of the letter is read as a command, and nothing of this house is told.
func TestALetterThatDoesNotComeWholeIsToComeAgain(t *testing.T) {
	for name, c := range map[string]struct {
		begin string
		n     int
		every time.Duration
	}{
		"stands still":           {"DATA\r\n", 1, time.Minute},
		"stands still, BDAT":     {"BDAT 100000 LAST\r\n", 1, time.Minute},
		"goes on for ever":       {"DATA\r\n", 1000, time.Minute},
		"goes on for ever, BDAT": {"BDAT 100000 LAST\r\n", 1000, time.Minute},
	} {
		var said []byte
		taken := patience(t, func(conn net.Conn, in *bufio.Reader) {
			began := time.Now()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				said, _ = io.ReadAll(in)
			}()
			if _, err := io.WriteString(conn, c.begin); err != nil {
				t.Fatal(err)
			}
			piecemeal(conn, "RSET\r\n", c.n, c.every)
			<-ended
			if took := time.Since(began); took > letterTime+pieceTime {
				t.Errorf("%s: it was waited for %v", name, took)
			}
		})
		last := bytes.TrimPrefix(said, []byte("354 Go ahead. End your data with <CR><LF>.<CR><LF>\r\n"))
		if string(last) != "451 4.3.0 the letter did not come whole; try again later\r\n" || len(taken) != 0 {
			t.Errorf("%s: %q, took %q", name, said, taken)
		}
	}
}
