package droptest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Key makes a key: its PEM and its public half.
func Key(key any) ([]byte, ssh.PublicKey) {
	block := Must(ssh.MarshalPrivateKey(key, ""))
	return pem.EncodeToMemory(block), Must(ssh.NewSignerFromKey(key)).PublicKey()
}

// OpenSSH starts sshd as whoever runs the test, who logs in by a key. It has an
// Ed25519 and an ECDSA host key; Pin and Second name them.
func OpenSSH(t *testing.T, options ...string) *Outlet {
	return OpenSSHWith(t, "PasswordAuthentication no", options...)
}

// OpenSSHWith is OpenSSH with a directive of its own, before options of
// sftp-server. That runs inside sshd: outside, the login shell of whoever tests
// would start it, after whatever its own start files do.
func OpenSSHWith(t *testing.T, directive string, options ...string) *Outlet {
	t.Helper()
	sshd := Program(t, "sshd", "openssh-server")
	etc, home, port := t.TempDir(), Mkdir(t, filepath.Join(t.TempDir(), "in")), freePort(t)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	edPEM, edPublic := Key(ed)
	ecPEM, ecPublic := Key(Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	_, mine, _ := ed25519.GenerateKey(rand.Reader)
	minePEM, minePublic := Key(mine)
	_, other, _ := ed25519.GenerateKey(rand.Reader)
	otherPEM, _ := Key(other)
	me := Must(user.Current())
	if os.Getuid() == 0 {
		Mkdir(t, "/run/sshd") // where sshd as root confines itself before the log-in
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
ForceCommand internal-sftp -d %s %s
Subsystem sftp internal-sftp
`, port, Write(t, filepath.Join(etc, "ec"), 0o600, ecPEM), Write(t, filepath.Join(etc, "ed"), 0o600, edPEM),
		Write(t, filepath.Join(etc, "authorized"), 0o600, ssh.MarshalAuthorizedKey(minePublic)), directive, home, strings.Join(options, " "))
	server := run(t, port, nil, sshd, "-D", "-e", "-f", Write(t, filepath.Join(etc, "sshd_config"), 0o600, []byte(config)))
	return &Outlet{
		Address: fmt.Sprintf("sftp://%s@127.0.0.1:%d", me.Username, port), Pin: "hostkey=" + ssh.FingerprintSHA256(edPublic), Second: "hostkey=" + ssh.FingerprintSHA256(ecPublic),
		Secret: string(minePEM), Wrong: string(otherPEM), Dir: home, server: server,
	}
}
