package mail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Maildir delivers letters into a Maildir: for trying out, and for programs that
// read one. The file of a letter always has the same name, so that a second
// attempt replaces the first. It is safe for concurrent use.
type Maildir struct {
	sender *Sender
	dir    string

	mu    sync.Mutex
	dirty bool
}

// OpenMaildir opens a Maildir, making it where it is missing.
func OpenMaildir(sender *Sender, dir string) (*Maildir, error) {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, wire.Errorf(wire.Unavailable, "mail", "cannot make the Maildir: %w", err)
		}
	}
	return &Maildir{sender: sender, dir: dir}, nil
}

// Workers is how many letters may be written at a time.
func (m *Maildir) Workers() int { return 4 }

// Wait is that of relays: a full disk is made room on within the day.
func (m *Maildir) Wait(attempts int) (time.Duration, bool) { return newsSchedule(attempts) }

// Prepare writes the letter of an item once.
func (m *Maildir) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	return &filed{m, m.sender.compose(c)}, nil
}

type filed struct {
	*Maildir
	*letters
}

// Deliver writes one letter whole or not at all: to tmp, then renamed to new.
func (f *filed) Deliver(_ context.Context, s wire.Subscription, _ int) courier.Result {
	message, err := f.append(nil, &scratch{}, &s, nil)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the letter could not be written"}
	}
	it := f.item
	name := fmt.Sprintf("%d.%d_%d.wireroom", it.ClearTime.Unix(), it.Number, s.ID)
	temporary := filepath.Join(f.dir, "tmp", name)
	if err := os.WriteFile(temporary, message, 0o600); err != nil {
		os.Remove(temporary)
		return courier.Result{Outcome: wire.Deferred, Code: "cannot write to the Maildir"}
	}
	if err := os.Rename(temporary, filepath.Join(f.dir, "new", name)); err != nil {
		return courier.Result{Outcome: wire.Deferred, Code: "cannot write to the Maildir"}
	}
	f.mu.Lock()
	f.dirty = true
	f.mu.Unlock()
	return courier.Result{Outcome: wire.Accepted, Code: "filed"}
}

// Flush brings everything delivered so far to disk at once: one call to the
// system in place of one a letter.
func (m *Maildir) Flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty {
		return nil
	}
	if err := syncTree(m.dir); err != nil {
		return wire.Errorf(wire.Unavailable, "mail", "the Maildir cannot be brought to disk: %w", err)
	}
	m.dirty = false
	return nil
}
