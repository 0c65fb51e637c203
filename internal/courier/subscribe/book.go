package subscribe

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Book is the book of subscriptions, for operators. Its fields are required. It
// is safe for concurrent use. What it changes counts from the next release on, in
// every process: whoever plans proves that the directory is still the one it knows.
type Book struct {
	Store   *store.Store
	Sealer  sealed.Sealer // nil: secrets are not sealed
	Courier *courier.Courier
}

// The verbs under which acts are on record.
const (
	verbAdd    = "subscribe"
	verbChange = "change"
)

// BookEntry is a subscription as the book shows it, without what would open anything.
type BookEntry struct {
	Subscription wire.SubscriptionID `json:"subscription"`
	Outlet       wire.OutletID       `json:"outlet,omitempty"`
	Contact      wire.ContactID      `json:"contact,omitempty"`
	Holder       string              `json:"holder,omitempty" doc:"Name of the outlet or contact"`
	Query        string              `json:"query" doc:"In its canonical form; of a WebSub subscriber the feed"`
	Broad        bool                `json:"broad,omitempty" doc:"It asks for nothing in particular: only so many of these are held"`
	Channel      wire.Channel        `json:"channel"`
	Address      string              `json:"address" doc:"Without what would open a mailbox or an endpoint"`
	Format       string              `json:"format,omitempty"`
	Preference   *wire.Preference    `json:"preference,omitempty" doc:"When letters come; none: each release at once"`
	Suspended    bool                `json:"suspended,omitempty" doc:"It gets nothing new; amendments of what it was served reach it"`
	Problem      string              `json:"problem,omitempty" doc:"Why the query matches nothing, as far as this process knows; of one that was just added or changed"`
}

func entryOf(h *store.Holding) BookEntry {
	e := BookEntry{
		Subscription: h.ID, Outlet: h.Outlet, Contact: h.Contact, Holder: h.Holder, Query: h.Query, Channel: h.Channel,
		Address: courier.Mask(h.Channel, h.Address), Format: h.Format, Preference: h.Preference, Suspended: h.Paused,
	}
	if q, err := match.Parse(h.Query); err == nil && h.Channel != wire.ByWebSub {
		e.Broad = q.Unanchored()
	}
	return e
}

// List returns subscriptions, and the After of the page behind; 0 at the end.
func (b *Book) List(ctx context.Context, f store.HoldingFilter) (entries []BookEntry, next wire.SubscriptionID, err error) {
	limit := f.Limit
	f.Limit++
	err = b.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := tx.Holdings(f)
		if err != nil {
			return err
		}
		entries, next = []BookEntry{}, 0
		if len(found) > limit {
			found = found[:limit]
			next = found[limit-1].ID
		}
		for i := range found {
			entries = append(entries, entryOf(&found[i]))
		}
		return nil
	})
	return entries, next, err
}

// Show returns one subscription; NotFound if there is none.
func (b *Book) Show(ctx context.Context, id wire.SubscriptionID) (e BookEntry, err error) {
	err = b.Store.Read(ctx, func(tx *store.Tx) error {
		h, err := tx.Holding(id)
		e = entryOf(&h)
		return err
	})
	return e, err
}

// Order is a subscription that is asked for. Of Holder's numbers one is set, in
// the subscription, or one of the new ones is given.
type Order struct {
	Subscription wire.Subscription // ID, Paused and Expires count for nothing
	NewOutlet    *wire.Outlet
	NewContact   *wire.Contact
	Reason       string
}

// Added is what became of an order.
type Added struct {
	BookEntry
	Secret   string `json:"secret,omitempty" doc:"Of a webhook, if it was made: it is shown this once"`
	Repeated bool   `json:"repeated,omitempty" doc:"The same request was made before, and this is what came of it: nothing was added"`
}

// answers reports whether an order for a subscription is the one that it came of.
func (a *Added) answers(s *wire.Subscription) bool {
	return a.Channel == s.Channel && a.Query == s.Query && a.Format == s.Format && a.Address == courier.Mask(s.Channel, s.Address) &&
		(s.Outlet == 0 || s.Outlet == a.Outlet) && (s.Contact == 0 || s.Contact == a.Contact)
}

