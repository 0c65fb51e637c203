package main

import (
	"bytes"
	"encoding/json"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the documents tell a person to type is a command of this program, with flags
// that it has.
func TestTheCommandsOfTheDocumentsAreOurs(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range append(files, "../../README.md") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = strings.ReplaceAll(string(raw), "\\\n", " ")
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"release.md", "en.md", "ar.md", "yard.jpg", "directory.jsonl",
		"outlet.key", "new.key"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tried := 0
	for file, text := range texts {
		for _, found := range typed.FindAllStringSubmatch(text, -1) {
			tried++
			words := shellWords(found[1])
			var line commandLine
			if _, err := newParser(&line).Parse(words); err != nil {
				t.Errorf("%s: wireroom %q: %v", file, words, err)
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d commands were found", tried)
	}
}

// typed is a line of an example, up to what stands behind a semicolon.
var typed = regexp.MustCompile(`(?m)^(?:bin/)?wireroom ([^;\n]+)`)

// shellWords splits a line as a shell does that has no variables: at spaces that are
// in no quotes, up to a comment. An ellipsis stands for whatever else is wanted.
func shellWords(line string) (words []string) {
	var word strings.Builder
	var quote rune
	inside := false
	end := func() {
		if inside {
			words = append(words, word.String())
		}
		word.Reset()
		inside = false
	}
	for _, c := range line {
		switch {
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inside = c, true
		case quote == 0 && c == ' ':
			end()
		case quote == 0 && (c == '#' && !inside || c == '…'):
			return words
		default:
			word.WriteRune(c)
			inside = true
		}
	}
	end()
	return words
}

// A setting that is misspelt in a file is refused: it must not pass for one that is
// set.
func TestAFileOfSettingsHasFlagsAlone(t *testing.T) {
	for content, good := range map[string]bool{
		"http: 127.0.0.1:9000\nsmtp: [smtp://relay.example]\n": true,
		"":                     true,
		"htpp: 127.0.0.1:9000": false,
		"- http":               false,
	} {
		file := filepath.Join(t.TempDir(), "wire.yaml")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var line commandLine
		_, err := newParser(&line).Parse([]string{"version", "--config", file})
		if (err == nil) != good {
			t.Errorf("%q: %v", content, err)
		}
		if good && content != "" && (line.HTTP != "127.0.0.1:9000" || len(line.SMTP) != 1) {
			t.Errorf("%q: --http is %q, --smtp %q", content, line.HTTP, line.SMTP)
		}
	}
}

// A receiver that talks out of turn makes net/http write to the package log what it said:
// that is a line like any other, and only for whoever looks for a fault.
func TestWhatLibrariesSayIsALineLikeAnyOther(t *testing.T) {
	before, flags, out := slog.Default(), log.Flags(), log.Writer()
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetFlags(flags)
		log.SetOutput(out)
		slog.SetLogLoggerLevel(slog.LevelInfo)
	})
	said := func(level slog.Level) []byte {
		var lines bytes.Buffer
		adopt((&Globals{Log: "json", Level: level}).logger(&lines))
		log.Printf("Unsolicited response %q", "\n{")
		return lines.Bytes()
	}
	if line := said(slog.LevelInfo); len(line) > 0 {
		t.Errorf("where nobody looks for a fault: %q", line)
	}
	var got struct{ Level, Msg string }
	line := said(slog.LevelDebug)
	if err := json.Unmarshal(line, &got); err != nil || got.Level != "DEBUG" || got.Msg != `Unsolicited response "\n{"` {
		t.Errorf("where one does: %q, %v", line, err)
	}
}
