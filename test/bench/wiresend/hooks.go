package wiresend

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
)

// HookOptions say what a measurement of webhooks does.
type HookOptions struct {
	Database   string // with so many newsrooms
	Control    string // URL of the sink's control
	Endpoints  int
	Rounds     int  // releases, one after the other, in this process
	Preconnect bool // connect before the first
}

// HookRound is what came of one release. Times are in seconds.
type HookRound struct {
	Seconds float64 `json:"seconds"` // to the last healthy endpoint's receipt on disk
	CPU     float64 `json:"cpu"`     // in that time, of this process
	Peak    int64   `json:"peak"`
	Others  float64 `json:"others"` // processors that were busy in that time beside this process
	// Accepted and Matched are what the ledger says when that was.
	Accepted int            `json:"accepted"`
	Matched  int            `json:"matched"`
	Sink     hooksink.Stats `json:"sink"` // counted from the item on the wire, CPU too
}

// HookResult is what came of a measurement.
type HookResult struct {
	Rounds     []HookRound `json:"rounds"`
	Preconnect float64     `json:"preconnect,omitempty"` // seconds that it took
}

// Hooks brings releases to everyone in the directory, one after the other.
func Hooks(ctx context.Context, o HookOptions) (*HookResult, error) {
	control := process.Control(o.Control)
	var channel *webhook.Webhooks
	office, err := open(ctx, setup{database: o.Database, channel: wire.ByWebhook, impl: func(now func() time.Time) (courier.Channel, error) {
		channel = webhook.New(story.Site, webhook.Client(true), now)
		return channel, nil
	}})
	if err != nil {
		return nil, err
	}
	defer office.close()
	result := &HookResult{}
	if o.Preconnect {
		if result.Preconnect, err = office.preconnect(ctx, channel); err != nil {
			return nil, err
		}
	}
	accepted := 0
	for i := range o.Rounds {
		if i > 0 {
			if err := office.settle(ctx, i*o.Endpoints); err != nil {
				return nil, err
			}
		}
		round, err := office.hookRound(ctx, control, o.Endpoints, &accepted)
		if err != nil {
			return nil, err
		}
		result.Rounds = append(result.Rounds, *round)
	}
	return result, nil
}

// settleEvery is how often it is asked whether a release is over: seldom, as
// what asking leaves behind would be swept up in the midst of the next one.
const settleEvery = 50 * time.Millisecond

// settle waits until the attempts of the release before have ended at every endpoint,
// answered or put off until later, so that the next round begins in peace. By then so
// many receipts are written, and until then the ledger need not be asked.
func (o *office) settle(ctx context.Context, receipts int) error {
	for {
		counts, err := o.written()
		if err != nil {
			return err
		}
		total := 0
		for _, n := range counts {
			total += n
		}
		if total >= receipts {
			counted, err := o.ledger(ctx, o.newest)
			if err != nil || counted.Pending == 0 {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(settleEvery):
		}
	}
}

// hookRound brings one release.
func (o *office) hookRound(ctx context.Context, control process.Control, endpoints int, accepted *int) (*HookRound, error) {
	if err := control.Reset(ctx); err != nil {
		return nil, err
	}
	var sink hooksink.Stats
	if err := control.Get(ctx, "/stats", &sink); err != nil {
		return nil, err
	}
	r := story.Release(story.OfHook)
	cpu, machine := process.Used().CPU, process.Machine()
	began, err := o.clear(ctx, r)
	if err != nil {
		return nil, err
	}
	want := *accepted + sink.Healthy
	ended, err := o.await(ctx, func(written map[string]int) bool { return written["accepted"] >= want }, nil)
	if err != nil {
		return nil, err
	}
	used := process.Used()
	round := &HookRound{Seconds: ended.Sub(began).Seconds(), CPU: used.CPU - cpu, Peak: used.Peak}
	round.Others = (process.Machine() - machine - round.CPU) / round.Seconds
	if err := control.Get(ctx, process.From("/stats", began), &round.Sink); err != nil {
		return nil, err
	}
	round.Sink.CPU -= sink.CPU
	counted, err := o.ledger(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	round.Accepted, round.Matched = counted.Accepted, counted.Matched
	*accepted = want
	return round, nil
}

// preconnect has the channel connect to everyone in the directory, and says how
// long that took. It asks the channel itself, so that the measurement waits for
// it; the courier does so shortly before a clear time, and does not wait.
func (o *office) preconnect(ctx context.Context, channel *webhook.Webhooks) (float64, error) {
	var all []wire.Subscription
	err := o.store.Read(ctx, func(tx *store.Tx) (err error) { all, _, err = tx.Subscriptions(); return err })
	if err != nil {
		return 0, err
	}
	return timed(func() error { channel.Preconnect(ctx, all); return nil })
}
