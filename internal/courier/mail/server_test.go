package mail

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	netmail "net/mail"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// server is a real SMTP server that answers as the test says.
type server struct {
	*smtp.Server
	listener net.Listener
	mu       sync.Mutex
	got      map[string]int // letters by recipient
	ids      []string       // Message-IDs, in order
	conns    int
	secure   int // connections with TLS
	mail     func() error
	rcpt     func(to string) error
	data     func(c *smtp.Conn) error // before the answer to the letter
}

func (s *server) url() string { return "smtp://" + s.listener.Addr().String() }

type session struct {
	s    *server
	conn *smtp.Conn
	to   string
}

func (x *session) Mail(string, *smtp.MailOptions) error {
	if x.s.mail != nil {
		return x.s.mail()
	}
	return nil
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.to = to
	if x.s.rcpt != nil {
		return x.s.rcpt(to)
	}
	return nil
}

func (x *session) Reset()        {}
func (x *session) Logout() error { return nil }

func (x *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	if x.s.data != nil {
		if err := x.s.data(x.conn); err != nil {
			return err
		}
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.got[x.to]++
	x.s.ids = append(x.s.ids, m.Header.Get("Message-Id"))
	if _, ok := x.conn.TLSConnectionState(); ok {
		x.s.secure++
	}
	return nil
}

func (s *server) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

func serve(t *testing.T) *server { return serveWith(t, nil) }

func serveWith(t *testing.T, certificate *tls.Config) *server {
	t.Helper()
	s := &server{got: map[string]int{}}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.conns++
		s.mu.Unlock()
		return &session{s: s, conn: c}, nil
	}))
	s.Domain, s.TLSConfig, s.EnableSMTPUTF8 = "localhost", certificate, true
	s.ErrorLog = quiet{}
	go s.Serve(s.listener)
	t.Cleanup(func() { s.Server.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
