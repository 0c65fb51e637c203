package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// refusedFolder holds a note for the provider of each file that was refused. The
// file itself lies sealed in the house: it may not be public yet.
const refusedFolder = "refused"

// maxFile bounds what is read of a file, to be kept if it is refused.
const maxFile = 64 << 20

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

// takeFile takes a file in and removes it. What was refused of it is kept sealed,
// and a note in its place says why.
func (x *Intake) takeFile(ctx context.Context, p *wire.Provider, file string, size int64) error {
	if size > maxFile {
		why := "it is larger than " + strconv.Itoa(maxFile) + " bytes, and was not kept; send it in parts"
		a := wire.Arrival{Provider: p.ID, Way: ByFolder, Name: filepath.Base(file), Verdict: wire.WasRefused, Reason: why}
		if err := x.note(ctx, &Delivery{Way: ByFolder}, nil, &a); err != nil {
			return err
		}
		return x.leaveNote(file, []wire.Arrival{a})
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "folder", "a file in it cannot be read: %w", err)
	}
	arrivals, err := x.Take(ctx, p.ID, Delivery{Way: ByFolder, Name: filepath.Base(file), Raw: raw})
	if kind := wire.KindOf(err); err != nil && kind != wire.Invalid && kind != wire.Exhausted {
		return err // it stays, and comes again
	}
	refused := slices.DeleteFunc(arrivals, func(a wire.Arrival) bool {
		return a.Verdict != wire.WasRefused && (a.Verdict != wire.WasKnown || a.Reason == "")
	})
	return x.leaveNote(file, refused)
}

// leaveNote removes a file, and leaves a note of what was refused of it, if
// anything was. The note stands before the file goes.
func (x *Intake) leaveNote(file string, refused []wire.Arrival) error {
	if len(refused) > 0 {
		note := filepath.Join(filepath.Dir(file), refusedFolder, filepath.Base(file)+".txt")
		if err := os.MkdirAll(filepath.Dir(note), 0o770); err != nil {
			return err
		}
		if err := os.WriteFile(note, []byte(noteText(filepath.Base(file), refused)), 0o640); err != nil {
			return err
		}
	}
	return os.Remove(file)
}

// quoted is what an error quotes of a document.
var quoted = regexp.MustCompile(`“[^”]*”|"(?:[^"\\]|\\.)*"`)

// noteText says what was refused of a file and why, without a word of it.
func noteText(name string, refused []wire.Arrival) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was refused on %s UTC.\n", name, refused[0].At.Format("2006-01-02 15:04:05"))
	for i, a := range refused {
		if len(refused) > 1 {
			fmt.Fprintf(&b, "\nStory %d of them:", i+1)
		}
		fmt.Fprintf(&b, "\n%s\n", quoted.ReplaceAllString(a.Reason, "“…”"))
		if a.Kept {
			fmt.Fprintf(&b, "The wire keeps the file, sealed. Its editors see it, and what is left out here, by: wireroom provider refused %s %d\n", a.Provider, a.Number)
		}
	}
	b.WriteString("\nPut it right and send it again, as a later version.\n")
	return b.String()
}
