package provider

import (
	"context"
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
func (x *Intake) act(ctx context.Context, p *wire.Provider, d Delivery, stories []*story) error {
	var fresh []*story
	var release wire.ReleaseID
	for _, s := range stories {
		if s.row.Release != "" {
			release = s.row.Release
		}
		switch {
		case s.done:
		case s.Article.Withdrawn():
			if err := x.withdraw(ctx, p, d, s); err != nil {
				return err
			}
		default:
			fresh = append(fresh, s)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	content, doubt, err := x.content(p, fresh)
	if err != nil {
		return settle(fresh, err)
	}
	clear := p.Trust == wire.TrustAuto && !d.Unproven && doubt == ""
	if d.Unproven && p.Trust == wire.TrustAuto {
		doubt = "mail proves nothing of its sender"
	}
	if release != "" {
		return x.revise(ctx, p, d, release, fresh, content, clear, doubt)
	}
	r, err := x.submit(ctx, p, d, fresh, content, clear)
	if err != nil {
		return settle(fresh, err)
	}
	for _, s := range fresh {
		s.finish(wire.TookIn, r.ID, "%s", doubt)
	}
	return nil
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

// submit brings a new release to the desk, and through it if it may.
func (x *Intake) submit(ctx context.Context, p *wire.Provider, d Delivery, stories []*story, r *wire.Release, clear bool) (*wire.Release, error) {
	s := stories[0].row
	submission := desk.Submission{Request: strings.Join([]string{"provider", string(p.ID), s.Story, stories[0].arrival.Version, s.Text}, "\n"), Original: d.Raw}
	if clear {
		return x.Desk.Publish(ctx, handler(p), r, submission)
	}
	return x.Desk.Submit(ctx, p.Editor(), r, submission)
}

// revise brings a later version of what is here already.
func (x *Intake) revise(ctx context.Context, p *wire.Provider, d Delivery, id wire.ReleaseID, stories []*story, content *wire.Release, clear bool, doubt string) error {
	r, err := x.Desk.Release(ctx, handler(p), id)
	if err != nil {
		return settle(stories, err)
	}
	if r.State == wire.Held && clear && stories[0].before.Status == string(article.Withheld) {
		if r, _, err = x.Desk.Do(ctx, handler(p), id, desk.Act{Verb: wire.DoUnhold, Revision: r.Revision, Reason: "The provider lifts its hold."}); err != nil {
			return settle(stories, err)
		}
	}
	switch r.State {
	case wire.Live, wire.Corrected:
		if !clear {
			return x.another(ctx, p, d, r, stories, content, doubt)
		}
		return x.amend(ctx, p, r, stories, merged(r, content))
	case wire.Submitted, wire.Checking, wire.Queried, wire.Approved, wire.Scheduled:
		return x.edit(ctx, p, r, stories, merged(r, content), clear, doubt)
	}
	for _, s := range stories {
		s.finish(wire.WasRefused, id, "the release is %s; nothing is changed by a provider then", r.State)
	}
	return nil
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
	out.Organisation, out.Provider, out.Schedule = content.Organisation, content.Provider, content.Schedule
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
func (x *Intake) amend(ctx context.Context, p *wire.Provider, r *wire.Release, stories []*story, content *wire.Release) error {
	act := desk.Act{Verb: wire.DoUpdate, Revision: r.Revision, Content: content, Reason: "Updated by " + p.Name + "."}
	for _, s := range stories {
		if s.Article.Signal == article.Correction {
			act.Verb, act.Reason = wire.DoCorrect, "Corrected by "+p.Name+"."
		}
	}
	_, _, err := x.Desk.Do(ctx, handler(p), r.ID, act)
	if wire.KindOf(err) == wire.Conflict { // someone acted meanwhile: it comes again
		return err
	}
	if err != nil {
		return settle(stories, err)
	}
	for _, s := range stories {
		s.finish(wire.TookIn, r.ID, "%s of release %s", act.Verb, r.ID)
	}
	return nil
}

// edit changes what is not on the wire yet. A change voids an approval; what is
// trusted is brought to where it was again.
func (x *Intake) edit(ctx context.Context, p *wire.Provider, r *wire.Release, stories []*story, content *wire.Release, clear bool, doubt string) error {
	r, _, err := x.Desk.Do(ctx, handler(p), r.ID, desk.Act{Verb: wire.DoEdit, Revision: r.Revision, Content: content, Reason: "A later version of the provider."})
	for _, step := range []struct {
		from wire.State
		verb wire.Verb
	}{{wire.Submitted, wire.DoCheck}, {wire.Checking, wire.DoApprove}, {wire.Approved, wire.DoSchedule}} {
		if err == nil && clear && r.State == step.from {
			r, _, err = x.Desk.Do(ctx, handler(p), r.ID, desk.Act{Verb: step.verb, Revision: r.Revision})
		}
	}
	if wire.KindOf(err) == wire.Conflict { // someone acted meanwhile: it comes again
		return err
	}
	if err != nil {
		return settle(stories, err)
	}
	for _, s := range stories {
		s.finish(wire.TookIn, r.ID, "%s", doubt)
	}
	return nil
}

// another submits a later version of what is on the wire as a release by itself,
// for the desk to correct the first one with.
func (x *Intake) another(ctx context.Context, p *wire.Provider, d Delivery, live *wire.Release, stories []*story, content *wire.Release, doubt string) error {
	e := &content.Editions[0]
	e.Note = strings.TrimSpace("A later version of release " + string(live.ID) + ", which is on the wire: correct that one with this.\n" + e.Note)
	r, err := x.submit(ctx, p, d, stories, content, false)
	if err != nil {
		return settle(stories, err)
	}
	for _, s := range stories {
		s.finish(wire.TookIn, r.ID, "a later version of release %s, which is on the wire: the desk decides. %s", live.ID, doubt)
		s.row.Release = live.ID // later ones are of that one too
	}
	return nil
}

// withdraw honours a provider's hold or kill.
func (x *Intake) withdraw(ctx context.Context, p *wire.Provider, d Delivery, s *story) error {
	id := s.before.Release
	if d.Unproven {
		s.row.Status = s.before.Status
		x.Log.Warn("a provider withdraws a story by mail, which proves nothing; an editor must act", "provider", p.ID, "release", id)
		s.finish(wire.WasRefused, id, "a withdrawal by mail proves nothing; an editor must hold or kill release %s", id)
		return nil
	}
	if id == "" {
		s.finish(wire.WasUndone, "", "nothing of it is here; earlier versions that come later are refused")
		return nil
	}
	r, err := x.Desk.Release(ctx, handler(p), id)
	if err != nil {
		return settle([]*story{s}, err)
	}
	verb, why := withdrawal(p, r.State, s.Article.Status)
	if verb == "" {
		s.finish(wire.WasUndone, id, "%s", why)
		return nil
	}
	reason := "Withdrawn by " + p.Name + "."
	if s.Article.Status == article.Withheld {
		reason = "Withheld by " + p.Name + "."
	}
	if _, _, err := x.Desk.Do(ctx, handler(p), id, desk.Act{Verb: verb, Revision: r.Revision, Reason: reason}); err != nil {
		if wire.KindOf(err) == wire.Conflict { // someone acted meanwhile: it comes again
			return err
		}
		return settle([]*story{s}, err)
	}
	s.finish(wire.WasUndone, id, "%s", strings.TrimSpace(string(verb)+". "+why))
	return nil
}

// withdrawal is what a withdrawal asks of a release in a state. What is not on
// the wire yet goes without more ado; on it, who is not trusted to clear can
// hold, which can be taken back, and the desk decides about the kill.
func withdrawal(p *wire.Provider, state wire.State, status article.Status) (wire.Verb, string) {
	public := state == wire.Live || state == wire.Corrected
	switch {
	case state == wire.Killed:
		return "", "the release was killed before"
	case status == article.Canceled && (p.Trust == wire.TrustAuto || !state.OnWire()):
		return wire.DoKill, ""
	case status == article.Canceled && public:
		return wire.DoHold, "the provider kills it: the desk must confirm"
	case status == article.Canceled:
		return "", "the provider kills it: the desk must kill the release"
	case public:
		return wire.DoHold, ""
	case state == wire.Scheduled:
		return wire.DoUnschedule, "the provider withholds it"
	}
	return "", "the provider withholds it; it is not on the wire"
}
