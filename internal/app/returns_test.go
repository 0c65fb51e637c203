package app

import (
	"context"
	"io"
	"net"
	netsmtp "net/smtp"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// relay takes every letter, and remembers its envelope.
type relay struct {
	mu    sync.Mutex
	paths map[string][]string // return paths by recipient
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return &relayed{relay: r}, nil }

func (r *relay) to(address string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.paths[address])
}

type relayed struct {
	*relay
	from, rcpt string
}

func (s *relayed) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (s *relayed) Rcpt(to string, _ *smtp.RcptOptions) error   { s.rcpt = to; return nil }
func (s *relayed) Reset()                                      {}
func (s *relayed) Logout() error                               { return nil }
func (s *relayed) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths[s.rcpt] = append(s.paths[s.rcpt], s.from)
	return err
}

func TestWhoseLettersComeBackGetsNothingNewButItsWithdrawal(t *testing.T) {
	there := &relay{paths: map[string][]string{}}
	server := smtp.NewServer(there)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()

	a, stop := run(t, Config{
		Data: filepath.Join(t.TempDir(), "data"), HTTP: "127.0.0.1:0", SMTP: []string{"smtp://" + listener.Addr().String()},
		Mail: Mail{From: "wire@wire.example", DKIM: []string{"none"}, Returns: "127.0.0.1:0", ReturnDomain: "back.wire.example"},
	})
	defer stop()
	err = a.Store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.AddSubscriptions([]wire.Subscription{
			{Contact: 1, Query: "lang:en", Channel: wire.ByMail, Address: "layla@press.example", Secret: "t1"},
			{Contact: 2, Query: "lang:en", Channel: wire.ByMail, Address: "ken@press.example", Secret: "t2"},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	editor := wire.Actor{Name: "e", Role: wire.RoleEditor}
	publish := func(headline string) wire.ReleaseID {
		t.Helper()
		done, err := a.Desk.Publish(t.Context(), editor, &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: headline, Body: []wire.Block{wire.P("Text.")}}}}, desk.Submission{})
		if err != nil {
			t.Fatal(err)
		}
		return done.ID
	}
	settled := func(id wire.ReleaseID, items int) *courier.Report {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for {
			report, err := a.Courier.Report(ctx, id)
			if err == nil && len(report.Items) == items && report.Settled() {
				return report
			}
			if err != nil && wire.KindOf(err) != wire.NotFound {
				t.Fatal(err)
			}
			select {
			case <-ctx.Done():
				t.Fatal("the release is not delivered")
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	first := publish("Halden opens a plant")
	settled(first, 1)
	path := there.to("layla@press.example")[0]
	if !strings.HasPrefix(path, "returns+") || !strings.HasSuffix(path, "@back.wire.example") {
		t.Fatalf("return path %s", path)
	}
	bounce := "From: mailer-daemon@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; layla@press.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
	deliver(t, a.returnsAt.Addr().String(), path, bounce)
	if mail := settled(first, 1).Items[0].Channels[0]; mail.Accepted != 2 || mail.Bounced != 1 {
		t.Errorf("after the bounce: %+v", mail)
	}
	if mail := settled(publish("Halden closes it"), 1).Items[0].Channels[0]; mail.Accepted != 1 || mail.Suppressed != 1 {
		t.Errorf("the next release: %+v", mail)
	}
	if _, _, err := a.Desk.Do(t.Context(), editor, first, desk.Act{Verb: wire.DoKill, Reason: "hoax"}); err != nil {
		t.Fatal(err)
	}
	settled(first, 2)
	if got := len(there.to("layla@press.example")); got != 2 {
		t.Errorf("who had the story got %d letters, and not its withdrawal", got)
	}
}

func deliver(t *testing.T, addr, to, message string) {
	t.Helper()
	c, err := netsmtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail(""); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt(to); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(message)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
