package main

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// asked are the words of a command line, in which "help" before a command, or alone,
// means --help behind it.
func asked(words []string) []string {
	if len(words) > 0 && words[0] == "help" {
		return append(slices.Clone(words[1:]), "--help")
	}
	return words
}

// help prints what a command takes. The flags that every command has are settings of
// a wire: they are listed where one is run, and would bury a command's own elsewhere.
func help(options kong.HelpOptions, at *kong.Context) error {
	selected := at.Selected()
	if selected != nil && selected.Name == "serve" {
		return kong.DefaultHelpPrinter(options, at)
	}
	for _, f := range at.Model.Flags {
		f.Hidden = f.Name != "help" && f.Name != "config" && f.Name != "data"
	}
	options.FlagsLast = true
	options.NoExpandSubcommands = selected == nil
	if err := kong.DefaultHelpPrinter(options, at); err != nil {
		return err
	}
	_, err := fmt.Fprintln(at.Stdout, "\nEvery command takes the settings that \"wireroom serve --help\" lists.")
	return err
}
