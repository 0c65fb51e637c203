package api

import (
	"context"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

type whyRequest struct {
	Number int64 `path:"number" minimum:"1"`
	SearchFilter
}

type whyReply struct{ Body *courier.Why }

// why tells why a query, a search or the filter of a live stream, wants an item:
// both are public, so it needs no key.
func (a *API) why(ctx context.Context, in *whyRequest) (*whyReply, error) {
	q, err := in.query()
	if err != nil {
		return nil, a.problem(err)
	}
	w, err := a.Courier.Why(ctx, in.Number, q)
	if err != nil {
		return nil, a.problem(err)
	}
	return &whyReply{w}, nil
}

type whyToRequest struct {
	Credential
	Number       int64               `path:"number" minimum:"1"`
	Subscription wire.SubscriptionID `path:"subscription" minimum:"1"`
}

func (a *API) whyTo(ctx context.Context, in *whyToRequest) (*whyReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	w, err := a.Courier.WhyTo(ctx, in.Number, in.Subscription)
	if err != nil {
		return nil, a.problem(err)
	}
	return &whyReply{w}, nil
}
