package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/textproto"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/demo/receivers"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// seen is when each item first came out at a sink, by its title.
var seen sync.Map

// openSinks starts the mail relay and the webhook endpoints.
func openSinks() error {
	hooks, err := receivers.OpenEndpoints(hookAddress, func(int) string { return rig.Secret })
	if err != nil {
		return err
	}
	hooks.OnDelivery = func(endpoint int, _ string, body []byte, _ int) {
		d, err := rig.ReadHook(body)
		if err != nil {
			say("ERR a webhook that is no item: %v: %s", err, body)
			return
		}
		seen.LoadOrStore(string(d.Release), time.Now())
		say("H %d %s %d", d.Number, d.Item, endpoint)
	}
	l, err := net.Listen("tcp", mailAddress)
	if err != nil {
		return err
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{}, nil }))
	server.Domain, server.MaxMessageBytes = "localhost", 8<<20
	go func() { say("ERR the relay ended: %v", server.Serve(l)) }()
	return nil
}

// session takes mails and says so once each is whole.
type session struct{ to string }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}
func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	say("M %s %s", header.Get("Message-Id"), s.to)
	return nil
}
