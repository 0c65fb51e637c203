package app

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/embargo"
	"github.com/wireroom/wireroom/internal/wire"
)

// What goes between the processes for what is sent ahead: wake-ups that there are
// other seals, and, after a lift is committed, the keys.
const (
	topicSeals = "seals"
	topicKeys  = "keys"
)

// lifted sends keys out, if this process seals.
func (a *App) lifted(items []wire.Item) { a.embargo.Lifted(items) }

// shelf is where this process finds what is sent ahead, and showShelf has it
// answer edges that have no database.
func (a *App) shelf() embargo.Shelf {
	return embargo.Shelf{Store: a.Store, Public: a.Keys.PublicKey()}
}

func (a *App) showShelf() (stop func(), err error) {
	return a.bus.OnInquiry(topicSeals, func(question []byte) []byte {
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		defer cancel()
		return a.shelf().Answer(ctx, question)
	})
}

// sealAhead seals what is scheduled, until ctx ends.
func (a *App) sealAhead(ctx context.Context, group *errgroup.Group) (stop func(), err error) {
	woken, stop, err := a.bus.OnWake(desk.TopicSchedule)
	if err != nil {
		return nil, err
	}
	group.Go(func() error { a.embargo.Run(ctx, woken); return nil })
	return stop, nil
}

// openAhead brings the seals to the edge, and what opens them: keys come by themselves,
// ahead of the items beside which they come again. The keys of a release come together,
// one a language: they are opened side by side, and the edge keeps the order.
func (a *App) openAhead(ctx context.Context, group *errgroup.Group) (stop func(), err error) {
	stopKeys, err := a.bus.OnTold(topicKeys, func(key []byte) { go a.Edge.TakeKey(key) })
	if err != nil {
		return nil, err
	}
	woken, stopWake, err := a.bus.OnWake(topicSeals)
	if err != nil {
		stopKeys()
		return nil, err
	}
	group.Go(func() error { a.Edge.FollowSeals(ctx, woken); return nil })
	return func() { stopKeys(); stopWake() }, nil
}
