package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxProgress bounds how many progresses are followed at a time.
const maxProgress = 100

// deliveryRoutes is the list of everything that is asked of deliveries and done
// to them.
func (a *API) deliveryRoutes(h huma.API) {
	says := described("Deliveries", http.StatusUnauthorized, http.StatusUnprocessableEntity)
	const (
		readers   = "For editors and operators."
		operators = "For operators."
		missing   = http.StatusNotFound
		forbidden = http.StatusForbidden
		conflict  = http.StatusConflict
	)
	huma.Get(h, "/v1/items/{number}/report", a.itemReport, says("Report of one item", "Receipts counted, by channel, with the failures. "+readers, missing))
	huma.Get(h, "/v1/releases/{id}/exceptions", a.exceptions, says("Deliveries that did not go through at once", "Those that failed, those that are deferred, and letters that came back, in pages. A page may be shorter than its limit, even empty: go on while there is a next. "+readers, missing, http.StatusBadRequest))
	huma.Get(h, "/v1/items/{number}/exceptions", a.itemExceptions, says("Deliveries of one item that did not go through at once", "As of a release. "+readers, missing, http.StatusBadRequest))
	a.progressRoute(h, says("Progress of a release's deliveries", "A stream of events (text/event-stream): one at once, then one whenever a count changes, at most four a second, until everyone has a receipt. Deferred deliveries may remain then. "+readers, missing, http.StatusServiceUnavailable))
	huma.Post(h, "/v1/deliveries/find", a.findDeliveries, says("The last deliveries to one receiver", "Over all releases, the newest first, in pages. It is a POST because an address is not for logs. "+readers, missing, http.StatusBadRequest))
	huma.Get(h, "/v1/deliveries/health", a.receivers, says("How receivers are", "By mail domain and endpoint host, as the process that answers delivered to them: the worst first. "+readers, missing))
	huma.Get(h, "/v1/deliveries/standing", a.standing, says("How the standing queries are held", "Their number, and by subscription those that match nothing and those that ask for nothing in particular, so that every item is held against each. "+readers, missing))
	huma.Get(h, "/v1/items/{number}/why/{subscription}", a.whyTo, says("Why a subscription wants an item", "The parts of its query that hold, with the words and where they stand. "+readers, missing))
	huma.Post(h, "/v1/deliveries/resend", a.resend, says("Send items again", "Makes new deliveries of the newest versions, under the ids they had before, so that a receiver can drop a copy. Count first with dry_run. With an Idempotency-Key, the same request again makes nothing and returns what came of the first. "+operators, forbidden, missing, conflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge))
	huma.Get(h, "/v1/deliveries/acts", a.acts, says("What was done to deliveries by hand", "The newest first. "+readers, missing))
	huma.Get(h, "/v1/deliveries/suspended", a.suspended, says("Who gets nothing new", "Subscriptions that are paused, by their holder or by hand, and, on the first page, endpoints that are suspended and mailboxes that letters came back from. "+readers, missing))
	huma.Post(h, "/v1/subscriptions/{id}/suspend", a.suspendSubscription(true), says("Suspend a subscription", "It gets nothing new; amendments of what it was served reach it. Doing it twice is no error. "+operators, forbidden, missing))
	huma.Post(h, "/v1/subscriptions/{id}/resume", a.suspendSubscription(false), says("Resume a subscription", "It gets again what is new. It needs a reason: the holder may have unsubscribed. "+operators, forbidden, missing, http.StatusBadRequest))
	if a.Endpoints != nil {
		huma.Post(h, "/v1/subscriptions/{id}/test", a.tryEndpoint, says("Try a webhook", "Sends its endpoint an event of the type wireroom.test, signed as every other, which says that it is no news. "+operators, forbidden, missing, http.StatusBadRequest))
		huma.Post(h, "/v1/subscriptions/{id}/secret", a.rotateSecret, says("Give a webhook a new secret", "The answer is the only place where it is ever shown. The old one signs beside it for a day, but after a leak no more. "+operators, forbidden, missing, http.StatusBadRequest))
	}
	huma.Post(h, "/v1/endpoints/suspend", a.suspendEndpoint(true), says("Suspend an endpoint", "The webhook's address gets nothing new, whichever subscriptions lead to it. "+operators, forbidden, missing))
	huma.Post(h, "/v1/endpoints/resume", a.suspendEndpoint(false), says("Resume an endpoint", "The webhook's address gets again what is new. It needs a reason. "+operators, forbidden, missing, http.StatusBadRequest))
}

