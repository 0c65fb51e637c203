package courier

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Kept says where the index of standing queries is kept from one run to the next,
// so that a start does not read millions of queries anew. What is kept is a cache:
// the directory is asked for every subscription all the same, and what it says
// holds.
type Kept struct {
	File    string        // replaced as a whole; "": nothing is kept
	Program string        // names the program to the byte: another may split texts another way
	Every   time.Duration // between writings, where something changed; 0 for 15 minutes
}

// staleAfter is when a file that somebody began to write was given up.
const staleAfter = time.Hour

// open returns the index that was kept, or an empty one: what is damaged or of
// another program is as good as nothing.
func (k *Kept) open(o *Options) *match.Index {
	empty := match.NewIndex()
	empty.MaxUnanchored = o.MaxUnanchored
	if k.File == "" {
		return empty
	}
	k.clear()
	f, err := os.Open(k.File)
	if errors.Is(err, fs.ErrNotExist) {
		return empty
	}
	if err != nil {
		o.Log.Warn("the kept index of standing queries cannot be opened; it is made anew", "file", k.File, "error", err)
		return empty
	}
	defer f.Close()
	index, err := match.Restore(f, k.Program)
	if err != nil {
		o.Log.Info("the kept index of standing queries is not used; it is made anew", "file", k.File, "error", err)
		return empty
	}
	index.MaxUnanchored = o.MaxUnanchored
	if index.Stats().Unanchored > index.Most() { // who is one too many is found out one by one
		return empty
	}
	return index
}

// clear removes what processes that were killed had begun to write.
func (k *Kept) clear() {
	begun, _ := filepath.Glob(k.File + ".*.new") // the pattern is well formed
	for _, name := range begun {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > staleAfter {
			_ = os.Remove(name)
		}
	}
}

// write puts the index in the place of the one before, or leaves that as it is.
// The file is on disk before it has the name.
func (k *Kept) write(index *match.Index) (err error) {
	dir, base := filepath.Split(k.File)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, base+".*.new") // readable by the owner alone
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	err = index.Save(f, k.Program)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), k.File)
}

// keep writes the index at intervals, where the directory has changed, and when
// ctx ends, with what it has learnt from items meanwhile.
func (c *Courier) keep(ctx context.Context) {
	k := &c.Kept
	if k.File == "" {
		return
	}
	every := k.Every
	if every == 0 {
		every = 15 * time.Minute
	}
	timer := time.NewTicker(every)
	defer timer.Stop()
	written := int64(0)
	for {
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		// Nothing is kept before the directory was read: an index with less in it
		// than the directory has would be kept over a better one.
		if version := c.followed.Load(); version > 0 && (version != written || ctx.Err() != nil) {
			if err := k.write(c.index); err != nil {
				c.Log.Warn("the index of standing queries could not be kept; a start takes longer", "file", k.File, "error", err)
			} else {
				written = version
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// reconcile takes out of the index that was kept what the directory does not have.
// The caller has followed the whole directory.
func (c *Courier) reconcile() {
	var gone []wire.SubscriptionID
	c.mu.RLock()
	for _, id := range c.index.Held() {
		if c.subs[id] == nil {
			gone = append(gone, id)
		}
	}
	c.mu.RUnlock()
	for _, id := range gone {
		c.index.Remove(id)
	}
	if len(gone) > 0 {
		c.Log.Info("the kept index had standing queries that the directory does not have", "queries", len(gone))
	}
}
