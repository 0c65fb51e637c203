package backlog

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/wire"
)

// Backlog implements edge.History. It is safe for concurrent use.
type Backlog struct {
	bus     *bus.Bus
	archive string // address of the site; empty: there is none
	http    *http.Client
}

// Limits on the archive's answers.
const (
	answerTime = 10 * time.Second
	answerSize = 256 << 20 // bytes: a page of the longest items
)

// New returns a backlog over a bus, which stays the caller's to close. site is the
// address of the wire's site, https://wire.example, whose /v1/items has what the
// stream holds no longer; empty if the stream holds everything.
func New(b *bus.Bus, site string) *Backlog {
	return &Backlog{b, strings.TrimRight(site, "/"), &http.Client{Timeout: answerTime}}
}

// Last returns the number of the newest item on the stream.
func (b *Backlog) Last(ctx context.Context) (int64, error) { return b.bus.Last(ctx) }

// Items returns up to limit items after a number. What is older than the stream
// comes from the archive; edge.ErrOlder if that does not answer.
func (b *Backlog) Items(ctx context.Context, after int64, limit int) ([]wire.Item, error) {
	first, err := b.bus.First(ctx)
	if err != nil {
		return nil, err
	}
	if older := first - 1 - after; older > 0 && b.archive != "" {
		return b.older(ctx, after, min(limit, int(older)))
	}
	found, err := b.bus.Items(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	return decode(found)
}

// Kills returns the kills that the stream holds. Of stories that were killed
// before, the archive has no text any more.
func (b *Backlog) Kills(ctx context.Context) ([]wire.Item, error) {
	found, err := b.bus.Kills(ctx)
	if err != nil {
		return nil, err
	}
	return decode(found)
}

func decode(found []bus.Item) ([]wire.Item, error) {
	items := make([]wire.Item, len(found))
	for i, f := range found {
		if err := json.Unmarshal(f.Payload, &items[i]); err != nil || items[i].Number != f.Number {
			return nil, wire.Errorf(wire.Internal, "stream", "item %d on the stream cannot be read: %w", f.Number, err)
		}
	}
	return items, nil
}

// older reads from the archive.
func (b *Backlog) older(ctx context.Context, after int64, limit int) ([]wire.Item, error) {
	failed := func(err error) ([]wire.Item, error) {
		return nil, fmt.Errorf("%w: items after %d from %s: %w", edge.ErrOlder, after, b.archive, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/v1/items?after=%d&limit=%d", b.archive, after, limit), nil)
	if err != nil {
		return failed(err)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		return failed(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return failed(fmt.Errorf("the archive answers %s", resp.Status))
	}
	var answer struct{ Items []wire.Item }
	if err := json.NewDecoder(io.LimitReader(resp.Body, answerSize)).Decode(&answer); err != nil {
		return failed(err)
	}
	for i := range answer.Items {
		if i >= limit || answer.Items[i].Number <= after || i > 0 && answer.Items[i].Number != answer.Items[i-1].Number+1 {
			return failed(fmt.Errorf("item %d is out of place", answer.Items[i].Number))
		}
	}
	return answer.Items, nil
}
