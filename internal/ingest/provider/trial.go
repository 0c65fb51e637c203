package provider

import (
	"context"
	"path"
	"slices"

	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Prospect is what would become of a story, in one language.
type Prospect struct {
	Format  string         `json:"format"`
	Story   string         `json:"story"` // the provider's id; "" if it gave none
	Version string         `json:"version,omitempty"`
	Verdict wire.Verdict   `json:"verdict"`          // as it would be noted
	Would   string         `json:"would"`            // what the desk would be asked, in a sentence's end: "be handed to the desk"
	Reason  string         `json:"reason,omitempty"` // why it would be refused, or a person must look
	Release wire.ReleaseID `json:"release,omitempty"`
	// Of what would be made of it.
	Language   string           `json:"language,omitempty"`
	Headline   string           `json:"headline,omitempty"`
	Text       string           `json:"text,omitempty"`
	Disclaimer string           `json:"disclaimer,omitempty"`
	Credit     string           `json:"credit,omitempty"`
	Sectors    []string         `json:"sectors,omitempty"`
	Subjects   []string         `json:"subjects,omitempty"`
	Schedule   wire.Schedule    `json:"schedule,omitzero"`
	Findings   []ingest.Finding `json:"findings,omitempty"`
}

// Try says what would become of a document, and changes nothing: a provider that
// is paused can be tried too. Without a document (raw is nil) the feed is fetched,
// whole.
func (x *Intake) Try(ctx context.Context, actor wire.Actor, id wire.ProviderID, name string, raw []byte) ([]Prospect, error) {
	if err := manages(actor); err != nil {
		return nil, err
	}
	p, err := x.Provider(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &Delivery{Way: ByHTTP, Name: name, Raw: raw}
	if raw == nil {
		if p.Pull == nil {
			return nil, wire.Errorf(wire.Invalid, "document", "the provider has no feed to fetch: give a document to try")
		}
		resp, found, err := x.fetch(ctx, p.Pull.URL, &store.ProviderState{})
		if err != nil {
			return nil, err
		}
		d.Way, d.Name, d.Raw = ByPull, path.Base(resp.Request.URL.Path), found
	}
	stories, _, err := ingest.ReadStories(d.Name, d.reader(), x.reading(&p))
	if err != nil {
		return nil, err
	}
	all := []Prospect{}
	for _, group := range families(stories) {
		found, err := x.tryGroup(ctx, &p, d, group)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// tryGroup says what would become of one story, in all the languages it came in.
func (x *Intake) tryGroup(ctx context.Context, p *wire.Provider, d *Delivery, group []ingest.Story) ([]Prospect, error) {
	stories, err := x.judged(ctx, p, d, group)
	if err != nil {
		return nil, err
	}
	would := make([]string, len(stories))
	content, err := x.wouldMake(ctx, p, d, stories, would)
	if err != nil {
		return nil, err
	}
	all := make([]Prospect, len(stories))
	for i, s := range stories {
		a := s.arrival
		out := Prospect{Format: a.Format, Story: a.Story, Version: a.Version, Verdict: a.Verdict, Would: would[i], Reason: a.Reason, Release: a.Release, Findings: s.Findings}
		if out.Would == "" {
			out.Would = map[wire.Verdict]string{wire.WasRefused: "be refused", wire.WasKnown: "change nothing: it came before", wire.WasDouble: "change nothing: the same text came before"}[a.Verdict]
		}
		if content != nil && s.Release != nil {
			if e := content.Edition(s.Release.Editions[0].Language); e != nil {
				out.Language, out.Headline, out.Text, out.Disclaimer = e.Language, e.Headline, wire.PlainText(e.Body), wire.PlainText(e.Disclaimer)
				out.Credit, out.Sectors, out.Subjects, out.Schedule = p.Credit, content.Sectors, content.Subjects, content.Schedule
			}
		}
		all[i] = out
	}
	return all, nil
}

// wouldMake says, a story each, what the desk would be asked, and returns what the
// fresh ones make; nil if none are fresh.
func (x *Intake) wouldMake(ctx context.Context, p *wire.Provider, d *Delivery, stories []*story, would []string) (*wire.Release, error) {
	say := func(s *story, v wire.Verdict, id wire.ReleaseID, what, why string) {
		would[slices.Index(stories, s)] = what
		s.finish(v, id, "%s", why)
	}
	for _, s := range stories {
		if s.done || !s.Article.Withdrawn() {
			continue
		}
		if s.before.Release == "" {
			say(s, wire.WasUndone, "", "withdraw nothing: nothing of it is here", "")
			continue
		}
		r, err := x.Desk.Release(ctx, handler(p), s.before.Release)
		if err != nil {
			return nil, err
		}
		verb, why := withdrawal(p, r.State, s.Article.Status)
		say(s, wire.WasUndone, r.ID, "have the release "+withdrawn[verb], why)
	}
	if err := x.seatSiblings(ctx, p, stories); err != nil {
		return nil, err
	}
	fresh, id := unsettled(stories)
	if len(fresh) == 0 {
		return nil, nil
	}
	content, doubt, err := x.content(p, fresh)
	if err != nil {
		return nil, settle(fresh, err)
	}
	var r *wire.Release
	own := false
	if id != "" {
		if r, err = x.Desk.Release(ctx, handler(p), id); err != nil {
			return nil, err
		}
		if own, err = x.ownHold(ctx, p, r, fresh); err != nil {
			return nil, err
		}
	}
	made := planned(p, d, fresh, r, content, doubt, own)
	verdict := wire.TookIn
	if made.verb == "" {
		verdict = wire.WasRefused
	}
	for _, s := range fresh {
		say(s, verdict, id, made.would(content), made.why)
	}
	return content, nil
}

// withdrawn is what a withdrawal does to a release, as the end of a sentence.
var withdrawn = map[wire.Verb]string{wire.DoKill: "killed", wire.DoHold: "held", wire.DoUnschedule: "taken from the schedule", "": "left as it is"}

// would is what a plan asks of the desk, as the end of a sentence.
func (made plan) would(content *wire.Release) string {
	at := "at once"
	if !content.Schedule.Immediate() {
		at = "at " + content.Schedule.UTC.Format("2006-01-02 15:04:05") + " UTC"
	}
	switch {
	case made.verb == "":
		return "be refused"
	case made.beside != "":
		return "be handed to the desk as a later version of what is on the wire"
	case made.verb == wire.DoSubmit && made.clear:
		return "be cleared, and lifted " + at
	case made.verb == wire.DoSubmit:
		return "be handed to the desk"
	case made.verb == wire.DoEdit && made.clear:
		return "change the release, which is lifted " + at
	case made.verb == wire.DoEdit:
		return "change the release, which lies at the desk"
	}
	return string(made.verb) + " what is on the wire, at once"
}
