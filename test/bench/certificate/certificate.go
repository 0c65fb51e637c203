// Package certificate makes what servers of a measurement need to speak TLS: an
// authority of their own, and certificates for loopback addresses.
//
// It owns keys that live as long as a process, and never writes one to disk.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// Authority signs certificates; all of them have one key, because making keys is
// not what is measured.
type Authority struct {
	root *x509.Certificate
	der  []byte
	sign *ecdsa.PrivateKey
	leaf *ecdsa.PrivateKey
	next int64
}

// New makes an authority, good for a day. It belongs to one goroutine.
func New() (*Authority, error) {
	a := &Authority{next: 2}
	var err error
	if a.sign, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if a.leaf, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "measurement"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	if a.der, err = x509.CreateCertificate(rand.Reader, template, template, &a.sign.PublicKey, a.sign); err != nil {
		return nil, err
	}
	a.root, err = x509.ParseCertificate(a.der)
	return a, err
}

// WriteFile stores the authority's certificate as PEM: what SSL_CERT_FILE of a
// client names.
func (a *Authority) WriteFile(path string) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der}), 0o600)
}

// For makes the certificate of one address.
func (a *Authority) For(ip net.IP) (*tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: ip.String()}, IPAddresses: []net.IP{ip},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: a.root.NotBefore, NotAfter: a.root.NotAfter,
	}
	a.next++
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &a.leaf.PublicKey, a.sign)
	if err != nil {
		return nil, fmt.Errorf("certificate: %s: %w", ip, err)
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leaf, Leaf: leaf}, err
}

// Config is a server's configuration that has a certificate for each address:
// clients that call by address do not say a name.
func (a *Authority) Config(ips []net.IP) (*tls.Config, error) {
	all := make(map[string]*tls.Certificate, len(ips))
	for _, ip := range ips {
		c, err := a.For(ip)
		if err != nil {
			return nil, err
		}
		all[ip.String()] = c
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		if err != nil {
			return nil, err
		}
		if c := all[host]; c != nil {
			return c, nil
		}
		return nil, fmt.Errorf("certificate: there is none for %s", host)
	}}, nil
}
