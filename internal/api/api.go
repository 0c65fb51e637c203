package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

// Options are what the API is a face of. What may be nil says so.
type Options struct {
	Desk    *desk.Desk
	Archive *archive.Archive
	Courier *courier.Courier
	Keys    *auth.Keys
	Keyring *seal.Keyring    // signs tokens; nil: there are none
	Now     func() time.Time // that tokens are made at; nil for time.Now
	Site    format.Site
	Ingest  ingest.Options // the house's defaults: providers, limits
	// Endpoints tries webhooks and changes their secrets; nil: nobody does.
	Endpoints *webhook.Endpoints
	// Subscriptions is the book of subscriptions; nil: nobody changes them here.
	Subscriptions *subscribe.Book
	Log           *slog.Logger
	Version       string
	// Live has the receipts of the live stream; nil: there are none.
	Live *receipt.Book
	// Closing, once closed, ends streams, which do not end by themselves; nil:
	// only the reader ends them.
	Closing <-chan struct{}
	// Providers takes in what others supply; nil: nothing is.
	Providers *provider.Intake
}

// API serves /v1.
type API struct{ Options }

// New returns the handler of everything under /v1 but the live stream.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &API{o}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Wireroom", o.Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/v1/openapi", "", "/v1/schemas"
	config.Info.Description = "Hand in releases, move them through the desk, read the wire and its receipts."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer"}}
	a.routes(humago.New(mux, config))
	mux.HandleFunc("GET /v1/pictures/{name}", a.picture)
	return mux
}

// routes is the list of everything the API can do.
func (a *API) routes(h huma.API) {
	const maxBody = 32 << 20 // base64 of several documents, with pictures
	large := func(o *huma.Operation) { o.MaxBodyBytes, o.BodyReadTimeout = maxBody, handInTime }

	huma.Post(h, "/v1/releases", a.submit, keyed, large, created)
	huma.Get(h, "/v1/releases", a.list, keyed)
	huma.Get(h, "/v1/releases/{id}", a.release, keyed)
	huma.Post(h, "/v1/releases/{id}/{verb}", a.act, keyed, large)
	huma.Get(h, "/v1/releases/{id}/audit", a.audit, keyed)
	huma.Get(h, "/v1/releases/{id}/twins", a.twins, keyed)
	huma.Get(h, "/v1/releases/{id}/subjects", a.subjects, keyed)
	huma.Get(h, "/v1/releases/{id}/report", a.report, keyed)
	a.deliveryRoutes(h)
	if a.Subscriptions != nil {
		a.subscriptionRoutes(h)
	}
	if a.Providers != nil {
		a.providerRoutes(h)
	}
	huma.Get(h, "/v1/items", a.items)
	a.itemRoute(h)
	huma.Get(h, "/v1/items/{number}/alike", a.alikeItems)
	huma.Get(h, "/v1/items/{number}/why", a.why)
	huma.Get(h, "/v1/search", a.search)
	huma.Get(h, "/v1/search/preview", a.preview)
	a.topicRoute(h)
	if a.Keyring != nil {
		huma.Post(h, "/v1/stream/token", a.token, keyed, created)
	}
}

// keyed is an operation that needs a key, as the description of the API has it.
func keyed(o *huma.Operation) { o.Security = []map[string][]string{{"key": {}}} }

// created is one that answers 201.
func created(o *huma.Operation) { o.DefaultStatus = http.StatusCreated }

// described begins the descriptions of operations that stand under a tag and need a
// key: each can end in the errors named here, and in its own.
func described(tag string, always ...int) func(summary, description string, errors ...int) func(*huma.Operation) {
	return func(summary, description string, errors ...int) func(*huma.Operation) {
		return func(o *huma.Operation) {
			keyed(o)
			o.Tags = []string{tag}
			o.Summary, o.Description = summary, description
			o.Errors = slices.Concat(always, errors)
		}
	}
}

// Credential is the part of a request that says who asks.
type Credential struct {
	Authorization string `header:"Authorization" doc:"Bearer and an API key"`
}

// actor returns who asks; an error if the key is missing or not valid.
func (a *API) actor(ctx context.Context, c Credential) (wire.Actor, error) {
	actor, ok, err := a.Keys.FromRequest(c.request(ctx))
	return actor, a.refused(ok, err)
}

// request is one that has the credential.
func (c Credential) request(ctx context.Context) *http.Request {
	return (&http.Request{Header: http.Header{"Authorization": {c.Authorization}}}).WithContext(ctx)
}

// refused is what is answered where a key is missing, not valid, or cannot be
// looked up; nil if it is good.
func (a *API) refused(ok bool, err error) error {
	switch {
	case err != nil && wire.KindOf(err) == wire.Forbidden, err == nil && !ok:
		return huma.Error401Unauthorized("this needs an API key: Authorization: Bearer wrk_…")
	case err != nil:
		return a.problem(err)
	}
	return nil
}

// problem turns an error into problem details. What is our fault is logged, and
// told only as far as whoever asks can do something about it.
func (a *API) problem(err error) error {
	status := ui.Status(err)
	if status >= 500 {
		a.Log.Error("request failed", "error", err)
		message := "something went wrong on our side"
		if e, ok := asError(err); ok && e.Kind == wire.Unavailable {
			message = e.Message
		} else if status == http.StatusServiceUnavailable {
			message = "a part of the wire is not ready; try again"
		}
		return huma.NewError(status, message)
	}
	detail := &huma.ErrorDetail{Message: err.Error()}
	message := err.Error()
	if e, ok := asError(err); ok {
		message, detail.Message, detail.Location = e.Message, e.Message, e.Field
	}
	if fault, ok := errors.AsType[*match.Fault](err); ok {
		detail.Value = QueryFault{fault.Code, fault.At}
	}
	return huma.NewError(status, message, detail)
}

// QueryFault is what is wrong with a query: the value of a problem's detail.
type QueryFault struct {
	Code match.FaultCode `json:"code"`
	At   int             `json:"at,omitempty" doc:"Where, in characters from 1; none: the whole query"`
}
