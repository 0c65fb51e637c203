package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// nodeJudges makes sure that the judges of judges/package.json are installed, in
// the versions that stand there, and returns node.
func nodeJudges(t *testing.T) string {
	t.Helper()
	node := tool(t, "node", "nodejs npm")
	var wanted struct{ Dependencies map[string]string }
	readJSON(t, filepath.Join("judges", "package.json"), &wanted)
	for name, version := range wanted.Dependencies {
		var here struct{ Version string }
		path := filepath.Join("judges", "node_modules", name, "package.json")
		if _, err := os.Stat(path); err == nil {
			readJSON(t, path, &here)
		}
		if here.Version == version {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = "judges"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Logf("%s", out)
			absent(t, "npm ci in test/conformance/judges", "nodejs npm", err)
		}
		break
	}
	return node
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(content(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// askNode runs one of the scripts in judges and decodes the JSON that it prints.
func askNode(t *testing.T, verdict any, script string, args ...string) {
	t.Helper()
	node := nodeJudges(t)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, append([]string{filepath.Join("judges", script)}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), verdict); err != nil {
		t.Fatalf("%s: %v\n%.2000s", script, err, stdout.String())
	}
}

// shown is what a reader shows of one feed.
type shown struct {
	File, Reader, Title string
	Entries             []entry
}

type entry struct{ ID, Title, Link, Content string }

// compareShown makes sure that a reader shows each story with its id, headline,
// own language's address and whole text in order.
func compareShown(t *testing.T, s shown, f feed.Feed) {
	t.Helper()
	p := locale.For(f.Language)
	if len(s.Entries) != len(f.Items) {
		t.Errorf("%s in %s shows %d entries of %d", s.Reader, s.File, len(s.Entries), len(f.Items))
		return
	}
	for i, e := range s.Entries {
		it := &f.Items[i]
		if e.ID != feed.ID(it) || formattest.Fold(e.Title) != formattest.Fold(format.Headline(it, p)) || e.Link != f.Site.ItemURL(it) {
			t.Errorf("%s in %s shows %q, %q, %q", s.Reader, s.File, e.ID, e.Title, e.Link)
		}
		words := formattest.Words(e.Content)
		if it.Action.Withdraws() {
			if want := formattest.Fold(format.Notice(it, p)); words != want {
				t.Errorf("%s in %s shows %q, want %q", s.Reader, s.File, words, want)
			}
		} else if missing := formattest.Missing(words, formattest.Texts(it)[1:]); missing != "" {
			t.Errorf("%s in %s lacks %q or has it out of order", s.Reader, s.File, missing)
		}
	}
}

// feedFiles writes a page of each language in each kind of feed.
func feedFiles(t *testing.T) (files []string, feeds map[string]feed.Feed) {
	t.Helper()
	dir := t.TempDir()
	feeds = map[string]feed.Feed{}
	for _, language := range formattest.Languages() {
		f := feed.Feed{Site: formattest.Site(), Language: language, Items: formattest.Page(language)}
		for _, kind := range feedKinds {
			data, err := kind.encode(f)
			if err != nil {
				t.Fatal(err)
			}
			name := file(t, dir, language+"."+kind.name, data)
			files, feeds[name] = append(files, name), f
		}
	}
	return files, feeds
}

func TestFeedReadersOfNodeSeeTheWholeStory(t *testing.T) {
	files, feeds := feedFiles(t)
	var verdicts []shown
	askNode(t, &verdicts, "feeds.mjs", files...)
	readers := map[string]int{}
	for _, s := range verdicts {
		reader, _, _ := strings.Cut(s.Reader, " ")
		readers[reader] += len(s.Entries)
		compareShown(t, s, feeds[s.File])
	}
	if readers["rss-parser"] == 0 || readers["feedsmith"] == 0 {
		t.Errorf("%v", readers)
	}
	t.Logf("entries read: %v", readers)
}

func TestGofeedSeesTheWholeStory(t *testing.T) {
	files, feeds := feedFiles(t)
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := gofeed.NewParser().ParseString(string(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := shown{File: name, Reader: "gofeed", Title: parsed.Title}
		for _, e := range parsed.Items {
			s.Entries = append(s.Entries, entry{e.GUID, e.Title, e.Link, e.Content})
		}
		compareShown(t, s, feeds[name])
	}
	t.Logf("%d feeds", len(files))
}

func TestNewsboatSeesTheWholeStory(t *testing.T) {
	tool(t, "newsboat", "newsboat")
	files, feeds := feedFiles(t)
	files = slices.DeleteFunc(files, func(name string) bool { return filepath.Ext(name) == ".json" })
	var verdicts []shown
	ask(t, &verdicts, "newsboat_check.py", append([]string{t.TempDir()}, files...)...)
	if len(verdicts) != len(files) {
		t.Fatalf("%d feeds of %d", len(verdicts), len(files))
	}
	for _, s := range verdicts {
		slices.SortFunc(s.Entries, func(a, b entry) int { return strings.Compare(a.ID, b.ID) })
		f := feeds[s.File]
		f.Items = slices.SortedFunc(slices.Values(f.Items), func(a, b wire.Item) int { return strings.Compare(feed.ID(&a), feed.ID(&b)) })
		compareShown(t, s, f)
	}
	t.Logf("%d feeds", len(files))
}

// posted is what mailparser and mailauth find in a message.
type posted struct {
	File, Subject, Text, HTML string
	Signatures, Tampered      []string
}

func TestMailReadersOfNodeSeeTheWholeLetter(t *testing.T) {
	sender, dns := signedSender(t)
	dir := t.TempDir()
	box, err := mail.OpenMaildir(sender, dir)
	if err != nil {
		t.Fatal(err)
	}
	items := storyItems()
	args := []string{file(t, dir, "dns.json", dns)}
	for i := range items {
		it := &items[i]
		post(t, box, it)
		args = append(args, filepath.Join(dir, "new", fmt.Sprintf("%d.%d_42.wireroom", it.ClearTime.Unix(), it.Number)))
	}
	var verdicts []posted
	askNode(t, &verdicts, "mail.mjs", args...)
	if len(verdicts) != len(items) {
		t.Fatalf("%d letters of %d", len(verdicts), len(items))
	}
	for i, got := range verdicts {
		it := &items[i]
		want := letter.Compose(it, headline(it), formattest.Site(), locale.For(it.Language)).Letter("https://wire.example/u/abcdefghijklmnopqrstuvwxyz", reason)
		if got.Subject != formattest.Fold(want.Subject) || formattest.Fold(got.Text) != formattest.Fold(want.Text) || formattest.Fold(got.HTML) != formattest.Fold(want.HTML) {
			t.Errorf("%s in %s: %q", it.Action, it.Language, got.Subject)
		}
		if !slices.Equal(got.Signatures, []string{"pass wire.example", "pass wire.example"}) || slices.Contains(got.Tampered, "pass") || len(got.Tampered) != 2 {
			t.Errorf("%s in %s: signatures %q, tampered with %q", it.Action, it.Language, got.Signatures, got.Tampered)
		}
	}
	t.Logf("%d letters with two signatures each", len(items))
}
