package mail

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/wire"
)

func open(t *testing.T, s *Sender, addresses ...string) (*Relays, courier.Shipment) {
	t.Helper()
	relays, err := OpenRelays(s, addresses)
	if err != nil {
		t.Fatal(err)
	}
	shipment, err := relays.Prepare(t.Context(), consignment(wire.Publish))
	if err != nil {
		t.Fatal(err)
	}
	return relays, shipment
}

// round hands letters to the workers of a channel until each has come to its
// end, as the courier does.
type round struct {
	mu      sync.Mutex
	cond    *sync.Cond
	waiting []courier.Parcel
	open    int
	results map[string]courier.Result
}

func (r *round) Next(wait bool) (courier.Parcel, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if len(r.waiting) > 0 {
			p := r.waiting[0]
			r.waiting = r.waiting[1:]
			return p, true
		}
		if !wait || r.open == 0 {
			return courier.Parcel{}, false
		}
		r.cond.Wait()
	}
}

func (r *round) Beside() (courier.Parcel, bool) { return r.Next(false) }

func (r *round) add(s courier.Shipment, address string) {
	sub := reader
	sub.Address = address
	var p courier.Parcel
	p = courier.NewParcel(s, sub, 1, func(result courier.Result) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.results[address] = result
		r.open--
		r.cond.Broadcast()
	}, func(time.Duration) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waiting = append(r.waiting, p)
		r.cond.Broadcast() // a signal might reach carry, which has no use for it
	})
	r.waiting = append(r.waiting, p)
	r.open++
}

// carry delivers one letter to each address.
func carry(t *testing.T, relays *Relays, addresses ...string) map[string]courier.Result {
	t.Helper()
	shipment, err := relays.Prepare(t.Context(), consignment(wire.Publish))
	if err != nil {
		t.Fatal(err)
	}
	r := &round{results: map[string]courier.Result{}}
	r.cond = sync.NewCond(&r.mu)
	for _, address := range addresses {
		r.add(shipment, address)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var workers sync.WaitGroup
	for range relays.Workers() {
		workers.Go(func() { relays.Carry(ctx, ctx, r) })
	}
	ended := make(chan struct{})
	go func() { defer close(ended); workers.Wait() }()
	defer context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.cond.Broadcast()
	})()
	r.mu.Lock()
	for r.open > 0 && ctx.Err() == nil {
		r.cond.Wait()
	}
	r.mu.Unlock()
	cancel() // those that wait for a relay
	<-ended
	if n := r.left(); n > 0 {
		t.Fatalf("%d letters came to no end", n)
	}
	return r.results
}

func (r *round) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

func TestRelaysAreAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		s, _ := sender(t)
		s.Signers = s.Signers[:1] // Ed25519: the suite sends many
		srv := serve(t)
		var mu sync.Mutex
		var now channeltest.Behaviour
		hang := make(chan struct{})
		t.Cleanup(func() { close(hang) })
		srv.rcpt = func(string) error {
			mu.Lock()
			defer mu.Unlock()
			switch now {
			case channeltest.Refuses:
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
			case channeltest.Delays:
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
			}
			return nil
		}
		srv.data = func(c *smtp.Conn) error {
			mu.Lock()
			b := now
			mu.Unlock()
			switch b {
			case channeltest.Drops:
				c.Conn().Close()
			case channeltest.Hangs:
				<-hang
			}
			return nil
		}
		relays, _ := open(t, s, srv.url())
		return &channeltest.Fixture{
			Channel: relays, Subscription: reader,
			Can:      []channeltest.Behaviour{channeltest.Takes, channeltest.Refuses, channeltest.Delays, channeltest.Drops, channeltest.Hangs},
			Behave:   func(b channeltest.Behaviour) { mu.Lock(); now = b; mu.Unlock() },
			Received: srv.received, Secrets: []string{reader.Secret, "127.0.0.1"},
		}
	})
}

func TestAMaildirIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		s, _ := sender(t)
		s.Signers = s.Signers[:1]
		dir := t.TempDir()
		box, err := OpenMaildir(s, dir)
		if err != nil {
			t.Fatal(err)
		}
		return &channeltest.Fixture{
			Channel: box, Subscription: reader, Can: []channeltest.Behaviour{channeltest.Takes, channeltest.Delays},
			Behave: func(b channeltest.Behaviour) {
				if b == channeltest.Delays { // as a disk that is gone
					os.Rename(filepath.Join(dir, "tmp"), filepath.Join(dir, "gone"))
				} else {
					os.Rename(filepath.Join(dir, "gone"), filepath.Join(dir, "tmp"))
				}
			},
			Received: func() []string {
				files, _ := filepath.Glob(filepath.Join(dir, "new", "*"))
				slices.Sort(files)
				return files
			},
			Secrets: []string{reader.Secret, dir},
		}
	})
}

// The name is the same in every attempt, so a copy takes the original's place.
func TestAMaildirHoldsEachLetterOnceHoweverOftenItIsTried(t *testing.T) {
	s, _ := sender(t)
	dir := t.TempDir()
	m, err := OpenMaildir(s, dir)
	if err != nil {
		t.Fatal(err)
	}
	shipment, _ := m.Prepare(t.Context(), consignment(wire.Publish))
	for attempt := range 3 {
		if r := shipment.Deliver(t.Context(), reader, attempt+1); r.Outcome != wire.Accepted {
			t.Fatal(r)
		}
	}
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "new", "*"))
	left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	if len(files) != 1 || len(left) != 0 {
		t.Fatalf("%v %v", files, left)
	}
}

