package ui

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/http"
	"path/filepath"
	"time"
)

// ReloadPath is where ServeReload is to be mounted, in development only.
const ReloadPath = "/dev/reload"

// reloadEvery is how often the source tree is looked at.
const reloadEvery = 300 * time.Millisecond

// ServeReload is a stream of server-sent events: one at once and one whenever a
// template or an asset has changed, each carrying the fingerprint of them all.
// A page that sees another fingerprint than its first loads itself anew; so it
// does too when a restarted server greets it with another one.
func (k *Kit) ServeReload(w http.ResponseWriter, r *http.Request) {
	if !k.dev {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for last := ""; ; {
		if now := k.fingerprint(); now != last {
			last = now
			if _, err := fmt.Fprintf(w, "retry: 500\ndata: %s\n\n", now); err != nil {
				return
			}
			if out.Flush() != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

// fingerprint changes when any file of the watched folders does. A file that
// cannot be read is left out: an editor may be replacing it this moment.
func (k *Kit) fingerprint() string {
	sum := fnv.New64a()
	for _, f := range k.folders {
		filepath.WalkDir(filepath.Join(k.root, filepath.FromSlash(f.Path)), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil
			}
			if info, err := e.Info(); err == nil {
				fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return fmt.Sprintf("%016x", sum.Sum64())
}
