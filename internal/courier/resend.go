package courier

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	// MaxResendItems bounds how many wire numbers one resend spans.
	MaxResendItems = 1_000
	// MaxResend bounds how many deliveries one resend makes.
	MaxResend = 1_000_000
	maxReason = 500
)

// Resend says what is to be sent again to whom: one of Release and a span of
// wire numbers, one of To, Outlet, Failed and Channel.
type Resend struct {
	Release wire.ReleaseID      `json:"release,omitempty" maxLength:"26" doc:"All editions of a release; or:"`
	First   int64               `json:"first,omitempty" minimum:"0" doc:"A span of wire numbers, of up to 1,000"`
	Last    int64               `json:"last,omitempty" minimum:"0"`
	To      wire.SubscriptionID `json:"to,omitempty" minimum:"0" doc:"To one subscription; or:"`
	Outlet  wire.OutletID       `json:"outlet,omitempty" minimum:"0" doc:"To the subscriptions of an outlet and of its contacts; or:"`
	Failed  bool                `json:"failed,omitempty" doc:"To everyone whose delivery failed; or:"`
	Channel wire.Channel        `json:"all_of,omitempty" enum:"mail,webhook,websub,drop" doc:"To everyone on a channel"`
	Reason  string              `json:"reason,omitempty" maxLength:"500" doc:"Why, for the record"`
	DryRun  bool                `json:"dry_run,omitempty" doc:"Only count"`
	AtMost  int                 `json:"at_most,omitempty" minimum:"0" doc:"Refuse if it would be more deliveries than this: pass what the dry run counted"`
}

// Resent says what came of a Resend.
type Resent struct {
	Act        int64        `json:"act,omitempty" doc:"Its number in the record of acts; none of a dry run"`
	DryRun     bool         `json:"dry_run,omitempty"`
	Repeated   bool         `json:"repeated,omitempty" doc:"The same request was made before; this is what came of it then"`
	Deliveries int          `json:"deliveries"`
	UnderWay   int          `json:"under_way" doc:"Left out: still being delivered by itself"`
	Paused     int          `json:"paused" doc:"Left out: the subscription is paused, or its endpoint or mailbox suspended"`
	Items      []ResentItem `json:"items"`
}

// ResentItem is one item that is sent again.
type ResentItem struct {
	Number     int64          `json:"item"`
	Release    wire.ReleaseID `json:"release"`
	Language   string         `json:"language"`
	Version    int            `json:"version" doc:"The newest: what it supersedes is never sent again"`
	Action     wire.Action    `json:"action"`
	Deliveries int            `json:"deliveries"`
}

// check says what is wrong with what is asked for.
func (r *Resend) check() error {
	targets := 0
	for _, given := range []bool{r.To != 0, r.Outlet != 0, r.Failed, r.Channel != ""} {
		if given {
			targets++
		}
	}
	switch {
	case (r.Release == "") == (r.First == 0):
		return wire.Errorf(wire.Invalid, "release", "say what: either a release or the first and last of a span of wire numbers")
	case r.First > 0 && r.Last < r.First:
		return wire.Errorf(wire.Invalid, "last", "is below the first: give the lower wire number first")
	case r.First > 0 && r.Last-r.First >= MaxResendItems:
		return wire.Errorf(wire.Exhausted, "last", "the span is of more than %d wire numbers: send it again in parts", MaxResendItems)
	case targets != 1:
		return wire.Errorf(wire.Invalid, "to", "say to whom: one of a subscription, an outlet, those that failed, all of a channel")
	case len(r.Reason) > maxReason:
		return wire.Errorf(wire.Exhausted, "reason", "is longer than %d bytes: shorten it", maxReason)
	}
	return nil
}

