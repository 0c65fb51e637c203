package main

import (
	"path/filepath"
	"strings"
	"unicode"

	"github.com/wireroom/wireroom/test/bench/process"
)

// profileFile is where the profile of a measurement goes.
func (s *stand) profileFile(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }), "-")
	return filepath.Join(s.profile, strings.ToLower(name)+".pprof")
}

// profiled adds a profile to a child's flags, if one is wanted.
func (s *stand) profiled(name string, args []string) []string {
	if s.profile == "" {
		return args
	}
	return append(args, "-profile="+s.profileFile(name))
}

// record writes a processor profile of what this process does until the returned
// function is called, if profiles are wanted.
func (s *stand) record(name string) (stop func()) {
	if s.profile == "" {
		return func() {}
	}
	stop, err := process.Profile(s.profileFile(name))
	if err != nil {
		progress("no profile: %v", err)
		return func() {}
	}
	return stop
}
