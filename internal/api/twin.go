package api

import (
	"context"
	"fmt"

	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

// TwinView is an edition of another release that says much the same.
type TwinView struct {
	Language string         `json:"language" doc:"Of the edition that was asked about"`
	Release  wire.ReleaseID `json:"release" doc:"The other release"`
	Number   int64          `json:"number,omitempty" doc:"Wire number of its first version; without, it is still on the desk"`
	Likeness float64        `json:"likeness" doc:"Share of three-word sequences in common, 0.4 to 1, estimated"`
}

type twinsReply struct {
	Body struct {
		Twins []TwinView `json:"twins"`
	}
}

// twins tells the desk what is much like a release.
func (a *API) twins(ctx context.Context, in *releaseRequest) (*twinsReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	found, err := a.Desk.Twins(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &twinsReply{}
	out.Body.Twins = []TwinView{}
	for _, t := range found {
		out.Body.Twins = append(out.Body.Twins, TwinView(t))
	}
	return out, nil
}

// twinFindings warns the desk of what comes in twice. An issuer is not told of
// others' releases, and a release that was taken in is not refused because this
// failed.
func (a *API) twinFindings(ctx context.Context, actor wire.Actor, id wire.ReleaseID) []ingest.Finding {
	if !actor.May(wire.DoCheck) {
		return nil
	}
	found, err := a.Desk.Twins(ctx, actor, id)
	if err != nil {
		a.Log.Warn("cannot look for what is much like a release", "release", id, "error", err)
	}
	var all []ingest.Finding
	for _, t := range found {
		where := "still on the desk"
		if t.Number > 0 {
			where = fmt.Sprintf("on the wire since item %d", t.Number)
		}
		all = append(all, ingest.Finding{Severity: "warning", Code: "much-alike", Message: fmt.Sprintf("the %s edition is %.0f %% like release %s, %s", t.Language, 100*t.Likeness, t.Release, where)})
	}
	return all
}
