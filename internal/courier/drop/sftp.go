package drop

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// hostKeyKinds are the kinds of host keys with their signature algorithms, the
// one to ask for first first. SHA-1 is not among them.
var hostKeyKinds = [][]string{
	{ssh.KeyAlgoED25519},
	{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521},
	{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
}

// sftpSession is a session over SSH.
type sftpSession struct {
	*lines
	folder *folder
	conn   ssh.Conn
	client *sftp.Client
}

// openSFTP connects to the server that has the key which the address names. A
// server has keys of several kinds and shows one: it is asked for the others
// before it is taken for an impostor. Nothing secret is said before. The kind that
// fitted is the first to be asked for next time: servers count those who leave
// without having logged in.
func (d *Drops) openSFTP(l *lines, f *folder, s *secret) (session, error) {
	methods, err := logins(s)
	if err != nil {
		return nil, err
	}
	shown, known := "", 0
	if kind, ok := d.hostKey.Load(f.server()); ok {
		known = kind.(int)
	}
	for i := range hostKeyKinds {
		kind := (known + i) % len(hostKeyKinds)
		conn, err := l.dial(f.server())
		if err != nil {
			return nil, err
		}
		config := sshConfig(f, methods, hostKeyKinds[kind], &shown)
		c, channels, requests, err := ssh.NewClientConn(&greeted{Conn: conn, refuses: notSSH}, f.server(), config)
		if err == nil {
			d.hostKey.Store(f.server(), kind)
			return startSFTP(l, f, ssh.NewClient(c, channels, requests))
		}
		_ = conn.Close()
		_, none := errors.AsType[*ssh.AlgorithmNegotiationError](err)
		switch {
		case errors.Is(err, errHostKey), none:
		case loginRefused(err):
			return nil, refused(noLogin, err)
		default:
			return nil, err
		}
	}
	if shown == "" {
		return nil, refused("no common algorithm", nil)
	}
	return nil, refused("the host key is not the one in the address, but "+shown, nil)
}

// loginRefused reports the errors of a refused log-in, for which the library has
// no type: all methods were tried, the server ended it before (RFC 4253 §11.1; 2
// is what OpenSSH gives for too many tries, 14 that no method is left), or it
// offered to ask for the password and then refused without a question (RFC 4256
// §3.1; 51 is its refusal), as OpenSSH does where nothing of the system asks.
func loginRefused(err error) bool {
	text := err.Error()
	return slices.ContainsFunc([]string{
		"ssh: unable to authenticate", "ssh: disconnect, reason 2:", "ssh: disconnect, reason 14:",
		"ssh: unexpected message type 51 ",
	}, func(said string) bool { return strings.Contains(text, said) })
}

var errHostKey = errors.New("unexpected host key")

func sshConfig(f *folder, methods []ssh.AuthMethod, hostKeys []string, shown *string) *ssh.ClientConfig {
	check := func(_ string, _ net.Addr, key ssh.PublicKey) error {
		fingerprint := ssh.FingerprintSHA256(key)
		if slices.Contains(f.hostKeys, fingerprint) {
			return nil
		}
		if *shown == "" {
			*shown = fingerprint
		}
		return errHostKey
	}
	return &ssh.ClientConfig{
		User: f.user, ClientVersion: "SSH-2.0-Wireroom", Auth: methods, HostKeyAlgorithms: hostKeys, HostKeyCallback: check,
	}
}

// logins are the ways that a secret opens.
func logins(s *secret) (methods []ssh.AuthMethod, err error) {
	signer, err := s.signer()
	if err != nil {
		return nil, err
	}
	if signer != nil {
		methods = append(methods, ssh.PublicKeys(signer))
	}
	if s.Password == "" {
		return methods, nil
	}
	// Many servers ask for the password interactively (RFC 4256).
	answer := func(_, _ string, questions []string, echos []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range questions {
			if !echos[i] {
				answers[i] = s.Password
			}
		}
		return answers, nil
	}
	return append(methods, ssh.Password(s.Password), ssh.KeyboardInteractive(answer)), nil
}

func startSFTP(l *lines, f *folder, conn *ssh.Client) (session, error) {
	client, err := sftp.NewClient(conn)
	if err != nil {
		return nil, refused("the server has no SFTP for this user", err)
	}
	return &sftpSession{l, f, conn, client}, nil
}

func (s *sftpSession) stage(_ context.Context, f *file) error {
	name := s.folder.in(f.part)
	from := s.standing(name, f.data)
	flags := os.O_WRONLY | os.O_CREATE
	if from == 0 {
		flags |= os.O_TRUNC
	}
	out, err := s.client.OpenFile(name, flags)
	if err != nil {
		return sftpRefusal(err)
	}
	err = s.fill(out, f.data, from)
	if closed := out.Close(); err == nil && closed != nil {
		err = sftpRefusal(closed)
	}
	return s.fullness(err, name, len(f.data))
}

// fullness says of a refusal without a reason, which is all that version 3 of SFTP
// has for a full disk, whether that is it.
func (s *sftpSession) fullness(err error, name string, size int) error {
	if r, ok := errors.AsType[*refusal](err); !ok || r.code != notDone {
		return err
	}
	if _, ok := s.client.HasExtension("statvfs@openssh.com"); !ok {
		return err
	}
	disk, asked := s.client.StatVFS(name)
	if asked != nil || disk.Bavail > uint64(size)/max(disk.Frsize, 1) {
		return err
	}
	return refused(noSpace, err)
}

// fill writes, flushes where the server can, and measures what stands there.
func (s *sftpSession) fill(out *sftp.File, data []byte, from int64) error {
	if _, err := out.WriteAt(data[from:], from); err != nil {
		return sftpRefusal(err)
	}
	if _, ok := s.client.HasExtension("fsync@openssh.com"); ok {
		if err := out.Sync(); err != nil {
			return sftpRefusal(err)
		}
	}
	info, err := out.Stat()
	if err != nil {
		return sftpRefusal(err)
	}
	if info.Size() != int64(len(data)) {
		return refused(notWhole, nil)
	}
	return nil
}

// standing is how much of a file is there from an attempt that was cut off.
func (s *sftpSession) standing(name string, data []byte) int64 {
	if len(data) < resumable {
		return 0
	}
	info, err := s.client.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return goOn(data, info.Size(), func(w io.Writer) error {
		in, err := s.client.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = in.WriteTo(w)
		return err
	})
}

// publish renames as POSIX does where the server can: at once, in place of what
// has the name. The rename of SFTP itself refuses a name that is taken.
func (s *sftpSession) publish(_ context.Context, f *file) error {
	from, to := s.folder.in(f.part), s.folder.in(f.name)
	if _, ok := s.client.HasExtension("posix-rename@openssh.com"); ok {
		return sftpRefusal(s.client.PosixRename(from, to))
	}
	err := s.client.Rename(from, to)
	if err != nil && s.client.Remove(to) == nil {
		err = s.client.Rename(from, to)
	}
	return sftpRefusal(err)
}

func (s *sftpSession) close() {
	s.sever(errors.New("closed")) // a goodbye could hang
	_ = s.client.Close()
	_ = s.conn.Close()
}

// Statuses of SFTP beyond version 3 (draft-ietf-secsh-filexfer-13 §9.1).
const (
	noSpaceOnFilesystem = 14
	quotaExceeded       = 15
)

// sftpRefusal tells what a server answered from what the network did; nil stays
// nil.
func sftpRefusal(err error) error {
	status, answered := errors.AsType[*sftp.StatusError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return refused(noFolder, err)
	case errors.Is(err, os.ErrPermission):
		return refused(noPermission, err)
	case answered && (status.Code == noSpaceOnFilesystem || status.Code == quotaExceeded):
		return refused(noSpace, err)
	case answered:
		return refused(notDone, err)
	}
	return err
}
