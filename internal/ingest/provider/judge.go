package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// story is a story on its way in.
type story struct {
	ingest.Story
	row     store.ProviderStory // as it will be known
	before  store.ProviderStory // as it was
	known   bool                // before is something
	arrival wire.Arrival
	done    bool   // the arrival's verdict is final
	newer   bool   // a later version than is known, which says the same
	sibling bool   // new, of a family of which another language came before
	doubt   string // why a person should look; "" if none need
}

// begin says what a story is by itself.
func (x *Intake) begin(p *wire.Provider, d *Delivery, in ingest.Story) *story {
	a := &in.Article
	s := &story{Story: in}
	body := a.Headline + "\n" + a.Body + "\n" + a.Text
	if in.Release != nil {
		e := in.Release.Editions[0]
		body = e.Language + "\n" + e.Headline + "\n" + wire.PlainText(e.Body)
		s.row.Language = e.Language
	}
	s.row.Provider, s.row.Version, s.row.Modified, s.row.Status = p.ID, a.Number(), a.Modified, string(a.Status)
	if s.row.Status == "" {
		s.row.Status = "usable"
	}
	s.row.Text = x.Keys.Digest("text", strings.Join(strings.Fields(text.Fold(body)), " "))
	id := a.ID
	if id == "" {
		id = "text " + s.row.Text
	}
	s.row.Story = x.Keys.Digest("story "+string(p.ID), id)
	s.arrival = wire.Arrival{Provider: p.ID, Way: d.Way, Name: d.Name, Format: a.Format, Story: a.ID, Version: a.Version, Verdict: wire.TookIn}
	return s
}

// finish settles what becomes of a story.
func (s *story) finish(v wire.Verdict, release wire.ReleaseID, reason string, args ...any) {
	s.arrival.Verdict, s.arrival.Release, s.arrival.Reason, s.done = v, release, fmt.Sprintf(reason, args...), true
	if release != "" && s.row.Release == "" && v != wire.WasDouble {
		s.row.Release = release
	}
}

// judge finds what is known of a story, and settles what needs no act of the
// desk.
func (x *Intake) judge(tx *store.Tx, p *wire.Provider, s *story) (err error) {
	if s.before, s.known, err = tx.ProviderStory(p.ID, s.row.Story); err != nil {
		return err
	}
	withdraws := s.Article.Withdrawn()
	if s.known {
		s.row.Release = s.before.Release
		if s.Article.Status == article.Canceled {
			s.row.Text = s.before.Text // by which it is known again under another id
		}
		if s.old() && (!withdraws || s.before.Status == s.row.Status) {
			reason := ""
			if s.before.Status == "refused" {
				reason = "this version was refused before"
			}
			s.finish(wire.WasKnown, s.before.Release, "%s", reason)
			return nil
		}
		if s.before.Status == string(article.Canceled) && !withdraws {
			s.finish(wire.WasRefused, s.before.Release, "the provider has killed this story; what it kills stays killed")
			s.row.Status = s.before.Status
			return nil
		}
	}
	now := x.Now()
	switch age := time.Duration(p.Expiry) * time.Second; {
	case withdraws: // whatever else is true of it
	case p.Trust == wire.TrustReject:
		s.finish(wire.WasRefused, "", "the house takes nothing from this provider")
	case s.Err != nil:
		s.finish(wire.WasRefused, "", "%v", s.Err)
	case !s.Article.Expires.IsZero() && !s.Article.Expires.After(now):
		s.finish(wire.WasRefused, "", "the provider let it expire at %s", s.Article.Expires.Format(time.RFC3339))
	case age > 0 && !s.Article.Modified.IsZero() && s.Article.Modified.Add(age).Before(now):
		s.finish(wire.WasRefused, "", "it is older than %s", age)
	case !s.known:
		return x.judgeNew(tx, p, s)
	}
	return nil
}

// familyName is under what a family is known: as a story without a text.
func (x *Intake) familyName(id wire.ProviderID, family string) string {
	return x.Keys.Digest("family "+string(id), family)
}

// judgeNew looks for the same text under another id, of any provider, and for the
// same story in another language.
func (x *Intake) judgeNew(tx *store.Tx, p *wire.Provider, s *story) error {
	if err := x.judgeDouble(tx, s); err != nil || s.done || s.Article.Family == "" {
		return err
	}
	family, known, err := tx.ProviderStory(p.ID, x.familyName(p.ID, s.Article.Family))
	if known {
		s.row.Release, s.sibling = family.Release, true
	}
	return err
}

// old reports whether this version, or a later one, came before.
func (s *story) old() bool {
	switch b := s.before; {
	case s.row.Version > 0 && b.Version > 0:
		return s.row.Version <= b.Version
	case b.Text == s.row.Text:
		return true
	case !s.row.Modified.IsZero() && !b.Modified.IsZero():
		return s.row.Modified.Before(b.Modified)
	}
	return false
}

// judgeDouble looks for the same text under another id, of any provider. One that
// was killed may be sent anew, and put right elsewhere; whether it was is for a
// person to see.
func (x *Intake) judgeDouble(tx *store.Tx, s *story) error {
	same, err := tx.StoriesOfText(s.row.Text)
	if err != nil {
		return err
	}
	for _, b := range same {
		switch {
		case b.Release == "":
		case b.Status == string(article.Canceled):
			s.doubt = fmt.Sprintf("the same text was killed by %s, as release %s", b.Provider, b.Release)
		default:
			s.finish(wire.WasDouble, b.Release, "the same text came from %s before", b.Provider)
			return nil
		}
	}
	return nil
}
