//go:build !linux

package mail

import (
	"os"
	"path/filepath"
)

// syncTree brings the letters in new, and the folder, to disk one by one.
func syncTree(dir string) error {
	entries, err := os.ReadDir(filepath.Join(dir, "new"))
	if err != nil {
		return err
	}
	for _, e := range append([]string{"."}, names(entries)...) {
		f, err := os.Open(filepath.Join(dir, "new", e))
		if os.IsNotExist(err) {
			continue // someone read it
		}
		if err != nil {
			return err
		}
		err = f.Sync()
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func names(entries []os.DirEntry) []string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.Name()
	}
	return all
}