// reader lets those through who may see deliveries. To others there is nothing.
func (a *API) reader(ctx context.Context, c Credential) error {
	actor, err := a.actor(ctx, c)
	if err != nil {
		return err
	}
	if !actor.May(wire.DoCheck) {
		return a.problem(wire.Errorf(wire.NotFound, "id", "there is no such release"))
	}
	return nil
}

type itemReportRequest struct {
	Credential
	Number int64 `path:"number" minimum:"1"`
}

func (a *API) itemReport(ctx context.Context, in *itemReportRequest) (*reportReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	r, err := a.Courier.ReportItem(ctx, in.Number)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.reported(ctx, r)
}

// ExceptionsQuery is how exceptions are chosen and paged.
type ExceptionsQuery struct {
	Credential
	Channel wire.Channel `query:"channel" enum:"mail,webhook,websub,drop"`
	Domain  string       `query:"domain" maxLength:"253" doc:"Mail domain, or host of the endpoint, with all below it"`
	Outcome []string     `query:"outcome" enum:"failed,deferred,unfit,bounced,complained" doc:"One or several; without it all"`
	Code    string       `query:"code" maxLength:"200" doc:"A part of what the receiver said"`
	After   string       `query:"after" maxLength:"64" doc:"What next said, to go on"`
	Limit   int          `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

type exceptionsRequest struct {
	ID wire.ReleaseID `path:"id"`
	ExceptionsQuery
}

type itemExceptionsRequest struct {
	Number int64 `path:"number" minimum:"1"`
	ExceptionsQuery
}

// ExceptionsView is a page of exceptions.
type ExceptionsView struct {
	Exceptions []courier.Failure `json:"exceptions"`
	Next       string            `json:"next,omitempty" doc:"Pass it as after to go on; none at the end"`
}

type exceptionsReply struct{ Body ExceptionsView }

func (a *API) exceptions(ctx context.Context, in *exceptionsRequest) (*exceptionsReply, error) {
	return a.pageOfExceptions(ctx, courier.ExceptionFilter{Release: in.ID}, &in.ExceptionsQuery)
}

func (a *API) itemExceptions(ctx context.Context, in *itemExceptionsRequest) (*exceptionsReply, error) {
	return a.pageOfExceptions(ctx, courier.ExceptionFilter{Number: in.Number}, &in.ExceptionsQuery)
}

func (a *API) pageOfExceptions(ctx context.Context, f courier.ExceptionFilter, q *ExceptionsQuery) (*exceptionsReply, error) {
	if err := a.reader(ctx, q.Credential); err != nil {
		return nil, err
	}
	f.Channel, f.Domain, f.Code = q.Channel, q.Domain, q.Code
	for _, outcome := range []wire.Outcome{wire.Failed, wire.Deferred, wire.Unfit, wire.Bounced, wire.Complained} {
		if slices.Contains(q.Outcome, outcome.String()) {
			f.Outcomes = append(f.Outcomes, outcome)
		}
	}
	found, next, err := a.Courier.Exceptions(ctx, f, q.After, q.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	if found == nil {
		found = []courier.Failure{}
	}
	return &exceptionsReply{ExceptionsView{found, next}}, nil
}

// DeliveryQuery names one receiver and a page of its deliveries.
type DeliveryQuery struct {
	Outlet       wire.OutletID       `json:"outlet,omitempty" minimum:"0" doc:"Its subscriptions and those of its contacts; or:"`
	Address      string              `json:"address,omitempty" maxLength:"2000" doc:"Whatever subscriptions lead to this mailbox or endpoint; or:"`
	Subscription wire.SubscriptionID `json:"subscription,omitempty" minimum:"0"`
	Before       int64               `json:"before,omitempty" minimum:"0" doc:"What next said, to go on"`
	Limit        int                 `json:"limit,omitempty" default:"50" minimum:"1" maximum:"1000"`
}

type findRequest struct {
	Credential
	Body DeliveryQuery
}

// DeliveriesView is a page of deliveries to a receiver.
type DeliveriesView struct {
	Deliveries []courier.ReceiverDelivery `json:"deliveries"`
	Next       int64                      `json:"next,omitempty" doc:"Pass it as before to go on; none at the end"`
}

type findReply struct{ Body DeliveriesView }

func (a *API) findDeliveries(ctx context.Context, in *findRequest) (*findReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	q := &in.Body
	found, next, err := a.Courier.DeliveriesTo(ctx, courier.Receiver{Outlet: q.Outlet, Address: q.Address, Subscription: q.Subscription}, q.Before, q.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	if found == nil {
		found = []courier.ReceiverDelivery{}
	}
	return &findReply{DeliveriesView{found, next}}, nil
}

type receiversRequest struct {
	Credential
	Worst int `query:"worst" default:"20" minimum:"1" maximum:"10000" doc:"How many"`
}

// ReceiversView says how receivers are.
type ReceiversView struct {
	Receivers []courier.ReceiverHealth `json:"receivers"`
}

type receiversReply struct{ Body ReceiversView }

func (a *API) receivers(ctx context.Context, in *receiversRequest) (*receiversReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	found, err := a.Courier.Receivers(ctx, in.Worst)
	if err != nil {
		return nil, a.problem(err)
	}
	return &receiversReply{ReceiversView{found}}, nil
}

type standingRequest struct {
	Credential
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"How many queries are listed"`
}

