package provider

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// fileSeen is a file as it was at the last look. One that is the same twice is
// whole: who writes it has ended.
type fileSeen struct {
	size int64
	at   time.Time
}

// refusedFolder holds what was refused, with the reasons beside it, for the
// provider to see.
const refusedFolder = "refused"

func (x *Intake) folder(id wire.ProviderID) string { return filepath.Join(x.Folder, string(id)) }

func (x *Intake) makeFolder(p *wire.Provider) error {
	if x.Folder == "" || !p.Push.Folder {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(x.folder(p.ID), refusedFolder), 0o770); err != nil {
		return wire.Errorf(wire.Unavailable, "folder", "cannot make the provider's folder: %w", err)
	}
	return nil
}

// Sweep takes in the files that lie in a provider's folder and are whole. A file
// that was taken in is removed: what is not public yet must not lie there in the
// clear, and the original is kept, sealed, beside its release.
func (x *Intake) Sweep(ctx context.Context, p *wire.Provider) error {
	entries, err := os.ReadDir(x.folder(p.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return x.makeFolder(p)
	}
	if err != nil {
		return wire.Errorf(wire.Unavailable, "folder", "cannot be read: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !e.Type().IsRegular() || unfinished(e.Name()) { // a link would lead out of the folder
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		file := filepath.Join(x.folder(p.ID), e.Name())
		if !x.whole(file, info) {
			continue
		}
		if err := x.takeFile(ctx, p, file, info.Size()); err != nil {
			return err
		}
	}
	return nil
}

// unfinished reports whether a name is one that programs give to what they still
// write.
func unfinished(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".part", ".tmp", ".filepart", ".partial", ".crdownload":
		return true
	}
	return false
}

func (x *Intake) whole(file string, info fs.FileInfo) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := fileSeen{info.Size(), info.ModTime()}
	if x.files[file] == now {
		delete(x.files, file)
		return true
	}
	x.files[file] = now
	return false
}

func (x *Intake) takeFile(ctx context.Context, p *wire.Provider, file string, size int64) error {
	if size > MaxBytes {
		return x.refuseFile(file, wire.Errorf(wire.Exhausted, filepath.Base(file), "is larger than %d bytes; send it in parts", MaxBytes))
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "folder", "a file in it cannot be read: %w", err)
	}
	arrivals, err := x.Take(ctx, p.ID, Delivery{Way: ByFolder, Name: filepath.Base(file), Raw: raw})
	switch wire.KindOf(err) {
	case "":
	case wire.Invalid, wire.Exhausted:
		return x.refuseFile(file, err)
	default:
		return err // it stays, and comes again
	}
	var reasons []string
	for _, a := range arrivals {
		if a.Verdict == wire.WasRefused {
			reasons = append(reasons, a.Story+": "+a.Reason)
		}
	}
	if len(reasons) > 0 {
		return x.refuseFile(file, errors.New(strings.Join(reasons, "\n")))
	}
	return os.Remove(file)
}

// refuseFile moves a file to where its provider sees why it was refused.
func (x *Intake) refuseFile(file string, why error) error {
	name := filepath.Join(filepath.Dir(file), refusedFolder, filepath.Base(file))
	if err := os.Rename(file, name); err != nil {
		return err
	}
	return os.WriteFile(name+".reason.txt", []byte(why.Error()+"\n"), 0o640)
}
