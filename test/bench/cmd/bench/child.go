package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/wireroom/wireroom/test/bench/certificate"
	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/limits"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/smtpsink"
)

// children are what this program does in processes of its own. What sends letters
// and webhooks for us is a program by itself, cmd/sender.
var children process.Children

func init() {
	children = process.Children{
		"smtpsink": smtpSink, "hooksink": hookSink,
		"other-mail": otherMail, "other-hooks": otherHooks,
		"limit-mail": limitMail, "limit-hooks": limitHooks, "limit-sign": limitSign, "limit-log": limitLog,
		"run-desktops": runDesktops, "run-edge": runEdge, "run-ahead": runAhead, "run-bus": runBus,
		"run-hub": runHub, "run-centrifuge": runCentrifuge, "run-raw": runRaw,
		"run-standing": runStanding, "other-percolate": otherPercolate,
	}
}

// ready is what a sink or a server says when it listens.
type ready struct {
	Relay   string `json:"relay,omitempty"`
	Port    int    `json:"port,omitempty"`
	Streams string `json:"streams,omitempty"` // where desktops connect; of the bus: its URL
	Control string `json:"control"`
}

// serveUntilOrphaned says that a sink or a server is ready and answers its
// control.
func serveUntilOrphaned(ctx context.Context, address string, say ready, control http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return errors.New("the control listens on loopback addresses only")
	}
	say.Control = "http://" + l.Addr().String()
	server := &http.Server{Handler: control, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	if err := process.Say(say); err != nil {
		return err
	}
	<-ctx.Done()
	return server.Close()
}

func smtpSink(f *flag.FlagSet) func(context.Context) (any, error) {
	var o smtpsink.Options
	f.StringVar(&o.Listen, "listen", "127.0.0.1:0", "address of the relay")
	control := f.String("control", "127.0.0.1:0", "address of the control")
	f.IntVar(&o.Highest, "highest", 1<<20, "numbers of recipients that are counted in an array")
	f.Float64Var(&o.Faults.Defer, "temp", 0, "share of recipients answered 451 at first")
	f.IntVar(&o.Faults.DeferTries, "temp-tries", 1, "to how many attempts")
	f.Float64Var(&o.Faults.Refuse, "perm", 0, "share of recipients answered 550")
	f.Float64Var(&o.Faults.Drop, "drop", 0, "share of recipients at whose first letter the connection is cut before it is taken")
	f.Float64Var(&o.Faults.DropAccepted, "drop-accepted", 0, "share at whose first letter it is cut after that")
	f.BoolVar(&o.NoPipelining, "no-pipelining", false, "do not offer PIPELINING and CHUNKING")
	f.BoolVar(&o.NoChunking, "no-chunking", false, "do not offer CHUNKING")
	f.IntVar(&o.MaxConnections, "max-connections", 0, "further ones are answered 421")
	f.IntVar(&o.MaxLetters, "max-letters", 0, "of a connection, then 421")
	f.DurationVar(&o.DelayGreeting, "delay-greeting", 0, "before the greeting")
	f.DurationVar(&o.DelayCommand, "delay-command", 0, "before the answers to a flight of commands")
	f.DurationVar(&o.DelayLetter, "delay-letter", 0, "before the answer to a letter")
	authority := f.String("tls", "", "offer STARTTLS, and store the authority's certificate here")
	return func(ctx context.Context) (any, error) {
		if *authority != "" {
			a, err := certificate.New()
			if err == nil {
				o.TLS, err = a.Config([]net.IP{net.IPv4(127, 0, 0, 1)})
			}
			if err == nil {
				err = a.WriteFile(*authority)
			}
			if err != nil {
				return nil, err
			}
		}
		s, err := smtpsink.Open(o)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return nil, serveUntilOrphaned(ctx, *control, ready{Relay: s.Addr()}, s.Control())
	}
}

