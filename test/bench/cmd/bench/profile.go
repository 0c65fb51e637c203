package main

import (
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"unicode"
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
	stop, err := startProfile(s.profileFile(name))
	if err != nil {
		progress("no profile: %v", err)
		return func() {}
	}
	return stop
}

// startProfile writes a processor profile to a file until the returned function is
// called.
func startProfile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
