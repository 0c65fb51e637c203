package returned

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"github.com/wireroom/wireroom/internal/wire"
)

// Unsubscribe is the mailbox to which a request to unsubscribe is sent, with the
// token of the subscription in its subject (RFC 2369 §3.2).
const Unsubscribe = "unsubscribe"

// Feedback is the mailbox to name to those who send feedback reports; what a
// report is about stands in it.
const Feedback = "feedback"

const (
	maxMessage     = 1 << 20  // bytes that are looked at
	maxTaken       = 32 << 20 // bytes that are taken
	maxConnections = 200
	maxRecipients  = 20
	maxLetters     = 8        // to mailboxes, whole in memory, at a time
	maxLine        = 64 << 10 // bytes: of what is enclosed not everybody folds lines
	storeTime      = 20 * time.Second
)

// Times that whoever brings mail has, RFC 5321 §4.5.3.2: a slow line is none that is
// broken.
const (
	commandTime = 5 * time.Minute // for the next command
	pieceTime   = 3 * time.Minute // for the next piece of a letter
	letterTime  = time.Hour       // for all of it: then somebody only holds a place
	shakeTime   = time.Minute     // to begin TLS
)

// Options are what a server works with; all but Log and Registry are required.
type Options struct {
	List   *List
	Domain string // of the return paths
	// Letter says which letter a return path was of; false for one that is none.
	Letter func(returnPath string) (number int64, id wire.SubscriptionID, ok bool)
	// Unsubscribe ends the subscription of a token; NotFound if there is none.
	Unsubscribe func(ctx context.Context, token string) error
	// Mailbox says who takes what is sent to a local part of the domain, such as
	// what a provider sends; nil for nobody. Whoever takes says by an error that
	// it must come again. A nil Mailbox: there are no such mailboxes.
	Mailbox func(ctx context.Context, local string) (take func(ctx context.Context, raw []byte) error)
	// Notices is the folder of a Maildir for what is sent to Postmaster.
	Notices  string
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Server is the mail server that return paths lead to. It takes mail for those
// of this wire, for Unsubscribe, for Feedback, for Postmaster and for what
// Options.Mailbox names, and for nobody else: it relays nothing.
type Server struct {
	Options
	letters     chan struct{} // one for each letter to a mailbox that is being read
	notices     *notices
	certificate tls.Certificate
	taken       *prometheus.CounterVec
}

// NewServer makes a server.
func NewServer(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Server{Options: o, letters: make(chan struct{}, maxLetters), taken: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_returned_total", Help: "Messages that came back of letters, by what they said."}, []string{"kind"})}
	if o.Registry != nil {
		o.Registry.MustRegister(s.taken)
	}
	var err error
	if s.notices, err = openNotices(o.Notices); err != nil {
		return nil, err
	}
	s.certificate, err = selfSigned(o.Domain)
	return s, err
}

// selfSigned makes a certificate that lives as long as the process. Mail servers
// encrypt to whatever certificate there is (RFC 7435): it keeps reports from who
// only listens.
func selfSigned(domain string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, err
}

// Serve takes mail until ctx ends; it closes the listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	config := &tls.Config{Certificates: []tls.Certificate{s.certificate}, MinVersion: tls.VersionTLS12}
	d := newDoors(netutil.LimitListener(listener, maxConnections), s.Domain, config)
	outside, inside := s.listener(ctx, config), s.listener(ctx, nil)
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		for _, one := range []*smtp.Server{outside, inside} {
			if one.Shutdown(end) != nil {
				one.Close()
			}
		}
	})
	defer stop()
	var ended sync.WaitGroup
	ended.Go(func() { _ = inside.Serve(inner{d}) }) // it ends when its listener does
	err := outside.Serve(d)
	d.close()
	ended.Wait()
	if ctx.Err() != nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// listener is the server of visits in the clear, which offers TLS, or of those
// under it, which has none to offer.
func (s *Server) listener(ctx context.Context, offers *tls.Config) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, ctx: ctx, peer: peer(c.Conn())}, nil
	}))
	server.Domain, server.TLSConfig = s.Domain, offers
	server.MaxRecipients, server.MaxMessageBytes, server.MaxLineLength = maxRecipients, maxTaken, maxLine
	server.ReadTimeout, server.WriteTimeout = commandTime, commandTime
	server.EnableSMTPUTF8 = true // RFC 6533: reports of letters to addresses outside ASCII
	server.ErrorLog = slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)
	return server
}

// peer is the address of whoever is connected, without the port.
func peer(c net.Conn) string {
	host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
	return host
}

