package command

import (
	"context"
	"fmt"
	"io"

	"github.com/wireroom/wireroom/internal/app"
)

// Serve runs the wire.
type Serve struct {
	Role []app.Role `help:"What this process does: web, edge, courier, clock; all unless given." placeholder:"ROLE"`
	Dev  bool       `help:"Templates and assets from disk; pages reload when they change."`
}

// Run serves until the context ends, then ends cleanly. It prints "ready" and
// the address once all of it works.
func (s *Serve) Run(ctx context.Context, config app.Config, out io.Writer) error {
	config.Roles, config.Dev = s.Role, s.Dev
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
