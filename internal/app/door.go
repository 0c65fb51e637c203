package app

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/edge"
)

// topicGrants is where edges without a database ask what keys give.
const topicGrants = "grants"

// openDoor says who may have what of the live stream: public is what verifies the
// wire's tokens.
func (a *App) openDoor(public func(context.Context) (ed25519.PublicKey, error)) {
	holders := auth.Holders(a.auth)
	if a.Store == nil {
		holders = &auth.Remote{Own: a.auth, Now: a.anchor.Now, Ask: func(ctx context.Context, question []byte) ([]byte, error) {
			return a.bus.Inquire(ctx, topicGrants, question)
		}}
	}
	a.door = &auth.Door{Keys: holders, Public: public, Open: a.config.Stream != StreamKeys, Now: a.anchor.Now}
}

// remembered asks for the wire's key until it is told it; it never changes.
func remembered(ask func(context.Context) (ed25519.PublicKey, error)) func(context.Context) (ed25519.PublicKey, error) {
	var known atomic.Pointer[ed25519.PublicKey]
	return func(ctx context.Context) (ed25519.PublicKey, error) {
		if key := known.Load(); key != nil {
			return *key, nil
		}
		key, err := ask(ctx)
		if err == nil {
			known.Store(&key)
		}
		return key, err
	}
}

// admit turns the credential of a request into a visitor of the edge.
func (a *App) admit(r *http.Request) (edge.Visitor, error) {
	g, err := a.door.Grant(r)
	if err != nil {
		return edge.Visitor{}, err
	}
	q, err := g.Query()
	if err != nil {
		return edge.Visitor{}, err
	}
	return edge.Visitor{Name: g.Subject, Desktops: g.Streams, House: g.Organisation, Shared: g.Shared, Entitled: q, Terms: g.Terms}, nil
}

// ended says which rights under which streams are open are none any more.
func (a *App) ended(ctx context.Context, list []edge.Right) (ended []edge.Right, err error) {
	held := make([]auth.Held, len(list))
	for i, right := range list {
		held[i] = auth.Held{Subject: right.Name, Terms: right.Terms}
	}
	places, err := a.door.Keys.Ended(ctx, held)
	slices.Sort(places)
	for _, i := range slices.Compact(places) {
		ended = append(ended, list[i])
	}
	return ended, err
}

// answerGrants has this process say what keys give to edges without a database.
func (a *App) answerGrants() (stop func(), err error) {
	return a.bus.OnInquiry(topicGrants, func(question []byte) []byte {
		ctx, cancel := context.WithTimeout(context.Background(), answerTime)
		defer cancel()
		told, err := a.auth.Answer(ctx, question)
		if err != nil {
			a.log.Error("an edge cannot be told what a key gives", "error", err)
		}
		return told
	})
}
