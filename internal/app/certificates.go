package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/wire"
)

// HTTPS says where this process ends TLS itself; without an address it does not.
type HTTPS struct {
	Address      string   // to listen on
	Certificates []string // PEM files, each with its chain
	Keys         []string // PEM files of their keys, in the same order; none: they are in the files of the certificates
}

// complete fills in what follows and refuses what cannot work.
func (h *HTTPS) complete() error {
	if len(h.Keys) == 0 {
		h.Keys = h.Certificates
	}
	switch {
	case h.Address == "" && len(h.Certificates)+len(h.Keys) > 0:
		return wire.Errorf(wire.Invalid, "https", "a certificate is for an address to listen on, such as --https :443")
	case h.Address != "" && len(h.Certificates) == 0:
		return wire.Errorf(wire.Invalid, "tls-cert", "TLS on %s needs a certificate: --tls-cert and --tls-key", h.Address)
	case len(h.Keys) != len(h.Certificates):
		return wire.Errorf(wire.Invalid, "tls-key", "there are %d certificates and %d keys; give as many of each, in the same order", len(h.Certificates), len(h.Keys))
	}
	return nil
}

// certificates are those that TLS is ended with. They are read again when their
// files change, as whatever renews them leaves it; streams stay open meanwhile. It is
// safe for concurrent use, but for load.
type certificates struct {
	https HTTPS
	log   *slog.Logger
	read  [][]byte // what the files last held, by load alone
	held  atomic.Pointer[[]tls.Certificate]
}

// certificatesEvery is how often it is looked whether they changed.
const certificatesEvery = 10 * time.Second

// openCertificates reads them.
func openCertificates(h HTTPS, log *slog.Logger) (*certificates, error) {
	c := &certificates{https: h, log: log}
	_, err := c.load()
	return c, err
}

// suit reports whether one of them is for the host of a site.
func (c *certificates) suit(site string) bool {
	u, err := url.Parse(site)
	return err == nil && slices.ContainsFunc(*c.held.Load(), func(t tls.Certificate) bool { return t.Leaf.VerifyHostname(u.Hostname()) == nil })
}

// load reads the files and, if they hold something else than before, takes it.
// Files that do not belong together, because one of them is just being replaced,
// are an error and change nothing.
func (c *certificates) load() (changed bool, err error) {
	var read [][]byte
	for i := range c.https.Certificates {
		for _, name := range []string{c.https.Certificates[i], c.https.Keys[i]} {
			text, err := os.ReadFile(name)
			if err != nil {
				return false, wire.Errorf(wire.Unavailable, "tls-cert", "cannot read %s: %w", name, err)
			}
			read = append(read, text)
		}
	}
	if slices.EqualFunc(read, c.read, bytes.Equal) {
		return false, nil
	}
	var list []tls.Certificate
	for i, name := range c.https.Certificates {
		// Its error speaks of the kind of block that is missing or does not fit, never
		// of what is in it.
		pair, err := tls.X509KeyPair(read[2*i], read[2*i+1])
		if err != nil {
			return false, wire.Errorf(wire.Invalid, "tls-cert", "%s and %s are no certificate and its key: %w", name, c.https.Keys[i], err)
		}
		if now := time.Now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
			c.log.Warn("a certificate is not valid at this time", "file", name, "from", pair.Leaf.NotBefore, "until", pair.Leaf.NotAfter)
		}
		list = append(list, pair)
	}
	c.read = read
	c.held.Store(&list)
	return true, nil
}

// follow looks again and again whether the files changed, until ctx ends.
func (c *certificates) follow(ctx context.Context) {
	tick := time.NewTicker(certificatesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch changed, err := c.load(); {
		case err != nil:
			c.log.Error("the certificates cannot be read again; those from before stay", "error", err)
		case changed:
			c.log.Info("the certificates were read again", "until", c.until())
		}
	}
}

// choose is tls.Config.GetCertificate: the first that suits the name and the
// abilities of the other side, or else the first of all.
func (c *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	list := *c.held.Load()
	for i := range list {
		if hello.SupportsCertificate(&list[i]) == nil {
			return &list[i], nil
		}
	}
	return &list[0], nil
}

// until is when the first of them ends.
func (c *certificates) until() time.Time {
	list := *c.held.Load()
	return slices.MinFunc(list, func(a, b tls.Certificate) int { return a.Leaf.NotAfter.Compare(b.Leaf.NotAfter) }).Leaf.NotAfter
}

// config is how TLS is spoken: 1.2 at the least, HTTP/2 where the other side has it.
func (c *certificates) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.choose, NextProtos: []string{"h2", "http/1.1"}}
}

// show has operators see when the first certificate ends.
func (c *certificates) show(registry prometheus.Registerer) {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "wireroom_tls_certificate_until_seconds", Help: "When the first of the TLS certificates ends, in seconds since 1970.",
	}, func() float64 { return float64(c.until().Unix()) }))
}
