package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/wire"
)

// handInTime is how long a document may take to come.
const handInTime = 2 * time.Minute

// providerRoutes is the list of everything that is asked of providers and done to
// them.
func (a *API) providerRoutes(h huma.API) {
	says := described("Providers", http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity)
	large := func(o *huma.Operation) { o.MaxBodyBytes, o.BodyReadTimeout = provider.MaxBytes, handInTime }
	encoded := func(o *huma.Operation) { o.MaxBodyBytes, o.BodyReadTimeout = 2*provider.MaxBytes, handInTime }
	const (
		editors  = "For editors and operators."
		missing  = http.StatusNotFound
		conflict = http.StatusConflict
		away     = http.StatusServiceUnavailable
	)
	huma.Get(h, "/v1/providers", a.providers, says("All providers", "And how each stands. "+editors))
	huma.Get(h, "/v1/providers/{id}", a.provider, says("One provider", "And how it stands. "+editors, missing))
	huma.Put(h, "/v1/providers/{id}", a.putProvider, says("Add or change a provider", "The whole of it, in place of what was known of its id; with If-None-Match: * only if there is none. What was refused of it before is judged anew when it comes again, and its feed is looked at at once. "+editors, conflict, http.StatusBadRequest))
	huma.Delete(h, "/v1/providers/{id}", a.removeProvider, says("Remove a provider", "Its keys end. Its releases stay, and what came of it stays known, should it be added again. "+editors, missing))
	huma.Post(h, "/v1/providers/{id}/pause", a.pauseProvider(true), says("Pause a provider", "Nothing is taken in until it is resumed; files stay in its folder. "+editors, missing))
	huma.Post(h, "/v1/providers/{id}/resume", a.pauseProvider(false), says("Resume a provider", "It is taken in again. "+editors, missing))
	huma.Post(h, "/v1/providers/{id}/pull", a.pullProvider, says("Pull its feed now", "And take in what is new. "+editors, missing, conflict, away))
	huma.Post(h, "/v1/providers/{id}/test", a.tryProvider, says("Try a provider", "Says what would become of a document, or, without one, of the whole of its feed, and changes nothing. A provider that is paused can be tried. "+editors, missing, away, http.StatusBadRequest), encoded)
	huma.Post(h, "/v1/providers/{id}/documents", a.handIn, says("Hand in a document", "As it is, in the body; what it is its content says. For the provider's own key, and for editors and operators. The answer says what became of each story in it; a document that cannot be read is refused by 400. The same document may be handed in again: what came before is known.", missing, conflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge), large)
	huma.Get(h, "/v1/providers/{id}/arrivals", a.providerArrivals, says("What came from a provider", "And what became of it, the last first, in pages, for 90 days. "+editors, missing))
	huma.Get(h, "/v1/providers/{id}/arrivals/{number}/document", a.refusedDocument, says("A document that was refused", "As it came; of each provider the last 200 are kept, sealed. "+editors, missing))
	huma.Post(h, "/v1/providers/{id}/key", a.providerKey, says("Make a key for a provider", "With it the provider hands in documents, and can do nothing else. It is shown this once. For operators.", missing))
}

// ProviderView is a provider and how it stands.
type ProviderView struct {
	provider.Status
	Documents string `json:"documents_url" doc:"Where it hands in by HTTP, with its key"`
}

func (a *API) providerView(s provider.Status) ProviderView {
	return ProviderView{s, a.Site.BaseURL + "/v1/providers/" + string(s.ID) + "/documents"}
}

type providersReply struct {
	Body struct {
		Providers []ProviderView `json:"providers"`
	}
}

func (a *API) providers(ctx context.Context, in *Credential) (*providersReply, error) {
	actor, err := a.actor(ctx, *in)
	if err != nil {
		return nil, err
	}
	all, err := a.Providers.List(ctx, actor)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &providersReply{}
	out.Body.Providers = []ProviderView{}
	for _, s := range all {
		out.Body.Providers = append(out.Body.Providers, a.providerView(s))
	}
	return out, nil
}

// ProviderQuery names a provider.
type ProviderQuery struct {
	Credential
	ID wire.ProviderID `path:"id" maxLength:"40"`
}

type providerReply struct{ Body ProviderView }

func (a *API) provider(ctx context.Context, in *ProviderQuery) (*providerReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	return a.showProvider(ctx, actor, in.ID)
}

func (a *API) showProvider(ctx context.Context, actor wire.Actor, id wire.ProviderID) (*providerReply, error) {
	s, err := a.Providers.Status(ctx, actor, id)
	if err != nil {
		return nil, a.problem(err)
	}
	return &providerReply{a.providerView(s)}, nil
}

type putProviderRequest struct {
	ProviderQuery
	None string `header:"If-None-Match" enum:"*" doc:"*: only if there is none by that id"`
	Body wire.Provider
}

func (a *API) putProvider(ctx context.Context, in *putProviderRequest) (*providerReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	if in.Body.ID != in.ID {
		return nil, a.problem(wire.Errorf(wire.Invalid, "id", "is %q in the body and %q in the address", string(in.Body.ID), string(in.ID)))
	}
	if err := a.Providers.Put(ctx, actor, in.Body, in.None == "*"); err != nil {
		return nil, a.problem(err)
	}
	return a.showProvider(ctx, actor, in.ID)
}

