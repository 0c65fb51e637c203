package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Serve runs the wire.
type Serve struct {
	Role []app.Role `help:"What this process does: web, edge, courier, clock; all unless given." placeholder:"ROLE"`
	Dev  bool       `help:"Templates and assets from disk; pages reload when they change."`

	MaxUnanchored int `help:"Standing queries that may ask for nothing in particular, such as NOT lang:en; every item is held against each." default:"10000" env:"WIREROOM_MAX_UNANCHORED"`

	HTTPS   string   `name:"https" help:"Address at which TLS ends in this process, such as :443; --http is then for this machine and trusted proxies." env:"WIREROOM_HTTPS" placeholder:"ADDR"`
	TLSCert []string `name:"tls-cert" help:"PEM file of a certificate and its chain, read again when it changes; repeat for several names." env:"WIREROOM_TLS_CERT" placeholder:"FILE"`
	TLSKey  []string `name:"tls-key" help:"PEM file of its key, in the same order; without one it is in the file of the certificate." env:"WIREROOM_TLS_KEY" placeholder:"FILE"`

	Stream            app.StreamAccess `help:"Who may open a live stream: public, everyone; keys, who has a key or a token made of one." enum:"public,keys" default:"public" env:"WIREROOM_STREAM"`
	MaxStreams        int              `help:"Live streams of this process at a time." default:"100000" env:"WIREROOM_MAX_STREAMS"`
	StreamRate        int              `help:"Live streams that may be opened in a second; 0 for no limit." default:"0" env:"WIREROOM_STREAM_RATE"`
	StreamsPerKey     int              `help:"Live streams at a time of a key that says nothing else; 0 for no limit." default:"0" env:"WIREROOM_STREAMS_PER_KEY"`
	StreamsPerAddress int              `help:"Live streams at a time of an address, of IPv6 of a /64, without a key; 0 for no limit." default:"0" env:"WIREROOM_STREAMS_PER_ADDRESS"`
	Cover             time.Duration    `help:"Mean time between seals that hold nothing and hide how many do, such as 30m; 0 makes none." default:"30m" env:"WIREROOM_COVER"`
	TrustedProxy      []string         `help:"Address or network of a proxy whose X-Forwarded-For is believed; repeat for several." env:"WIREROOM_TRUSTED_PROXY" placeholder:"NETWORK"`
}

// Run serves until the context ends, then ends cleanly. It prints "ready" and
// the address once all of it works.
func (s *Serve) Run(ctx context.Context, config app.Config, out io.Writer) error {
	config.Roles, config.Dev, config.Stream = s.Role, s.Dev, s.Stream
	if config.MaxUnanchored = s.MaxUnanchored; s.MaxUnanchored < 1 {
		return wire.Errorf(wire.Invalid, "max-unanchored", "is how many standing queries may ask for nothing in particular: 1 at the least")
	}
	config.HTTPS = app.HTTPS{Address: s.HTTPS, Certificates: s.TLSCert, Keys: s.TLSKey}
	if config.Cover = s.Cover; s.Cover <= 0 {
		config.Cover = app.NoCover
	}
	config.Limits = app.Limits{Streams: s.MaxStreams, Rate: s.StreamRate, PerKey: s.StreamsPerKey, PerAddress: s.StreamsPerAddress, Proxies: s.TrustedProxy}
	a, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	ran := make(chan error, 1)
	running, ended := context.WithCancel(ctx)
	go func() {
		defer ended()
		ran <- a.Run(ctx)
	}()
	if a.Ready(running); running.Err() == nil {
		fmt.Fprintf(out, "ready %s\n", a.BaseURL())
	}
	err = <-ran
	if e := a.Close(); err == nil {
		err = e
	}
	return err
}
