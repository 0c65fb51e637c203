package edge

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

const (
	pagesKept = 4               // pages of the past in memory, for others who resume over the same
	pageRest  = 5 * time.Second // how long one is kept after it was last asked for
)

// pages are what was read of History for connections that resume. When an edge or a
// region comes back, thousands resume from much the same place at one moment: each
// page is read once for all of them, and analysed and put into frames once.
type pages struct {
	mu    sync.Mutex
	pages map[int64]*page // by the number before their first
	asked uint64          // how often one was asked for
}

// page is the items after a number, up to pageSize of them by number.
type page struct {
	after int64
	done  chan struct{} // closed when it has been read; all below is set by then
	err   error
	items []*entry // ascending, without gaps
	next  int64    // number of the first item that History has after the number, which may be beyond the page; 0: none
	until int64    // History has been asked about everything up to here

	forget *time.Timer // by pages.mu
	asked  uint64      // by pages.mu: pages.asked when it last was
}

// pageOf is the number before the first of the page that a number is on.
func pageOf(number int64) int64 { return (number - 1) / pageSize * pageSize }

// holding returns the page that the number after a place is on, read by one of those
// who ask for it. It holds all that History has on the page below until, which must be
// there. An error is that of History, or of ctx.
func (e *Edge) holding(ctx context.Context, place, until int64) (*page, error) {
	p := e.pages.find(pageOf(place+1), func(p *page) {
		defer close(p.done)
		limited, cancel := context.WithTimeout(e.ctx, historyTimeout) // whoever asked may leave
		defer cancel()
		if p.err = e.readPage(limited, p, until); p.err != nil {
			e.pages.drop(p)
		}
	})
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.err == nil && p.until < min(until-1, p.after+pageSize) {
		e.pages.drop(p) // the wire has gone on since
		return e.holding(ctx, place, until)
	}
	return p, p.err
}

// readPage reads a page from History.
func (e *Edge) readPage(ctx context.Context, p *page, until int64) error {
	select {
	case e.replays <- struct{}{}:
		defer func() { <-e.replays }()
	case <-ctx.Done():
		return ctx.Err()
	}
	end := p.after + pageSize
	for p.until = p.after; p.until < min(until-1, end); {
		items, err := e.o.History.Items(ctx, p.until, int(end-p.until))
		if err != nil {
			return fmt.Errorf("edge: items after %d: %w", p.until, err)
		}
		if len(items) == 0 {
			p.until = end
			break
		}
		switch {
		case p.next == 0:
			p.next = items[0].Number
		case items[0].Number != p.until+1: // some were taken away between two reads
			return wire.Errorf(wire.Unavailable, "history", "item %d is not in the history", p.until+1)
		}
		for i := range items {
			if p.until = items[i].Number; p.until > end {
				break
			}
			en, err := e.newEntry(ctx, &items[i], nil)
			if err != nil {
				return err
			}
			en.matchable()
			p.items = append(p.items, en)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, en := range p.items {
		en.tally = e.tallies.of(en.item.Number)
	}
	return nil
}

// find returns the page after a number. If nobody has read it or is reading it, it is
// read in a goroutine of its own.
func (c *pages) find(after int64, read func(*page)) *page {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pages[after]
	if p == nil {
		p = &page{after: after, done: make(chan struct{})}
		p.forget = time.AfterFunc(pageRest, func() { c.drop(p) })
		if c.pages == nil {
			c.pages = map[int64]*page{}
		}
		if len(c.pages) >= pagesKept {
			c.remove(c.oldest())
		}
		c.pages[after] = p
		go read(p)
	}
	p.forget.Reset(pageRest)
	c.asked++
	p.asked = c.asked
	return p
}

// oldest is the page that was asked for least lately. The caller holds mu.
func (c *pages) oldest() (oldest *page) {
	for _, p := range c.pages {
		if oldest == nil || p.asked < oldest.asked {
			oldest = p
		}
	}
	return oldest
}

// drop forgets a page. Who has it keeps it.
func (c *pages) drop(p *page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(p)
}

// remove is drop for those who hold mu.
func (c *pages) remove(p *page) {
	p.forget.Stop()
	if c.pages[p.after] == p {
		delete(c.pages, p.after)
	}
}

// rest returns the entries of a page after a place on it, and the number of the first
// item that is kept after the place: oldest, if History knows of none before.
func (p *page) rest(place, oldest int64) (entries []*entry, first int64) {
	switch {
	case len(p.items) > 0:
		entries = p.items[min(max(0, place+1-p.items[0].item.Number), int64(len(p.items))):]
	case p.next > place:
		return nil, p.next
	}
	if len(entries) == 0 {
		return nil, oldest
	}
	return entries, entries[0].item.Number
}
