package demo

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestReleasesReadWithoutComplaint(t *testing.T) {
	names, err := fs.Glob(releaseFiles, "releases/*")
	if err != nil || len(names) != 24 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		raw, err := releaseFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, findings, err := ingest.Read(path.Base(name), bytes.NewReader(raw), ingest.Options{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range findings {
			if f.Severity != ingest.Note {
				t.Errorf("%s:%d %s", name, f.Line, f.Message)
			}
		}
		if e := r.Editions[0]; !strings.Contains(path.Base(name), "."+e.Language+".") || len(e.Boilerplate) == 0 || len(r.Sectors) < 2 {
			t.Errorf("%s: %s, %d blocks about the issuer, sectors %v", name, e.Language, len(e.Boilerplate), r.Sectors)
		}
	}
}

func TestTwentyReleasesCoverTheWiresLanguages(t *testing.T) {
	releases, err := Releases()
	if err != nil || len(releases) != 20 {
		t.Fatalf("%d releases, %v", len(releases), err)
	}
	languages := map[string]bool{}
	thirdParty, sources := 0, ""
	for _, r := range releases {
		for _, e := range r.Editions {
			languages[e.Language] = true
		}
		if len(r.Editions) > 1 {
			sources += r.Editions[0].Language + " "
		}
		if r.Provider != nil {
			thirdParty++
			if e := r.Editions[0]; e.Language != "ar" || len(e.Disclaimer) != 1 || strings.Join(r.Sectors, " ") != "top-story daily-news" {
				t.Errorf("third-party article: %s, %d disclaimers, sectors %v", e.Language, len(e.Disclaimer), r.Sectors)
			}
		}
		for _, s := range r.Subjects {
			if topic, ok := vocab.LookupTopic(s); !ok || topic.Retired {
				t.Errorf("%s: subject %s is unknown or retired", r.Editions[0].Headline, s)
			}
		}
	}
	for _, l := range vocab.Languages() {
		if !languages[l.Tag] {
			t.Errorf("none in %s", l.Tag)
		}
	}
	// Files are read in the order of their names; the first of a release is the
	// text that prevails.
	if sources != "en ja fr id " || thirdParty != 1 {
		t.Errorf("in several languages, by their sources: %q; by a provider: %d", sources, thirdParty)
	}
}

// Nobody outside may be written to or rung up by what the demo invents.
func TestReleasesNameNobodysAddresses(t *testing.T) {
	releases, err := Releases()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range releases {
		for _, e := range r.Editions {
			for _, c := range e.Contacts {
				if !strings.HasSuffix(c.Email, ".example") || !strings.Contains(c.Phone, " 555 01") {
					t.Errorf("%s: %+v", e.Headline, c)
				}
			}
			for _, in := range r.Instruments {
				if in.MIC != "XDEM" {
					t.Errorf("%s: %+v", e.Headline, in)
				}
			}
			for _, part := range [][]wire.Block{e.Body, e.Boilerplate, e.Disclaimer} {
				for _, link := range strings.Split(wire.HTML(part), `href="`)[1:] {
					address, _, _ := strings.Cut(link, `"`)
					if !strings.Contains(address, ".example") {
						t.Errorf("%s links to %s", e.Headline, address)
					}
				}
			}
		}
	}
}
