package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/streamload"
	"github.com/wireroom/wireroom/test/bench/wirestream"
)

// embargoOptions are the sizes of what is lifted.
type embargoOptions struct {
	liftDesktops, liftSize, liftRounds int
}

func (o *embargoOptions) embargoFlags(f *flag.FlagSet) {
	f.IntVar(&o.liftDesktops, "lift-desktops", 1_500, "desktops that a release is lifted to")
	f.IntVar(&o.liftSize, "lift-size", 300_000, "bytes of it")
	f.IntVar(&o.liftRounds, "lift-rounds", 5, "lifts that count; medians are told")
}

func (o *embargoOptions) checkEmbargo() error {
	if o.liftDesktops < 1 || o.liftSize < 1 || o.liftRounds < 1 || o.liftSize > advance.MaxContent/3 {
		return fmt.Errorf("-lift-desktops, -lift-size and -lift-rounds are 1 at the least, -lift-size %d at the most", advance.MaxContent/3)
	}
	return nil
}

// shortest is the size of an item whose event is as short as one can be, in bytes.
const shortest = 1

// embargo measures the time from a lift to the last desktop: with the key alone,
// where the text was sent ahead, and with the text; beside what the machine can do
// at best with as many bytes.
func (s *stand) embargo() error {
	step := func(side, name, command, path string, size int) edgeStep {
		return edgeStep{side: side, name: name, command: command, paths: []string{path}, processes: 1, desktops: s.liftDesktops, size: size, warm: 1, warmSize: size}
	}
	keys := step(ours, "key at the lift, text sent ahead", "run-ahead", wirestream.AheadPath, s.liftSize)
	keys.ahead = true
	const raw = "one ready-made event, send"
	steps := []edgeStep{
		keys, step(limit, raw+", short", "run-raw", "/", shortest),
		step(ours, "text at the lift", "run-edge", wirestream.Path, s.liftSize), step(limit, raw+", long", "run-raw", "/", s.liftSize),
	}
	part := *s // rounds are fewer here
	part.rounds = s.liftRounds
	var all []measurement[edgeRow]
	for _, step := range steps {
		if why := part.noRoom(&step); why != "" {
			return errors.New(why)
		}
		all = append(all, measurement[edgeRow]{max(s.runs, goalRuns), named(step.String(), func() (edgeRow, error) {
			progress("a lift: %v", &step)
			return part.measureEdge(step)
		})})
	}
	found, err := inTurns(all)
	if err != nil {
		return err
	}
	s.out.Wrong, s.out.Embargo = part.out.Wrong, edgeRows(found)
	return s.openingOf(&s.out.Embargo[0])
}

// openingOf says what a desktop's own machine does with a key, and how much sooner
// the last has the text.
func (s *stand) openingOf(keys *edgeRow) error {
	it, err := story.Item(story.ItemOptions{Number: 1, Size: s.liftSize, Time: time.Now()})
	if err != nil {
		return err
	}
	open, err := wirestream.Opening(&it)
	if err != nil {
		return err
	}
	const times = 20
	began := process.Used().CPU
	for range times {
		if err := open(); err != nil {
			return err
		}
	}
	keys.Note = fmt.Sprintf("a desktop then opens and checks the text in %.1f ms of its own processor, which is not in these times", 1e3*(process.Used().CPU-began)/times)
	return nil
}

func printEmbargo(w io.Writer, rows []edgeRow) {
	printStreams(w, "A lift: ms from the moment the edge has the key, or the text, to the desktops; medians of the rounds; × limit is how many times as much", rows)
	keys, text := rows[0], rows[1]
	fmt.Fprintf(w, "  the last of %d desktops has the key after %.1f ms, %d bytes; the text after %.1f ms, %d bytes: %.1f times as long\n",
		keys.Desktops, keys.Last, keys.Size, text.Last, text.Size, ratio(text.Last, keys.Last))
}

// sendAhead has a round's text sent ahead, and waits until every desktop has it.
func (f *fleet) sendAhead(round, size int) error {
	if _, err := each(f.publishers, func(c process.Control, _ *struct{}) error {
		var said struct{}
		return c.Post(f.stand.ctx, fmt.Sprintf("/prepare?round=%d&size=%d&groups=%d", round, size, f.step.groups), &said)
	}); err != nil {
		return err
	}
	want := int64(f.step.all()) * int64(round+1)
	for deadline := time.Now().Add(lateness); ; {
		var count streamload.Count
		count, err := f.count(round)
		if err != nil {
			return err
		}
		if count.Seals >= want {
			return f.stand.pause(quiet)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v desktops had %d texts ahead, not %d; %d were cut off: %s", lateness, count.Seals, want, count.Gone, count.Complaint)
		}
		if err := f.stand.pause(20 * time.Millisecond); err != nil {
			return err
		}
	}
}
