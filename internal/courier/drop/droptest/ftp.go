package droptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify makes a certificate for 127.0.0.1 and returns it with its key in PEM.
func certify(t *testing.T) (certificate, key []byte, roots *x509.CertPool) {
	t.Helper()
	private := Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "outlet"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := Must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	roots = x509.NewCertPool()
	roots.AddCert(Must(x509.ParseCertificate(der)))
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: Must(x509.MarshalPKCS8PrivateKey(private))})
	return certificate, key, roots
}

// ProFTPD starts a server of FTP, for the scheme ftps one that refuses whoever
// does not encrypt both connections in one TLS session.
func ProFTPD(t *testing.T, scheme string, directives ...string) *Outlet {
	t.Helper()
	proftpd := Program(t, "proftpd", "proftpd-core")
	etc, home, port := t.TempDir(), t.TempDir(), freePort(t)
	Mkdir(t, filepath.Join(home, "in"))
	me := Must(user.Current())
	group := Must(user.LookupGroupId(me.Gid))
	password := "plugh xyzzy"
	// The hash is that of crypt(3), made by OpenSSL, which ProFTPD needs anyway.
	hash, err := exec.Command("openssl", "passwd", "-6", password).Output()
	if err != nil {
		absent(t, "openssl", "apt-get install openssl", err)
	}
	account := fmt.Sprintf("halden:%s:%s:%s::%s:/bin/sh\n", strings.TrimSpace(string(hash)), me.Uid, me.Gid, home)
	o := &Outlet{Address: fmt.Sprintf("%s://halden@127.0.0.1:%d/in", scheme, port), Secret: password, Wrong: "open sesame", Dir: filepath.Join(home, "in")}
	for _, usual := range []string{"AllowOverwrite on", "AllowStoreRestart on"} {
		if what, _, _ := strings.Cut(usual, " "); !strings.Contains(strings.Join(directives, "\n"), what) {
			directives = append(directives, usual)
		}
	}
	config := fmt.Sprintf(`ServerType standalone
ServerName outlet
Port %d
DefaultAddress 127.0.0.1
SocketBindTight on
UseIPv6 off
UseReverseDNS off
User %s
Group %s
AuthUserFile %s
AuthOrder mod_auth_file.c
RequireValidShell off
RootLogin on
WtmpLog off
PidFile %s
ScoreboardFile none
DelayTable none
SystemLog none
TransferLog none
MaxInstances none
%s
`, port, me.Username, group.Name, Write(t, filepath.Join(etc, "passwd"), 0o600, []byte(account)), filepath.Join(etc, "pid"), strings.Join(directives, "\n"))
	if scheme == "ftps" {
		if _, err := os.Stat("/usr/lib/proftpd/mod_tls.so"); err != nil {
			absent(t, "ProFTPD's mod_tls", "apt-get install proftpd-mod-crypto", err)
		}
		certificate, key, roots := certify(t)
		o.Roots, o.Authority = roots, certificate
		config = "LoadModule mod_tls.c\n" + config + fmt.Sprintf("TLSEngine on\nTLSRequired on\nTLSRSACertificateFile %s\nTLSRSACertificateKeyFile %s\nTLSLog %s\n",
			Write(t, filepath.Join(etc, "cert.pem"), 0o600, certificate), Write(t, filepath.Join(etc, "key.pem"), 0o600, key), filepath.Join(etc, "tls.log"))
		config = strings.ReplaceAll(config, "TLSRSA", "TLSEC")
	}
	o.server = run(t, port, nil, proftpd, "-n", "-q", "-c", Write(t, filepath.Join(etc, "proftpd.conf"), 0o600, []byte(config)))
	return o
}
