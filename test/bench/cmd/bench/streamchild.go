package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"

	"github.com/wireroom/wireroom/test/bench/limits"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/streamload"
	"github.com/wireroom/wireroom/test/bench/streamserver"
	"github.com/wireroom/wireroom/test/bench/wirestream"
)

// texts is a flag that can be given several times.
type texts []string

func (t *texts) String() string { return fmt.Sprint(*t) }

// Set adds a value.
func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

func runDesktops(f *flag.FlagSet) func(context.Context) (any, error) {
	var o streamload.Options
	server := f.String("server", "", "host:port of the streams, on loopback")
	f.IntVar(&o.Desktops, "desktops", 1000, "how many there are")
	f.IntVar(&o.First, "first", 0, "number of the first")
	f.Var((*texts)(&o.Paths), "path", "what they ask for; {desktop} is the desktop's number, {group} that of its group; several are used in turn")
	f.Var((*texts)(&o.Headers), "header", "line of the request; several may be given")
	f.IntVar(&o.Groups, "groups", 0, "that want a round each, in turn; 0: everyone wants every round")
	f.IntVar(&o.Rounds, "rounds", 0, "at most")
	f.Float64Var(&o.Stall, "stall", 0, "share that connect with small buffers and never read")
	f.IntVar(&o.Threads, "threads", 1, "that read")
	f.IntVar(&o.Sources, "sources", 0, "addresses to connect from: 127.0.0.1 and on; 0: 8")
	f.IntVar(&o.Joining, "joining", 0, "desktops that may wait for the server at a time; 0: 500")
	control := f.String("control", "127.0.0.1:0", "address of the control")
	return func(ctx context.Context) (any, error) {
		var err error
		if o.Server, err = netip.ParseAddrPort(*server); err != nil {
			return nil, fmt.Errorf("-server: %w", err)
		}
		l, err := streamload.Open(o)
		if err != nil {
			return nil, err
		}
		defer l.Close()
		return nil, serveUntilOrphaned(ctx, *control, ready{}, l.Control())
	}
}

// streams runs a server of streams until its parent ends.
func streams(f *flag.FlagSet, open func(context.Context) (streamserver.Server, error)) func(context.Context) (any, error) {
	control := f.String("control", "127.0.0.1:0", "address of the control")
	return func(ctx context.Context) (any, error) {
		s, err := open(ctx)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		return nil, serveUntilOrphaned(ctx, *control, ready{Streams: s.Address()}, streamserver.Control(s))
	}
}

func runEdge(f *flag.FlagSet) func(context.Context) (any, error) {
	bus := f.String("bus", "", "URL of a NATS server to follow; empty: items come by the control")
	return streams(f, func(ctx context.Context) (streamserver.Server, error) { return wirestream.Open(ctx, *bus) })
}

func runAhead(f *flag.FlagSet) func(context.Context) (any, error) {
	keys := f.String("keys", "", "folder for the keys of the wire")
	return streams(f, func(ctx context.Context) (streamserver.Server, error) { return wirestream.OpenAhead(ctx, *keys) })
}

func runBus(f *flag.FlagSet) func(context.Context) (any, error) {
	dir := f.String("dir", "", "folder for the stream")
	return streams(f, func(ctx context.Context) (streamserver.Server, error) { return wirestream.OpenBus(ctx, *dir) })
}

func runHub(f *flag.FlagSet) func(context.Context) (any, error) {
	return streams(f, func(context.Context) (streamserver.Server, error) { return others.OpenHub() })
}

func runCentrifuge(f *flag.FlagSet) func(context.Context) (any, error) {
	return streams(f, func(context.Context) (streamserver.Server, error) { return others.OpenCentrifuge() })
}

func runRaw(f *flag.FlagSet) func(context.Context) (any, error) {
	return streams(f, func(context.Context) (streamserver.Server, error) { return limits.OpenStreams() })
}
