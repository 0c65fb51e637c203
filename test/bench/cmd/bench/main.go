// Command bench measures the courier, letters to a relay, webhooks to outlets,
// the ledger, the live edge, lifts of what was sent ahead, matching, the analysis of text, the formats and the search
// of the archive; beside them, in the same run and on the same machine, what others usually
// do, and what the machine could do at best.
//
// Senders and receivers are processes of their own: this program, and for our
// deliveries command sender, which lies beside it as bench-sender.
// Everything stays on loopback. Every figure is computed from counts, and a run
// in which a count is wrong says so and fails.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wireroom/wireroom/test/bench/process"
)

// options of a whole run.
type options struct {
	only                                 string
	letters, signedLetters, otherLetters int
	connections, otherConnections        int
	endpoints, workers                   int
	hang, fail                           float64
	deliveries, past, pastBatches        int
	edgeOptions
	embargoOptions
	matchOptions
	textOptions
	formatOptions
	searchOptions
	runs         int
	json         bool
	dir, profile string
	limit        time.Duration
	postgres     string
}

func main() {
	var err error
	if len(os.Args) > 1 && children[os.Args[1]] != nil {
		err = children.Run(os.Args[1], os.Args[2:])
	} else {
		err = runAll(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readOptions(args []string) (*options, error) {
	o := &options{postgres: os.Getenv("WIREROOM_TEST_POSTGRES")}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.only, "only", "mail,hooks,ledger", "the parts to run; there are mail, hooks, ledger, edge, embargo, match, text, format and search")
	f.IntVar(&o.letters, "letters", 86_000, "letters of a release")
	f.IntVar(&o.signedLetters, "signed-letters", 20_000, "letters where RSA signs each on the way; a quarter of them with Go's own RSA")
	f.IntVar(&o.otherLetters, "other-letters", 8_000, "letters by others, scaled as a rate")
	f.IntVar(&o.connections, "connections", 32, "connections to the relay")
	f.IntVar(&o.otherConnections, "other-connections", 16, "connections of others to the relay")
	f.IntVar(&o.endpoints, "endpoints", 6_500, "webhook endpoints")
	f.IntVar(&o.workers, "workers", 256, "of the pool that webhooks are compared with")
	f.Float64Var(&o.hang, "hang", .10, "share of endpoints that hang, where some are bad")
	f.Float64Var(&o.fail, "fail", .05, "share of endpoints that fail, where some are bad")
	f.IntVar(&o.deliveries, "deliveries", 92_500, "deliveries of a release in the ledger")
	f.IntVar(&o.past, "past", 10_000, "releases in the ledger before it")
	f.IntVar(&o.pastBatches, "past-batches", 2, "batches of 500 that each of those has")
	o.edgeFlags(f)
	o.embargoFlags(f)
	o.matchFlags(f)
	o.textFlags(f)
	o.formatFlags(f)
	o.searchFlags(f)
	f.IntVar(&o.runs, "runs", 1, "how often each measurement is made, those that goals rest on five times at least; the median counts")
	f.BoolVar(&o.json, "json", false, "print JSON, not tables")
	f.StringVar(&o.dir, "dir", "", "folder for databases, on the disk that is to be measured")
	f.StringVar(&o.profile, "profile", "", "folder for processor profiles of our senders")
	f.DurationVar(&o.limit, "limit", 30*time.Minute, "how long the whole run may take")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("there is no command %q", f.Arg(0))
	}
	return o, errors.Join(o.checkEdge(), o.checkEmbargo(), o.checkMatch(), o.checkFormat())
}

// stand is a run with what its parts share.
type stand struct {
	options
	ctx context.Context
	dir string
	// sender is the program that delivers for us.
	sender process.Program
	made   map[int]string // databases to be copied, by number of contacts
	out    results
}

// results are what a run says.
type results struct {
	Machine machine     `json:"machine"`
	Mail    []mailRow   `json:"mail,omitempty"`
	Hooks   []hookRow   `json:"hooks,omitempty"`
	Ledger  []ledgerRow `json:"ledger,omitempty"`
	Goals   goals       `json:"goals,omitempty"`
	Edge    []edgeRow   `json:"edge,omitempty"`
	Embargo []edgeRow   `json:"embargo,omitempty"` // ours with keys, with texts; the limits of each
	Match   []matchRow  `json:"match,omitempty"`
	Text    []textRow   `json:"text,omitempty"`
	Format  []formatRow `json:"format,omitempty"`
	Search  []searchRow `json:"search,omitempty"`
	Skipped []string    `json:"skipped,omitempty"` // and why
	Wrong   []string    `json:"wrong"`
	Took    float64     `json:"took"` // seconds
	// Withheld is which part of the processor time that was wanted a host of virtual
	// machines gave to others: above a few hundredths the machine was not idle,
	// whatever "others" says.
	Withheld float64 `json:"withheld"`
}

func runAll(args []string) error {
	o, err := readOptions(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit, fmt.Errorf("the run took longer than %v", o.limit))
	defer cancel()
	s := &stand{options: *o, ctx: ctx, made: map[int]string{}, out: results{Wrong: []string{}}}
	if s.sender, err = process.Beside("bench-sender"); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp(o.dir, "wireroom-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	began, machine, withheld := time.Now(), process.Machine(), process.Withheld()
	s.out.Machine = describe(s.dir)
	for _, part := range strings.Split(o.only, ",") {
		run := map[string]func() error{"mail": s.mail, "hooks": s.hooks, "ledger": s.ledger, "edge": s.edge, "embargo": s.embargo, "match": s.match, "text": s.text, "format": s.format, "search": s.search}[part]
		if run == nil {
			return fmt.Errorf("there is no part %q; there are mail, hooks, ledger, edge, embargo, match, text, format and search", part)
		}
		if err := run(); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	s.out.Took = time.Since(began).Seconds()
	s.out.Withheld = ratio(process.Withheld()-withheld, process.Machine()-machine)
	s.out.setGoals()
	if o.json {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(s.out); err != nil {
			return err
		}
	} else {
		s.out.print(os.Stdout, o.goalSizes())
	}
	if len(s.out.Wrong) > 0 {
		return fmt.Errorf("%d counts are wrong:\n%s", len(s.out.Wrong), strings.Join(s.out.Wrong, "\n"))
	}
	return nil
}

// progress says what is being done.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// wrong takes note of a count that is not what it must be.
func (s *stand) wrong(name, format string, args ...any) {
	text := name + ": " + fmt.Sprintf(format, args...)
	s.out.Wrong = append(s.out.Wrong, text)
	progress("WRONG %s", text)
}
