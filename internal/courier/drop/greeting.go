package drop

import (
	"bytes"
	"errors"
	"net"
)

// errNotFTP and errNotSSH say that an address names another service's port. Without
// them both sides would wait for each other until the line is cut as stalled.
var (
	errNotFTP = errors.New("the server there does not speak FTP")
	errNotSSH = errors.New("the server there does not speak SSH")
)

// greeting is how many bytes tell one protocol's greeting from another's.
const greeting = 3

// greeted is a connection to a server whose greeting is looked at as it is read: a
// server that waits for its client to speak first is not made to.
type greeted struct {
	net.Conn
	refuses func(begin []byte) error // asked of the greeting's first bytes, at most greeting
	begin   []byte
}

func (g *greeted) Read(to []byte) (int, error) {
	n, err := g.Conn.Read(to)
	if missing := greeting - len(g.begin); missing > 0 && n > 0 {
		g.begin = append(g.begin, to[:min(n, missing)]...)
		if foreign := g.refuses(g.begin); foreign != nil {
			return 0, foreign
		}
	}
	return n, err
}

// notFTP refuses what is no reply code (RFC 959 §4.2).
func notFTP(begin []byte) error {
	for _, b := range begin {
		if b < '0' || b > '9' {
			return errNotFTP
		}
	}
	return nil
}

// notSSH refuses the greetings of FTP, and of mail, and what HTTP answers to ours.
// Other lines may come before a server's version (RFC 4253 §4.2).
func notSSH(begin []byte) error {
	if bytes.Equal(begin, []byte("220")) || bytes.Equal(begin, []byte("HTT")) {
		return errNotSSH
	}
	return nil
}