// session is one connection.
type session struct {
	server *Server
	ctx    context.Context
	peer   string // address
	from   string
	to     []string                              // recipients that were taken
	inbox  []func(context.Context, []byte) error // of mailboxes that were taken
	notice bool                                  // the postmaster is among those taken
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error { x.from = from; return nil }
func (x *session) Reset()                                      { x.from, x.to, x.inbox, x.notice = "", nil, nil, false }
func (x *session) Logout() error                               { return nil }

// Rcpt takes mail for what came back, for those who have to be reached, and for
// nobody else.
func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if x.server.mailbox(to) == Postmaster {
		x.notice = true
		return nil
	}
	if _, _, ok := x.server.Letter(to); ok || x.server.mailbox(to) != "" {
		x.to = append(x.to, to)
		return nil
	}
	if take := x.server.inbox(x.ctx, to); take != nil {
		x.inbox = append(x.inbox, take)
		return nil
	}
	x.server.taken.WithLabelValues("refused").Inc()
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "there is no such mailbox here"}
}

// mailbox is Unsubscribe, Feedback or Postmaster if an address is theirs; "" if it
// is not.
func (s *Server) mailbox(address string) string {
	name, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if strings.EqualFold(domain, s.Domain) && (name == Unsubscribe || name == Feedback || name == Postmaster) {
		return name
	}
	return ""
}

// inbox says who takes what is sent to an address of a mailbox; nil for nobody.
func (s *Server) inbox(ctx context.Context, address string) func(context.Context, []byte) error {
	name, domain, _ := strings.Cut(address, "@")
	if s.Mailbox == nil || !strings.EqualFold(domain, s.Domain) {
		return nil
	}
	return s.Mailbox(ctx, name)
}

// again tells a sender to come again.
func again(why string) error {
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: why + "; try again later"}
}

// Data reads a message. Where it cannot be noted it is refused for now; whatever
// it says, it is never refused for good: nobody is there to be told.
func (x *session) Data(r io.Reader) error {
	limit := int64(maxMessage)
	if len(x.inbox) > 0 {
		select {
		case x.server.letters <- struct{}{}:
			defer func() { <-x.server.letters }()
			limit = maxTaken
		default:
			return again("too many letters come at once")
		}
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return err
	}
	beyond, err := io.Copy(io.Discard, r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(x.ctx, storeTime)
	defer cancel()
	for _, to := range x.to {
		if err := x.server.take(ctx, x.from, to, raw); err != nil {
			x.server.Log.Error("cannot note what came back of a letter; its sender will try again", "error", err)
			return again("cannot be noted now")
		}
	}
	for _, take := range x.inbox {
		if err := take(ctx, raw); err != nil {
			x.server.Log.Error("cannot take in a letter to a mailbox; its sender will try again", "error", err)
			return again("cannot be taken in now")
		}
		x.server.taken.WithLabelValues("mailbox").Inc()
	}
	if x.notice {
		return x.keep(raw, beyond > 0 || len(raw) > maxMessage)
	}
	return nil
}

// keep has a letter to the postmaster kept for a person.
func (x *session) keep(raw []byte, tooLong bool) error {
	if tooLong {
		return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "a letter to the postmaster may have 1 MB"}
	}
	file, err := x.server.notices.keep(x.trace(), raw)
	switch {
	case errors.Is(err, errNoticesFull):
		x.server.Log.Error("the postmaster's mailbox is full, and who writes to it is put off: read it and empty it", "folder", x.server.notices.dir)
		return err
	case err != nil:
		x.server.Log.Error("cannot keep a letter to the postmaster; its sender will try again", "error", err)
		return again("cannot be kept now")
	}
	x.server.taken.WithLabelValues(Postmaster).Inc()
	x.server.Log.Warn("a letter came to the postmaster: somebody has to read it", "file", file)
	return nil
}

// take notes a message that was sent from one address, "" for nobody's, to another.
func (s *Server) take(ctx context.Context, from, to string, raw []byte) error {
	kind, err := s.note(ctx, from, to, raw)
	switch wire.KindOf(err) {
	case "":
	case wire.NotFound: // a letter or a token of long ago
		kind = "unknown"
	default:
		return err
	}
	s.taken.WithLabelValues(kind).Inc()
	return nil
}

func (s *Server) note(ctx context.Context, from, to string, raw []byte) (kind string, err error) {
	if s.mailbox(to) == Unsubscribe {
		return Unsubscribe, s.unsubscribe(ctx, raw)
	}
	report, err := Parse(bytes.NewReader(raw), from)
	if err != nil {
		return "unreadable", nil
	}
	number, id, ok := s.Letter(to)
	if !ok { // Feedback: what it is about stands in it
		if number, id, ok = s.Letter(report.ReturnPath); !ok {
			return "unknown", nil
		}
	}
	s.Log.Info("a letter came back", "item", number, "subscription", id, "kind", report.Kind, "status", report.Status)
	return string(report.Kind), s.List.Returned(ctx, number, id, report)
}

// unsubscribe reads a token out of a subject and ends its subscription. The
// token is the credential; who sent the mail counts for nothing.
func (s *Server) unsubscribe(ctx context.Context, raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return nil
	}
	if words := strings.Fields(subject); len(words) == 2 && strings.EqualFold(words[0], Unsubscribe) && len(words[1]) <= 512 {
		return s.Unsubscribe(ctx, words[1])
	}
	return nil
}