func hookSink(f *flag.FlagSet) func(context.Context) (any, error) {
	var o hooksink.Options
	f.IntVar(&o.Endpoints, "endpoints", 6500, "how many there are")
	f.IntVar(&o.Port, "port", 0, "of all of them; 0: a free one")
	control := f.String("control", "127.0.0.1:0", "address of the control")
	f.Float64Var(&o.Hang, "hang", 0, "share that never answer")
	f.Float64Var(&o.Fail, "fail", 0, "share that answer 500")
	f.Float64Var(&o.Reset, "reset", 0, "share that reset the connection")
	f.IntVar(&o.Recover, "recover", 0, "requests after which failing ones are well; 0: never")
	f.DurationVar(&o.Delay, "delay", 0, "before healthy ones answer")
	authority := f.String("tls", "", "speak TLS, and store the authority's certificate here")
	return func(ctx context.Context) (any, error) {
		if *authority != "" {
			ips := make([]net.IP, o.Endpoints)
			for i := range ips {
				ips[i] = hooksink.Address(i)
			}
			a, err := certificate.New()
			if err == nil {
				o.TLS, err = a.Config(ips)
			}
			if err == nil {
				err = a.WriteFile(*authority)
			}
			if err != nil {
				return nil, err
			}
		}
		// The endpoints are machines of their own: a collector that goes through all
		// of them at once, beside the release, would be none of theirs.
		debug.SetGCPercent(400)
		s, err := hooksink.Open(o)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return nil, serveUntilOrphaned(ctx, *control, ready{Port: s.Port()}, s.Control())
	}
}

func otherMail(f *flag.FlagSet) func(context.Context) (any, error) {
	relay := f.String("relay", "", "host:port")
	letters := f.Int("letters", 0, "how many")
	connections := f.Int("connections", 16, "to the relay")
	constant := f.String("constant", "", "file with a letter: send it by net/smtp; else by go-mail")
	return func(ctx context.Context) (any, error) {
		if *constant == "" {
			return others.Mail(ctx, *relay, *letters, *connections)
		}
		letter, err := os.ReadFile(*constant)
		if err != nil {
			return nil, err
		}
		return others.NetSMTP(ctx, *relay, *letters, *connections, letter)
	}
}

func hookFlags(f *flag.FlagSet) *others.HookOptions {
	var o others.HookOptions
	f.StringVar(&o.Control, "control", "", "URL of the sink's control")
	f.IntVar(&o.Port, "port", 0, "of the endpoints")
	f.BoolVar(&o.TLS, "secure", false, "they speak TLS")
	f.IntVar(&o.Endpoints, "endpoints", 0, "how many there are")
	f.IntVar(&o.Workers, "workers", 256, "of the pool")
	f.IntVar(&o.Size, "size", 8192, "bytes of a body")
	f.IntVar(&o.Rounds, "rounds", 2, "one after the other")
	f.DurationVar(&o.Timeout, "timeout", 15*time.Second, "of a request")
	return &o
}

func otherHooks(f *flag.FlagSet) func(context.Context) (any, error) {
	o := hookFlags(f)
	return func(ctx context.Context) (any, error) { return others.Hooks(ctx, *o) }
}

func limitHooks(f *flag.FlagSet) func(context.Context) (any, error) {
	o := hookFlags(f)
	return func(ctx context.Context) (any, error) { return limits.Hooks(ctx, *o) }
}

func limitMail(f *flag.FlagSet) func(context.Context) (any, error) {
	relay := f.String("relay", "", "host:port")
	letters := f.Int("letters", 0, "how many")
	connections := f.Int("connections", 32, "to the relay")
	chunking := f.Bool("chunking", false, "by BDAT")
	constant := f.String("constant", "", "file with the letter")
	return func(ctx context.Context) (any, error) {
		letter, err := os.ReadFile(*constant)
		if err != nil {
			return nil, err
		}
		return limits.Mail(ctx, *relay, *letters, *connections, *chunking, letter)
	}
}

func limitSign(f *flag.FlagSet) func(context.Context) (any, error) {
	kind := f.String("sign", "rsa", "ed25519, rsa, rsa-go or both")
	during := f.Duration("during", time.Second, "how long")
	hands := f.Int("hands", 32, "how many sign at a time")
	return func(context.Context) (any, error) { return limits.Sign(*kind, *hands, *during) }
}

func limitLog(f *flag.FlagSet) func(context.Context) (any, error) {
	path := f.String("path", "", "of a file to be made")
	records := f.Int("records", 0, "how many")
	group := f.Int("group", 500, "records that are brought to disk together")
	return func(context.Context) (any, error) { return limits.Log(*path, *records, *group, 10) }
}