type standingReply struct{ Body *courier.Standing }

func (a *API) standing(ctx context.Context, in *standingRequest) (*standingReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	s, err := a.Courier.Standing(ctx, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	return &standingReply{s}, nil
}

type resendRequest struct {
	Credential
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"The same key again makes nothing and returns what came of the first"`
	Body courier.Resend
}

type resendReply struct{ Body *courier.Resent }

func (a *API) resend(ctx context.Context, in *resendRequest) (*resendReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	done, err := a.Courier.Resend(ctx, actor, in.Body, request(actor, in.Key))
	if err != nil {
		return nil, a.problem(err)
	}
	return &resendReply{done}, nil
}

type actsRequest struct {
	Credential
	Before int64 `query:"before" minimum:"0" doc:"Id of the last act of the page before"`
	Limit  int   `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

// ActsView is a page of acts on deliveries.
type ActsView struct {
	Acts []courier.Act `json:"acts"`
}

type actsReply struct{ Body ActsView }

func (a *API) acts(ctx context.Context, in *actsRequest) (*actsReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	acts, err := a.Courier.Acts(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	if acts == nil {
		acts = []courier.Act{}
	}
	return &actsReply{ActsView{acts}}, nil
}

type suspendedRequest struct {
	Credential
	After wire.SubscriptionID `query:"after" minimum:"0" doc:"What next said, to go on"`
	Limit int                 `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

// SuspendedView is a page of who gets nothing new.
type SuspendedView struct {
	Subscriptions []courier.SuspendedSubscription `json:"subscriptions"`
	Endpoints     []courier.SuspendedEndpoint     `json:"endpoints,omitempty"`
	Next          wire.SubscriptionID             `json:"next,omitempty" doc:"Pass it as after to go on; none at the end"`
}

type suspendedReply struct{ Body SuspendedView }

func (a *API) suspended(ctx context.Context, in *suspendedRequest) (*suspendedReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	found, endpoints, next, err := a.Courier.Suspended(ctx, in.After, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	if found == nil {
		found = []courier.SuspendedSubscription{}
	}
	return &suspendedReply{SuspendedView{found, endpoints, next}}, nil
}

type suspendSubscriptionRequest struct {
	Credential
	ID   wire.SubscriptionID `path:"id" minimum:"1"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
	}
}

type suspendSubscriptionReply struct {
	Body courier.SuspendedSubscription
}

func (a *API) suspendSubscription(suspended bool) func(context.Context, *suspendSubscriptionRequest) (*suspendSubscriptionReply, error) {
	return func(ctx context.Context, in *suspendSubscriptionRequest) (*suspendSubscriptionReply, error) {
		actor, err := a.actor(ctx, in.Credential)
		if err != nil {
			return nil, err
		}
		s, err := a.Courier.SuspendSubscription(ctx, actor, in.ID, suspended, in.Body.Reason)
		if err != nil {
			return nil, a.problem(err)
		}
		return &suspendSubscriptionReply{s}, nil
	}
}

type suspendEndpointRequest struct {
	Credential
	Body struct {
		Address string `json:"address" minLength:"1" maxLength:"2000" doc:"As it stands in the directory"`
		Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
	}
}

func (a *API) suspendEndpoint(suspended bool) func(context.Context, *suspendEndpointRequest) (*struct{}, error) {
	return func(ctx context.Context, in *suspendEndpointRequest) (*struct{}, error) {
		actor, err := a.actor(ctx, in.Credential)
		if err != nil {
			return nil, err
		}
		if err := a.Courier.SuspendEndpoint(ctx, actor, in.Body.Address, suspended, in.Body.Reason); err != nil {
			return nil, a.problem(err)
		}
		return nil, nil
	}
}

// progressRoute registers the stream of a progress, which no generated operation
// describes.
func (a *API) progressRoute(h huma.API, says func(*huma.Operation)) {
	o := huma.Operation{Method: http.MethodGet, Path: "/v1/releases/{id}/progress", OperationID: "get-v1-releases-by-id-progress"}
	says(&o)
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[courier.Progress](), true, "Progress")
	o.Responses = map[string]*huma.Response{"200": {
		Description: "Events of type progress, each with one Progress as JSON",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString, Description: "data: " + schema.Ref}}},
	}}
	places := make(chan struct{}, maxProgress)
	huma.Register(h, o, func(ctx context.Context, in *releaseRequest) (*huma.StreamResponse, error) {
		if err := a.reader(ctx, in.Credential); err != nil {
			return nil, err
		}
		if _, err := a.Courier.Progress(ctx, in.ID); err != nil { // said before the stream begins
			return nil, a.problem(err)
		}
		select {
		case places <- struct{}{}:
		default:
			return nil, a.problem(wire.Errorf(wire.Unavailable, "", "too many progresses are followed at the moment: try again, or read the report"))
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) {
			defer func() { <-places }()
			a.streamProgress(stream, in.ID)
		}}, nil
	})
}

