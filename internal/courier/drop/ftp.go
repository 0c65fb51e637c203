package drop

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/jlaffaye/ftp"
)

// ftpSession is a session of FTP, with TLS or without.
type ftpSession struct {
	*lines
	conn *ftp.ServerConn
}

// openFTP connects, asks for TLS where the address does (RFC 4217), logs in and
// goes to the folder.
func (d *Drops) openFTP(l *lines, f *folder, s *secret) (session, error) {
	var secure *tls.Config
	if f.scheme == "ftps" {
		// Servers want data connections to resume the session of the control
		// connection, so that nobody else can take them over.
		secure = &tls.Config{ServerName: f.host, RootCAs: d.Roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	}
	options := []ftp.DialOption{ftp.DialWithDialFunc(ftpDial(l, f, secure)), ftp.DialWithDisabledMLSD(true)}
	if secure != nil {
		options = append(options, ftp.DialWithExplicitTLS(secure))
	}
	conn, err := ftp.Dial(f.server(), options...)
	if err != nil {
		return nil, ftpRefusal(err)
	}
	to := &ftpSession{l, conn}
	if err := conn.Login(f.user, s.Password); err != nil {
		return nil, loginRefusal(conn, f, err)
	}
	if f.path != "" {
		err = conn.ChangeDir(f.path)
	}
	if code := answerOf(err); code == ftp.StatusFileUnavailable {
		return nil, refused(strconv.Itoa(code)+" "+noFolder, err)
	}
	if err != nil {
		return nil, ftpRefusal(err)
	}
	return to, nil
}

// loginRefusal is ftpRefusal of a log-in. Where the user's name alone was refused,
// as by servers that want TLS first, the library drops the code: a server that
// still answers has refused it.
func loginRefusal(conn *ftp.ServerConn, f *folder, err error) error {
	if answerOf(err) != 0 {
		return ftpRefusal(err)
	}
	if alive := conn.NoOp(); alive != nil && answerOf(alive) == 0 {
		return err
	}
	if f.scheme == "ftp" {
		return refused(noLogin+", perhaps for want of TLS: ftps", err)
	}
	return refused(noLogin, err)
}

// ftpDial opens the control connection, then data connections: those go to the
// host that the control connection reached, whatever the server's answer to
// PASV says, which could otherwise send us anywhere (the bounce of RFC 2577 §2,
// from the other side).
func ftpDial(l *lines, f *folder, secure *tls.Config) func(network, address string) (net.Conn, error) {
	peer := ""
	return func(_, address string) (net.Conn, error) {
		if peer == "" {
			conn, err := l.dial(f.server())
			if err != nil {
				return nil, err
			}
			peer, _, err = net.SplitHostPort(conn.RemoteAddr().String())
			return &bounded{&greeted{Conn: conn, refuses: notFTP}, maxControl}, err
		}
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		conn, err := l.dial(net.JoinHostPort(peer, port))
		if err != nil || secure == nil {
			return conn, err
		}
		return tls.Client(conn, secure), nil
	}
}

// maxControl bounds what a server says on one control connection: replies are
// gathered in memory.
const maxControl = 1 << 20

var errTalkative = errors.New("the server says too much")

// bounded is a connection from which only so much is read.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(to []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(to[:min(len(to), b.left)])
	b.left -= n
	return n, err
}

func (s *ftpSession) stage(_ context.Context, f *file) error {
	size := int64(len(f.data))
	from := s.standing(f)
	var err error
	if from < size || size == 0 {
		err = s.conn.StorFrom(f.part, bytes.NewReader(f.data[from:]), uint64(from))
	}
	if err != nil && from > 0 && answerOf(err) != 0 { // it cannot go on, or not there
		err = s.conn.Stor(f.part, bytes.NewReader(f.data))
	}
	if taken(err) && s.conn.Delete(f.part) == nil { // it may not write over a file
		err = s.conn.Stor(f.part, bytes.NewReader(f.data))
	}
	if err != nil {
		return ftpRefusal(err)
	}
	switch stands, err := s.conn.FileSize(f.part); {
	case answerOf(err)/10 == 50: // SIZE (RFC 3659 §4) is not known there: its 226 has to do
		return nil
	case err != nil:
		return ftpRefusal(err)
	case stands != size:
		return refused(notWhole, nil)
	}
	return nil
}

// standing is how much of a file is there from an attempt that was cut off.
func (s *ftpSession) standing(f *file) int64 {
	if len(f.data) < resumable {
		return 0
	}
	stands, err := s.conn.FileSize(f.part)
	if err != nil {
		return 0
	}
	return goOn(f.data, stands, func(w io.Writer) error {
		in, err := s.conn.Retr(f.part)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		return errors.Join(err, in.Close())
	})
}

// publish renames. Most servers do it at once and in place of what has the name;
// where they refuse, what has it is removed first.
func (s *ftpSession) publish(_ context.Context, f *file) error {
	err := s.conn.Rename(f.part, f.name)
	if taken(err) && s.conn.Delete(f.name) == nil {
		err = s.conn.Rename(f.part, f.name)
	}
	return ftpRefusal(err)
}

// taken reports an answer that is also given when a name is taken.
func taken(err error) bool {
	code := answerOf(err)
	return code == ftp.StatusFileUnavailable || code == ftp.StatusBadFileName
}

func (s *ftpSession) close() { s.sever(errors.New("closed")) } // a goodbye could hang

// answerOf is the last reply code (RFC 959 §4.2) in an error; 0 if the server did
// not answer.
func answerOf(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		code := 0
		for _, e := range joined.Unwrap() {
			code = max(code, answerOf(e))
		}
		return code
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

// ftpRefusal tells what a server answered from what the network did; nil stays
// nil. The text of a reply is not shown.
func ftpRefusal(err error) error {
	code := answerOf(err)
	if code == 0 {
		return err
	}
	what := notDone
	switch code {
	case ftp.StatusNotLoggedIn, 331, 332:
		what = noLogin
	case 532, 550, 553:
		what = noPermission
	case 452, 552:
		what = noSpace
	case 451: // ProFTPD says it of some full disks as well
		what = "the server could not store it"
	case 421:
		what = "the server is closing or busy"
	case 534, 522:
		what = "the server wants another kind of TLS"
	case 500, 502, 504:
		what = "the server does not know the command"
	}
	return refused(strings.Join([]string{strconv.Itoa(code), what}, " "), err)
}
