// Package streamserver is what all servers of live streams in a measurement have
// in common, ours, others and the limit: where they listen, how they are told to
// publish, and what they say of it.
//
// It owns the moment that counts as the beginning, so that it is the same for
// all. It knows nothing of how an item reaches anybody.
package streamserver

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
)

// Server brings items to whoever is connected.
type Server interface {
	// Address is host:port of the streams.
	Address() string
	// Prepare does what is not measured, and returns what is: it brings the
	// item to everyone, or has begun to when it returns.
	Prepare(it wire.Item) (publish func(context.Context) error, err error)
	// Close cuts every connection.
	Close() error
}

// Receipter is a server that counts by itself whom an item reached.
type Receipter interface {
	Receipt(number int64) (Receipt, error)
}

// Receipt is what a server says of an item. Each number counts connections.
type Receipt struct {
	Offered int64 `json:"offered"` // wanted it
	Sent    int64 `json:"sent"`    // of them: got it
	Cut     int64 `json:"cut"`     // of them: cut off before
	Gone    int64 `json:"gone"`    // of them: left before
}

// Sizer is a server whose events are not those of the items alone: Size is that of
// the newest one, in bytes.
type Sizer interface {
	Size() int
}

// Published says what was published and when.
type Published struct {
	Number int64         `json:"number"` // on the wire
	Size   int           `json:"size"`   // bytes of the event, where items are sent as ours are
	Began  int64         `json:"began"`  // ns of process.Now
	Took   float64       `json:"took"`   // seconds until publish returned
	Used   process.Usage `json:"used"`   // by the server before it began
}

// control tells a server what to do.
type control struct {
	server Server

	mu     sync.Mutex
	number int64 // of the newest item
	ready  *prepared
}

// prepared is an item that is about to be published.
type prepared struct {
	published Published
	publish   func(context.Context) error
}

// Control answers POST /publish?round=7&size=2000&groups=10, POST /prepare with the
// same if something is to come between, GET /usage and, of a Receipter,
// GET /receipt?number=8.
func Control(s Server) http.Handler {
	c := &control{server: s}
	mux := http.NewServeMux()
	for path, do := range map[string]func(context.Context, story.ItemOptions) (Published, error){"POST /publish": c.publish, "POST /prepare": c.prepare} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			var o story.ItemOptions
			for name, to := range map[string]*int{"round": &o.Round, "size": &o.Size, "groups": &o.Groups} {
				var err error
				if *to, err = strconv.Atoi(r.FormValue(name)); err != nil {
					process.Answer(w, nil, err)
					return
				}
			}
			said, err := do(r.Context(), o)
			process.Answer(w, said, err)
		})
	}
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		process.Answer(w, process.Used(), nil)
	})
	if counts, ok := s.(Receipter); ok {
		mux.HandleFunc("GET /receipt", func(w http.ResponseWriter, r *http.Request) {
			number, err := strconv.ParseInt(r.FormValue("number"), 10, 64)
			if err != nil {
				process.Answer(w, nil, err)
				return
			}
			receipt, err := counts.Receipt(number)
			process.Answer(w, receipt, err)
		})
	}
	return mux
}

// prepare has the server make the next item ready.
func (c *control) prepare(_ context.Context, o story.ItemOptions) (p Published, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.Number, o.Time = c.number+1, time.Now()
	it, err := story.Item(o)
	if err != nil {
		return p, err
	}
	frame, err := story.Frame(&it)
	if err != nil {
		return p, err
	}
	publish, err := c.server.Prepare(it)
	if err != nil {
		return p, err
	}
	p = Published{Number: o.Number, Size: len(frame)}
	if s, ok := c.server.(Sizer); ok {
		p.Size = s.Size()
	}
	c.number, c.ready = o.Number, &prepared{p, publish}
	return p, nil
}

// publish has the server publish the item that is ready, or else the next one.
func (c *control) publish(ctx context.Context, o story.ItemOptions) (p Published, err error) {
	c.mu.Lock()
	ready := c.ready
	c.mu.Unlock()
	if ready == nil {
		if _, err := c.prepare(ctx, o); err != nil {
			return p, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ready, c.ready = c.ready, nil
	p = ready.published
	p.Used, p.Began = process.Used(), process.Now()
	err = ready.publish(ctx)
	p.Took = time.Duration(process.Now() - p.Began).Seconds()
	return p, err
}

// Web is a handler behind net/http on a free port of loopback.
type Web struct {
	listener net.Listener
	server   *http.Server
}

// Listen serves a handler with the limits that Wireroom has. The caller closes
// it.
func Listen(h http.Handler) (*Web, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Web{l, &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}}
	go func() { _ = w.server.Serve(l) }() // until Close
	return w, nil
}

// Address is where it listens.
func (w *Web) Address() string { return w.listener.Addr().String() }

// Close cuts every connection.
func (w *Web) Close() error { return w.server.Close() }
