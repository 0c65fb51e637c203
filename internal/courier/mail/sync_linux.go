package mail

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTree brings the whole file system that dir is on to disk.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
