package wire

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var allVerbs = []Verb{DoSubmit, DoCheck, DoQuery, DoAnswer, DoEdit, DoApprove, DoSchedule, DoUnschedule, DoLift, DoUpdate, DoCorrect, DoRefile, DoHold, DoUnhold, DoKill, DoArchive}

func draft() *Release {
	return &Release{
		ID: NewReleaseID(), State: Draft, Facets: Facets{Organisation: "Halden Robotics", Priority: Ordinary},
		Editions: []Edition{{Language: "en", Headline: "Halden opens a plant", Body: []Block{P("Text.")}}},
	}
}

// walk plays a random sequence of verbs, with content edited along with edits
// and, unlike any desk, sometimes behind its back.
func walk(t *rapid.T, check func(before Release, v Verb, tr Transition, after *Release)) {
	r := draft()
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		if rapid.IntRange(0, 9).Draw(t, "tamper") == 0 {
			r.Editions[0].Headline += "!"
		}
		v := rapid.SampledFrom(allVerbs).Draw(t, "verb")
		before := *r
		tr, err := r.Apply(v)
		if err != nil {
			if KindOf(err) != Conflict || r.State != before.State || r.Revision != before.Revision {
				t.Fatalf("%s of %s: %v; and the release changed: %v", v, before.State, err, r)
			}
			continue
		}
		if v == DoEdit {
			r.Editions[0].Headline += "."
		}
		if v == DoApprove {
			r.Approval = &Approval{Hash: r.ContentHash()}
		}
		check(before, v, tr, r)
	}
}

func TestNothingReachesTheWireButWhatWasApproved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := false
		walk(t, func(before Release, v Verb, tr Transition, after *Release) {
			if tr.Emits != "" && !live {
				if v != DoLift || tr.Emits != Publish || before.State != Scheduled {
					t.Fatalf("%s of %s emitted %s as the first thing on the wire", v, before.State, tr.Emits)
				}
				if before.Approval == nil || before.Approval.Hash != before.ContentHash() {
					t.Fatal("lifted content that nobody approved")
				}
			}
			live = live || tr.Emits != ""
		})
	})
}

func TestAKillIsFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		killed := false
		walk(t, func(before Release, v Verb, tr Transition, after *Release) {
			if killed {
				t.Fatalf("%s changed a killed release", v)
			}
			killed = after.State == Killed
		})
	})
	for _, tr := range Transitions {
		if tr.From == Killed {
			t.Errorf("%s leads out of killed", tr.Verb)
		}
	}
}

func TestRevisionsOnlyRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(before Release, v Verb, tr Transition, after *Release) {
			if after.Revision != before.Revision+1 {
				t.Fatalf("%s: revision %d after %d", v, after.Revision, before.Revision)
			}
		})
	})
}

func TestAnEditVoidsTheApproval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(before Release, v Verb, tr Transition, after *Release) {
			if v == DoEdit && after.Approval != nil {
				t.Fatal("the approval outlived an edit")
			}
			if after.State == Approved && v == DoEdit || v == DoEdit && after.State == Scheduled {
				t.Fatalf("after an edit the release is still %s", after.State)
			}
		})
	})
}

func TestWhatIsHeldOrKilledWasTold(t *testing.T) {
	for _, tr := range Transitions {
		wasPublic := tr.From.OnWire()
		if (tr.Emits != "") != (wasPublic && tr.Verb != DoArchive || tr.Verb == DoLift) {
			t.Errorf("%s --%s--> %s emits %q", tr.From, tr.Verb, tr.To, tr.Emits)
		}
	}
}

func TestEveryStateIsReachedAndEveryRowIsUnique(t *testing.T) {
	reached := map[State]bool{Draft: true}
	seen := map[[2]string]bool{}
	for range Transitions {
		for _, tr := range Transitions {
			if reached[tr.From] {
				reached[tr.To] = true
			}
		}
	}
	for _, tr := range Transitions {
		key := [2]string{string(tr.From), string(tr.Verb)}
		if seen[key] {
			t.Errorf("two rows for %s of %s", tr.Verb, tr.From)
		}
		seen[key] = true
		if !reached[tr.From] {
			t.Errorf("%s is never reached", tr.From)
		}
	}
	for _, v := range allVerbs {
		if !slices.ContainsFunc(Transitions, func(tr Transition) bool { return tr.Verb == v }) {
			t.Errorf("%s does nothing", v)
		}
	}
}

func TestARefusedVerbSaysWhatIsPossible(t *testing.T) {
	r := draft()
	_, err := r.Next(DoKill)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Next(DoApprove)
	if want := string(r.ID) + ": cannot approve a release that is draft; possible now: [edit submit kill]"; err == nil || err.Error() != want {
		t.Errorf("err = %v, want %s", err, want)
	}
}

func TestOnlyTheClockLifts(t *testing.T) {
	for _, role := range []Role{RoleReader, RoleIssuer, RoleEditor, RoleOperator, "", "admin"} {
		if (Actor{Role: role}).May(DoLift) {
			t.Errorf("%s may lift", role)
		}
	}
	for _, v := range allVerbs {
		if (Actor{Role: RoleReader}).May(v) {
			t.Errorf("a reader may %s", v)
		}
		if (Actor{Role: RoleClock}).May(v) != (v == DoLift) {
			t.Errorf("the clock may %s", v)
		}
	}
	if (Actor{Role: RoleIssuer}).May(DoApprove) {
		t.Error("an issuer may approve its own release")
	}
}

func TestItemsKeepTheirLineage(t *testing.T) {
	r := draft()
	r.Editions[0].Note = "for editors"
	r.Editions[0].Contacts = []PressContact{{Name: "A"}, {Name: "B", MediaOnly: true}}
	at := time.Date(2026, 11, 23, 14, 5, 0, 123456789, time.FixedZone("x", 3600))
	first := NewItem(r, &r.Editions[0], Publish, nil, at, Amendment{})
	if first.Note != "" || len(first.Contacts) != 1 || first.Version != 1 || first.Slug != "halden-opens-a-plant" {
		t.Errorf("first item: %+v", first)
	}
	if first.ClearTime.Location() != time.UTC || first.ClearTime.Nanosecond()%1000 != 0 {
		t.Errorf("clear time %v is not UTC in µs", first.ClearTime)
	}
	first.Number = 7
	kill := NewItem(r, &r.Editions[0], Kill, &first, at.Add(time.Hour), Amendment{Reason: "wrong company"})
	if kill.Version != 2 || kill.Supersede != 7 || kill.First != first.First || kill.Headline != "" || kill.Body != nil || kill.Language != "en" || kill.Reason == "" {
		t.Errorf("kill: %+v", kill)
	}
	if len(r.Editions[0].Contacts) != 2 || r.Editions[0].Note == "" {
		t.Error("making an item changed the release")
	}
}
