package drop

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/courier/drop/droptest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAServerWithAnotherHostKeyGetsNothing(t *testing.T) {
	o := droptest.OpenSSH(t)
	s := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en"))
	right := o.Pin
	o.Pin = "hostkey=SHA256:" + strings.Repeat("A", 43)
	r := s.Deliver(t.Context(), o.Subscription(""), 1)
	if r.Outcome != wire.Deferred || !strings.HasPrefix(r.Code, "the host key is not the one in the address, but SHA256:") {
		t.Errorf("%+v", r)
	}
	if got := o.Files(t); len(got) > 0 {
		t.Errorf("files %q", got)
	}
	o.Pin += "&" + right // while a key is being replaced, both are named
	accepted(t, s.Deliver(t.Context(), o.Subscription(""), 2))
}

func TestAServerIsKnownByAnyOfItsHostKeys(t *testing.T) {
	o := droptest.OpenSSH(t)
	o.Pin = o.Second
	d := channel(t, o)
	net := between(d)
	s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
	accepted(t, s.Deliver(t.Context(), o.Subscription(""), 1))
	first := net.connections()
	net.hangUp()
	accepted(t, s.Deliver(t.Context(), o.Subscription(""), 2))
	if again := net.connections() - first; again != 1 {
		t.Errorf("%d connections to a server whose key is known", again)
	}
}

func TestACertificateOfNobodyIsNotTrusted(t *testing.T) {
	for _, open := range []func(*testing.T) *droptest.Outlet{func(t *testing.T) *droptest.Outlet { return droptest.ProFTPD(t, "ftps") }, droptest.S3Gateway} {
		o := open(t)
		o.Roots = x509.NewCertPool()
		r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), o.Subscription(""), 1)
		if want := (courier.Result{Outcome: wire.Deferred, Code: notTrusted}); r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
}

func TestAServerWithoutTLSIsNotSentThePassword(t *testing.T) {
	o := droptest.ProFTPD(t, "ftp")
	o.Address = "ftps" + strings.TrimPrefix(o.Address, "ftp")
	r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), o.Subscription(""), 1)
	if r.Outcome != wire.Deferred || r.Code != "500 the server does not know the command" {
		t.Errorf("%+v", r)
	}
}

func TestPrivateAddressesAreRefusedWhereverTheNameLeads(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			t.Error("a private address was reached")
		}
	}()
	d := New(Options{Now: channelNow})
	defer d.Close()
	s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "100.64.0.1"} {
		for _, c := range []struct{ address, secret string }{
			{"sftp://a@" + host + ":" + port + "/?hostkey=SHA256:" + strings.Repeat("A", 43), "b"},
			{"ftp://a@" + host + ":" + port, "b"}, {"ftps://a@" + host + ":" + port, "b"},
			{"s3://bucket/?endpoint=http://" + host + ":" + port, "a:b"},
		} {
			r := s.Deliver(t.Context(), wire.Subscription{Address: c.address, Secret: c.secret}, 1)
			if want := (courier.Result{Outcome: wire.Failed, Code: errPrivate.Error()}); r != want {
				t.Errorf("%s: %+v", c.address, r)
			}
		}
	}
}

func TestDataConnectionsGoToTheHostOfTheControlConnection(t *testing.T) {
	listener := droptest.Must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	d := New(Options{AllowPrivate: true})
	l := d.newLines()
	off := l.watch(t.Context())
	defer func() { _ = off(); l.sever(net.ErrClosed) }()
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	dial := ftpDial(l, &folder{host: host, port: port}, nil)
	// What a server says in its answer to PASV, after the control connection.
	for _, address := range []string{"", "192.0.2.7:" + port, "127.0.0.9:" + port, "metadata.internal:" + port} {
		conn, err := dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.RemoteAddr().String(); got != listener.Addr().String() {
			t.Errorf("told %q, went to %s", address, got)
		}
	}
}

func TestAServerThatTalksWithoutEndIsLeft(t *testing.T) {
	for _, greeting := range []string{"220", "220-a\r\n"} { // one line, many lines
		listener := droptest.Must(net.Listen("tcp", "127.0.0.1:0"))
		defer listener.Close()
		go func() {
			conn, err := listener.Accept()
			for err == nil {
				_, err = io.WriteString(conn, greeting+strings.Repeat(" ", 1000))
			}
		}()
		d := New(Options{AllowPrivate: true})
		sub := wire.Subscription{Address: "ftp://desk@" + listener.Addr().String(), Secret: "plugh"}
		if r := prepare(t, d, channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), sub, 1); r.Code != errTalkative.Error() {
			t.Errorf("%+v", r)
		}
	}
}