// Add takes a subscription in, with its holder if that is new, in one transaction
// that is on record. A request key that was used before adds nothing and returns
// what came of it then, without a secret; "" is none. Errors: Forbidden, Invalid
// with the field (see Complete), NotFound for a holder that there is not,
// Exhausted for a query that asks for nothing in particular where as many of those
// are held as may be, Conflict for a request key that was used for something else.
func (b *Book) Add(ctx context.Context, actor wire.Actor, o Order, request string) (*Added, error) {
	if err := courier.Steers(actor); err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := o.Subscription
	if err := b.resolve(ctx, &o, &s); err != nil {
		return nil, err
	}
	q, made, err := Complete(&s)
	if err != nil {
		return nil, err
	}
	if err := b.Courier.Room(ctx, 0, q); err != nil {
		return nil, err
	}
	secret := s.Secret
	if err := sealed.Seal(b.Sealer, &s); err != nil {
		return nil, err
	}
	var done *Added
	err = courier.WriteOnce(ctx, b.Store, request, func(tx *store.Tx) (err error) {
		done, err = o.write(tx, actor, s, request)
		return err
	})
	if err != nil || done.Repeated {
		return done, err
	}
	if made {
		done.Secret = secret
	}
	return done, b.followed(ctx, &done.BookEntry)
}

// complete says what is wrong with whom an order is for.
func (o *Order) complete() error {
	n := 0
	for _, given := range []bool{o.Subscription.Outlet != 0, o.Subscription.Contact != 0, o.NewOutlet != nil, o.NewContact != nil} {
		if given {
			n++
		}
	}
	if n != 1 {
		return wire.Errorf(wire.Invalid, "holder", "give one of outlet, contact, new_outlet and new_contact")
	}
	letters := o.Subscription.Contact != 0 || o.NewContact != nil
	if letters != (o.Subscription.Channel == wire.ByMail) {
		return wire.Errorf(wire.Invalid, "channel", "a contact is reached by mail, an outlet by webhook or drop")
	}
	if o.NewOutlet != nil && o.NewOutlet.Name == "" || o.NewContact != nil && o.NewContact.Name == "" {
		return wire.Errorf(wire.Invalid, "name", "say what the new outlet or contact is called")
	}
	return nil
}

// resolve finds whom an order is for; a letter goes to the address of its contact.
func (b *Book) resolve(ctx context.Context, o *Order, s *wire.Subscription) error {
	if o.NewContact != nil {
		s.Address = o.NewContact.Email
		return nil
	}
	return b.Store.Read(ctx, func(tx *store.Tx) error {
		switch {
		case s.Outlet != 0:
			_, err := tx.Outlet(s.Outlet)
			return err
		case s.Contact != 0:
			c, err := tx.Contact(s.Contact)
			s.Address = c.Email
			return err
		}
		return nil
	})
}

func (o *Order) write(tx *store.Tx, actor wire.Actor, s wire.Subscription, request string) (*Added, error) {
	before := &Added{}
	act, err := courier.MadeBefore(tx, request, verbAdd, before, func(string) bool { return before.answers(&s) })
	if err != nil {
		return nil, err
	}
	if act != 0 {
		before.Repeated = true
		return before, nil
	}
	if o.NewOutlet != nil {
		outlets := []wire.Outlet{*o.NewOutlet}
		if err := tx.AddOutlets(outlets); err != nil {
			return nil, err
		}
		s.Outlet = outlets[0].ID
	}
	if o.NewContact != nil {
		contacts := []wire.Contact{*o.NewContact}
		if err := tx.AddContacts(contacts); err != nil {
			return nil, err
		}
		s.Contact = contacts[0].ID
	}
	s.ID, s.Paused, s.Expires = 0, false, 0
	stored := []wire.Subscription{s}
	if err := tx.AddSubscriptions(stored); err != nil {
		return nil, err
	}
	h, err := tx.Holding(stored[0].ID)
	if err != nil {
		return nil, err
	}
	done := &Added{BookEntry: entryOf(&h)}
	return done, record(tx, actor, verbAdd, request, o.Reason, done)
}

