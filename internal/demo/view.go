package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/demo/receivers"
	"github.com/wireroom/wireroom/internal/wire"
)

// Summary is what the demo came to. Matched and accepted are the wire's own
// receipts; doubled and lost are what the receivers counted against them.
type Summary struct {
	Outlets  int                 `json:"outlets"`
	Contacts int                 `json:"contacts"`
	Desktops int                 `json:"desktops"`
	Releases int                 `json:"releases"`
	Items    int                 `json:"items"`
	Seconds  float64             `json:"seconds"` // from the first clear to the last receipt
	Channels map[string]*Channel `json:"channels"`
}

// Channel is one channel of the summary.
type Channel struct {
	Matched  int   `json:"matched"`
	Accepted int   `json:"accepted"`
	Failed   int   `json:"failed"`
	Received int   `json:"received"` // by the receivers' count, copies left out
	Doubled  int   `json:"doubled"`
	Lost     int   `json:"lost"`
	FirstMS  int64 `json:"first_ms"` // after the clear time of the item
	LastMS   int64 `json:"last_ms"`
}

// channelNames in the order they are shown.
var channelNames = []string{"mail", "webhook", "live"}

// faults says in words what went wrong; "" if nothing did.
func (s *Summary) faults() string {
	var bad []string
	for _, name := range channelNames {
		c := s.Channels[name]
		if c.Lost != 0 || c.Doubled != 0 || c.Failed != 0 {
			bad = append(bad, fmt.Sprintf("%s: %d failed, %d lost, %d doubled", name, c.Failed, c.Lost, c.Doubled))
		}
	}
	return strings.Join(bad, "; ")
}

// follow watches the deliveries of this run until everyone has a receipt.
func (h *house) follow(ctx context.Context, v *view) (*Summary, error) {
	started := time.Now()
	for {
		s, settled, err := h.look(ctx, started)
		if err != nil {
			return s, err
		}
		v.progress(s, time.Since(started))
		if settled {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// look counts once. settled means that every matched delivery has its receipt
// and every desktop its items.
func (h *house) look(ctx context.Context, started time.Time) (s *Summary, settled bool, err error) {
	releases := h.published
	if len(releases) == 0 {
		releases = h.found // a later start shows the receipts of the earlier one
	}
	s = &Summary{Releases: len(releases), Channels: map[string]*Channel{}}
	for _, name := range channelNames {
		s.Channels[name] = &Channel{}
	}
	items, err := h.items(ctx)
	if err != nil {
		return s, false, err
	}
	s.Items = len(items)
	if len(h.published) == 0 {
		s.Items = int(h.began)
	}
	settled = true
	var last time.Time
	for _, id := range releases {
		report, err := h.app.Courier.Report(ctx, id)
		if wire.KindOf(err) == wire.NotFound {
			settled = false
			continue
		}
		if err != nil {
			return s, false, err
		}
		settled = settled && report.Settled()
		addReport(s, report, &last)
	}
	if len(h.published) == 0 {
		for _, c := range s.Channels {
			c.Received, c.Lost = c.Accepted, c.Matched-c.Accepted-c.Failed
		}
		return s, settled, nil
	}
	counted(s.Channels["mail"], h.relay.Tally.Count())
	counted(s.Channels["webhook"], h.endpoints.Tally.Count())
	live := s.Channels["live"]
	if live.Matched, err = h.expected(items); err != nil {
		return s, false, err
	}
	count := h.desktops.Tally.Count()
	live.Accepted = count.Distinct
	counted(live, count)
	for i := range items {
		receipt, ok := h.app.Edge.Stats(items[i].Number)
		if !ok || receipt.Sent == 0 {
			continue
		}
		if first := receipt.First.Milliseconds(); live.LastMS == 0 || first < live.FirstMS {
			live.FirstMS = first
		}
		live.LastMS = max(live.LastMS, receipt.Last.Milliseconds())
	}
	if len(items) > 0 {
		if count.Last.After(last) {
			last = count.Last
		}
		s.Seconds = last.Sub(items[0].ClearTime).Seconds()
	}
	return s, settled && live.Lost == 0, nil
}

// addReport adds the receipts of one release.
func addReport(s *Summary, report *courier.Report, last *time.Time) {
	for _, it := range report.Items {
		for _, c := range it.Channels {
			t := s.Channels[string(c.Channel)]
			if t == nil {
				continue // WebSub subscribers of other starts
			}
			if c.Accepted > 0 && (t.Accepted == 0 || c.FirstMS < t.FirstMS) {
				t.FirstMS = c.FirstMS
			}
			t.LastMS = max(t.LastMS, c.LastMS)
			t.Matched += c.Matched
			t.Accepted += c.Accepted
			t.Failed += c.Failed + c.Suppressed + c.Superseded + c.Unfit
			if at := it.ClearTime.Add(time.Duration(c.LastMS) * time.Millisecond); at.After(*last) {
				*last = at
			}
		}
	}
}

// counted holds the receivers' own count against the receipts. What is still on
// its way counts as lost until it is there.
func counted(c *Channel, count receivers.Count) {
	c.Received, c.Doubled = count.Distinct, count.Doubled
	c.Lost = c.Matched - c.Failed - count.Distinct
}

// view shows progress: in place on a terminal, a line now and then elsewhere.
type view struct {
	out      io.Writer
	json     bool
	terminal bool
	lines    int
	said     time.Duration
}

func newView(out io.Writer, asJSON bool) *view {
	v := &view{out: out, json: asJSON}
	if f, ok := out.(*os.File); ok && !asJSON {
		info, err := f.Stat()
		v.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return v
}

func (v *view) progress(s *Summary, elapsed time.Duration) {
	if v.json || !v.terminal && elapsed-v.said < 5*time.Second {
		return
	}
	v.said = elapsed
	v.table(s, elapsed, false)
}

// barWidth is how many characters a full bar has.
const barWidth = 24

func (v *view) table(s *Summary, elapsed time.Duration, done bool) {
	if v.terminal && v.lines > 0 {
		fmt.Fprintf(v.out, "\x1b[%dA\x1b[J", v.lines)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d releases, %d items on the wire · %.1f s\n\n", s.Releases, s.Items, elapsed.Seconds())
	fmt.Fprintf(&b, "  %-8s %-*s %9s %9s %9s %8s %6s %9s %9s\n", "", barWidth, "", "matched", "accepted", "received", "doubled", "failed", "first ms", "last ms")
	for _, name := range channelNames {
		c := s.Channels[name]
		full := barWidth
		if c.Matched > 0 {
			full = barWidth * min(c.Received, c.Matched) / c.Matched
		}
		fmt.Fprintf(&b, "  %-8s %s%s %9d %9d %9d %8d %6d %9d %9d\n", name, strings.Repeat("█", full), strings.Repeat("·", barWidth-full),
			c.Matched, c.Accepted, c.Received, c.Doubled, c.Failed, c.FirstMS, c.LastMS)
	}
	if done {
		lost := 0
		for _, c := range s.Channels {
			lost += c.Lost
		}
		fmt.Fprintf(&b, "\n%d outlets, %d contacts and %d desktops in the directory; %.1f s from the first clear to the last receipt; lost: %d\n", s.Outlets, s.Contacts, s.Desktops, s.Seconds, lost)
	}
	v.lines = strings.Count(b.String(), "\n")
	fmt.Fprint(v.out, b.String())
}

func (v *view) summary(s *Summary) {
	if v.json {
		_ = json.NewEncoder(v.out).Encode(s)
		return
	}
	v.table(s, time.Duration(s.Seconds*float64(time.Second)), true)
}
