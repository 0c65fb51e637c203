// Command sender is the courier as package bench measures it: its channels, its
// ledger and its store in a process that has nothing else in it, as a process of
// a wire that only delivers would be. What it is compared with lives in command
// bench, whose file, most of it of others, would count as its memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/wiresend"
)

func main() {
	children := process.Children{"run-store": runStore, "run-mail": runMail, "run-hooks": runHooks, "run-ledger": runLedger}
	err := errors.New("it has subcommands, which bench runs")
	if len(os.Args) > 1 {
		err = children.Run(os.Args[1], os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sender:", err)
		os.Exit(1)
	}
}

func runStore(f *flag.FlagSet) func(context.Context) (any, error) {
	database := f.String("database", "", "to be made")
	contacts := f.Int("contacts", 0, "with a subscription by mail")
	hooks := f.Int("hooks", 0, "newsrooms with a subscription by webhook")
	port := f.Int("port", 0, "of their endpoints")
	secure := f.Bool("tls", false, "they speak TLS")
	return func(ctx context.Context) (any, error) {
		s, err := store.Open(ctx, *database)
		if err != nil {
			return nil, err
		}
		err = story.Import(ctx, s, *contacts, *hooks, *port, *secure)
		return struct{}{}, errors.Join(err, s.Close())
	}
}

func runMail(f *flag.FlagSet) func(context.Context) (any, error) {
	var o wiresend.MailOptions
	f.StringVar(&o.Database, "database", "", "with a directory")
	f.StringVar(&o.Relay, "relay", "", "host:port")
	f.IntVar(&o.Letters, "letters", 0, "as many as there are contacts")
	f.IntVar(&o.Connections, "connections", 32, "to the relay")
	f.StringVar(&o.Sign, "sign", "none", fmt.Sprint("one of ", wiresend.Signs))
	f.StringVar(&o.Keys, "keys", "", "folder for keys")
	f.BoolVar(&o.Faults, "faults", false, "move the clock on to retries")
	return func(ctx context.Context) (any, error) { return wiresend.Mail(ctx, o) }
}

func runHooks(f *flag.FlagSet) func(context.Context) (any, error) {
	var o wiresend.HookOptions
	f.StringVar(&o.Database, "database", "", "with a directory")
	f.StringVar(&o.Control, "control", "", "URL of the sink's control")
	f.IntVar(&o.Endpoints, "endpoints", 0, "how many there are")
	f.IntVar(&o.Rounds, "rounds", 2, "releases, one after the other")
	f.BoolVar(&o.Preconnect, "preconnect", false, "connect before the first")
	return func(ctx context.Context) (any, error) { return wiresend.Hooks(ctx, o) }
}

func runLedger(f *flag.FlagSet) func(context.Context) (any, error) {
	var o wiresend.LedgerOptions
	f.StringVar(&o.Database, "database", "", "a fresh one")
	f.IntVar(&o.Deliveries, "deliveries", 0, "of the release that is measured")
	f.IntVar(&o.Past, "past", 0, "releases before it")
	f.IntVar(&o.PastBatches, "past-batches", 0, "batches of each of them")
	return func(ctx context.Context) (any, error) { return wiresend.Ledger(ctx, o) }
}
