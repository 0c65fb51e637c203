package provider

import (
	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// plan is what the fresh stories of one family ask of the desk. It is the same
// whether it is carried out or only shown.
type plan struct {
	verb   wire.Verb      // submit: a release of its own; edit, update, correct: of the one that is here; "": nothing, and Why says so
	clear  bool           // without a person
	unhold bool           // lift the provider's own hold first
	beside wire.ReleaseID // the release of its own is a later version of this one, which only the desk may change
	why    string         // a person must look; "": none need
}

// planned says what becomes of fresh stories. r is the release that earlier
// versions of them made, nil if there is none; content is what they make; doubt
// says why a person should look, "" if none need.
func planned(p *wire.Provider, d *Delivery, stories []*story, r, content *wire.Release, doubt string, ownHold bool) plan {
	out := plan{verb: wire.DoSubmit, clear: p.Trust == wire.TrustAuto && !d.Unproven && doubt == "", why: doubt}
	if d.Unproven && p.Trust == wire.TrustAuto {
		out.why = "mail proves nothing of its sender"
	}
	if r == nil {
		return out
	}
	aside := func(why string) plan {
		return plan{verb: wire.DoSubmit, beside: r.ID, why: why}
	}
	switch r.State {
	case wire.Killed:
		return plan{why: "the release was killed here, and stays killed"}
	case wire.Submitted, wire.Checking, wire.Queried, wire.Approved, wire.Scheduled:
		out.verb = wire.DoEdit
		return out
	case wire.Held:
		if !ownHold {
			return aside("the release is held")
		}
		out.unhold = true
	case wire.Archived:
		return aside("the release is archived")
	}
	switch {
	case !out.clear:
		return aside(out.why)
	case !content.Schedule.Immediate(): // an update is public at once: it must not be made before its time
		return aside("it is embargoed until " + content.Schedule.UTC.Format("2006-01-02 15:04:05") + " UTC, and the release is on the wire: change that one then")
	}
	out.verb = wire.DoUpdate
	for _, s := range stories {
		if s.Article.Signal == article.Correction {
			out.verb = wire.DoCorrect
		}
	}
	return out
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
	case state == wire.Held:
		return "", "the release is held already"
	case state == wire.Scheduled:
		return wire.DoUnschedule, "the provider withholds it"
	}
	return "", "the provider withholds it; it is not on the wire"
}

// reasons are what readers of each edition are told of an act of the provider,
// and what the audit is told.
func reasons(p *wire.Provider, r *wire.Release, verb wire.Verb, status article.Status) (string, map[string]string) {
	told := map[string]string{}
	for _, e := range r.Editions {
		told[e.Language] = reason(locale.For(e.Language), p.Name, verb, status)
	}
	return reason(locale.Printer{}, p.Name, verb, status), told
}

func reason(l locale.Printer, name string, verb wire.Verb, status article.Status) string {
	switch {
	case verb == wire.DoUpdate:
		return l.T("provider.updated", "name", name)
	case verb == wire.DoCorrect:
		return l.T("provider.corrected", "name", name)
	case verb == wire.DoUnhold:
		return l.T("provider.released", "name", name)
	case status == article.Withheld:
		return l.T("provider.withheld", "name", name)
	}
	return l.T("provider.withdrawn", "name", name)
}
