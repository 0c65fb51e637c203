package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/docx"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// documents are what judges of documents for people are shown: the story
// published, corrected and killed, in every language.
func documents(t *testing.T, dir, ext string, encode func(*wire.Item) ([]byte, error)) (items []wire.Item, files []string) {
	t.Helper()
	for _, it := range formattest.Items() {
		if it.Action != wire.Publish && it.Action != wire.Correct && it.Action != wire.Kill {
			continue
		}
		data, err := encode(&it)
		if err != nil {
			t.Fatalf("%s in %s: %v", it.Action, it.Language, err)
		}
		items = append(items, it)
		files = append(files, file(t, dir, string(it.Action)+"-"+it.Language+"."+ext, data))
	}
	return items, files
}

// saysAll makes sure that a judge read all of an item, in order.
func saysAll(t *testing.T, it *wire.Item, text string) {
	t.Helper()
	text = formattest.Fold(strings.NewReplacer("\u2068", "", "\u2069", "", "\ufeff", "").Replace(text))
	texts := formattest.Texts(it)
	if it.Action == wire.Kill { // the notice with the reason stands first
		texts = []string{it.Reason, locale.For(it.Language).T("tombstone.title")}
	}
	if missing := formattest.Missing(text, texts); missing != "" {
		t.Errorf("%s in %s: %q is not in its place in\n%s", it.Action, it.Language, missing, text)
	}
}

func TestLibreOfficeReadsEveryDocument(t *testing.T) {
	program, err := exec.LookPath("soffice")
	if err != nil {
		absent(t, "LibreOffice", "libreoffice-writer-nogui", err)
	}
	dir := t.TempDir()
	items, files := documents(t, dir, "docx", func(it *wire.Item) ([]byte, error) { return docx.Encode(it, formattest.Site()) })
	out := filepath.Join(dir, "out")
	cmd := exec.Command(program, append([]string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--norestore", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", out}, files...)...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if report, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
	for i, it := range items {
		text, err := os.ReadFile(filepath.Join(out, strings.TrimSuffix(filepath.Base(files[i]), "docx")+"txt"))
		if err != nil {
			t.Errorf("%s in %s: %v", it.Action, it.Language, err)
			continue
		}
		saysAll(t, &it, string(text))
	}
	t.Logf("%d documents", len(items))
}
