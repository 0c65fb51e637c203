package app

import (
	"context"
	"encoding/json"
	"net"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/edge/backlog"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// openRemote puts together an edge that has no database: the wire's past comes
// from the stream on the bus and, further back, from the site.
func (a *App) openRemote(ctx context.Context) (err error) {
	c := &a.config
	if a.bus, err = bus.Open(ctx, bus.Options{URL: c.NATS, Replicas: c.Replicas, Reader: true, MirrorOf: c.MirrorOf, Log: c.Log}); err != nil {
		return err
	}
	if err := a.listen(); err != nil {
		return err
	}
	a.auth = auth.NewKeys(nil, a.anchor.Now)
	a.openEdge(backlog.New(a.bus, c.Origin))
	return a.openServer()
}

// listen binds the address and settles what follows from it.
func (a *App) listen() (err error) {
	c := &a.config
	if a.listener, err = net.Listen("tcp", c.HTTP); err != nil {
		return wire.Errorf(wire.Unavailable, "http", "cannot listen on %s: %w", c.HTTP, err)
	}
	c.settle(a.listener.Addr())
	a.site = format.Site{BaseURL: c.BaseURL, Name: c.Name}
	return nil
}

// openEdge makes the edge over a history.
func (a *App) openEdge(h edge.History) {
	a.Edge = edge.New(edge.Options{History: h, Site: a.site, Log: a.log, Registry: a.registry, Now: a.anchor.Now})
}

// engine names the database, for the log.
func (a *App) engine() string {
	if a.Store == nil {
		return "none"
	}
	return a.Store.Engine()
}

// follow brings the stream to the edge, from where its ring ends.
func (a *App) follow(ctx context.Context) error {
	last, err := a.Edge.Start(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	err = a.bus.Follow(ctx, last, func(number int64, payload []byte) error {
		var it wire.Item
		if err := json.Unmarshal(payload, &it); err != nil || it.Number != number {
			return wire.Errorf(wire.Internal, "stream", "item %d on the stream cannot be read: %w", number, err)
		}
		a.Edge.Deliver(it)
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}
