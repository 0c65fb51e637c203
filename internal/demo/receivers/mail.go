package receivers

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"bufio"

	"github.com/emersion/go-smtp"
)

// Relay is an SMTP server on loopback that takes every mail, counts it by its
// Message-ID, and keeps the newest ones in a Maildir to look at.
type Relay struct {
	Tally *Tally

	server *smtp.Server
	addr   string
	keep   int
	dir    string

	mu   sync.Mutex
	kept []string // file names, oldest first
}

// maxMail bounds what one mail may weigh.
const maxMail = 32 << 20

// OpenRelay listens on a free loopback port. keep mails at most stay in the
// Maildir dir; with 0 none is written.
func OpenRelay(dir string, keep int) (*Relay, error) {
	r := &Relay{Tally: NewTally(), keep: keep, dir: dir}
	if keep > 0 {
		for _, sub := range []string{"tmp", "new", "cur"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
				return nil, err
			}
		}
		names, err := os.ReadDir(filepath.Join(dir, "new"))
		if err != nil {
			return nil, err
		}
		for _, n := range names { // names begin with the time, so they are in order
			r.kept = append(r.kept, n.Name())
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.addr = l.Addr().String()
	r.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{relay: r}, nil }))
	r.server.Domain, r.server.MaxMessageBytes, r.server.MaxRecipients = "localhost", maxMail, 100
	r.server.ErrorLog = silent{}
	go func() { _ = r.server.Serve(l) }()
	return r, nil
}

// URL is how the wire reaches the relay.
func (r *Relay) URL() string { return "smtp://" + r.addr }

// Close ends the relay.
func (r *Relay) Close() error { return r.server.Close() }

// session takes the mails of one connection.
type session struct {
	relay *Relay
	to    string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}
func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

// Data counts a mail once it is whole, as a relay takes responsibility for it
// only then.
func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	id := header.Get("Message-Id")
	if err != nil && !errors.Is(err, io.EOF) || id == "" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "a mail needs a Message-ID"}
	}
	s.relay.take(id, s.to, raw)
	return nil
}

func (r *Relay) take(id, to string, raw []byte) {
	r.Tally.Add(id + " " + to)
	if r.keep == 0 {
		return
	}
	name := time.Now().UTC().Format("20060102T150405.000000000") + "." + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return -1
	}, strings.ToLower(id))
	path := filepath.Join(r.dir, "tmp", name)
	if os.WriteFile(path, raw, 0o600) != nil || os.Rename(path, filepath.Join(r.dir, "new", name)) != nil {
		return // the mail was counted; the copy to look at is a courtesy
	}
	r.mu.Lock()
	r.kept = append(r.kept, name)
	var old []string
	if extra := len(r.kept) - r.keep; extra > 0 {
		old = slices.Clone(r.kept[:extra])
		r.kept = slices.Delete(r.kept, 0, extra)
	}
	r.mu.Unlock()
	for _, o := range old {
		_ = os.Remove(filepath.Join(r.dir, "new", o))
	}
}

// silent keeps the server from printing every cut connection of a fault run.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
