package returned

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	netmail "net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// post is a server with a house behind it.
type post struct {
	*house
	sender   *mail.Sender
	server   *Server
	registry *prometheus.Registry
	addr     string
	notices  string   // folder of the postmaster's letters
	left     []string // tokens that were unsubscribed
}

func openPost(t *testing.T) *post {
	p := &post{house: openHouse(t, storetest.SQLite(t)), sender: &mail.Sender{From: "wire@wire.example", ReturnKey: bytes.Repeat([]byte{7}, 32), ReturnDomain: "back.wire.example"}, registry: prometheus.NewRegistry(), notices: t.TempDir()}
	var err error
	p.server, err = NewServer(Options{
		List: p.list, Domain: "back.wire.example", Letter: p.sender.ParseReturnPath, Notices: p.notices, Registry: p.registry,
		Unsubscribe: func(_ context.Context, token string) error {
			if token == "strange" {
				return wire.Errorf(wire.NotFound, "token", "there is none")
			}
			p.left = append(p.left, token)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p
}

// send hands a message to the server as another mail server would.
func (p *post) send(to, message string) error {
	c, err := smtp.Dial(p.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if ok, _ := c.Extension("STARTTLS"); !ok {
		return errors.New("there is no STARTTLS")
	}
	if err := c.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
		return err
	}
	if err := c.Mail(""); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

func sample(t *testing.T, file, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(raw), letterPath, path)
}

func TestWhatComesBackIsNotedOnItsDelivery(t *testing.T) {
	p := openPost(t)
	for _, m := range []struct {
		to, message string
	}{
		{p.sender.ReturnPath(1, 1), sample(t, "postfix", letterPath)}, // the envelope says which, whatever stands in it
		{strings.ToUpper(p.sender.ReturnPath(2, 2)), sample(t, "delayed", letterPath)},
		{"Feedback@back.wire.example", sample(t, "complaint", p.sender.ReturnPath(3, 3))},
		{"feedback@back.wire.example", sample(t, "complaint", letterPath)}, // a path that is not ours
		{p.sender.ReturnPath(4, 4), "this is no message"},
		{p.sender.ReturnPath(4000, 4), sample(t, "postfix", letterPath)}, // a letter that never was
		{"unsubscribe@back.wire.example", "Subject: =?utf-8?q?Unsubscribe_token4?=\r\n\r\n"},
		{"unsubscribe@back.wire.example", "Subject: unsubscribe strange\r\n\r\n"},
		{"unsubscribe@back.wire.example", "Subject: I like it\r\n\r\n"},
	} {
		if err := p.send(m.to, m.message); err != nil {
			t.Errorf("%s: %v", m.to, err)
		}
	}
	for reader, want := range map[int]bool{1: false, 2: true, 3: false, 4: true} {
		if got := p.admits(reader); got != want {
			t.Errorf("reader %d: %v", reader, got)
		}
	}
	if len(p.left) != 1 || p.left[0] != "token4" {
		t.Errorf("unsubscribed %v", p.left)
	}
	counted := map[string]float64{}
	families, err := p.registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	for _, m := range families[0].GetMetric() {
		counted[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	if want := map[string]float64{"bounce": 1, "delay": 1, "complaint": 1, "unknown": 3, "unreadable": 1, "unsubscribe": 2}; !maps.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
	p.write(func(tx *store.Tx) error {
		tallies, err := tx.TalliesOf("r")
		if err == nil && (tallies[0].Bounced != 1 || tallies[2].Complained != 1) {
			t.Errorf("%+v", tallies)
		}
		return err
	})
}

func TestTheServerTakesMailForNobodyElse(t *testing.T) {
	p := openPost(t)
	other := &mail.Sender{From: p.sender.From, ReturnDomain: p.sender.ReturnDomain, ReturnKey: bytes.Repeat([]byte{8}, 32)}
	for _, to := range []string{"wire@wire.example", "someone@elsewhere.example", "unsubscribe@wire.example", "returns@back.wire.example", other.ReturnPath(1, 1), "postmaster@wire.example"} {
		err := p.send(to, "Subject: x\r\n\r\nx\r\n")
		if e, ok := errors.AsType[*textproto.Error](err); !ok || e.Code != 550 {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestWhatCannotBeNotedIsToBeSentAgain(t *testing.T) {
	p := openPost(t)
	if err := p.store.Close(); err != nil {
		t.Fatal(err)
	}
	err := p.send(p.sender.ReturnPath(1, 1), sample(t, "postfix", letterPath))
	if e, ok := errors.AsType[*textproto.Error](err); !ok || e.Code != 451 {
		t.Error(err)
	}
}

func TestAGreatReportIsTaken(t *testing.T) {
	p := openPost(t)
	great := sample(t, "postfix", letterPath) + strings.Repeat("a long line of the letter that is enclosed\r\n", 100_000)
	if err := p.send(p.sender.ReturnPath(1, 1), great); err != nil {
		t.Fatal(err)
	}
	if p.admits(1) {
		t.Error("it was not read")
	}
}

// RFC 5321 §4.5.1: whoever takes mail has a postmaster, in whatever case, with
// the domain or without.
func TestALetterToThePostmasterIsKeptForAPerson(t *testing.T) {
	p := openPost(t)
	for _, to := range []string{"postmaster@back.wire.example", "Postmaster@Back.Wire.Example", "Postmaster", "POSTMASTER"} {
		if err := p.send(to, "Subject: your letters\r\n\r\nPlease ask us first.\r\n"); err != nil {
			t.Fatalf("%s: %v", to, err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(p.notices, "new", "*"))
	if err != nil || len(kept) != 4 {
		t.Fatal(kept, err)
	}
	for _, file := range kept {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(m.Body)
		if err != nil || string(body) != "Please ask us first.\r\n" || m.Header.Get("Subject") != "your letters" || m.Header.Get("Return-Path") != "<>" ||
			!strings.HasPrefix(m.Header.Get("Received"), "from [127.0.0.1] by back.wire.example; ") {
			t.Errorf("%s, %v", raw, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(p.notices, "tmp", "*")); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

func TestThePostmastersMailboxHasBounds(t *testing.T) {
	p := openPost(t)
	const to = "postmaster@back.wire.example"
	err := p.send(to, strings.Repeat("a long line of a letter\r\n", maxMessage/24+1))
	if e, ok := errors.AsType[*textproto.Error](err); !ok || e.Code != 552 {
		t.Errorf("too long: %v", err)
	}
	for i := range maxNotices - 1 {
		if err := os.WriteFile(filepath.Join(p.notices, []string{"new", "cur"}[i%2], strconv.Itoa(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.send(to, "Subject: the last\r\n\r\n"); err != nil {
		t.Error(err)
	}
	full := func(why string) {
		t.Helper()
		err := p.send(to, "Subject: one more\r\n\r\n")
		if e, ok := errors.AsType[*textproto.Error](err); !ok || e.Code != 452 {
			t.Errorf("%s: %v", why, err)
		}
	}
	full("a thousand letters")
	if err := errors.Join(os.RemoveAll(filepath.Join(p.notices, "cur")), os.Mkdir(filepath.Join(p.notices, "cur"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := p.send(to, "Subject: after they were read\r\n\r\n"); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(filepath.Join(p.notices, "new", "0"), maxNoticeBytes); err != nil {
		t.Fatal(err)
	}
	full("64 MB")
}
