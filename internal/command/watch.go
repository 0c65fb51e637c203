package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// watch follows the progress of a release over the API and shows it until it is
// settled or ctx ends.
func (r *remote) watch(ctx context.Context, release string, w *watch) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/v1/releases/"+url.PathEscape(release)+"/progress", nil)
	if err != nil {
		return wire.Errorf(wire.Invalid, "server", "%q is not the address of a wire: %w", r.url, err)
	}
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	stream := http.Client{Transport: r.http.Transport} // a release may take longer than a request
	resp, err := stream.Do(req)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "server", "cannot reach %s: %w", r.url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 {
		return problem(resp)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var p courier.Progress
		if err := json.Unmarshal(data, &p); err != nil {
			return wire.Errorf(wire.Internal, "server", "the progress cannot be read: %w", err)
		}
		if err := w.show(&p, data); err != nil || p.Settled {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return wire.Errorf(wire.Unavailable, "server", "the wire ended the progress before everyone was served; watch again")
}

// watch shows progresses: in place on a terminal, else a line whenever a channel
// has changed.
type watch struct {
	out      io.Writer
	json     bool
	terminal bool
	drawn    int               // lines on the terminal
	last     map[string]string // what was printed of each channel
}

func newWatch(out io.Writer, asJSON bool) *watch {
	w := &watch{out: out, json: asJSON, last: map[string]string{}}
	if f, ok := out.(*os.File); ok && !asJSON {
		info, err := f.Stat()
		w.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return w
}

func (w *watch) show(p *courier.Progress, raw []byte) error {
	if w.json {
		_, err := fmt.Fprintf(w.out, "%s\n", raw)
		return err
	}
	var b strings.Builder
	if w.terminal {
		b.WriteString("\x1b[?7l") // long lines are cut, not wrapped
		if w.drawn > 0 {
			fmt.Fprintf(&b, "\x1b[%dA", w.drawn)
		}
	}
	w.drawn = 0
	for i := range p.Items {
		it := &p.Items[i]
		item := fmt.Sprintf("item %d %s", it.Number, it.Language)
		if !it.Planned {
			w.line(&b, item, item+"  who gets it is being settled")
		}
		for j := range it.Channels {
			c := &it.Channels[j]
			name := fmt.Sprintf("%s %-7s", item, c.Channel)
			w.line(&b, name, name+" "+w.bar(c))
		}
	}
	if w.terminal {
		b.WriteString("\x1b[?7h")
	}
	_, err := io.WriteString(w.out, b.String())
	return err
}

// line adds a line: on a terminal over the one that was there, else only if it
// says something new.
func (w *watch) line(b *strings.Builder, name, text string) {
	w.drawn++
	switch {
	case w.terminal:
		fmt.Fprintf(b, "\r\x1b[2K%s\n", text)
	case w.last[name] != text:
		fmt.Fprintln(b, text)
	}
	w.last[name] = text
}

// barWidth is how many columns a full bar takes.
const barWidth = 20

// bar is what a line says of a channel. Whoever has a receipt counts as done,
// also where it says that the delivery is deferred.
func (w *watch) bar(c *courier.ChannelReport) string {
	matched, pending := c.Matched+c.Resent.Matched, c.Pending+c.Resent.Pending
	share := 100
	if matched > 0 {
		share = 100 * (matched - pending) / matched
	}
	var b strings.Builder
	if w.terminal {
		full := barWidth * share / 100
		b.WriteString(strings.Repeat("█", full) + strings.Repeat("░", barWidth-full) + " ")
	}
	fmt.Fprintf(&b, "%3d%% of %d", share, matched)
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.Accepted + c.Resent.Accepted, "accepted"}, {c.Failed + c.Resent.Failed, "failed"}, {c.Deferred + c.Resent.Deferred, "deferred"},
		{c.Suppressed + c.Resent.Suppressed, "suppressed"}, {c.Superseded + c.Resent.Superseded, "superseded"},
		{c.Unfit + c.Resent.Unfit, "unfit"},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, ", %d %s", part.n, part.what)
		}
	}
	if c.Accepted > 0 {
		fmt.Fprintf(&b, ", last after %d ms", c.LastMS)
	}
	return b.String()
}
