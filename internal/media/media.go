package media

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/wireroom/wireroom/internal/wire"
)

// Folder keeps media in a directory. It is safe for concurrent use, by several
// processes too.
type Folder struct{ dir string }

// OpenFolder opens a folder of media, making it where it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, wire.Errorf(wire.Unavailable, "media", "cannot make the folder of the media: %w", err)
	}
	return &Folder{dir}, nil
}

// Put stores content under a fresh name and returns the name, once content and
// name are on disk.
func (f *Folder) Put(content []byte) (name string, err error) {
	name = wire.NewToken()
	path := f.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", notStored(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", notStored(err)
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		os.Remove(path)
		return "", notStored(err)
	}
	// The file may be the first in its folder: both entries must last.
	for _, dir := range []string{filepath.Dir(path), f.dir} {
		if err := syncDir(dir); err != nil {
			return "", notStored(err)
		}
	}
	return name, nil
}

// Get returns what Put stored; NotFound if there is nothing by that name.
func (f *Folder) Get(name string) ([]byte, error) {
	if !wire.ValidToken(name) {
		return nil, wire.Errorf(wire.NotFound, "media", "there is nothing by that name")
	}
	content, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, wire.Errorf(wire.NotFound, "media", "there is nothing by that name")
	}
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "media", "cannot read: %w", err)
	}
	return content, nil
}

// Delete removes what Put stored; that there is nothing is not an error.
func (f *Folder) Delete(name string) error {
	if !wire.ValidToken(name) {
		return nil
	}
	if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wire.Errorf(wire.Unavailable, "media", "cannot delete: %w", err)
	}
	return nil
}

// path spreads files over folders by the first two characters, so that none
// grows too large to list.
func (f *Folder) path(name string) string { return filepath.Join(f.dir, name[:2], name) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// notStored says what a person can do about it.
func notStored(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return wire.Errorf(wire.Unavailable, "media", "the disk of the wire is full; nothing was stored: make space and try again: %w", err)
	}
	return wire.Errorf(wire.Unavailable, "media", "the files cannot be written to; nothing was stored: see the log: %w", err)
}
