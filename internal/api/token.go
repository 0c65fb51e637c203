package api

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
)

type tokenRequest struct {
	Credential
	Body *struct {
		Within  string `json:"within,omitempty" maxLength:"4096" doc:"A standing query: the token gives only what of yours it wants, too"`
		Seconds int    `json:"seconds,omitempty" minimum:"1" maximum:"900" default:"300" doc:"How long a stream can be opened with it"`
	} `required:"false"`
}

// TokenView is a token for the live stream.
type TokenView struct {
	Token   string    `json:"token" doc:"Goes into the parameter token of the stream's address, where no header can be set"`
	Expires time.Time `json:"expires" doc:"A stream that is open then stays open"`
}

type tokenReply struct {
	CacheControl string `header:"Cache-Control"`
	Body         TokenView
}

// token makes a short-lived token of a key. A token makes none: then it would live
// as long as anyone liked.
func (a *API) token(ctx context.Context, in *tokenRequest) (*tokenReply, error) {
	g, ok, err := a.Keys.GrantFromRequest(in.request(ctx))
	if err := a.refused(ok, err); err != nil {
		return nil, err
	}
	life := time.Duration(0)
	if in.Body != nil {
		life = time.Duration(in.Body.Seconds) * time.Second
		if g, err = g.Within(in.Body.Within); err != nil {
			return nil, a.problem(err)
		}
	}
	out := &tokenReply{CacheControl: "no-store"}
	if out.Body.Token, out.Body.Expires, err = auth.NewToken(a.Keyring, &g, a.Now(), life); err != nil {
		return nil, a.problem(err)
	}
	return out, nil
}