func (r *Resend) subject() string {
	what := "release " + string(r.Release)
	if r.First > 0 {
		what = fmt.Sprintf("items %d to %d", r.First, r.Last)
	}
	switch {
	case r.To != 0:
		return fmt.Sprintf("%s to subscription %d", what, r.To)
	case r.Outlet != 0:
		return fmt.Sprintf("%s to outlet %d", what, r.Outlet)
	case r.Failed:
		return what + " to those that failed"
	}
	return fmt.Sprintf("%s to all of %s", what, r.Channel)
}

// Steers is Forbidden for whoever may not change deliveries.
func Steers(actor wire.Actor) error {
	if actor.Role == wire.RoleOperator {
		return nil
	}
	return wire.Errorf(wire.Forbidden, "", "deliveries are changed by operators: ask one, or use an operator's key")
}

// Resend makes batches that bring items again, under the ids they had before, so
// that a receiver can drop a copy. Of each edition only the newest version goes
// out, be it a kill. It is one transaction with its record. A request key that
// was used before for the same makes nothing and returns what came of it then; for
// another it is a Conflict; "" is none.
func (c *Courier) Resend(ctx context.Context, actor wire.Actor, r Resend, request string) (*Resent, error) {
	if err := Steers(actor); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	var done *Resent
	if r.DryRun {
		err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
			done, _, err = c.planResend(tx, &r)
			return err
		})
		return done, err
	}
	err := WriteOnce(ctx, c.Store, request, func(tx *store.Tx) (err error) {
		done, err = c.resend(tx, actor, &r, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !done.Repeated {
		c.Log.Info("items are sent again", "actor", actor.Name, "role", actor.Role, "what", r.subject(), "deliveries", done.Deliveries)
		c.planned()
	}
	return done, nil
}

// resend writes batches and record.
func (c *Courier) resend(tx *store.Tx, actor wire.Actor, r *Resend, request string) (*Resent, error) {
	before := &Resent{}
	act, err := MadeBefore(tx, request, verbResend, before, func(subject string) bool { return subject == r.subject() })
	if err != nil {
		return nil, err
	}
	if act != 0 {
		before.Act, before.Repeated = act, true
		return before, nil
	}
	done, batches, err := c.planResend(tx, r)
	if err != nil {
		return nil, err
	}
	if r.AtMost > 0 && done.Deliveries > r.AtMost {
		return nil, wire.Errorf(wire.Conflict, "at_most", "it would be %d deliveries by now, more than the %d that were agreed to: count again", done.Deliveries, r.AtMost)
	}
	if done.Deliveries == 0 {
		return done, nil
	}
	if err := tx.AddResends(batches); err != nil {
		return nil, err
	}
	detail, err := json.Marshal(done)
	if err != nil {
		return nil, err
	}
	record := store.DeliveryAct{Request: request, Actor: actor, Verb: verbResend, Subject: r.subject(), Reason: r.Reason, Amount: done.Deliveries, Detail: string(detail)}
	if err := tx.AddDeliveryAct(&record); err != nil {
		return nil, err
	}
	done.Act = record.ID
	return done, nil
}

// planResend finds out what goes to whom.
func (c *Courier) planResend(tx *store.Tx, r *Resend) (*Resent, []store.Batch, error) {
	done := &Resent{DryRun: r.DryRun, Items: []ResentItem{}}
	items, err := newestItems(tx, r)
	if err != nil {
		return nil, nil, err
	}
	wanted, err := r.receivers(tx)
	if err != nil {
		return nil, nil, err
	}
	var batches []store.Batch
	for i := range items {
		it := &items[i]
		ids, err := c.resendTo(tx, r, it, wanted, done)
		if err != nil {
			return nil, nil, err
		}
		made := c.batches(it, ids, nil)
		one := ResentItem{Number: it.Number, Release: it.Release, Language: it.Language, Version: it.Version, Action: it.Action}
		for _, b := range made {
			one.Deliveries += len(b.Recipients)
		}
		if one.Deliveries == 0 {
			continue
		}
		if done.Deliveries += one.Deliveries; done.Deliveries > MaxResend {
			return nil, nil, wire.Errorf(wire.Exhausted, "to", "that would be more than %d deliveries: send it again in parts", MaxResend)
		}
		done.Items = append(done.Items, one)
		batches = append(batches, made...)
	}
	return done, batches, nil
}

// newestItems are the newest items of the editions that are asked for, as far as
// it is planned who gets them.
func newestItems(tx *store.Tx, r *Resend) ([]wire.Item, error) {
	var asked []wire.Item
	var err error
	if r.Release != "" {
		asked, err = tx.ItemsOf(r.Release)
	} else {
		asked, err = tx.ItemsAfter(r.First-1, int(r.Last-r.First)+1)
	}
	if err != nil {
		return nil, err
	}
	planned, err := tx.ConsumerNumber(consumer)
	if err != nil {
		return nil, err
	}
	var items []wire.Item
	met := map[edition]bool{}
	for i := range asked {
		it := &asked[i]
		e := edition{it.Release, it.Language}
		if r.First > 0 && it.Number > r.Last || met[e] {
			continue
		}
		met[e] = true
		newest, err := tx.NewestOf(it.Release)
		if err != nil {
			return nil, err
		}
		if n := newest[it.Language]; n.Number <= planned {
			items = append(items, n)
		}
	}
	if len(met) == 0 {
		return nil, wire.Errorf(wire.NotFound, "release", "nothing of this is on the wire: look up the release or the wire numbers")
	}
	return items, nil
}

// receivers are the subscriptions that are asked for by name; nil if they are
// asked for by what came of their deliveries.
func (r *Resend) receivers(tx *store.Tx) (map[wire.SubscriptionID]bool, error) {
	if r.To == 0 && r.Outlet == 0 {
		return nil, nil
	}
	holdings, err := holdingsOf(tx, Receiver{Subscription: r.To, Outlet: r.Outlet}, nil)
	wanted := map[wire.SubscriptionID]bool{}
	for i := range holdings {
		wanted[holdings[i].ID] = true
	}
	return wanted, err
}

// resendTo chooses who gets an item again, among those who were planned to get it
// or a version before it, and counts who is left out.
func (c *Courier) resendTo(tx *store.Tx, r *Resend, it *wire.Item, wanted map[wire.SubscriptionID]bool, done *Resent) (map[wire.SubscriptionID]bool, error) {
	standings, err := tx.StandingsOf(it.Number)
	if err != nil {
		return nil, err
	}
	candidates := map[wire.SubscriptionID]bool{}
	if wanted != nil {
		// Who was suppressed may get a story now, but not the withdrawal of one they
		// do not have.
		var before map[wire.SubscriptionID]bool
		if it.Action.Withdraws() {
			before, err = tx.Served(it.Release, it.Language, it.Number, c.begunBy())
		} else {
			before, err = tx.Intended(it.Release, it.Language, it.Number)
		}
		if err != nil {
			return nil, err
		}
		for id := range wanted {
			if before[id] {
				candidates[id] = true
			}
		}
	}
	for id, s := range standings {
		if r.Failed && s.Outcome == wire.Failed || r.Channel != "" && s.Channel == r.Channel {
			candidates[id] = true
		}
	}
	now := c.Now().UnixMicro()
	c.mu.RLock()
	defer c.mu.RUnlock()
	for id := range candidates {
		s := c.subs[id]
		switch {
		case standings[id].UnderWay:
			done.UnderWay++
			delete(candidates, id)
		case s != nil && !it.Action.Amends() && (s.Paused || s.Expires != 0 && s.Expires <= now || c.suspends(s)):
			done.Paused++
			delete(candidates, id)
		}
	}
	return candidates, nil
}

// suspends reports whether a subscription gets nothing new because of where it leads.
func (c *Courier) suspends(s *wire.Subscription) bool {
	h := c.Health[s.Channel]
	return h != nil && h.Suspended(receiver(s))
}

// The verbs of acts on deliveries.
const (
	verbResend  = "resend"
	verbSuspend = "suspend"
	verbResume  = "resume"
)