// streamWriteTime is how long a reader of a stream may take for one event.
const streamWriteTime = 10 * time.Second

// streamProgress writes events until the release is settled or the reader leaves.
func (a *API) streamProgress(stream huma.Context, release wire.ReleaseID) {
	stream.SetHeader("Content-Type", "text/event-stream")
	stream.SetHeader("Cache-Control", "no-store")
	stream.SetHeader("X-Accel-Buffering", "no")
	w := stream.BodyWriter()
	var control *http.ResponseController
	if rw, ok := w.(http.ResponseWriter); ok {
		control = http.NewResponseController(rw)
	}
	ctx, end := context.WithCancel(stream.Context())
	defer end()
	go func() {
		select {
		case <-a.Closing:
			end()
		case <-ctx.Done():
		}
	}()
	err := a.Courier.Follow(ctx, release, func(p courier.Progress) error {
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if control != nil {
			_ = control.SetWriteDeadline(time.Now().Add(streamWriteTime)) // where there are deadlines
		}
		if _, err := fmt.Fprintf(w, "event: progress\ndata: %s\n\n", raw); err != nil {
			return err
		}
		if control != nil {
			return control.Flush()
		}
		return nil
	})
	if control != nil {
		_ = control.SetWriteDeadline(time.Time{}) // the connection may serve other requests
	}
	if err != nil && ctx.Err() == nil {
		a.Log.Info("a progress ended early", "release", release, "error", err)
	}
}
