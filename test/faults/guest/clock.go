package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// jump is one thing done to the wall clock while a release waits for its time.
type jump struct {
	name  string
	by    time.Duration // what the clock is set by, 1 s after the release was accepted
	until time.Duration // when it is set right again, from the due time on
}

// jumps plays each jump and says what happened:
//
//	J NAME tab VISIBLE tab ALLOWED tab ALARM tab WRITTEN, in ms and true or false
//
// visible is when the release was first seen anywhere, from its true due time
// on; allowed the earliest that it might be; written what the item itself says
// of its clear time, from its scheduled one on.
func jumps() error {
	api, err := serve()
	if err != nil {
		return err
	}
	say("READY")
	for _, j := range []jump{
		{"none", 0, 0},
		{"forward 1 h, set right 2 s after the due time", time.Hour, 2 * time.Second},
		{"back 1 h, set right 2 s after the due time", -time.Hour, 2 * time.Second},
		{"forward 1 h, set right 1 s before the due time", time.Hour, -time.Second},
		{"back 1 h, set right 1 s before the due time", -time.Hour, -time.Second},
	} {
		if err := j.play(context.Background(), api); err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	return nil
}

func (j jump) play(ctx context.Context, api rig.API) error {
	// The monotonic clock is the true one here: nobody can set it.
	start := time.Now()
	truth := start.Round(0)
	elapsed := func() time.Duration { return time.Since(start) }
	due := truth.Add(4 * time.Second).Truncate(time.Second)
	dueIn := due.Sub(truth)

	request := strings.ReplaceAll(j.name, " ", "-")
	r, err := api.Publish(ctx, rig.Story(request, "en").At(due), request)
	if err != nil {
		return err
	}
	var visible time.Duration // from start on; 0: not yet
	alarm := false
	look := func() error {
		if visible == 0 {
			public, err := seenAnywhere(ctx, api, r.ID)
			if err != nil {
				return err
			}
			if public {
				visible = elapsed()
			}
		}
		alarm = alarm || unsure(ctx, api)
		return nil
	}
	follow := func(until time.Duration) error {
		for elapsed() < until {
			if err := look(); err != nil {
				return err
			}
			time.Sleep(10 * time.Millisecond)
		}
		return nil
	}
	if err := follow(time.Second); err != nil {
		return err
	}
	allowed := dueIn
	if j.by != 0 {
		if err := setClock(truth.Add(elapsed() + j.by)); err != nil {
			return err
		}
		setRight := dueIn + j.until
		allowed = max(dueIn, setRight)
		if err := follow(setRight); err != nil {
			return err
		}
		if err := setClock(truth.Add(elapsed())); err != nil {
			return err
		}
	}
	for end := elapsed() + max(dueIn-elapsed(), 0) + 6*time.Second; visible == 0 && elapsed() < end; {
		if err := follow(elapsed() + 20*time.Millisecond); err != nil {
			return err
		}
	}
	written, err := writtenDelay(ctx, api, r.ID)
	if err != nil {
		return err
	}
	if visible == 0 {
		return fmt.Errorf("release %s was never lifted", r.ID)
	}
	say("J %s\t%d\t%d\t%t\t%d", j.name, (visible - dueIn).Milliseconds(), (allowed - dueIn).Milliseconds(), alarm, written.Milliseconds())
	return nil
}

// writtenDelay is how long after its scheduled time an item says that it was
// cleared.
func writtenDelay(ctx context.Context, api rig.API, id wire.ReleaseID) (time.Duration, error) {
	items, err := api.Items(ctx, 0)
	for _, it := range items {
		if it.Release == id {
			return it.ClearTime.Sub(it.Scheduled), nil
		}
	}
	return 0, err
}

// seenAnywhere reports whether a release can be had by anyone: from the API
// that needs no key, from its page, or out of a webhook.
func seenAnywhere(ctx context.Context, api rig.API, id wire.ReleaseID) (bool, error) {
	if _, ok := seen.Load(string(id)); ok {
		return true, nil
	}
	status, _, err := api.Get(ctx, "/en/r/"+string(id))
	if err != nil || status < 400 {
		return err == nil, err
	}
	items, err := api.Items(ctx, 0)
	for _, it := range items {
		if it.Release == id {
			return true, nil
		}
	}
	return false, err
}

// unsure reports whether the wire calls for help about its clock.
func unsure(ctx context.Context, api rig.API) bool {
	_, body, err := api.Get(ctx, "/metrics")
	return err == nil && strings.Contains(body, "\nwireroom_clock_unsure 1\n") || held.Swap(0) > 0
}
