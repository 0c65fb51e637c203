package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// subscriptionRoutes is the list of what can be asked of the book of
// subscriptions.
func (a *API) subscriptionRoutes(h huma.API) {
	says := described("Subscriptions", http.StatusUnauthorized, http.StatusUnprocessableEntity)
	huma.Get(h, "/v1/subscriptions", a.subscriptions, says("Subscriptions", "Those in force, by number, in pages. For editors and operators.", http.StatusNotFound))
	huma.Get(h, "/v1/subscriptions/{id}", a.subscription, says("One subscription", "For editors and operators.", http.StatusNotFound))
	huma.Post(h, "/v1/subscriptions", a.subscribe, created, says("Subscribe an outlet or a contact to a search", "It counts from the next release on. An error in the query is a problem whose detail has its code and place. With an Idempotency-Key, the same request again adds nothing and returns what came of the first, without a secret. For operators.", http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge))
	huma.Patch(h, "/v1/subscriptions/{id}", a.changeSubscription, says("Change the query or the format of a subscription, or its folder", "It counts from the next release on, a folder from the next attempt on. For operators.", http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge))
	huma.Delete(h, "/v1/subscriptions/{id}", a.unsubscribe, func(o *huma.Operation) { o.DefaultStatus = http.StatusOK }, says("End a subscription", "It gets nothing new. It stays in the directory, suspended: amendments of what it was served reach it, and receipts name it. Doing it twice is no error. For operators.", http.StatusForbidden, http.StatusNotFound))
}

type subscriptionsRequest struct {
	Credential
	Outlet    wire.OutletID       `query:"outlet" minimum:"0" doc:"Its own and those of its contacts"`
	Contact   wire.ContactID      `query:"contact" minimum:"0"`
	Channel   wire.Channel        `query:"channel" enum:"mail,webhook,websub,drop"`
	Suspended bool                `query:"suspended" doc:"Those that get nothing new as well"`
	After     wire.SubscriptionID `query:"after" minimum:"0" doc:"What next said, to go on"`
	Limit     int                 `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

// SubscriptionsView is a page of subscriptions.
type SubscriptionsView struct {
	Subscriptions []subscribe.BookEntry `json:"subscriptions"`
	Next          wire.SubscriptionID   `json:"next,omitempty" doc:"Pass it as after to go on; none at the end"`
}

type subscriptionsReply struct{ Body SubscriptionsView }

func (a *API) subscriptions(ctx context.Context, in *subscriptionsRequest) (*subscriptionsReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	f := store.HoldingFilter{Outlet: in.Outlet, Contact: in.Contact, Channel: in.Channel, Paused: in.Suspended, After: in.After, Limit: in.Limit}
	found, next, err := a.Subscriptions.List(ctx, f)
	if err != nil {
		return nil, a.problem(err)
	}
	return &subscriptionsReply{SubscriptionsView{found, next}}, nil
}

type subscriptionRequest struct {
	Credential
	ID wire.SubscriptionID `path:"id" minimum:"1"`
}

type subscriptionReply struct{ Body *subscribe.BookEntry }

func (a *API) subscription(ctx context.Context, in *subscriptionRequest) (*subscriptionReply, error) {
	if err := a.reader(ctx, in.Credential); err != nil {
		return nil, err
	}
	e, err := a.Subscriptions.Show(ctx, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return &subscriptionReply{&e}, nil
}

// NewOutlet is an outlet that comes into the directory with its subscription.
type NewOutlet struct {
	Name     string `json:"name" minLength:"1" maxLength:"500"`
	Country  string `json:"country,omitempty" maxLength:"2"`
	Language string `json:"language,omitempty" maxLength:"35"`
	Kind     string `json:"kind,omitempty" maxLength:"50" doc:"newspaper, agency, broadcast, online, terminal"`
}

// NewContact is a contact that comes into the directory with its subscription.
type NewContact struct {
	Outlet   wire.OutletID `json:"outlet,omitempty" minimum:"0" doc:"Where they work; none: a freelance"`
	Name     string        `json:"name" minLength:"1" maxLength:"500"`
	Email    string        `json:"email" minLength:"3" maxLength:"320"`
	Country  string        `json:"country,omitempty" maxLength:"2"`
	Language string        `json:"language,omitempty" maxLength:"35" doc:"Of letters to them"`
}

// NewSubscription is a subscription that is asked for.
type NewSubscription struct {
	Query      string           `json:"query" maxLength:"4096" doc:"The search, in the language of searches: see /v1/search/preview for what it would bring"`
	Outlet     wire.OutletID    `json:"outlet,omitempty" minimum:"0" doc:"Number of who holds it; or:"`
	Contact    wire.ContactID   `json:"contact,omitempty" minimum:"0" doc:"or:"`
	NewOutlet  *NewOutlet       `json:"new_outlet,omitempty" doc:"or:"`
	NewContact *NewContact      `json:"new_contact,omitempty"`
	Channel    wire.Channel     `json:"channel" enum:"mail,webhook,drop" doc:"A contact is reached by mail, an outlet by the others"`
	Address    string           `json:"address,omitempty" maxLength:"2000" doc:"Of the webhook or the folder; letters go to the contact's"`
	Secret     string           `json:"secret,omitempty" maxLength:"20000" doc:"Of a webhook, made if it is missing; what opens a folder"`
	Format     string           `json:"format,omitempty" maxLength:"200" doc:"Of a webhook or a folder; ninjs if it is missing"`
	Preference *wire.Preference `json:"preference,omitempty" doc:"When letters come; none: each release at once"`
	Reason     string           `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
}

