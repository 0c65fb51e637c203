package demo

import (
	"bytes"
	"embed"
	"io/fs"
	"strings"

	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

// The releases were written for this demo. Companies and people in them do not
// exist.
//
//go:embed releases
var releaseFiles embed.FS

// Releases reads the demo's own releases, each with all its editions.
func Releases() ([]*wire.Release, error) {
	var documents []ingest.Document
	err := fs.WalkDir(releaseFiles, "releases", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := releaseFiles.ReadFile(path)
		documents = append(documents, ingest.Document{Name: strings.TrimPrefix(path, "releases/"), Reader: bytes.NewReader(data)})
		return err
	})
	if err != nil {
		return nil, err
	}
	releases, _, err := ingest.ReadAll(documents, ingest.Options{})
	return releases, err
}