func (a *API) removeProvider(ctx context.Context, in *ProviderQuery) (*struct{}, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	if err := a.Providers.Remove(ctx, actor, in.ID); err != nil {
		return nil, a.problem(err)
	}
	return nil, nil
}

func (a *API) pauseProvider(paused bool) func(context.Context, *ProviderQuery) (*providerReply, error) {
	return func(ctx context.Context, in *ProviderQuery) (*providerReply, error) {
		actor, err := a.actor(ctx, in.Credential)
		if err != nil {
			return nil, err
		}
		if err := a.Providers.Pause(ctx, actor, in.ID, paused); err != nil {
			return nil, a.problem(err)
		}
		return a.showProvider(ctx, actor, in.ID)
	}
}

// ArrivalsView says what came and what became of it.
type ArrivalsView struct {
	Arrivals []wire.Arrival `json:"arrivals"`
	Next     int64          `json:"next,omitempty" doc:"Pass it as before to go on; none at the end"`
}

type arrivalsReply struct{ Body ArrivalsView }

func arrivalsOf(all []wire.Arrival) *arrivalsReply {
	if all == nil {
		all = []wire.Arrival{}
	}
	return &arrivalsReply{ArrivalsView{Arrivals: all}}
}

func (a *API) pullProvider(ctx context.Context, in *ProviderQuery) (*arrivalsReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	all, err := a.Providers.Look(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return arrivalsOf(all), nil
}

type tryProviderRequest struct {
	ProviderQuery
	Body *Document `doc:"Without it the feed is fetched"`
}

// TrialView says what would become of a document.
type TrialView struct {
	Stories []provider.Prospect `json:"stories"`
}

type trialReply struct{ Body TrialView }

func (a *API) tryProvider(ctx context.Context, in *tryProviderRequest) (*trialReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	var name string
	var raw []byte
	if in.Body != nil {
		name, raw = in.Body.Name, in.Body.Data
	}
	found, err := a.Providers.Try(ctx, actor, in.ID, name, raw)
	if err != nil {
		return nil, a.problem(err)
	}
	return &trialReply{TrialView{found}}, nil
}

type handInRequest struct {
	ProviderQuery
	Name    string `query:"name" maxLength:"255" doc:"File name, where the content does not say what it is"`
	RawBody []byte `contentType:"application/octet-stream"`
}

func (a *API) handIn(ctx context.Context, in *handInRequest) (*arrivalsReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	all, err := a.Providers.HandIn(ctx, actor, in.ID, in.Name, in.RawBody)
	if err != nil {
		return nil, a.problem(err)
	}
	return arrivalsOf(all), nil
}

type arrivalsRequest struct {
	ProviderQuery
	Verdict wire.Verdict `query:"verdict" enum:"taken,known,double,refused,withdrawn" doc:"Without it all"`
	Before  int64        `query:"before" minimum:"0" doc:"What next said, to go on"`
	Limit   int          `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

func (a *API) providerArrivals(ctx context.Context, in *arrivalsRequest) (*arrivalsReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	all, err := a.Providers.Arrivals(ctx, actor, in.ID, in.Verdict, in.Before, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := arrivalsOf(all)
	if len(all) == in.Limit {
		out.Body.Next = all[len(all)-1].Number
	}
	return out, nil
}

type refusedRequest struct {
	ProviderQuery
	Number int64 `path:"number" minimum:"1"`
}

type refusedReply struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Sniff       string `header:"X-Content-Type-Options"`
	Body        []byte
}

// refusedDocument gives a document as it came. It is a stranger's: no browser may
// show it as a page of this site.
func (a *API) refusedDocument(ctx context.Context, in *refusedRequest) (*refusedReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	note, raw, err := a.Providers.Refused(ctx, actor, in.ID, in.Number)
	if err != nil {
		return nil, a.problem(err)
	}
	name := note.Name
	if name == "" {
		name = "refused-" + strconv.FormatInt(in.Number, 10)
	}
	return &refusedReply{"application/octet-stream", mime.FormatMediaType("attachment", map[string]string{"filename": name}), "nosniff", raw}, nil
}

type providerKeyRequest struct {
	ProviderQuery
	Body struct {
		Days int `json:"days,omitempty" minimum:"0" maximum:"3660" doc:"How long it is valid; 0: until it is revoked"`
	}
}

// ProviderKeyView is a key, shown once.
type ProviderKeyView struct {
	Key       string `json:"key"`
	Documents string `json:"documents_url" doc:"Where the provider hands in with it"`
}

type providerKeyReply struct{ Body ProviderKeyView }

func (a *API) providerKey(ctx context.Context, in *providerKeyRequest) (*providerKeyReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	if actor.Role != wire.RoleOperator {
		return nil, a.problem(wire.Errorf(wire.Forbidden, "", "%s has the role %s, which may not make keys", actor.Name, actor.Role))
	}
	shown, err := a.showProvider(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	key, _, err := a.Keys.Create(ctx, auth.NewKey{Name: string(in.ID), Role: wire.RoleProvider, For: time.Duration(in.Body.Days) * 24 * time.Hour})
	if err != nil {
		return nil, a.problem(err)
	}
	a.Log.Info("key of a provider made", "provider", in.ID, "actor", actor.Name)
	return &providerKeyReply{ProviderKeyView{key, shown.Body.Documents}}, nil
}