// record writes an act down, with what came of it, which has no secret yet.
func record(tx *store.Tx, actor wire.Actor, verb, request, reason string, done *Added) error {
	detail, err := json.Marshal(done)
	if err != nil {
		return err
	}
	return tx.AddDeliveryAct(&store.DeliveryAct{Request: request, Actor: actor, Verb: verb, Subject: fmt.Sprintf("subscription %d", done.Subscription), Reason: reason, Detail: string(detail)})
}

// Change is what of a subscription is to be another; nil leaves it.
type Change struct {
	Query, Format *string
	// Address and Secret are of a folder. An address comes with its secret: what
	// opens one server is told to another only by who knows it.
	Address, Secret *string
	Reason          string
}

// Change gives a subscription another query or format, a folder another place or
// secret, on record. What is planned already goes out as it was planned, to a
// folder's new place from the next attempt on. NotFound if there is none; other
// errors as Add. The feed of a WebSub subscriber is its own to change.
func (b *Book) Change(ctx context.Context, actor wire.Actor, id wire.SubscriptionID, c Change) (*BookEntry, error) {
	if err := courier.Steers(actor); err != nil {
		return nil, err
	}
	if c.Query != nil {
		q, err := match.Parse(*c.Query)
		if err != nil {
			return nil, err
		}
		if err := b.Courier.Room(ctx, id, q); err != nil {
			return nil, err
		}
	}
	var done *Added
	err := b.Store.Write(ctx, func(tx *store.Tx) error {
		err := sealed.Change(tx, b.Sealer, id, func(s *wire.Subscription) error {
			if s.Channel == wire.ByWebSub {
				return wire.Errorf(wire.Invalid, "subscription", "is to a feed, %s: its subscriber changes it at the hub", s.Query)
			}
			if err := c.folder(s); err != nil {
				return err
			}
			if c.Query != nil {
				s.Query = *c.Query
			}
			if c.Format != nil {
				s.Format = *c.Format
			}
			_, _, err := Complete(s)
			return err
		})
		if err != nil {
			return err
		}
		h, err := tx.Holding(id)
		if err != nil {
			return err
		}
		done = &Added{BookEntry: entryOf(&h)}
		return record(tx, actor, verbChange, "", c.Reason, done)
	})
	if err != nil {
		return nil, err
	}
	return &done.BookEntry, b.followed(ctx, &done.BookEntry)
}

// folder changes where a folder is and what opens it.
func (c *Change) folder(s *wire.Subscription) error {
	switch {
	case c.Address == nil && c.Secret == nil:
		return nil
	case s.Channel == wire.ByWebhook && c.Address == nil:
		return wire.Errorf(wire.Invalid, "secret", "of a webhook is made anew, with time to change over: wireroom deliveries secret %d", s.ID)
	case s.Channel != wire.ByDrop:
		return wire.Errorf(wire.Invalid, "address", "only a folder can move; add a subscription with the new address, then remove %d", s.ID)
	case c.Secret == nil:
		return wire.Errorf(wire.Invalid, "secret", "is missing: with an address give what opens it, even if that is as before")
	}
	s.Secret = *c.Secret
	if c.Address != nil {
		s.Address = *c.Address
	}
	return nil
}

// Remove ends a subscription: it gets nothing new from now on. It stays in the
// directory, suspended, because amendments of what it was served still reach it
// and its number is in receipts. Ending it twice is one act. Errors: Forbidden,
// NotFound.
func (b *Book) Remove(ctx context.Context, actor wire.Actor, id wire.SubscriptionID, reason string) (*BookEntry, error) {
	if _, err := b.Courier.SuspendSubscription(ctx, actor, id, true, reason); err != nil {
		return nil, err
	}
	e, err := b.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	return &e, b.followed(ctx, &e)
}

// followed has this process hold a query at once, and notes why it does not.
func (b *Book) followed(ctx context.Context, e *BookEntry) error {
	problem, err := b.Courier.Followed(ctx, e.Subscription)
	if problem != nil {
		e.Problem = problem.Error()
	}
	return err
}
