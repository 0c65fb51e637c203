package app

import (
	"net"
	"net/http"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/wire"
)

// listenTLS binds the address at which this process ends TLS, if there is one.
func (a *App) listenTLS() (err error) {
	h := a.config.HTTPS
	if h.Address == "" {
		return nil
	}
	if a.listenerTLS, err = net.Listen("tcp", h.Address); err != nil {
		return wire.Errorf(wire.Unavailable, "https", "cannot listen on %s: %w", h.Address, err)
	}
	return nil
}

// openCertificates reads those of TLS, if this process ends it.
func (a *App) openCertificates() (err error) {
	if a.listenerTLS == nil {
		return nil
	}
	if a.certificates, err = openCertificates(a.config.HTTPS, a.log); err != nil {
		return err
	}
	if a.config.has(Web) && !a.certificates.suit(a.config.BaseURL) {
		a.log.Warn("no certificate is for the public address of the site: browsers will refuse it", "base-url", a.config.BaseURL)
	}
	a.certificates.show(a.registry)
	a.server.TLSConfig = a.certificates.config()
	// A receiver may not read from the connection at all; then not even the end of
	// one of its streams can be written.
	a.server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: stuckAfter}
	return nil
}

// stuckAfter is how long an HTTP/2 connection may take nothing of what is to be
// written.
const stuckAfter = 15 * time.Second

// secured has what comes in clear from other machines come again over TLS, where
// this process ends it. This machine and the proxies that are trusted may speak
// plain HTTP.
func (a *App) secured(next http.Handler) http.Handler {
	if a.listenerTLS == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS != nil, fromHere(r), a.proxies.Passed(r):
			next.ServeHTTP(w, r)
		case r.Header.Get("Authorization") != "" || r.URL.Query().Has(auth.TokenParameter):
			// To go on as if nothing had happened would hide it.
			http.Error(w, "a key or token was sent in clear, for everyone on the way to read: revoke it, and use https", http.StatusForbidden)
		case a.config.has(Web) && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			http.Redirect(w, r, a.config.BaseURL+r.URL.RequestURI(), http.StatusPermanentRedirect)
		default: // an edge has an address of its own, which it does not know
			http.Error(w, "this is read and written over TLS alone: use https", http.StatusForbidden)
		}
	})
}

// fromHere reports whether a request was made on this machine.
func fromHere(r *http.Request) bool {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return net.ParseIP(host).IsLoopback()
}
