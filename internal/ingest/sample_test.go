package ingest

import (
	"os"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// A real article in Arabic, as a provider's editors paste it. Its text is not
// ours to keep, so it is read from beside the repository where it is there.
func TestARealArabicArticleIsTakenApart(t *testing.T) {
	const path = "../../../shared/samples/istanbul.ar.txt"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the real sample is not beside this checkout: %v", err)
	}
	r, findings, err := Read("istanbul.ar.txt", strings.NewReader(string(raw)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Logf("%s %s:%d %s", f.Severity, f.Code, f.Line, f.Message)
	}
	e := r.Editions[0]
	if e.Language != "ar" || vocab.Direction(e.Language) != "rtl" {
		t.Errorf("language %s, %s", e.Language, vocab.Direction(e.Language))
	}
	guess := find(findings, "language-guessed")
	if guess == nil || guess.Severity != Note {
		t.Errorf("guess: %+v", guess)
	}
	if e.Dateline != (wire.Dateline{Mark: "SeaPRwire"}) {
		t.Errorf("dateline %+v", e.Dateline)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if _, want, _ := strings.Cut(lines[0], "– "); e.Headline != want {
		t.Errorf("headline %q", e.Headline)
	}
	if len(e.Body) != 9 || len(e.Disclaimer) != 1 || len(e.Boilerplate) != 1 || e.Note != "" {
		t.Errorf("%d paragraphs, %d of disclaimer, %d of boilerplate, note %q", len(e.Body), len(e.Disclaimer), len(e.Boilerplate), e.Note)
	}
	for i, b := range e.Body {
		if b.PlainText() != lines[i+1] {
			t.Errorf("paragraph %d: %q", i, b.PlainText())
		}
	}
	if len(e.Disclaimer) == 1 && !strings.Contains(string(e.Disclaimer[0].Text), `<a href="https://www.seaprwire.com/">https://www.seaprwire.com/</a>)`) {
		t.Errorf("disclaimer %s", e.Disclaimer[0].Text)
	}
	if strings.Join(r.Sectors, " ") != "top-story daily-news" {
		t.Errorf("sectors %v", r.Sectors)
	}
	if r.Provider == nil || *r.Provider != (wire.Credit{Name: "SeaPRwire", URL: "https://www.seaprwire.com/"}) {
		t.Errorf("provider %+v", r.Provider)
	}
	if r.State != wire.Draft || r.ID != "" || r.Priority != wire.Ordinary || !r.Schedule.Immediate() {
		t.Errorf("release %+v", r)
	}
}

// find returns the first finding with a code, nil if there is none.
func find(findings []Finding, code string) *Finding {
	for i := range findings {
		if findings[i].Code == code {
			return &findings[i]
		}
	}
	return nil
}
