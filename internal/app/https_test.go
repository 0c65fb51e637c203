package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/wire"
)

// authority signs the certificates of a test.
type authority struct {
	t    *testing.T
	root *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	next int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool(), next: 2}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err == nil {
		a.root, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.root)
	return a
}

// issue writes a certificate for a name, and its key, to two files; the serial
// number tells it from others.
func (a *authority) issue(certificate, key, name string, until time.Time) (serial int64) {
	a.t.Helper()
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: a.root.NotBefore, NotAfter: until,
	}
	a.next++
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &leaf.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(leaf)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(certificate, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.write(key, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return a.next - 1
}

func (a *authority) write(name string, b *pem.Block) {
	a.t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// served is the serial number of the certificate that one who asks for a name gets.
func (a *authority) served(address, name string) int64 {
	a.t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, RootCAs: a.pool, InsecureSkipVerify: name == "unknown.example"})
	if err != nil {
		a.t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// client speaks to a wire over TLS, whatever the host of the address.
func (a *authority) client(address string) *http.Client {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.pool}, ForceAttemptHTTP2: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", address) },
	}
	a.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestAWireEndsTLSItself(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	day := time.Now().Add(20 * time.Hour)
	site, edges := a.issue(at("site.pem"), at("site.key"), "wire.example", day), a.issue(at("edge.pem"), at("edge.key"), "edge.example", day)
	w, stop := run(t, Config{
		Data: at("data"), HTTP: "127.0.0.1:0", BaseURL: "https://wire.example", Mail: Mail{DKIM: []string{"ed25519"}},
		HTTPS: HTTPS{Address: "127.0.0.1:0", Certificates: []string{at("site.pem"), at("edge.pem")}, Keys: []string{at("site.key"), at("edge.key")}},
	})
	stopped := false
	defer func() {
		if !stopped {
			stop()
		}
	}()
	address := w.listenerTLS.Addr().String()
	for name, want := range map[string]int64{"wire.example": site, "edge.example": edges, "unknown.example": site} {
		if got := a.served(address, name); got != want {
			t.Errorf("%s is served certificate %d, want %d", name, got, want)
		}
	}
	if _, err := tls.Dial("tcp", address, &tls.Config{ServerName: "wire.example", RootCAs: a.pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}

	// A stream over HTTP/2 lives on under a new certificate, and is told to come back
	// when the process ends.
	c := a.client(address)
	resp, err := c.Get("https://wire.example/healthz")
	if err != nil || resp.Proto != "HTTP/2.0" {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	told := make(chan client.Event, 10)
	s := client.Stream{URL: "https://wire.example", HTTP: c, Format: "headline", Last: "0"}
	reading := make(chan error, 1)
	go func() {
		reading <- s.Run(t.Context(), func(e client.Event) error {
			told <- e
			if e.Type == "item" && e.Number() == 2 {
				return errDone
			}
			return nil
		})
	}()
	publish := func() {
		r := &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: "News", Body: []wire.Block{wire.P("Text.")}}}, Facets: wire.Facets{Sectors: []string{"energy"}}}
		if _, err := w.Desk.Publish(t.Context(), wire.Actor{Name: "e", Role: wire.RoleEditor}, r, desk.Submission{}); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	if e := <-told; e.Number() != 1 {
		t.Fatalf("came %+v", e)
	}
	renewed := a.issue(at("site.pem"), at("site.key"), "wire.example", day)
	if changed, err := w.certificates.load(); err != nil || !changed {
		t.Errorf("changed: %v, %v", changed, err)
	}
	if got := a.served(address, "wire.example"); got != renewed {
		t.Errorf("certificate %d is served, want %d", got, renewed)
	}
	publish()
	if err := <-reading; !errors.Is(err, errDone) {
		t.Error(err)
	}
	raw, err := c.Get("https://wire.example/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Body.Close()
	stopped = true
	go stop()
	// How it ends is the server's business: it closes connections that are idle.
	if text, _ := io.ReadAll(raw.Body); strings.Count(string(text), "retry: ") != 2 {
		t.Errorf("an open stream ended after %q", text)
	}
}

var errDone = errors.New("done")

func TestCertificatesAreReadAgainWhenTheyChange(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	certificate, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	synctest.Test(t, func(t *testing.T) {
		a.issue(certificate, key, "wire.example", until)
		c, err := openCertificates(HTTPS{Address: ":443", Certificates: []string{certificate}, Keys: []string{key}}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		go c.follow(t.Context())
		serial := func() int64 {
			time.Sleep(certificatesEvery + time.Second)
			synctest.Wait()
			chosen, err := c.choose(&tls.ClientHelloInfo{ServerName: "wire.example"})
			if err != nil {
				t.Fatal(err)
			}
			return chosen.Leaf.SerialNumber.Int64()
		}
		first := serial()
		if !c.until().Equal(until) || !c.suit("https://wire.example:8443") || c.suit("https://other.example") {
			t.Errorf("until %v, for wire.example: %v", c.until(), c.suit("https://wire.example:8443"))
		}
		// One file was replaced and the other not yet: what was read before stays.
		second := a.issue(certificate, filepath.Join(dir, "later.pem"), "wire.example", until.Add(time.Hour))
		if got := serial(); got != first {
			t.Errorf("half replaced: %d", got)
		}
		if err := os.Rename(filepath.Join(dir, "later.pem"), key); err != nil {
			t.Fatal(err)
		}
		if got := serial(); got != second {
			t.Errorf("replaced: %d, want %d", got, second)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		if got := serial(); got != second {
			t.Errorf("without its key: %d", got)
		}
	})
}

func TestTLSIsNotHalfConfigured(t *testing.T) {
	here := HTTPS{Address: ":443", Certificates: []string{"c.pem"}}
	for name, c := range map[string]Config{
		"no certificate": {HTTPS: HTTPS{Address: ":443"}}, "no address": {HTTPS: HTTPS{Certificates: []string{"c.pem"}}},
		"too few keys":            {HTTPS: HTTPS{Address: ":443", Certificates: []string{"c.pem", "d.pem"}, Keys: []string{"k.pem"}}},
		"a site in clear":         {HTTPS: here, BaseURL: "http://wire.example"},
		"keys without an address": {HTTPS: HTTPS{Keys: []string{"k.pem"}}},
	} {
		if err := c.Complete(); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := Config{HTTPS: here}
	if err := c.Complete(); err != nil || c.HTTPS.Keys[0] != "c.pem" {
		t.Errorf("a key in the file of its certificate: %+v, %v", c.HTTPS, err)
	}
	for _, name := range []string{"none.pem", "https_test.go"} {
		if _, err := openCertificates(HTTPS{Certificates: []string{name}, Keys: []string{name}}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatComesInClearIsSentToTLS(t *testing.T) {
	proxies, err := auth.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	const moved, refused, served = http.StatusPermanentRedirect, http.StatusForbidden, http.StatusTeapot
	for _, c := range []struct {
		name, method, target, from, key string
		role                            Role
		want                            int
	}{
		{"a reader", "GET", "/en/?page=2", "192.0.2.1:5", "", Web, moved},
		{"a writer", "POST", "/v1/releases", "192.0.2.1:5", "", Web, refused},
		{"a key in clear", "GET", "/v1/items", "192.0.2.1:5", "Bearer wrk_x", Web, refused},
		{"a token in clear", "GET", "/v1/stream?token=x", "192.0.2.1:5", "", Web, refused},
		{"an edge, which may have any name", "GET", "/v1/stream", "192.0.2.1:5", "", Edge, refused},
		{"this machine", "POST", "/v1/releases", "127.0.0.1:5", "Bearer wrk_x", Web, served},
		{"this machine, by IPv6", "GET", "/", "[::1]:5", "", Web, served},
		{"a trusted proxy", "POST", "/v1/releases", "10.1.2.3:5", "Bearer wrk_x", Edge, served},
	} {
		a := &App{config: Config{BaseURL: "https://wire.example", Roles: []Role{c.role}}, listenerTLS: new(net.TCPListener), proxies: proxies}
		h := a.secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(served) }))
		r := httptest.NewRequest(c.method, c.target, nil)
		if r.RemoteAddr = c.from; c.key != "" {
			r.Header.Set("Authorization", c.key)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || c.want == moved && w.Header().Get("Location") != "https://wire.example"+c.target {
			t.Errorf("%s: %d to %q", c.name, w.Code, w.Header().Get("Location"))
		}
		if r.TLS = new(tls.ConnectionState); c.want != served {
			w = httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != served {
				t.Errorf("%s, over TLS: %d", c.name, w.Code)
			}
		}
	}
}