func TestWhileARelayIsDownTheOtherHasItAtOnce(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	srv := serve(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	relays, shipment := open(t, s, "smtp://"+closed.Addr().String()+"?weight=50", srv.url())
	var addresses []string
	for i := range 40 {
		addresses = append(addresses, fmt.Sprintf("r%d@press.example", i))
	}
	for address, r := range carry(t, relays, addresses...) {
		if r.Outcome != wire.Accepted || srv.got[address] != 1 {
			t.Errorf("%s: %+v, received %d", address, r, srv.got[address])
		}
	}
	if r := shipment.Deliver(t.Context(), reader, 1); r.Outcome != wire.Accepted {
		t.Errorf("alone: %+v", r)
	}
}

// A relay that breaks down under a letter has said nothing of its reader, and
// nobody knows whether it has the letter: another is asked at once.
func TestALetterThatWasCutOffIsTriedAgainAtOnce(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	srv := serve(t)
	srv.data = func(c *smtp.Conn) error { return c.Conn().Close() }
	relays, _ := open(t, s, srv.url())
	if r := carry(t, relays, "a@press.example")["a@press.example"]; r.Outcome != wire.Deferred || !strings.HasPrefix(r.Code, "connection: ") || r.After != courier.AtOnce {
		t.Errorf("%+v", r)
	}
}

// A relay that refuses the sender has said nothing of the recipient: nobody is
// given up for it.
func TestARelayThatRefusesUsIsNoReasonToGiveAnyoneUp(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	srv, other := serve(t), serve(t)
	srv.mail = func() error {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "log in first"}
	}
	_, alone := open(t, s, srv.url())
	if r := alone.Deliver(t.Context(), reader, 1); r.Outcome != wire.Deferred || !strings.HasPrefix(r.Code, "530 5.7.0") {
		t.Errorf("%+v", r)
	}
	_, both := open(t, s, srv.url(), other.url())
	if r := both.Deliver(t.Context(), reader, 1); r.Outcome != wire.Accepted {
		t.Errorf("with another relay: %+v", r)
	}
}

func TestAddressesOutsideASCIIAreWrittenAsTheStandardsWant(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	srv := serve(t)
	_, shipment := open(t, s, srv.url())
	deliver := func(address string) courier.Result {
		sub := reader
		sub.Address = address
		return shipment.Deliver(t.Context(), sub, 1)
	}
	if r := deliver("presse@bücher.example"); r.Outcome != wire.Accepted || srv.got["presse@xn--bcher-kva.example"] != 1 {
		t.Errorf("%+v, %v", r, srv.got)
	}
	if r := deliver("编辑@press.example"); r.Outcome != wire.Accepted || srv.got["编辑@press.example"] != 1 {
		t.Errorf("%+v, %v", r, srv.got)
	}
	old := serve(t)
	old.EnableSMTPUTF8 = false
	_, shipment = open(t, s, old.url())
	if r := deliver("编辑@press.example"); r.Outcome != wire.Failed || !strings.HasPrefix(r.Code, "553 5.6.7") {
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{"", "@x.example", "a", "a@x.example\r\nRCPT TO:<b@x.example>"} {
		if r := deliver(bad); r.Outcome != wire.Failed {
			t.Errorf("%q: %+v", bad, r)
		}
	}
	if len(old.got) != 0 {
		t.Errorf("received %v", old.got)
	}
}

func TestTLSIsUsedWhereItIsOffered(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	srv := serveWith(t, web.TLS)
	relays, shipment := open(t, s, srv.url()+"?connections=2")
	relays.relays[0].certificate.RootCAs = x509.NewCertPool()
	if r := shipment.Deliver(t.Context(), reader, 1); r.Outcome != wire.Deferred {
		t.Errorf("a certificate that nobody vouches for: %+v", r)
	}
	relays.relays[0].certificate.RootCAs.AddCert(web.Certificate())
	for range 3 {
		if r := shipment.Deliver(t.Context(), reader, 1); r.Outcome != wire.Accepted {
			t.Errorf("%+v", r)
		}
	}
	if srv.secure != 3 {
		t.Errorf("%d of 3 under TLS", srv.secure)
	}
}

// A connection that the relay closed while it was idle costs nothing.
func TestAnIdleConnectionThatWasClosedIsReplaced(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	srv := serve(t)
	var conns []*smtp.Conn
	srv.data = func(c *smtp.Conn) error { conns = append(conns, c); return nil }
	relays, shipment := open(t, s, srv.url())
	w := relays.newCarrier(t.Context(), relays.relays[0], 0, alone{})
	defer w.hangUp()
	var result courier.Result
	for returned := 0; len(conns) < 3; {
		p := courier.NewParcel(shipment, reader, 1, func(r courier.Result) { result = r }, func(time.Duration) { returned++ })
		if w.prepare(p) {
			w.deliver()
		}
		if result.Outcome != wire.Accepted || returned > 2 {
			t.Fatalf("%+v, given back %d times", result, returned)
		}
		conns[len(conns)-1].Conn().Close()
	}
	if srv.got[reader.Address] != 3 {
		t.Errorf("received %v", srv.got)
	}
}