// What greets is not always what the address hopes for. Both would wait for each
// other; whoever entered the address is told at once.
func TestAServerOfAnotherKindIsToldFromOneThatHangs(t *testing.T) {
	for _, c := range []struct{ scheme, greeting, want string }{
		{"ftp", "SSH-2.0-OpenSSH_9.2\r\n", errNotFTP.Error()},
		{"ftps", "SSH-2.0-OpenSSH_9.2\r\n", errNotFTP.Error()},
		{"ftp", "* OK IMAP4rev1\r\n", errNotFTP.Error()},
		{"ftp", "22", "timed out"}, // it may be FTP, but says no more
		{"sftp", "220 FTP server ready\r\n", errNotSSH.Error()},
		{"sftp", "220-mail.example ESMTP\r\n", errNotSSH.Error()},
		{"sftp", "HTTP/1.1 400 Bad Request\r\n\r\n", errNotSSH.Error()},
		{"sftp", "Only for members\r\n", "timed out"}, // a line before the version
	} {
		listener := droptest.Must(net.Listen("tcp", "127.0.0.1:0"))
		defer listener.Close()
		go func() {
			conn, err := listener.Accept()
			for b := range len(c.greeting) { // a byte at a time, as a network may bring it
				if err == nil {
					_, err = conn.Write([]byte{c.greeting[b]})
				}
			}
			if err == nil {
				_, _ = io.Copy(io.Discard, conn)
			}
		}()
		d := New(Options{AllowPrivate: true})
		d.stall = 300 * time.Millisecond
		sub := wire.Subscription{Address: c.scheme + "://desk@" + listener.Addr().String() + "/?" + pinned, Secret: "plugh"}
		if c.scheme != "sftp" {
			sub.Address = strings.TrimSuffix(sub.Address, "?"+pinned)
		}
		r := prepare(t, d, channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), sub, 1)
		if want := (courier.Result{Outcome: wire.Deferred, Code: c.want}); r != want {
			t.Errorf("%s, %q: %+v, want %+v", c.scheme, c.greeting, r, want)
		}
		d.Close()
	}
}

func TestPortsOfOpenSSHAndProFTPDAreTakenForEachOther(t *testing.T) {
	hosts := func(o *droptest.Outlet) string { // halden@127.0.0.1:21000
		_, rest, _ := strings.Cut(o.Address, "://")
		host, _, _ := strings.Cut(rest, "/")
		return host
	}
	sshd, ftpd := droptest.OpenSSH(t), droptest.ProFTPD(t, "ftp")
	for address, want := range map[string]error{
		"ftp://" + hosts(sshd): errNotFTP, "ftps://" + hosts(sshd): errNotFTP,
		"sftp://" + hosts(ftpd) + "/?" + pinned: errNotSSH,
	} {
		r := prepare(t, channel(t, sshd), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), wire.Subscription{Address: address, Secret: "plugh"}, 1)
		if want := (courier.Result{Outcome: wire.Deferred, Code: want.Error()}); r != want {
			t.Errorf("%s: %+v, want %+v", address, r, want)
		}
	}
}

func TestWhatCheckRefusesIsNotTried(t *testing.T) {
	d := New(Options{Now: channelNow})
	s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
	good := wire.Subscription{Address: "sftp://desk@127.0.0.1/?" + pinned, Secret: "plugh"}
	for field, change := range map[string]func(*wire.Subscription){
		"address": func(s *wire.Subscription) { s.Address = "sftp://desk@127.0.0.1/" },
		"secret":  func(s *wire.Subscription) { s.Secret = `{"key":"plugh"}` },
		"format":  func(s *wire.Subscription) { s.Format = "html" },
	} {
		sub := good
		change(&sub)
		if r := s.Deliver(t.Context(), sub, 1); r != (courier.Result{Outcome: wire.Failed, Code: "the " + field + " of the folder cannot be used"}) {
			t.Errorf("%+v", r)
		}
	}
}

