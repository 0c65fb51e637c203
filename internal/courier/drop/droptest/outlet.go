package droptest

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

// Outlet is a folder of an outlet with the server before it.
type Outlet struct {
	Address   string // without parameters
	Pin       string // parameters that the address needs
	Second    string // another pin that will do
	Secret    string
	Wrong     string         // a secret that the server does not know
	Dir       string         // where its files are on this disk
	Roots     *x509.CertPool // who vouches for the server; nil without TLS
	Authority []byte         // the same in PEM

	server *server
}

// To is the address with parameters.
func (o *Outlet) To(parameters ...string) string {
	if o.Pin != "" {
		parameters = append([]string{o.Pin}, parameters...)
	}
	if len(parameters) == 0 {
		return o.Address
	}
	return o.Address + "?" + strings.Join(parameters, "&")
}

// Below is the outlet with another folder in its own.
func (o *Outlet) Below(name string) *Outlet {
	b := *o
	b.Address, b.Dir = o.Address+"/"+name, filepath.Join(o.Dir, name)
	return &b
}

// Subscription asks for files in formats, by an address with parameters.
func (o *Outlet) Subscription(formats string, parameters ...string) wire.Subscription {
	return wire.Subscription{ID: 5, Channel: wire.ByDrop, Address: o.To(parameters...), Secret: o.Secret, Format: formats}
}

// Files are the names in the folder, temporary ones too, in order.
func (o *Outlet) Files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".sgwtmp") { // the S3 gateway's own
			names = append(names, e.Name())
		}
	}
	return names
}

// Stop has the server take no further connection; OpenSSH keeps those it has.
func (o *Outlet) Stop() { o.server.stop() }

// Start has a stopped server run again, on the same port and over the same folder.
func (o *Outlet) Start(t *testing.T) {
	t.Helper()
	o.server.start(t)
}
