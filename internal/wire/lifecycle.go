package wire

import (
	"slices"
)

// State is where a release stands.
type State string

// The states, in the order a release usually passes through them.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Checking  State = "checking"
	Queried   State = "queried"
	Approved  State = "approved"
	Scheduled State = "scheduled"
	Live      State = "live"
	Corrected State = "corrected"
	Held      State = "held"
	Killed    State = "killed"
	Archived  State = "archived"
)

// Verb is what an actor asks of a release.
type Verb string

// The verbs. Only Lift brings a release to the wire for the first time.
const (
	DoSubmit     Verb = "submit"
	DoCheck      Verb = "check"
	DoQuery      Verb = "query"
	DoAnswer     Verb = "answer"
	DoEdit       Verb = "edit"
	DoApprove    Verb = "approve"
	DoSchedule   Verb = "schedule"
	DoUnschedule Verb = "unschedule"
	DoLift       Verb = "lift"
	DoUpdate     Verb = "update"
	DoCorrect    Verb = "correct"
	DoRefile     Verb = "refile"
	DoHold       Verb = "hold"
	DoUnhold     Verb = "unhold"
	DoKill       Verb = "kill"
	DoArchive    Verb = "archive"
)

// Transition is one row of the lifecycle.
type Transition struct {
	From  State
	Verb  Verb
	To    State
	Emits Action // what goes on the wire with it; "" for nothing
}

// Transitions is the whole lifecycle. There is no other place where a state
// leads to another. What the table cannot say, Next adds: an edit voids an
// approval, and approve, schedule and lift need one that still binds.
var Transitions = []Transition{
	{Draft, DoEdit, Draft, ""},
	{Draft, DoSubmit, Submitted, ""},
	{Submitted, DoEdit, Submitted, ""},
	{Submitted, DoCheck, Checking, ""},
	{Checking, DoEdit, Checking, ""},
	{Checking, DoQuery, Queried, ""},
	{Queried, DoEdit, Queried, ""},
	{Queried, DoAnswer, Checking, ""},
	{Checking, DoApprove, Approved, ""},
	{Approved, DoEdit, Checking, ""},
	{Approved, DoSchedule, Scheduled, ""},
	{Scheduled, DoEdit, Checking, ""},
	{Scheduled, DoUnschedule, Approved, ""},
	{Scheduled, DoLift, Live, Publish},

	{Live, DoUpdate, Live, Update},
	{Live, DoCorrect, Corrected, Correct},
	{Live, DoRefile, Corrected, Refile},
	{Live, DoHold, Held, Hold},
	{Live, DoArchive, Archived, ""},
	{Corrected, DoUpdate, Corrected, Update},
	{Corrected, DoCorrect, Corrected, Correct},
	{Corrected, DoRefile, Corrected, Refile},
	{Corrected, DoHold, Held, Hold},
	{Corrected, DoArchive, Archived, ""},
	{Held, DoUnhold, Live, Unhold},

	// Before the lift nobody outside knew, so nothing is said on the wire.
	{Draft, DoKill, Killed, ""},
	{Submitted, DoKill, Killed, ""},
	{Checking, DoKill, Killed, ""},
	{Queried, DoKill, Killed, ""},
	{Approved, DoKill, Killed, ""},
	{Scheduled, DoKill, Killed, ""},
	// After it everyone who was served must be told, however long ago.
	{Live, DoKill, Killed, Kill},
	{Corrected, DoKill, Killed, Kill},
	{Held, DoKill, Killed, Kill},
	{Archived, DoKill, Killed, Kill},
}

// OnWire reports whether a release in this state has items on the wire.
func (s State) OnWire() bool {
	switch s {
	case Live, Corrected, Held, Archived:
		return true
	}
	return false // a killed release may or may not have been live
}

// Verbs lists what can be asked of a release in this state.
func (s State) Verbs() []Verb {
	var verbs []Verb
	for _, t := range Transitions {
		if t.From == s {
			verbs = append(verbs, t.Verb)
		}
	}
	return verbs
}

// Next returns the transition that a verb makes from the release's state, or a
// Conflict error that names what can be asked instead. It changes nothing.
func (r *Release) Next(v Verb) (Transition, error) {
	i := slices.IndexFunc(Transitions, func(t Transition) bool { return t.From == r.State && t.Verb == v })
	if i < 0 {
		if r.State == Killed {
			return Transition{}, Errorf(Conflict, string(r.ID), "a killed release stays killed: %s is not possible", v)
		}
		return Transition{}, Errorf(Conflict, string(r.ID), "cannot %s a release that is %s; possible now: %v", v, r.State, r.State.Verbs())
	}
	switch v {
	case DoSchedule, DoLift:
		if r.Approval == nil || r.Approval.Hash != r.ContentHash() {
			return Transition{}, Errorf(Conflict, string(r.ID), "cannot %s: the content is not what was approved; approve it again", v)
		}
	}
	return Transitions[i], nil
}

// Apply makes the transition: state, revision, and the approval an edit voids.
// The caller stores the release, with the transition's item, in one
// transaction guarded by the revision it read.
func (r *Release) Apply(v Verb) (Transition, error) {
	t, err := r.Next(v)
	if err != nil {
		return t, err
	}
	r.State = t.To
	r.Revision++
	if v == DoEdit {
		r.Approval = nil
	}
	return t, nil
}