type subscribeRequest struct {
	Credential
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"The same key again adds nothing and returns what came of the first, without a secret"`
	Body NewSubscription
}

type subscribeReply struct{ Body *subscribe.Added }

func (a *API) subscribe(ctx context.Context, in *subscribeRequest) (*subscribeReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	o := subscribe.Order{Reason: b.Reason, Subscription: wire.Subscription{
		Outlet: b.Outlet, Contact: b.Contact, Query: b.Query, Channel: b.Channel, Address: b.Address, Secret: b.Secret, Format: b.Format, Preference: b.Preference,
	}}
	if n := b.NewOutlet; n != nil {
		o.NewOutlet = &wire.Outlet{Name: n.Name, Country: n.Country, Language: n.Language, Kind: n.Kind}
	}
	if n := b.NewContact; n != nil {
		o.NewContact = &wire.Contact{Outlet: n.Outlet, Name: n.Name, Email: n.Email, Country: n.Country, Language: n.Language}
	}
	added, err := a.Subscriptions.Add(ctx, actor, o, request(actor, in.Key))
	if err != nil {
		return nil, a.problem(err)
	}
	return &subscribeReply{added}, nil
}

type changeSubscriptionRequest struct {
	Credential
	ID   wire.SubscriptionID `path:"id" minimum:"1"`
	Body struct {
		Query   *string `json:"query,omitempty" maxLength:"4096"`
		Format  *string `json:"format,omitempty" maxLength:"200"`
		Address *string `json:"address,omitempty" maxLength:"2000" doc:"Of a folder, with its secret"`
		Secret  *string `json:"secret,omitempty" maxLength:"20000" doc:"What opens a folder"`
		Reason  string  `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
	}
}

func (a *API) changeSubscription(ctx context.Context, in *changeSubscriptionRequest) (*subscriptionReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	e, err := a.Subscriptions.Change(ctx, actor, in.ID, subscribe.Change{
		Query: in.Body.Query, Format: in.Body.Format, Address: in.Body.Address, Secret: in.Body.Secret, Reason: in.Body.Reason,
	})
	if err != nil {
		return nil, a.problem(err)
	}
	return &subscriptionReply{e}, nil
}

type unsubscribeRequest struct {
	Credential
	ID     wire.SubscriptionID `path:"id" minimum:"1"`
	Reason string              `query:"reason" maxLength:"500" doc:"Why, for the record"`
}

func (a *API) unsubscribe(ctx context.Context, in *unsubscribeRequest) (*subscriptionReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	e, err := a.Subscriptions.Remove(ctx, actor, in.ID, in.Reason)
	if err != nil {
		return nil, a.problem(err)
	}
	return &subscriptionReply{e}, nil
}
