package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/wireroom/wireroom/test/bench/document"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
)

// formatOptions are those of the formats.
type formatOptions struct {
	feedItems     int
	fonts         string
	formatSeconds float64
}

func (o *formatOptions) formatFlags(f *flag.FlagSet) {
	f.IntVar(&o.feedItems, "feed-items", 20, "items of a feed")
	f.StringVar(&o.fonts, "fonts", "/usr/share/fonts", "folder of the typefaces that pages are set in")
	f.Float64Var(&o.formatSeconds, "format-seconds", 1, "seconds of processor time that each format is written or read for")
}

func (o *formatOptions) checkFormat() error {
	if o.feedItems < 1 || o.formatSeconds <= 0 {
		return errors.New("-feed-items is 1 at the least, -format-seconds more than 0")
	}
	return nil
}

// formatRow is one format in one direction, by us or by a plain library.
type formatRow struct {
	Format    string  `json:"format"`
	In        bool    `json:"in"` // read; otherwise written
	Who       string  `json:"who"`
	Items     int     `json:"items"`     // of all documents
	Size      float64 `json:"size"`      // bytes of document an item
	Each      float64 `json:"each"`      // µs of processor time an item, collecting garbage included
	Mallocs   float64 `json:"mallocs"`   // allocations an item
	Allocated float64 `json:"allocated"` // bytes allocated an item
	Ours      float64 `json:"ours"`      // how many times as long ours takes; 0 for ours
}

func (r *formatRow) rate() float64  { return 1e6 / r.Each }
func (r *formatRow) bytes() float64 { return r.Size / r.Each } // MB a second

// format measures how items are written in every format, and made releases of,
// beside plain libraries on the same documents.
func (s *stand) format() error {
	sets, left, err := document.Sets(s.feedItems, s.fonts)
	if err != nil {
		return err
	}
	s.out.Skipped = append(s.out.Skipped, left...)
	defer s.record("format")()
	for _, set := range sets {
		if set.Leaves {
			writers, err := others.Writers(set)
			if err != nil {
				return err
			}
			write := others.Codec{Name: ours, Run: func(i int) (int, error) { b, err := set.Write(i); return len(b), err }}
			if err := s.codecs(set, false, append([]others.Codec{write}, writers...)); err != nil {
				return err
			}
		}
		if set.Comes() {
			read := others.Codec{Name: ours, Run: func(i int) (int, error) { return s.handIn(set, i) }}
			if err := s.codecs(set, true, append([]others.Codec{read}, others.Readers(set)...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// handIn makes releases of a document. Each item must become one.
func (s *stand) handIn(set *document.Set, i int) (int, error) {
	n, err := set.Read(i)
	if err == nil && n != len(set.Items[i]) {
		s.wrong(set.Name, "document %d holds %d items, of which %d became releases", i+1, len(set.Items[i]), n)
	}
	return len(set.Documents[i]), err
}

// codecs measures ours, which is the first, and others.
func (s *stand) codecs(set *document.Set, in bool, all []others.Codec) error {
	progress("formats: %s, %s", set.Name, map[bool]string{true: "in", false: "out"}[in])
	ours := 0.0
	for i, c := range all {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		row, err := median(s.runs, func(r formatRow) float64 { return r.Each }, func() (formatRow, error) { return s.measure(set, c) })
		if err != nil {
			return fmt.Errorf("%s, %s: %w", set.Name, c.Name, err)
		}
		row.In = in
		if i == 0 {
			ours = row.Each
		} else {
			row.Ours = ours / row.Each
		}
		s.out.Format = append(s.out.Format, row)
	}
	return nil
}

// measure goes over all documents of a set until it has taken the processor time
// that was asked for; once before that, to fill what is kept.
func (s *stand) measure(set *document.Set, c others.Codec) (formatRow, error) {
	row := formatRow{Format: set.Name, Who: c.Name, Items: set.Count()}
	size := 0
	pass := func() error {
		for i := range set.Documents {
			n, err := c.Run(i)
			if err != nil {
				return fmt.Errorf("document %d: %w", i+1, err)
			}
			size += n
		}
		return nil
	}
	if err := pass(); err != nil {
		return row, err
	}
	if size == 0 {
		s.wrong(set.Name, "%s wrote nothing", c.Name)
	}
	row.Size = float64(size) / float64(row.Items)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, spent, passes := process.Used().CPU, 0.0, 0
	for ; spent < s.formatSeconds && s.ctx.Err() == nil; spent = process.Used().CPU - began {
		if err := pass(); err != nil {
			return row, err
		}
		passes++
	}
	runtime.ReadMemStats(&after)
	items := float64(passes * row.Items)
	row.Each = spent / items * 1e6
	row.Mallocs = float64(after.Mallocs-before.Mallocs) / items
	row.Allocated = float64(after.TotalAlloc-before.TotalAlloc) / items
	return row, nil
}

func printFormat(w io.Writer, rows []formatRow) {
	for _, in := range []bool{false, true} {
		title := "Formats out: items written in fifteen languages; processor time, garbage collected"
		if in {
			title = "Formats in: documents made releases of, recognised, cleaned and checked; the others only parse them"
		}
		t := table(w, title, "", "", "items", "KB an item", "µs an item", "items/s", "MB/s", "allocations", "KB allocated", "ours takes")
		for _, r := range rows {
			if r.In != in {
				continue
			}
			name := r.Format
			if r.Who != ours {
				name = ""
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t%.1f\t%.1f\t%s\t%.1f\t%.0f\t%.1f\t%s\t\n",
				name, r.Who, r.Items, r.Size/1e3, r.Each, number(r.rate()), r.bytes(), r.Mallocs, r.Allocated/1e3, strings.TrimPrefix(blank(r.Ours, "%.2f×"), "0.00×"))
		}
		t.Flush()
	}
}
