package desk

import (
	"context"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Act is what an actor asks of a release.
type Act struct {
	Verb     wire.Verb
	Revision int64  // refuse unless the release still has it; 0: whatever it has
	Reason   string // for the audit; public where the act reaches the wire
	// Reasons is what the readers of editions are told in their language, by the
	// editions' languages, in place of Reason.
	Reasons map[string]string
	Content *wire.Release // edit, update, correct, refile: facets, editions and schedule as they shall be
}

// told is the reason as the readers of an edition are told it.
func (a *Act) told(language string) string {
	if reason := a.Reasons[language]; reason != "" {
		return reason
	}
	return a.Reason
}

// Do carries out an act and returns the release after it, and the items it put
// on the wire. Lift is the clock's and is refused here.
func (d *Desk) Do(ctx context.Context, actor wire.Actor, id wire.ReleaseID, a Act) (*wire.Release, []wire.Item, error) {
	if a.Verb == wire.DoLift || !actor.May(a.Verb) {
		return nil, nil, forbidden(actor, a.Verb)
	}
	if a.Content == nil {
		return d.act(ctx, actor, id, a, func(*store.Tx) error { return nil })
	}
	if err := a.Content.Check(); err != nil {
		return nil, nil, err
	}
	content := *a.Content
	hung, err := d.hang(ctx, id, &content)
	if err != nil {
		return nil, nil, err
	}
	a.Content = &content
	r, items, err := d.act(ctx, actor, id, a, hung.note)
	if err != nil {
		d.takeDown(hung)
	}
	return r, items, err
}

// Lift brings a scheduled release to the wire, if it still has the revision.
// guard runs in the same transaction and stops it: the clock proves there that
// it leads.
func (d *Desk) Lift(ctx context.Context, actor wire.Actor, id wire.ReleaseID, revision int64, guard func(*store.Tx) error) ([]wire.Item, error) {
	if !actor.May(wire.DoLift) {
		return nil, forbidden(actor, wire.DoLift)
	}
	_, items, err := d.act(ctx, actor, id, Act{Verb: wire.DoLift, Revision: revision}, guard)
	return items, err
}

func (d *Desk) act(ctx context.Context, actor wire.Actor, id wire.ReleaseID, a Act, guard func(*store.Tx) error) (*wire.Release, []wire.Item, error) {
	var r *wire.Release
	var items []wire.Item
	var transition wire.Transition
	err := d.store.Write(ctx, func(tx *store.Tx) (err error) {
		if err := guard(tx); err != nil {
			return err
		}
		if r, err = d.load(tx, id); err != nil {
			return err
		}
		if a.Revision != 0 && a.Revision != r.Revision {
			return wire.Errorf(wire.Conflict, string(id), "the release is at revision %d, not %d: someone else changed it meanwhile", r.Revision, a.Revision)
		}
		r, items, transition, err = d.change(tx, actor, r, a)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if a.Verb == wire.DoLift {
		d.lifted(items)
	}
	d.log.Info("release "+string(a.Verb), "release", id, "revision", r.Revision, "state", r.State, "actor", actor.Name, "items", len(items))
	if transition.To == wire.Scheduled || transition.From == wire.Scheduled {
		d.wake(TopicSchedule)
	}
	if len(items) > 0 {
		d.wake(TopicWire)
	}
	return r, items, nil
}

// change makes the transition inside a transaction.
func (d *Desk) change(tx *store.Tx, actor wire.Actor, r *wire.Release, a Act) (*wire.Release, []wire.Item, wire.Transition, error) {
	from := r.Revision
	transition, err := r.Apply(a.Verb)
	if err != nil {
		return nil, nil, transition, err
	}
	if err := settle(tx, actor, r, a); err != nil {
		return nil, nil, transition, err
	}
	for language := range a.Reasons {
		if r.Edition(language) == nil {
			return nil, nil, transition, wire.Errorf(wire.Invalid, "reasons", "there is a reason in %q and no edition", language)
		}
	}
	var items []wire.Item
	if transition.Emits != "" {
		newest, err := tx.NewestOf(r.ID)
		if err != nil {
			return nil, nil, transition, err
		}
		if items, err = emit(r, transition, newest, a.told, tx.Now()); err != nil {
			return nil, nil, transition, err
		}
		for i := range items {
			if err := tx.AddItem(&items[i], d.sign); err != nil {
				return nil, nil, transition, err
			}
		}
	}
	switch {
	case a.Verb == wire.DoEdit:
		err = keepPrints(tx, d.keys, r)
	case transition.Emits != "" || r.State == wire.Killed:
		err = tx.DropLikenesses(r.ID)
	}
	if err != nil {
		return nil, nil, transition, err
	}
	if transition.From == wire.Scheduled {
		if err := settleAdvances(tx, r, a.Verb); err != nil {
			return nil, nil, transition, err
		}
	}
	row, err := d.closeRelease(r)
	if err != nil {
		return nil, nil, transition, err
	}
	if err := tx.UpdateRelease(row, from); err != nil {
		return nil, nil, transition, err
	}
	return r, items, transition, tx.AppendAudit(audit(actor, r, transition, a.Reason))
}

// settleAdvances says what becomes of what was sent ahead, in the transaction of
// the act: with a lift it may be opened, after anything else nobody can.
func settleAdvances(tx *store.Tx, r *wire.Release, v wire.Verb) error {
	ends := tx.Now().Add(advance.Lapse())
	if v == wire.DoLift {
		return tx.OpenAdvances(r.ID, ends)
	}
	return tx.VoidAdvances(r.ID, ends)
}

// settle does what a verb means beyond the change of state.
func settle(tx *store.Tx, actor wire.Actor, r *wire.Release, a Act) error {
	switch a.Verb {
	case wire.DoEdit, wire.DoUpdate, wire.DoCorrect, wire.DoRefile:
		if a.Content == nil {
			return wire.Errorf(wire.Invalid, "content", "%s needs the text as it shall be", a.Verb)
		}
		r.Facets, r.Editions = a.Content.Facets, a.Content.Editions
		// What a provider says beside a later version takes the place of what it said
		// before; an editor's text says nothing of that.
		if s := a.Content.Supplied; s != nil && s.Provider != "" {
			r.Supplied = s
		}
		if r.Priority == "" {
			r.Priority = wire.Ordinary
		}
		if a.Verb == wire.DoEdit {
			r.Schedule = a.Content.Schedule
		} else if a.Reason == "" {
			return wire.Errorf(wire.Invalid, "reason", "say what is put right, for the readers: a bare correction helps nobody")
		}
	case wire.DoHold, wire.DoKill:
		if a.Reason == "" {
			return wire.Errorf(wire.Invalid, "reason", "say why, for those who received it")
		}
	case wire.DoApprove:
		r.Approval = &wire.Approval{Hash: r.ContentHash(), By: actor.Name, At: tx.Now()}
	case wire.DoLift:
		// The clock knows when; that it is never early is checked here as well,
		// in the transaction that would make it public.
		if early := r.Schedule.UTC.Sub(tx.Now()); early > 0 {
			return wire.Errorf(wire.Conflict, string(r.ID), "is %s before its clear time", early)
		}
	case wire.DoSchedule:
		if !r.Schedule.Immediate() && r.Schedule.UTC.Before(tx.Now()) {
			return wire.Errorf(wire.Conflict, "schedule", "the clear time %s UTC has passed; set another, or none to clear at once", r.Schedule.UTC.Format("2006-01-02 15:04:05"))
		}
	}
	return nil
}

// sign completes an item once it has its wire number.
func (d *Desk) sign(it *wire.Item) {
	it.Hash = it.ContentHash()
	it.Signature = d.keys.Sign(it.Hash)
}

// Publish takes a release through the whole desk in the name of one actor who
// may: submit, check, approve, schedule. The clock lifts it at its time.
func (d *Desk) Publish(ctx context.Context, actor wire.Actor, r *wire.Release, s Submission) (*wire.Release, error) {
	if !actor.May(wire.DoApprove) {
		return nil, forbidden(actor, wire.DoApprove)
	}
	submitted, err := d.Submit(ctx, actor, r, s)
	if err != nil {
		return nil, err
	}
	// A request that comes again goes on where the first one stopped.
	for _, step := range []struct {
		from wire.State
		verb wire.Verb
	}{{wire.Submitted, wire.DoCheck}, {wire.Checking, wire.DoApprove}, {wire.Approved, wire.DoSchedule}} {
		if submitted.State != step.from {
			continue
		}
		if submitted, _, err = d.Do(ctx, actor, submitted.ID, Act{Verb: step.verb, Revision: submitted.Revision}); err != nil {
			return nil, err
		}
	}
	return submitted, nil
}
