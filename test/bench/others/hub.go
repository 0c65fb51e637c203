package others

import (
	"context"
	"net/http"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// Hub brings items to desktops as most programs do: a goroutine and a channel
// for each, over net/http.
type Hub struct {
	*streamserver.Web
	mu       sync.Mutex
	desktops map[chan []byte]bool
}

// OpenHub starts one. The caller closes it.
func OpenHub() (*Hub, error) {
	h := &Hub{desktops: map[chan []byte]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc(StreamPath, h.stream)
	var err error
	h.Web, err = streamserver.Listen(mux)
	return h, err
}

// StreamPath is where others are asked for their stream.
const StreamPath = "/stream"

// waiting is how many items a desktop may be behind.
const waiting = 16

func (h *Hub) stream(w http.ResponseWriter, r *http.Request) {
	frames := make(chan []byte, waiting)
	h.mu.Lock()
	h.desktops[frames] = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.desktops, frames)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for frame := []byte(": welcome\n\n"); ; {
		if _, err := w.Write(frame); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case frame = <-frames:
		case <-r.Context().Done():
			return
		}
	}
}

// Prepare renders an item.
func (h *Hub) Prepare(it wire.Item) (func(context.Context) error, error) {
	frame, err := story.Frame(&it)
	return func(context.Context) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		for frames := range h.desktops {
			select {
			case frames <- frame:
			default: // too far behind: it misses this one, as is usual
			}
		}
		return nil
	}, err
}
