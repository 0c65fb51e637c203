package receivers

import (
	"context"
	"net/http"
	"strconv"
	"sync"

	"github.com/wireroom/wireroom/client"
)

// Desktops are live readers: each follows the stream with a filter of its own
// and counts what comes by wire number.
type Desktops struct {
	Tally *Tally
	wg    sync.WaitGroup
	stop  context.CancelFunc
}

// OpenDesktops connects one desktop per filter to the wire at url, from wire
// number after on.
func OpenDesktops(ctx context.Context, url string, after int64, filters []client.Filter) *Desktops {
	ctx, stop := context.WithCancel(ctx)
	d := &Desktops{Tally: NewTally(), stop: stop}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = len(filters)
	for i, f := range filters {
		d.wg.Go(func() {
			s := client.Stream{URL: url, Filter: f, Format: "headline", Last: strconv.FormatInt(after, 10), HTTP: &http.Client{Transport: transport}}
			_ = s.Run(ctx, func(e client.Event) error { // ends with the context
				if e.Type == "item" {
					d.Tally.Add(strconv.Itoa(i) + " " + e.ID)
				}
				return nil
			})
		})
	}
	return d
}

// Close ends the desktops and waits for them.
func (d *Desktops) Close() {
	d.stop()
	d.wg.Wait()
}
