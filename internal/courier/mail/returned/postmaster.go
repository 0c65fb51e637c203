package returned

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/wire"
)

// Postmaster is the mailbox that whoever takes mail has to have, in upper or
// lower case (RFC 5321 §4.5.1). What comes to it is for a person.
const Postmaster = "postmaster"

// The postmaster's Maildir holds no more than this, so that nobody can fill the
// disk by it. What comes when it is full is to come again: whoever sent it is told
// by their own server in the end, and nothing that was taken is thrown away.
const (
	maxNotices     = 1000
	maxNoticeBytes = 64 << 20
)

// errNoticesFull says that the postmaster has to read first.
var errNoticesFull = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "the mailbox is full; try again later"}

// notices is the Maildir of letters to the postmaster. It is safe for concurrent
// use; what is in it may be read, moved and deleted by any program meanwhile.
type notices struct {
	dir string

	mu sync.Mutex // one is counted and written at a time
}

// openNotices opens a Maildir, making it where it is missing.
func openNotices(dir string) (*notices, error) {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, wire.Errorf(wire.Unavailable, "returns", "cannot make the postmaster's Maildir: %w", err)
		}
	}
	return &notices{dir: dir}, nil
}

// keep writes a letter, on disk when it returns, and says in which file. It is
// errNoticesFull where there is no room.
func (n *notices) keep(trace string, raw []byte) (file string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept, size := 0, int64(len(trace)+len(raw))
	for _, sub := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(n.dir, sub))
		if err != nil {
			return "", err
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil { // else it was read meanwhile
				kept, size = kept+1, size+info.Size()
			}
		}
	}
	if kept >= maxNotices || size > maxNoticeBytes {
		return "", errNoticesFull
	}
	name := fmt.Sprintf("%d.%s.wireroom", time.Now().Unix(), wire.NewToken())
	temporary := filepath.Join(n.dir, "tmp", name)
	if err := writeSynced(temporary, trace, raw); err != nil {
		os.Remove(temporary)
		return "", err
	}
	file = filepath.Join(n.dir, "new", name)
	if err := os.Rename(temporary, file); err != nil {
		return "", err
	}
	return file, syncFolder(filepath.Dir(file))
}

func writeSynced(path, trace string, raw []byte) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if _, err := f.WriteString(trace); err != nil {
		return err
	}
	if _, err := f.Write(raw); err != nil {
		return err
	}
	return f.Sync()
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// trace is what the last server adds to a letter (RFC 5321 §4.4). The sender is
// whatever was said; a line break cannot be in it.
func (x *session) trace() string {
	from := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, x.from)
	return fmt.Sprintf("Return-Path: <%s>\r\nReceived: from [%s] by %s; %s\r\n", from, x.peer, x.server.Domain, time.Now().UTC().Format(time.RFC1123Z))
}
