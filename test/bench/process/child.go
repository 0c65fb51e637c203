package process

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
)

// Child is what a program does in a process of its own. It declares its flags
// and returns what is to be done when they are read; the result is said as JSON,
// nil not at all.
type Child func(f *flag.FlagSet) func(ctx context.Context) (any, error)

// Children are the subcommands of a program. Sinks and servers go on until their
// parent ends.
type Children map[string]Child

// Run does a subcommand. Each can have its processor profile written.
func (c Children) Run(name string, args []string) error {
	if c[name] == nil {
		return fmt.Errorf("there is no subcommand %q", name)
	}
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	profile := f.String("profile", "", "file for a processor profile")
	run := c[name](f)
	if err := f.Parse(args); err != nil {
		return err
	}
	if *profile != "" {
		stop, err := Profile(*profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	result, err := run(WithParent(context.Background()))
	if err != nil || result == nil {
		return err
	}
	return Say(result)
}

// Profile writes a processor profile to a file until the returned function is
// called.
func Profile(path string) (stop func(), err error) {
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
