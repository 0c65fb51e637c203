package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/streamload"
	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// fleet is the processes of one measurement: servers, each with desktops of its
// own, and the bus between them, if there is one.
type fleet struct {
	stand      *stand
	step       edgeStep
	started    []*process.Server
	servers    []process.Control
	desktops   []process.Control
	bus        []process.Control // one, or none
	publishers []process.Control // the bus, or every server
}

// Desktops of one process: a process may hold 20,000 files on small machines.
const desktopsOfProcess = 18_000

// openFleet starts everything; nobody has joined yet. The caller closes it, even
// if there is an error.
func (s *stand) openFleet(step edgeStep) (*fleet, error) {
	f := &fleet{stand: s, step: step}
	var busURL string
	if step.bus {
		dir, err := os.MkdirTemp(s.dir, "bus-")
		if err != nil {
			return f, err
		}
		at, err := f.start("run-bus", "-dir="+dir)
		if err != nil {
			return f, err
		}
		busURL = at.Streams
		f.bus = append(f.bus, process.Control(at.Control))
		f.publishers = f.bus
	}
	for i := range step.processes {
		args := s.profiled(fmt.Sprintf("edge %s %s %d %d %d", step.side, step.name, step.desktops, step.size, i), []string{step.command})
		if step.bus {
			args = append(args, "-bus="+busURL)
		}
		if step.ahead {
			keys, err := os.MkdirTemp(s.dir, "keys-")
			if err != nil {
				return f, err
			}
			args = append(args, "-keys="+keys)
		}
		at, err := f.start(args...)
		if err != nil {
			return f, err
		}
		f.servers = append(f.servers, process.Control(at.Control))
		if err := f.startDesktops(at.Streams, i*step.desktops); err != nil {
			return f, err
		}
	}
	if !step.bus {
		f.publishers = f.servers
	}
	return f, nil
}

// startDesktops starts those of one server, in as many processes as they need.
func (f *fleet) startDesktops(server string, first int) error {
	step := &f.step
	for n := 0; n < step.desktops; n += desktopsOfProcess {
		args := []string{
			"run-desktops", "-server=" + server, "-first=" + strconv.Itoa(first+n), "-desktops=" + strconv.Itoa(min(step.desktops-n, desktopsOfProcess)),
			"-groups=" + strconv.Itoa(step.groups), "-rounds=" + strconv.Itoa(step.warm+f.stand.rounds), fmt.Sprintf("-stall=%g", step.stall),
		}
		for _, path := range step.paths {
			args = append(args, "-path="+path)
		}
		at, err := f.start(args...)
		if err != nil {
			return err
		}
		f.desktops = append(f.desktops, process.Control(at.Control))
	}
	return nil
}

func (f *fleet) start(args ...string) (at ready, err error) {
	server, err := process.Start(f.stand.ctx, &at, nil, args...)
	if err == nil {
		f.started = append(f.started, server)
	}
	return at, err
}

// close ends desktops before their servers.
func (f *fleet) close() {
	for i := len(f.started) - 1; i >= 0; i-- {
		f.started[i].Stop()
	}
}

// each asks several processes at the same time.
func each[T any](controls []process.Control, ask func(process.Control, *T) error) ([]T, error) {
	answers := make([]T, len(controls))
	var group errgroup.Group
	for i, c := range controls {
		group.Go(func() error { return ask(c, &answers[i]) })
	}
	return answers, group.Wait()
}

// usage is what processes have used together.
func (f *fleet) usage(controls []process.Control) (sum process.Usage, err error) {
	all, err := each(controls, func(c process.Control, u *process.Usage) error { return c.Get(f.stand.ctx, "/usage", u) })
	for _, u := range all {
		sum.CPU += u.CPU
		sum.Resident += u.Resident
	}
	return sum, err
}

// join connects all desktops and says how many joined a second.
func (f *fleet) join() (rate float64, err error) {
	all, err := each(f.desktops, func(c process.Control, j *streamload.Joined) error { return c.Post(f.stand.ctx, "/join", j) })
	if err != nil {
		return 0, err
	}
	began, last, joined := all[0].Began, all[0].Last, 0
	for _, j := range all {
		began, last, joined = min(began, j.Began), max(last, j.Last), joined+j.Joined
	}
	return ratio(float64(joined), time.Duration(last-began).Seconds()), nil
}

// publish publishes the item of a round: on the bus, or on every server at the
// same time. It began when the first did.
func (f *fleet) publish(round, size int) (p streamserver.Published, err error) {
	all, err := each(f.publishers, func(c process.Control, p *streamserver.Published) error {
		return c.Post(f.stand.ctx, fmt.Sprintf("/publish?round=%d&size=%d&groups=%d", round, size, f.step.groups), p)
	})
	p = all[0]
	for _, other := range all[1:] {
		p.Began = min(p.Began, other.Began)
		p.Took = max(p.Took, other.Took)
		p.Used.CPU += other.Used.CPU
	}
	return p, err
}

// lateness is how long a round may take before whoever has nothing is given up.
const lateness = 30 * time.Second

// await waits until everyone who wants a round has it, for lateness at most.
func (f *fleet) await(round int) error {
	_, err := each(f.desktops, func(c process.Control, _ *struct{}) error {
		var nothing struct{}
		return c.Get(f.stand.ctx, fmt.Sprintf("/await?round=%d&wait=%v", round, lateness), &nothing)
	})
	return err
}

// receipts are who had a round when. To write and read them takes a processor some
// milliseconds: they are asked for when nobody is at work any more.
func (f *fleet) receipts(round int) (all streamload.Receipts, err error) {
	parts, err := each(f.desktops, func(c process.Control, r *streamload.Receipts) error {
		return c.Get(f.stand.ctx, fmt.Sprintf("/receipts?round=%d", round), r)
	})
	for _, r := range parts {
		all.Expected += r.Expected
		all.Times = append(all.Times, r.Times...)
		all.Missing = append(all.Missing, r.Missing...)
	}
	return all, err
}

// count is what the desktops have counted in all rounds.
func (f *fleet) count(rounds int) (all streamload.Count, err error) {
	parts, err := each(f.desktops, func(c process.Control, n *streamload.Count) error {
		return c.Get(f.stand.ctx, "/count?rounds="+strconv.Itoa(rounds), n)
	})
	for _, n := range parts {
		all.Expected += n.Expected
		all.Lost += n.Lost
		all.Doubled += n.Doubled
		all.Strange += n.Strange
		all.Gone += n.Gone
		all.Seals += n.Seals
		if all.Complaint == "" {
			all.Complaint = n.Complaint
		}
	}
	return all, err
}

// receipt is what our servers say of an item, all together. A server counts a
// moment after a desktop has read: it is given time until as many were sent.
func (f *fleet) receipt(number int64, sent int) (sum streamserver.Receipt, err error) {
	for deadline := time.Now().Add(2 * time.Second); ; {
		all, err := each(f.servers, func(c process.Control, r *streamserver.Receipt) error {
			return c.Get(f.stand.ctx, "/receipt?number="+strconv.FormatInt(number, 10), r)
		})
		if err != nil {
			return sum, err
		}
		sum = streamserver.Receipt{}
		for _, r := range all {
			sum.Offered += r.Offered
			sum.Sent += r.Sent
			sum.Cut += r.Cut
			sum.Gone += r.Gone
		}
		if sum.Sent >= int64(sent) || time.Now().After(deadline) {
			return sum, nil
		}
		if err := f.stand.pause(50 * time.Millisecond); err != nil {
			return sum, err
		}
	}
}

// pause waits, unless the run ends.
func (s *stand) pause(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}
