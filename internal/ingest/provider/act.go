package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

// handler is the provider as an actor who may do what an editor may: hold and
// kill what it supplied, whatever else it is trusted with.
func handler(p *wire.Provider) wire.Actor {
	return wire.Actor{Name: p.Editor().Name, Role: wire.RoleEditor}
}

// act does what the stories of one family ask for.
func (x *Intake) act(ctx context.Context, p *wire.Provider, d *Delivery, stories []*story) error {
	for _, s := range stories {
		if !s.done && s.Article.Withdrawn() {
			if err := x.withdraw(ctx, p, d, s); err != nil {
				return err
			}
		}
	}
	if err := x.seatSiblings(ctx, p, stories); err != nil {
		return err
	}
	fresh, release := unsettled(stories)
	if len(fresh) == 0 {
		return nil
	}
	content, doubt, err := x.content(p, fresh)
	if err != nil {
		return settle(fresh, err)
	}
	if release == "" {
		return x.carryOut(ctx, p, d, planned(p, d, fresh, nil, content, doubt, false), fresh, nil, content)
	}
	return x.upon(ctx, p, release, fresh, func(r *wire.Release) (*wire.Release, error) {
		own, err := x.ownHold(ctx, p, r, fresh)
		if err != nil {
			return r, err
		}
		made := planned(p, d, fresh, r, content, doubt, own)
		return r, x.carryOut(ctx, p, d, made, fresh, r, content)
	})
}

// unsettled are the stories of a family that ask for something still, and the
// release that earlier versions of the family made, "" if there is none.
func unsettled(stories []*story) (fresh []*story, release wire.ReleaseID) {
	for _, s := range stories {
		if s.row.Release != "" {
			release = s.row.Release
		}
		if !s.done {
			fresh = append(fresh, s)
		}
	}
	return fresh, release
}

// seatSiblings sees that a story joins the release of its family only with a
// language of its own: providers call other things a family, too.
func (x *Intake) seatSiblings(ctx context.Context, p *wire.Provider, stories []*story) error {
	for _, s := range stories {
		if !s.sibling || s.done {
			continue
		}
		r, err := x.Desk.Release(ctx, handler(p), s.row.Release)
		if err != nil {
			return err
		}
		if r.Edition(s.row.Language) != nil {
			s.row.Release, s.sibling = "", false
		}
	}
	return nil
}

// maxTries bounds how often an act is tried again because others act on the same
// release meanwhile.
const maxTries = 5

// upon does something to a release as it is now, and again where someone else
// acted meanwhile. do returns the release as far as it came with it, by changing
// what it was given. What the desk refuses settles the stories.
func (x *Intake) upon(ctx context.Context, p *wire.Provider, id wire.ReleaseID, stories []*story, do func(*wire.Release) (*wire.Release, error)) error {
	for range maxTries {
		r, err := x.Desk.Release(ctx, handler(p), id)
		if err != nil {
			return settle(stories, err)
		}
		if r, err = do(r); wire.KindOf(err) != wire.Conflict {
			return settle(stories, err)
		}
		now, e := x.Desk.Release(ctx, handler(p), id)
		if e != nil {
			return e
		}
		if now.Revision == r.Revision {
			return settle(stories, err)
		}
	}
	return wire.Errorf(wire.Unavailable, string(id), "others change the release all the time; the story may come again")
}

// do has the desk do something to a release; r becomes the release after it.
func (x *Intake) do(ctx context.Context, p *wire.Provider, r *wire.Release, a desk.Act) error {
	a.Revision = r.Revision
	now, _, err := x.Desk.Do(ctx, handler(p), r.ID, a)
	if err == nil {
		*r = *now
	}
	return err
}

// settle refuses stories for what the desk says of them; what is our own fault
// is returned, so that they may come again.
func settle(stories []*story, err error) error {
	switch wire.KindOf(err) {
	case wire.Invalid, wire.Exhausted, wire.Conflict, wire.Forbidden:
		for _, s := range stories {
			s.finish(wire.WasRefused, s.row.Release, "%v", err)
		}
		return nil
	}
	return err
}

// content is the release that stories make, by the house's rules. doubt says why
// a person should see it first; "" if none need.
func (x *Intake) content(p *wire.Provider, stories []*story) (r *wire.Release, doubt string, err error) {
	var parts []*wire.Release
	for _, s := range stories {
		part := *s.Release
		if why := applyRules(p, &part, &s.Article); why != "" {
			doubt = why
		}
		if why := doubtful(s.Findings); why != "" {
			doubt = why
		}
		if s.doubt != "" {
			doubt = s.doubt
		}
		parts = append(parts, &part)
	}
	r, err = ingest.Combine(parts)
	return r, doubt, err
}

