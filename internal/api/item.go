package api

import (
	"context"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/wire"
)

type itemsRequest struct {
	After int64 `query:"after" minimum:"0" doc:"Wire number to go on after"`
	Limit int   `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type itemsReply struct {
	Body struct {
		Items []wire.Item `json:"items"`
		Next  int64       `json:"next" doc:"Pass it as after to go on"`
	}
}

// items replays the wire: public fact, so it needs no key.
func (a *API) items(ctx context.Context, in *itemsRequest) (*itemsReply, error) {
	items, err := a.Archive.Items(ctx, in.After, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	if err := a.withhold(ctx, items); err != nil {
		return nil, a.problem(err)
	}
	out := &itemsReply{}
	out.Body.Items, out.Body.Next = items, in.After
	if len(items) > 0 {
		out.Body.Next = items[len(items)-1].Number
	} else {
		out.Body.Items = []wire.Item{}
	}
	return out, nil
}

// withhold takes the text out of items whose story was killed since: the number
// stays, so that a replay has no gap, but nothing of the story is told again.
func (a *API) withhold(ctx context.Context, items []wire.Item) error {
	kills, err := a.Archive.Kills(ctx)
	if err != nil {
		return err
	}
	killed := map[string]bool{}
	for i := range kills {
		killed[string(kills[i].Release)+"/"+kills[i].Language] = true
	}
	for i := range items {
		it := &items[i]
		if it.Action != wire.Kill && killed[string(it.Release)+"/"+it.Language] {
			it.Edition, it.Slug, it.Changes = wire.Edition{Language: it.Language}, "", nil
		}
	}
	return nil
}

// ReportView is what is known of who got a release.
type ReportView struct {
	courier.Report
	Live []receipt.Summary `json:"live" doc:"Desktops on the live stream, one entry an item: how many had it, and how long after its clear time. Seconds old"`
}

type reportReply struct{ Body ReportView }

// reported adds to a report what the live stream's edges say.
func (a *API) reported(ctx context.Context, r *courier.Report) (*reportReply, error) {
	view := ReportView{Report: *r, Live: []receipt.Summary{}}
	if a.Live != nil {
		var numbers []int64
		for _, it := range r.Items {
			numbers = append(numbers, it.Number)
		}
		var err error
		if view.Live, err = a.Live.Of(ctx, numbers...); err != nil {
			return nil, a.problem(err)
		}
	}
	return &reportReply{view}, nil
}

// report counts the receipts of a release, for the desk.
func (a *API) report(ctx context.Context, in *releaseRequest) (*reportReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	if !actor.May(wire.DoCheck) {
		return nil, a.problem(wire.Errorf(wire.NotFound, "id", "there is no such release"))
	}
	r, err := a.Courier.Report(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.reported(ctx, r)
}