func TestTooManyTriesAreARefusedLogIn(t *testing.T) {
	o := droptest.OpenSSHWith(t, "PasswordAuthentication yes\nMaxAuthTries 1")
	sub := o.Subscription("")
	sub.Secret = `{"password":"plugh","key":` + string(droptest.Must(json.Marshal(o.Wrong))) + `}`
	r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), sub, 1)
	if r != (courier.Result{Outcome: wire.Deferred, Code: noLogin}) {
		t.Errorf("%+v", r)
	}
}

// OpenSSH offers to ask for the password, and refuses at once where the system has
// nothing that asks.
func TestAnOfferToAskThatIsTakenBackIsARefusedLogIn(t *testing.T) {
	o := droptest.OpenSSHWith(t, "PasswordAuthentication yes\nKbdInteractiveAuthentication yes")
	sub := o.Subscription("")
	sub.Secret = "open sesame"
	r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), sub, 1)
	if r != (courier.Result{Outcome: wire.Deferred, Code: noLogin}) {
		t.Errorf("%+v", r)
	}
}

// A server that wants TLS refuses the user's name already.
func TestAServerThatWantsTLSRefusesTheLogInWithoutIt(t *testing.T) {
	o := droptest.ProFTPD(t, "ftps")
	o.Address = strings.Replace(o.Address, "ftps:", "ftp:", 1)
	r := prepare(t, channel(t, o), channeltest.Item(wire.Publish, "en")).Deliver(t.Context(), o.Subscription(""), 1)
	if r != (courier.Result{Outcome: wire.Deferred, Code: noLogin + ", perhaps for want of TLS: ftps"}) {
		t.Errorf("%+v", r)
	}
}

// passwordSSH is a server that takes a password, in one of the two ways that SSH
// has for it, and hands on to OpenSSH's sftp-server: sshd itself would want an
// account of this machine.
func passwordSSH(t *testing.T, interactive bool) *droptest.Outlet {
	t.Helper()
	files := droptest.Program(t, "sftp-server", "openssh-sftp-server")
	o := &droptest.Outlet{Dir: t.TempDir(), Secret: "plugh xyzzy", Wrong: "open sesame"}
	config := &ssh.ServerConfig{}
	check := func(password string) (*ssh.Permissions, error) {
		if password != o.Secret {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, nil
	}
	if interactive {
		config.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Name of your desk?", "Password:"}, []bool{true, false})
			if err != nil || len(answers) != 2 || answers[0] != "" {
				return nil, io.ErrUnexpectedEOF
			}
			return check(answers[1])
		}
	} else {
		config.PasswordCallback = func(_ ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) { return check(string(p)) }
	}
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	signer := droptest.Must(ssh.NewSignerFromKey(private))
	config.AddHostKey(signer)
	listener := droptest.Must(net.Listen("tcp", "127.0.0.1:0"))
	var all sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serveSFTP(conn, config, files, o.Dir) })
		}
	})
	o.Address, o.Pin = fmt.Sprintf("sftp://halden@%s/", listener.Addr()), "hostkey="+ssh.FingerprintSHA256(signer.PublicKey())
	return o
}

func serveSFTP(conn net.Conn, config *ssh.ServerConfig, files, dir string) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for wanted := range channels {
		channel, asked, err := wanted.Accept()
		if err != nil {
			return
		}
		for r := range asked {
			_ = r.Reply(r.Type == "subsystem", nil)
			if r.Type == "subsystem" {
				break
			}
		}
		cmd := exec.Command(files, "-d", dir)
		cmd.Stdin, cmd.Stdout = channel, channel
		_ = cmd.Run()
		_ = channel.Close()
	}
}

func TestAPasswordOpensAnSFTPFolder(t *testing.T) {
	for name, interactive := range map[string]bool{"as it is": false, "asked for": true} {
		t.Run(name, func(t *testing.T) {
			o := passwordSSH(t, interactive)
			d := channel(t, o)
			t.Cleanup(d.Close)
			s := prepare(t, d, channeltest.Item(wire.Publish, "en"))
			accepted(t, s.Deliver(t.Context(), o.Subscription(""), 1))
			wrong := o.Subscription("")
			wrong.Secret = o.Wrong
			if r := s.Deliver(t.Context(), wrong, 1); r != (courier.Result{Outcome: wire.Deferred, Code: noLogin}) {
				t.Errorf("%+v", r)
			}
		})
	}
}
