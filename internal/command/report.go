package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/wire"
)

// Report prints who got a release.
type Report struct {
	Remote
	Release wire.ReleaseID `arg:"" help:"Id of the release."`
	JSON    bool           `name:"json" help:"Print one JSON object."`
}

// failureLine is a line of the table about one delivery that did not go through.
func failureLine(f *courier.Failure) string {
	next := ""
	if !f.Next.IsZero() {
		next = ", next " + f.Next.Format("15:04:05 UTC")
	}
	return harmless(fmt.Sprintf("  %s\t%s\tattempt %d at %s\t%s%s", f.Outcome, f.Address, f.Attempt, f.At.Format("15:04:05"), f.Code, next))
}

// Run prints the receipts, counted, and every delivery that did not go through.
func (c *Report) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, end, err := revisit(ctx, c.Remote, config)
	if err != nil {
		return err
	}
	defer end()
	var report struct {
		courier.Report
		Live []receipt.Summary `json:"live"`
	}
	if err := r.get(ctx, "/v1/releases/"+string(c.Release)+"/report", &report); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(report)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, it := range report.Items {
		fmt.Fprintf(w, "item %d  %s  version %d  %s  cleared %s\n", it.Number, it.Language, it.Version, it.Action, it.ClearTime.Format("2006-01-02 15:04:05.000 UTC"))
		fmt.Fprintln(w, "\tmatched\taccepted\tfailed\tdeferred\tpending\tsuppressed\tsuperseded\tfirst\tlast")
		for _, ch := range it.Channels {
			fmt.Fprintf(w, "  %s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", ch.Channel, ch.Matched, ch.Accepted, ch.Failed, ch.Deferred, ch.Pending, ch.Suppressed, ch.Superseded, after(ch.Accepted, ch.FirstMS), after(ch.Accepted, ch.LastMS))
		}
		for _, f := range it.Failures {
			fmt.Fprintln(w, failureLine(&f))
		}
	}
	for _, l := range report.Live {
		fmt.Fprintf(w, "item %d  live stream  %s\n", l.Number, count(l.Edges, "edge", "edges"))
		fmt.Fprintln(w, "\twanted\tsent\tcut off\tleft\treplayed\tbytes\tfirst\tmedian\tp99\tlast\tedges apart")
		fmt.Fprintf(w, "  desktops\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f ms\t%.1f ms\t%.1f ms\t%.1f ms\t%.1f ms\n",
			l.Offered, l.Sent, l.Cut, l.Gone, l.Replayed, l.Bytes, l.FirstMS, l.MedianMS, l.P99MS, l.LastMS, l.SkewMS)
		if a := l.Ahead; a != nil {
			fmt.Fprintf(w, "  ahead\t%d of %d edges held it sealed before its clear time and had it open %.1f ms after, %.1f ms apart; %d desktops kept the seal, %d came back with it\n", a.Ready, l.Edges, a.OpenedMS, a.SkewMS, a.Kept, a.Returned)
		}
	}
	return w.Flush()
}
