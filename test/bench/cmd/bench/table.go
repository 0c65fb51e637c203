package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// print writes the results as tables; goalSizes says where sizes are not those of
// the goals.
func (r *results) print(w io.Writer, goalSizes string) {
	m := &r.Machine
	fmt.Fprintf(w, "%s × %d, %.0f GiB, %s, %s; databases on %s, %.2f ms to sync 4 KB; load %s; %s %s\n",
		m.Processor, m.Processors, float64(m.Memory)/(1<<30), m.System, m.Go, m.Disk, m.Sync, m.Load, m.Time, m.Revision)
	fmt.Fprintf(w, "Sender, receiver and database share these processors. \"Others\" is how many were busy with something else.\n")
	if len(r.Mail) > 0 {
		printMail(w, r.Mail)
	}
	if len(r.Hooks) > 0 {
		printHooks(w, r.Hooks)
	}
	if len(r.Ledger) > 0 {
		printLedger(w, r.Ledger)
	}
	if len(r.Edge) > 0 {
		printEdge(w, r.Edge)
	}
	if len(r.Embargo) > 0 {
		printEmbargo(w, r.Embargo)
	}
	if len(r.Match) > 0 {
		printMatch(w, r.Match)
	}
	if len(r.Text) > 0 {
		printText(w, r.Text)
	}
	if len(r.Format) > 0 {
		printFormat(w, r.Format)
	}
	if len(r.Search) > 0 {
		printSearch(w, r.Search)
	}
	if len(r.Goals) > 0 {
		printCourierGoals(w, r.Goals, goalSizes)
	}
	for _, text := range r.Skipped {
		fmt.Fprintf(w, "\nskipped: %s\n", text)
	}
	fmt.Fprintf(w, "\nThe run took %.0f s; the host of this machine withheld %.1f %% of the processor time that was wanted. ", r.Took, 100*r.Withheld)
	if len(r.Wrong) == 0 {
		fmt.Fprintln(w, "Every count is right.")
	} else {
		fmt.Fprintf(w, "WRONG:\n%s\n", strings.Join(r.Wrong, "\n"))
	}
}

// table starts one; columns after the second are aligned to the right.
func table(w io.Writer, title string, columns ...string) *tabwriter.Writer {
	fmt.Fprintf(w, "\n%s\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, strings.Join(columns, "\t")+"\t")
	return t
}

func printMail(w io.Writer, rows []mailRow) {
	t := table(w, fmt.Sprintf("Letters of %.1f KB, each with its own headers and link", rows[0].Size/1e3),
		"", "letters", "conns", "s", "letters/s", "µs sender", "µs relay", "MB peak", "others", "× go-mail", "of limit")
	for _, r := range rows {
		rate := number(r.Rate)
		if !r.timed {
			rate = "–"
		}
		fmt.Fprintf(t, "%s: %s\t%d\t%s\t%.2f\t%s\t%.1f\t%.1f\t%.0f\t%.2f\t%s\t%s\t\n",
			r.Side, r.Name, r.Letters, blank(float64(r.Connections), "%.0f"), r.Seconds, rate, r.CPUEach, r.SinkEach, float64(r.Peak)/1e6, r.Others, blank(r.ToOther, "%.1f"), blank(r.ToLimit, "%.2f"))
	}
	t.Flush()
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintf(w, "  %s: %s\n", r.Name, r.Note)
		}
	}
}

func printHooks(w io.Writer, rows []hookRow) {
	t := table(w, fmt.Sprintf("Webhooks of %.1f KB to %d endpoints; times from the item on the wire", float64(rows[0].size)/1e3, rows[0].Endpoints),
		"", "healthy", "s median", "s last", "s receipt", "µs sender", "µs sink", "MB peak", "others", "× pool", "of limit")
	for _, r := range rows {
		fmt.Fprintf(t, "%s: %s\t%d\t%.3f\t%.3f\t%s\t%.1f\t%.1f\t%.0f\t%.2f\t%s\t%s\t\n",
			r.Side, r.Name, r.Healthy, r.Median, r.Last, blank(r.Receipt, "%.3f"), r.CPUEach, r.SinkEach, float64(r.Peak)/1e6, r.Others, blank(r.ToOther, "%.1f"), blank(r.ToLimit, "%.2f"))
	}
	t.Flush()
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintf(w, "  %s: %s\n", r.Name, r.Note)
		}
	}
}

func printLedger(w io.Writer, rows []ledgerRow) {
	t := table(w, "Ledger", "", "", "", "of limit")
	for _, r := range rows {
		value := number(r.Value)
		if r.Value < 100 {
			value = fmt.Sprintf("%.2f", r.Value)
		}
		fmt.Fprintf(t, "%s: %s\t%s\t%s\t%s\t\n", r.Engine, r.Name, value, r.Unit, blank(r.ToLimit, "%.2f"))
	}
	t.Flush()
}

func printEdge(w io.Writer, rows []edgeRow) {
	printStreams(w, "Live streams: ms from the item to the desktops, medians of the rounds; µs a delivery, or s a million; × limit is how many times as much", rows)
}

func printStreams(w io.Writer, title string, rows []edgeRow) {
	t := table(w, title,
		"", "desktops", "reached", "KB", "joined/s", "KB idle", "µs CPU", "µs load", "first", "p50", "p99", "last ms", "order × lot", "CPU × limit", "last × limit", "lost", "doubled", "others")
	for _, r := range rows {
		fmt.Fprintf(t, "%s: %s\t%d\t%d\t%.1f\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t%s\t%s\t%d\t%d\t%.2f\t\n",
			r.Side, r.Name, r.Desktops, r.Reached, float64(r.Size)/1e3, number(r.JoinRate), r.Idle/1e3, r.CPUEach, r.LoadEach,
			r.First, r.Median, r.P99, r.Last, blank(r.Bias, "%.2f"), blank(r.CPULimit, "%.2f"), blank(r.LastLimit, "%.2f"), r.Lost, r.Doubled, r.Others)
	}
	t.Flush()
	for _, r := range rows {
		if r.Note != "" {
			fmt.Fprintf(w, "  %s: %s\n", r.Name, r.Note)
		}
	}
	printGoals(w, rows)
}

func printSearch(w io.Writer, rows []searchRow) {
	t := table(w, "The archive: indexing", "", "items", "items/s", "µs CPU", "µs all", "bytes", "others")
	for _, r := range rows {
		fmt.Fprintf(t, "%s: %s\t%s\t%s\t%s\t%s\t%s\t%.2f\t\n", r.Engine, r.Side, number(float64(r.Items)), blank(r.Rate, "%.0f"), blank(r.CPUEach, "%.0f"), blank(r.AllEach, "%.0f"), blank(r.Bytes, "%.0f"), r.Others)
	}
	t.Flush()
	t = table(w, "The archive: searching, ms; ours with the items, what was found marked in them", "", "items", "queries", "median", "p99", "most", "CPU", "found", "refused", "counted")
	for _, r := range rows {
		for _, a := range r.Asked {
			fmt.Fprintf(t, "%s: %s: %s\t%s\t%d\t%.2f\t%.2f\t%.2f\t%s\t%d\t%d\t%s\t\n", r.Engine, r.Side, a.Name, number(float64(r.Items)), a.Queries, a.Median, a.P99, a.Most, blank(a.CPU, "%.2f"), a.Found, a.Refused, blank(float64(a.Counted), "%.0f"))
		}
	}
	t.Flush()
}

// blank writes a number, or a dash where there is none.
func blank(v float64, format string) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf(format, v)
}

// number writes a large number with commas.
func number(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
