package wirestream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// Path is where the edge is asked for its stream.
const Path = "/v1/stream"

// Edge is a live edge and its server.
type Edge struct {
	*streamserver.Web
	tape tape
	edge *edge.Edge

	bus       *bus.Bus      // nil: items come from Prepare
	following chan struct{} // nil, or closed when nothing comes from the bus, or the shelf, any more
	stop      context.CancelFunc
}

// Open starts an edge. If nats is not empty, it follows the bus there, and
// nothing is published here. The caller closes it.
func Open(ctx context.Context, nats string) (*Edge, error) {
	o := edge.Options{}
	e, err := open(&o)
	if err != nil {
		return nil, err
	}
	if nats != "" {
		if err := e.follow(ctx, nats, o.Log); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	return e, nil
}

// open starts an edge over a tape; what else the options need is filled in.
func open(o *edge.Options) (*Edge, error) {
	e := &Edge{stop: func() {}}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o.History, o.Site = &e.tape, story.Site
	e.edge = edge.New(*o)
	mux := http.NewServeMux()
	mux.Handle(Path, e.edge)
	var err error
	e.Web, err = streamserver.Listen(mux)
	return e, err
}

// follow brings what is on the bus to the edge, as the program does. The store,
// in which an item is first, is the tape.
func (e *Edge) follow(ctx context.Context, nats string, log *slog.Logger) error {
	b, err := bus.Open(ctx, bus.Options{URL: nats, Log: log})
	if err != nil {
		return err
	}
	last, err := e.edge.Start(ctx)
	if err != nil {
		b.Close()
		return err
	}
	e.bus, e.following = b, make(chan struct{})
	ctx, e.stop = context.WithCancel(ctx)
	go func() {
		defer close(e.following)
		err := b.Follow(ctx, last, func(from bus.Item) error {
			var it wire.Item
			if err := json.Unmarshal(from.Payload, &it); err != nil || it.Number != from.Number {
				return fmt.Errorf("item %d on the stream cannot be read: %w", from.Number, err)
			}
			e.tape.add(it)
			e.edge.Deliver(it, from.Key)
			return nil
		})
		if err != nil && ctx.Err() == nil {
			log.Error("nothing comes from the bus any more", "error", err)
		}
	}()
	return nil
}

// Prepare puts an item on the tape.
func (e *Edge) Prepare(it wire.Item) (func(context.Context) error, error) {
	if e.bus != nil {
		return nil, errors.New("this edge follows a bus: publish there")
	}
	e.tape.add(it)
	return func(context.Context) error {
		e.edge.Deliver(it, nil)
		return nil
	}, nil
}

// Receipt is what the edge says of an item.
func (e *Edge) Receipt(number int64) (streamserver.Receipt, error) {
	s, ok := e.edge.Stats(number)
	if !ok {
		return streamserver.Receipt{}, fmt.Errorf("the edge has no receipts of item %d", number)
	}
	return streamserver.Receipt{Offered: s.Offered, Sent: s.Sent, Cut: s.Cut, Gone: s.Gone}, nil
}

// Close cuts every connection.
func (e *Edge) Close() error {
	e.stop()
	if e.following != nil {
		<-e.following
	}
	if e.bus != nil {
		e.bus.Close()
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel() // nobody is to be sent away in good order
	_ = e.edge.Shutdown(ended)
	return e.Web.Close()
}