// doubtful names a finding after which a person should look.
func doubtful(findings []ingest.Finding) string {
	for _, f := range findings {
		switch f.Code {
		case "encoding-converted", "format-guessed", "language-contradicts", "direction-contradicts", "characters-removed", "hidden-dropped", "override-dropped":
			if f.Severity == ingest.Warning {
				return "an editor should look: " + f.Code
			}
		}
	}
	return ""
}

// ownHold reports whether a release is held because the provider asked for it,
// and by nobody else.
func (x *Intake) ownHold(ctx context.Context, p *wire.Provider, r *wire.Release, stories []*story) (bool, error) {
	if r.State != wire.Held || stories[0].before.Status != string(article.Withheld) {
		return false, nil
	}
	acts, err := x.Desk.Audit(ctx, handler(p), r.ID)
	if err != nil {
		return false, err
	}
	for _, a := range slices.Backward(acts) {
		if a.Verb == wire.DoHold {
			return a.Actor.Name == handler(p).Name, nil
		}
	}
	return false, nil
}

// carryOut has the desk do what was planned. r is the release that is here, nil
// if none is; it becomes the release after what was done.
func (x *Intake) carryOut(ctx context.Context, p *wire.Provider, d *Delivery, made plan, stories []*story, r, content *wire.Release) error {
	switch made.verb {
	case "":
		for _, s := range stories {
			s.finish(wire.WasRefused, r.ID, "%s", made.why)
		}
		return nil
	case wire.DoSubmit:
		return x.submit(ctx, p, d, made, stories, content)
	case wire.DoEdit:
		return x.edit(ctx, p, r, made, stories, merged(r, content))
	}
	if made.unhold {
		act := desk.Act{Verb: wire.DoUnhold}
		act.Reason, act.Reasons = reasons(p, r, wire.DoUnhold, "")
		if err := x.do(ctx, p, r, act); err != nil {
			return err
		}
	}
	return x.amend(ctx, p, r, made, stories, merged(r, content))
}

// submit brings a new release to the desk, and through it if it may.
func (x *Intake) submit(ctx context.Context, p *wire.Provider, d *Delivery, made plan, stories []*story, content *wire.Release) error {
	s := stories[0].row
	submission := desk.Submission{Request: strings.Join([]string{"provider", string(p.ID), s.Story, stories[0].arrival.Version, s.Text}, "\n"), Original: d.Raw}
	if made.beside != "" {
		e := &content.Editions[0]
		e.Note = strings.TrimSpace("A later version of release " + string(made.beside) + ", which is on the wire: change that one by this.\n" + e.Note)
	}
	actor := p.Editor()
	if made.clear {
		actor = handler(p)
	}
	r, err := x.Desk.Submit(ctx, actor, content, submission)
	if err == nil && made.clear {
		if made.why, err = x.twin(ctx, p, r); err == nil && made.why == "" {
			r, err = x.Desk.Publish(ctx, actor, content, submission) // goes on with what was submitted
		}
	}
	if err != nil {
		return settle(stories, err)
	}
	for _, s := range stories {
		if made.beside == "" {
			s.finish(wire.TookIn, r.ID, "%s", made.why)
			continue
		}
		s.finish(wire.TookIn, r.ID, "%s", strings.TrimSuffix("a later version of release "+string(made.beside)+", which is on the wire: the desk decides; "+made.why, "; "))
		s.row.Release = made.beside // later ones are of that one too
	}
	return nil
}

// alike is from which likeness on a release that came otherwise, too, is a matter
// for a person.
const alike = 0.8

// twin names a release much like a new one that came from elsewhere: the same
// announcement through two providers. A provider's own stories may be alike: that
// is what reports of every day are.
func (x *Intake) twin(ctx context.Context, p *wire.Provider, r *wire.Release) (string, error) {
	if r.State != wire.Submitted { // it was let through before
		return "", nil
	}
	twins, err := x.Desk.Twins(ctx, handler(p), r.ID)
	if err != nil {
		return "", err
	}
	for _, t := range twins {
		if t.Likeness < alike {
			break // the most alike come first
		}
		other, err := x.Desk.Release(ctx, handler(p), t.Release)
		if err != nil {
			return "", err
		}
		if other.Supplied == nil || other.Supplied.Provider != p.ID {
			return fmt.Sprintf("it is %.0f %% like release %s, which did not come from this provider", 100*t.Likeness, t.Release), nil
		}
	}
	return "", nil
}

