package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// helped is what a person reads who asks for help.
func helped(t *testing.T, words ...string) string {
	t.Helper()
	var line commandLine
	var out bytes.Buffer
	parser := newParser(&line, kong.Writers(&out, &out), kong.Exit(func(int) {}))
	_, _ = parser.Parse(asked(words)) // which ends the program once help is printed, and here goes on
	return out.String()
}

func TestHelpOfACommandIsOfThatCommand(t *testing.T) {
	for _, c := range []struct {
		words  []string
		has    []string
		lacks  []string
		longer int // lines
	}{
		{[]string{"help"}, []string{"deliveries ", "provider ", "--data=DIR"}, []string{"--smtp", "deliveries health", "--failed"}, 60},
		{[]string{"--help"}, []string{"deliveries "}, []string{"--smtp"}, 60},
		{[]string{"help", "deliveries"}, []string{"deliveries health", "--data=DIR"}, []string{"--smtp", "provider"}, 60},
		{[]string{"help", "deliveries", "show"}, []string{"--failed", "--data=DIR"}, []string{"--smtp"}, 60},
		{[]string{"help", "publish"}, []string{"--release-at", "serve --help"}, []string{"--smtp"}, 60},
		{[]string{"serve", "--help"}, []string{"--smtp", "--data=DIR", "--https"}, []string{"serve --help"}, 200},
	} {
		text := helped(t, c.words...)
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%q does not say %q:\n%s", c.words, want, text)
			}
		}
		for _, other := range c.lacks {
			if strings.Contains(text, other) {
				t.Errorf("%q says %q", c.words, other)
			}
		}
		if lines := strings.Count(text, "\n"); lines > c.longer {
			t.Errorf("%q takes %d lines", c.words, lines)
		}
	}
}

func TestHelpIsAWordOfItsOwnOnlyAtTheFront(t *testing.T) {
	for _, c := range []struct{ words, want []string }{
		{nil, nil},
		{[]string{"help"}, []string{"--help"}},
		{[]string{"help", "key", "create"}, []string{"key", "create", "--help"}},
		{[]string{"search", "help"}, []string{"search", "help"}},
	} {
		if got := asked(c.words); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.words, got)
		}
	}
}
