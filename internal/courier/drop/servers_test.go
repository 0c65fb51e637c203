package drop

// The servers that outlets run: OpenSSH, ProFTPD and Versity's S3 gateway,
// started by the tests on the loopback interface, with accounts of their own.

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// outlet is a folder of an outlet with the server before it.
type outlet struct {
	address string // without parameters
	pin     string // parameters that the address needs
	second  string // another pin that will do
	secret  string
	dir     string // where its files are on this disk
	roots   *x509.CertPool
	wrong   string // a secret that the server does not know
}

// to is the address with parameters.
func (o *outlet) to(parameters ...string) string {
	if o.pin != "" {
		parameters = append([]string{o.pin}, parameters...)
	}
	if len(parameters) == 0 {
		return o.address
	}
	return o.address + "?" + strings.Join(parameters, "&")
}

// below is the address of a folder in the outlet's.
func (o *outlet) below(name string) *outlet {
	b := *o
	b.address, b.dir = o.address+"/"+name, filepath.Join(o.dir, name)
	return &b
}

// absent reports a server that cannot be run.
func absent(t *testing.T, server, from string, err error) {
	t.Helper()
	if os.Getenv("WIREROOM_JUDGES") == "required" {
		t.Fatalf("%s is needed and not here: %s (%v)", server, from, err)
	}
	t.Skipf("%s is not here: %s (%v)", server, from, err)
}

func program(t *testing.T, name, pkg string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/lib/openssh/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			if found, err = filepath.Abs(found); err == nil {
				return found
			}
		}
	}
	absent(t, name, "apt-get install "+pkg, os.ErrNotExist)
	return ""
}

// freePort is a port of the loopback interface that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// run starts a server and waits until it listens.
func run(t *testing.T, port int, env []string, name string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(name), output.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-every.C:
		case <-ended:
			t.Fatalf("%s ended: %s", name, output.String())
		case <-ctx.Done():
			t.Fatalf("%s does not listen: %v", name, err)
		}
	}
}