// merged is a release as a later version makes it: its own editions in place of
// those in their languages, what it is about joined to what an editor said.
func merged(r, content *wire.Release) *wire.Release {
	out := *r
	out.Editions = slices.Clone(r.Editions)
	for _, e := range content.Editions {
		i := slices.IndexFunc(out.Editions, func(old wire.Edition) bool { return old.Language == e.Language })
		if i < 0 {
			e.Translation = &wire.Translation{From: out.Editions[0].Language}
			out.Editions = append(out.Editions, e)
			continue
		}
		e.Translation = out.Editions[i].Translation
		out.Editions[i] = e
	}
	out.Organisation, out.Provider, out.Schedule, out.Supplied = content.Organisation, content.Provider, content.Schedule, content.Supplied
	if content.Priority.Rank() < out.Priority.Rank() {
		out.Priority = content.Priority
	}
	out.Sectors, out.Subjects, out.Places = join(r.Sectors, content.Sectors), join(r.Subjects, content.Subjects), join(r.Places, content.Places)
	out.Instruments = join(r.Instruments, content.Instruments)
	return &out
}

func join[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// amend corrects or updates what is on the wire.
func (x *Intake) amend(ctx context.Context, p *wire.Provider, r *wire.Release, made plan, stories []*story, content *wire.Release) error {
	act := desk.Act{Verb: made.verb, Content: content}
	act.Reason, act.Reasons = reasons(p, content, made.verb, "")
	err := x.do(ctx, p, r, act)
	if errors.Is(err, desk.ErrUnchanged) {
		unchanged(stories, r.ID, made)
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range stories {
		s.finish(wire.TookIn, r.ID, "%s of release %s", made.verb, r.ID)
	}
	return nil
}

// unchanged settles later versions that say what the earlier one said. One that
// lifted the provider's hold did something all the same.
func unchanged(stories []*story, id wire.ReleaseID, made plan) {
	for _, s := range stories {
		if made.unhold {
			s.finish(wire.TookIn, id, "the hold is lifted")
			continue
		}
		s.finish(wire.WasKnown, id, "")
		s.newer = true
	}
}

// edit changes what is not on the wire yet. A change voids an approval; what is
// trusted is brought to where it was again. A version that changes nothing leaves
// the desk's work alone.
func (x *Intake) edit(ctx context.Context, p *wire.Provider, r *wire.Release, made plan, stories []*story, content *wire.Release) error {
	if content.ContentHash() == r.ContentHash() && (!made.clear || r.State == wire.Scheduled) {
		unchanged(stories, r.ID, made)
		return nil
	}
	err := x.do(ctx, p, r, desk.Act{Verb: wire.DoEdit, Content: content, Reason: "A later version of the provider."})
	for _, step := range []struct {
		from wire.State
		verb wire.Verb
	}{{wire.Submitted, wire.DoCheck}, {wire.Checking, wire.DoApprove}, {wire.Approved, wire.DoSchedule}} {
		if err == nil && made.clear && r.State == step.from {
			err = x.do(ctx, p, r, desk.Act{Verb: step.verb})
		}
	}
	if err != nil {
		return err
	}
	for _, s := range stories {
		s.finish(wire.TookIn, r.ID, "%s", made.why)
	}
	return nil
}

// withdraw honours a provider's hold or kill.
func (x *Intake) withdraw(ctx context.Context, p *wire.Provider, d *Delivery, s *story) error {
	id := s.before.Release
	if d.Unproven {
		s.row.Status = s.before.Status
		x.Log.Warn("a provider withdraws a story by mail, which proves nothing; an editor must act", "provider", p.ID, "release", id)
		s.finish(wire.WasRefused, id, "a withdrawal by mail proves nothing; an editor must hold or kill release %s", id)
		return nil
	}
	if id == "" {
		why := "nothing of it is here"
		if s.Article.Status == article.Canceled {
			why += "; versions of it that come later are refused"
		}
		s.finish(wire.WasUndone, "", "%s", why)
		return nil
	}
	return x.upon(ctx, p, id, []*story{s}, func(r *wire.Release) (*wire.Release, error) {
		verb, why := withdrawal(p, r.State, s.Article.Status)
		if verb == "" {
			s.finish(wire.WasUndone, id, "%s", why)
			return r, nil
		}
		act := desk.Act{Verb: verb}
		act.Reason, act.Reasons = reasons(p, r, verb, s.Article.Status)
		if err := x.do(ctx, p, r, act); err != nil {
			return r, err
		}
		s.finish(wire.WasUndone, id, "%s", strings.TrimSuffix(string(verb)+"; "+why, "; "))
		return r, nil
	})
}
