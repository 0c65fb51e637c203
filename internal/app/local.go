package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wireroom/wireroom/internal/wire"
)

// Local is how the command line on the same machine reaches a running wire: its
// address and a key that dies with the process. The file is readable by the
// owner of the data folder alone.
type Local struct {
	URL string `json:"url"`
	Key string `json:"key"`
	PID int    `json:"pid"`
}

func localPath(data string) string { return filepath.Join(data, "local.json") }

// ReadLocal returns how to reach the wire that runs on a data folder; NotFound
// if none left word there. It may have died since.
func ReadLocal(data string) (Local, error) {
	var l Local
	raw, err := os.ReadFile(localPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return l, wire.Errorf(wire.NotFound, data, "no wireroom runs on this folder: start one with wireroom serve, or name one by --server")
	}
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil {
		return l, wire.Errorf(wire.Invalid, localPath(data), "cannot be read: %w", err)
	}
	return l, nil
}

// writeLocal leaves word, whole or not at all.
func writeLocal(data string, l Local) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	temporary := localPath(data) + ".new"
	if err := os.WriteFile(temporary, raw, 0o600); err != nil {
		return wire.Errorf(wire.Unavailable, "data", "cannot write to the data folder: %w", err)
	}
	return os.Rename(temporary, localPath(data))
}

// removeLocal takes the word back, if it is still this process's.
func removeLocal(data string) {
	if l, err := ReadLocal(data); err == nil && l.PID == os.Getpid() {
		_ = os.Remove(localPath(data))
	}
}
