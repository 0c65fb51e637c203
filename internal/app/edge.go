package app

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/edge/backlog"
	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/embargo"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/typeface"
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
	shelf := embargo.Remote{Ask: func(ctx context.Context, question []byte) ([]byte, error) {
		return a.bus.Inquire(ctx, topicSeals, question)
	}}
	a.openDoor(remembered(shelf.Key))
	a.openEdge(edge.Options{History: backlog.New(a.bus, c.Origin), Advances: shelf})
	return a.openServer()
}

// listen binds the addresses and settles what follows from it.
func (a *App) listen() (err error) {
	c := &a.config
	if a.listener, err = net.Listen("tcp", c.HTTP); err != nil {
		return wire.Errorf(wire.Unavailable, "http", "cannot listen on %s: %w", c.HTTP, err)
	}
	if err := a.listenTLS(); err != nil {
		return err
	}
	if a.proxies, err = auth.ParseProxies(c.Limits.Proxies); err != nil {
		return err
	}
	c.settle(a.listener.Addr(), a.listenerTLS)
	a.site = format.Site{BaseURL: c.BaseURL, Name: c.Name, Typefaces: typeface.Open(os.DirFS(c.Fonts))}
	return nil
}

// openEdge makes the edge over a history and what is sent ahead.
func (a *App) openEdge(o edge.Options) {
	limits := &a.config.Limits
	o.Name, o.Site, o.Log, o.Registry, o.Now = a.name(), a.site, a.log, a.registry, a.anchor.Now
	o.Admit, o.Ended, o.Client, o.Parameters = a.admit, a.ended, a.proxies.Client, []string{auth.TokenParameter}
	o.MaxConnections, o.MaxRate, o.MaxPerVisitor, o.MaxPerAddress = limits.Streams, limits.Rate, limits.PerKey, limits.PerAddress
	a.Edge = edge.New(o)
}

// name tells this process from all others that there are and were.
func (a *App) name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "edge"
	}
	return host + "-" + a.process[:8]
}

// answerEdges has this process keep what edges hand in, and answer what those without
// a database ask.
func (a *App) answerEdges() (stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	for _, begin := range []func() (func(), error){a.keepReceipts, a.showShelf, a.answerGrants} {
		s, err := begin()
		if err != nil {
			stop()
			return nil, err
		}
		stops = append(stops, s)
	}
	return stop, nil
}

// topicReceipts is where edges have their receipts kept.
const topicReceipts = "receipt"

// sendReceipt has a receipt kept by a process that has the database.
func (a *App) sendReceipt(ctx context.Context, r receipt.Receipt) error {
	payload, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return a.bus.Ask(ctx, topicReceipts, payload)
}

// keepReceipts has this process keep what edges send.
func (a *App) keepReceipts() (stop func(), err error) {
	book := receipt.NewBook(a.Store)
	return a.bus.Answer(topicReceipts, func(payload []byte) error {
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		defer cancel()
		err := book.Enter(ctx, payload)
		if wire.KindOf(err) == wire.Invalid {
			a.log.Warn("an edge sent what is no receipt", "error", err)
			return nil // sent again it would be no better
		}
		return err
	})
}

// answerTime is how long it may take to answer what another process asks or hands in.
const answerTime = 5 * time.Second

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
	err = a.bus.Follow(ctx, last, func(from bus.Item) error {
		var it wire.Item
		if err := json.Unmarshal(from.Payload, &it); err != nil || it.Number != from.Number {
			return wire.Errorf(wire.Internal, "stream", "item %d on the stream cannot be read: %w", from.Number, err)
		}
		a.Edge.Deliver(it, from.Key)
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}
