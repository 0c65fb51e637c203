// Package drop delivers items as files into folders of outlets: over SFTP, FTP,
// FTP with TLS, and into buckets that speak S3.
//
// It owns how a file is named, that it stands there whole or not at all, and
// that a delivery that is tried again replaces what it left. It never makes a
// folder, never lists or reads what others put there, and never talks to a
// server that it cannot tell from an impostor. When to try again is its
// schedule; that it happens is the courier's matter.
package drop

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// Times that bound an attempt.
const (
	dialTime    = 10 * time.Second // to be connected
	stallTime   = 30 * time.Second // without a byte in either direction
	attemptTime = 10 * time.Minute // for all files of an item
	idleTime    = time.Minute      // a connection without work is kept
)

// Options are what the channel works with.
type Options struct {
	Site format.Site // where ninjs says that an item is
	// AllowPrivate lets addresses lead to private and loopback hosts.
	AllowPrivate bool
	// Roots are the authorities that FTPS and S3 servers are trusted by; nil for
	// those of the system.
	Roots *x509.CertPool
	Now   func() time.Time // UTC; S3 requests are dated and signed by it
}

// Drops is the channel. It is safe for concurrent use.
type Drops struct {
	Options
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	stall   time.Duration
	pool    *pool
	http    *http.Client
	hostKey sync.Map // server → place in hostKeyKinds of the key it was known by
}

// New makes the channel. It holds no connection before the first delivery.
func New(o Options) *Drops {
	d := &Drops{Options: o, stall: stallTime, pool: newPool(idleTime)}
	d.dial = dialer(o.AllowPrivate).DialContext
	d.http = d.client()
	return d
}

// dialer connects to public addresses only, checked after the name was resolved,
// for the address that is really connected to; on any port, as file servers are
// found on many.
func dialer(allowPrivate bool) *net.Dialer {
	n := &net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}
	if !allowPrivate {
		guard := ssrf.New(ssrf.WithAnyPort())
		n.Control = func(network, address string, c syscall.RawConn) error {
			if err := guard.Safe(network, address, c); err != nil {
				return errPrivate
			}
			return nil
		}
	}
	return n
}

// Workers is how many folders may be written to at a time.
func (d *Drops) Workers() int { return 64 }

// Ward is how many folders that failed last time are tried at a time.
func (d *Drops) Ward() int { return 16 }

// Wait is the schedule of webhooks: a restart is over soon, and a day is enough
// for an outlet to mend a password.
func (d *Drops) Wait(attempts int) (time.Duration, bool) { return webhook.Schedule(attempts) }

// Close closes the connections without work at once rather than after a while.
// Deliveries after it connect anew.
func (d *Drops) Close() {
	d.pool.close()
	d.http.CloseIdleConnections()
}

// Check says what is wrong with a subscription's address, secret or format, if
// anything is: for whoever takes it into the directory. It connects to nobody
// and never repeats the secret.
func Check(s wire.Subscription) error {
	f, err := parseFolder(s.Address)
	if err != nil {
		return err
	}
	secret, err := parseSecret(f.scheme, s.Secret)
	if err != nil {
		return err
	}
	if _, err := secret.signer(); err != nil {
		return err
	}
	formats, err := parseFormats(s.Format)
	if err != nil {
		return err
	}
	return f.names.suit(len(formats))
}

// Prepare renders an item in the formats that most folders get, once for all of
// them; others are rendered when the first folder asks.
func (d *Drops) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	return &shipment{drops: d, item: c.Item, render: offer.Render(c.Item, d.Site, offer.Ninjs, "text").In}, nil
}

type shipment struct {
	drops  *Drops
	item   *wire.Item
	render func(format string) ([]byte, error) // what it returns is shared
}

// Deliver puts the item's files into a folder. It is accepted when all of them
// stand there whole under their names.
func (s *shipment) Deliver(ctx context.Context, sub wire.Subscription, _ int) courier.Result {
	f, secret, files, err := s.lading(sub)
	if err != nil {
		return resultOf(err)
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	open := func(ctx context.Context) (session, error) { return s.drops.open(ctx, f, secret) }
	err = s.drops.pool.with(ctx, sub.Address+"\x00"+sub.Secret, open, func(to session) error {
		return put(ctx, to, files)
	})
	if err != nil {
		return resultOf(err)
	}
	return courier.Result{Outcome: wire.Accepted, Code: "stored " + files[0].name}
}

// lading is what a subscription asks for: where, how, which files.
func (s *shipment) lading(sub wire.Subscription) (*folder, *secret, []*file, error) {
	f, err := parseFolder(sub.Address)
	if err != nil {
		return nil, nil, nil, err
	}
	secret, err := parseSecret(f.scheme, sub.Secret)
	if err != nil {
		return nil, nil, nil, err
	}
	formats, err := parseFormats(sub.Format)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := f.names.suit(len(formats)); err != nil {
		return nil, nil, nil, err
	}
	var files []*file
	for _, format := range formats {
		n := f.names.name(s.item, format.Ext)
		data, err := s.render(format.Name)
		if err != nil {
			return nil, nil, nil, unwritten{err}
		}
		files = append(files, &file{
			name: n, part: "." + n + "." + safe(string(s.item.ID)) + ".part", item: string(s.item.ID),
			mediaType: format.Media, data: data,
		})
	}
	return f, secret, files, nil
}

// put brings all files up under temporary names and then gives them their own,
// the first last: who watches for that one finds the others beside it.
func put(ctx context.Context, to session, files []*file) error {
	for _, f := range files {
		if err := to.stage(ctx, f); err != nil {
			return err
		}
	}
	for i := len(files) - 1; i >= 0; i-- {
		if err := to.publish(ctx, files[i]); err != nil {
			return err
		}
	}
	return nil
}
