package api

import (
	"context"

	"github.com/wireroom/wireroom/internal/wire"
)

type tryRequest struct {
	Credential
	ID wire.SubscriptionID `path:"id" minimum:"1"`
}

// TryView is what came of a test event.
type TryView struct {
	Accepted bool   `json:"accepted"`
	Code     string `json:"code" doc:"What the endpoint said"`
}

type tryReply struct{ Body TryView }

func (a *API) tryEndpoint(ctx context.Context, in *tryRequest) (*tryReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	r, err := a.Endpoints.Try(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return &tryReply{TryView{r.Outcome == wire.Accepted, r.Code}}, nil
}

type rotateRequest struct {
	Credential
	ID   wire.SubscriptionID `path:"id" minimum:"1"`
	Body struct {
		Leaked bool   `json:"leaked,omitempty" doc:"The old secret signs no more from now on"`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
	}
}

// SecretView is a secret, shown once.
type SecretView struct {
	Secret string `json:"secret" doc:"whsec_ and base64: give it to the outlet over a way that nobody else reads"`
	Public string `json:"public_key" doc:"whpk_ and base64, of the wire: for outlets that verify v1a signatures"`
}

type rotateReply struct{ Body SecretView }

func (a *API) rotateSecret(ctx context.Context, in *rotateRequest) (*rotateReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	secret, err := a.Endpoints.Rotate(ctx, actor, in.ID, in.Body.Leaked, in.Body.Reason)
	if err != nil {
		return nil, a.problem(err)
	}
	return &rotateReply{SecretView{secret, a.Endpoints.Webhooks.PublicKey()}}, nil
}