func write(t *testing.T, path string, mode os.FileMode, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func mkdir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// sshKey makes a key: its PEM and its public half.
func sshKey(key any) ([]byte, ssh.PublicKey) {
	block := must(ssh.MarshalPrivateKey(key, ""))
	return pem.EncodeToMemory(block), must(ssh.NewSignerFromKey(key)).PublicKey()
}

// openSSH starts sshd as whoever runs the test, who logs in by a key. It has an
// Ed25519 and an ECDSA host key; pin and second name them.
func openSSH(t *testing.T, options ...string) *outlet {
	return openSSHWith(t, "PasswordAuthentication no", options...)
}

// openSSHWith is openSSH with a directive of its own, before options of
// sftp-server.
func openSSHWith(t *testing.T, directive string, options ...string) *outlet {
	t.Helper()
	sshd, files := program(t, "sshd", "openssh-server"), program(t, "sftp-server", "openssh-sftp-server")
	etc, home, port := t.TempDir(), mkdir(t, filepath.Join(t.TempDir(), "in")), freePort(t)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	edPEM, edPublic := sshKey(ed)
	ecPEM, ecPublic := sshKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	_, mine, _ := ed25519.GenerateKey(rand.Reader)
	minePEM, minePublic := sshKey(mine)
	_, other, _ := ed25519.GenerateKey(rand.Reader)
	otherPEM, _ := sshKey(other)
	me := must(user.Current())
	if os.Getuid() == 0 {
		mkdir(t, "/run/sshd") // where sshd as root confines itself before the log-in
	}
	config := fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s
HostKey %s
AuthorizedKeysFile %s
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
%s
KbdInteractiveAuthentication no
MaxStartups 500
LogLevel VERBOSE
ForceCommand %s -d %s %s
Subsystem sftp %s
`, port, write(t, filepath.Join(etc, "ec"), 0o600, ecPEM), write(t, filepath.Join(etc, "ed"), 0o600, edPEM),
		write(t, filepath.Join(etc, "authorized"), 0o600, ssh.MarshalAuthorizedKey(minePublic)), directive, files, home, strings.Join(options, " "), files)
	run(t, port, nil, sshd, "-D", "-e", "-f", write(t, filepath.Join(etc, "sshd_config"), 0o600, []byte(config)))
	return &outlet{
		address: fmt.Sprintf("sftp://%s@127.0.0.1:%d", me.Username, port), pin: "hostkey=" + ssh.FingerprintSHA256(edPublic), second: "hostkey=" + ssh.FingerprintSHA256(ecPublic),
		secret: string(minePEM), wrong: string(otherPEM), dir: home,
	}
}

// certify makes a certificate for 127.0.0.1 and returns it with its key in PEM.
func certify(t *testing.T) (certificate, key []byte, roots *x509.CertPool) {
	t.Helper()
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "outlet"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	roots = x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(der)))
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(private))})
	return certificate, key, roots
}

// proFTPD starts a server of FTP, for the scheme ftps one that refuses whoever
// does not encrypt both connections in one TLS session.
func proFTPD(t *testing.T, scheme string, directives ...string) *outlet {
	t.Helper()
	proftpd := program(t, "proftpd", "proftpd-core")
	etc, home, port := t.TempDir(), t.TempDir(), freePort(t)
	mkdir(t, filepath.Join(home, "in"))
	me := must(user.Current())
	group := must(user.LookupGroupId(me.Gid))
	password := "plugh xyzzy"
	// The hash is that of crypt(3), made by OpenSSL, which ProFTPD needs anyway.
	hash, err := exec.Command("openssl", "passwd", "-6", password).Output()
	if err != nil {
		absent(t, "openssl", "apt-get install openssl", err)
	}
	account := fmt.Sprintf("halden:%s:%s:%s::%s:/bin/sh\n", strings.TrimSpace(string(hash)), me.Uid, me.Gid, home)
	o := &outlet{address: fmt.Sprintf("%s://halden@127.0.0.1:%d/in", scheme, port), secret: password, wrong: "open sesame", dir: filepath.Join(home, "in")}
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
`, port, me.Username, group.Name, write(t, filepath.Join(etc, "passwd"), 0o600, []byte(account)), filepath.Join(etc, "pid"), strings.Join(directives, "\n"))
	if scheme == "ftps" {
		if _, err := os.Stat("/usr/lib/proftpd/mod_tls.so"); err != nil {
			absent(t, "ProFTPD's mod_tls", "apt-get install proftpd-mod-crypto", err)
		}
		certificate, key, roots := certify(t)
		o.roots = roots
		config = "LoadModule mod_tls.c\n" + config + fmt.Sprintf("TLSEngine on\nTLSRequired on\nTLSRSACertificateFile %s\nTLSRSACertificateKeyFile %s\nTLSLog %s\n",
			write(t, filepath.Join(etc, "cert.pem"), 0o600, certificate), write(t, filepath.Join(etc, "key.pem"), 0o600, key), filepath.Join(etc, "tls.log"))
		config = strings.ReplaceAll(config, "TLSRSA", "TLSEC")
	}
	run(t, port, nil, proftpd, "-n", "-q", "-c", write(t, filepath.Join(etc, "proftpd.conf"), 0o600, []byte(config)))
	return o
}

// gateway builds Versity's S3 gateway, a module of its own in testdata so that
// the product's stays light. Go keeps what it has built.
var gateway = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "tool", "-n", "versitygw")
	cmd.Dir = filepath.Join("testdata", "s3")
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = errors.Join(err, errors.New(string(e.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
})

// s3Gateway starts an S3 server over a folder, with TLS.
func s3Gateway(t *testing.T) *outlet {
	t.Helper()
	path, err := gateway()
	if err != nil {
		absent(t, "Versity's S3 gateway", "go build -C testdata/s3", err)
	}
	etc, root, port := t.TempDir(), t.TempDir(), freePort(t)
	certificate, key, roots := certify(t)
	o := &outlet{
		address: "s3://bucket/in", pin: "region=eu-central-1&endpoint=" + url.QueryEscape(fmt.Sprintf("https://127.0.0.1:%d", port)),
		secret: "AKIAXYZZY:plugh/secret+key", wrong: "AKIAXYZZY:another", roots: roots, dir: filepath.Join(root, "bucket", "in"),
	}
	mkdir(t, o.dir)
	run(t, port, []string{"ROOT_ACCESS_KEY=AKIAXYZZY", "ROOT_SECRET_KEY=plugh/secret+key", "HOME=" + etc}, path,
		"--port", fmt.Sprintf("127.0.0.1:%d", port), "--region", "eu-central-1",
		"--cert", write(t, filepath.Join(etc, "cert.pem"), 0o600, certificate), "--key", write(t, filepath.Join(etc, "key.pem"), 0o600, key), "posix", root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return o
}
