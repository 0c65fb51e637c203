package desk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var (
	editor = wire.Actor{Name: "edda", Role: wire.RoleEditor}
	issuer = wire.Actor{Name: "halden", Role: wire.RoleIssuer}
	reader = wire.Actor{Name: "rob", Role: wire.RoleReader}
	clock  = wire.Actor{Name: "clock", Role: wire.RoleClock}
)

const picturesAt = "https://wire.example/v1/pictures/"

type room struct {
	*desk.Desk
	store *store.Store
	keys  *seal.Keyring
	dir   string
	now   time.Time
	woken []string
}

func open(t *testing.T) *room {
	t.Helper()
	r := &room{dir: t.TempDir(), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	var err error
	if r.store, err = store.Open(t.Context(), "sqlite:"+filepath.Join(r.dir, "wire.db"), store.WithClock(func() time.Time { return r.now })); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	if r.keys, err = seal.OpenKeyring(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	folder, err := media.OpenFolder(filepath.Join(r.dir, "media"))
	if err != nil {
		t.Fatal(err)
	}
	r.Desk = desk.New(desk.Options{Store: r.store, Keys: r.keys, Media: folder, Pictures: picturesAt, Wake: func(topic string) { r.woken = append(r.woken, topic) }})
	return r
}

func draft() *wire.Release {
	return &wire.Release{
		Facets: wire.Facets{Organisation: "Canary Holdings", Sectors: []string{"energy"}},
		Editions: []wire.Edition{
			{Language: "en", Headline: "Canary to merge with Finch", Body: []wire.Block{wire.P("Canary-7f3a merges."), wire.P("Second paragraph."), wire.P("Third.")}, Note: "call first"},
			{Language: "ar", Headline: "اندماج كناري وفينش", Body: []wire.Block{wire.P("تندمج الشركتان.")}},
		},
	}
}

func (r *room) do(t *testing.T, id wire.ReleaseID, verb wire.Verb, a desk.Act) (*wire.Release, []wire.Item) {
	t.Helper()
	a.Verb = verb
	rel, items, err := r.Do(t.Context(), editor, id, a)
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	return rel, items
}

// live brings a release to the wire.
func (r *room) live(t *testing.T) (*wire.Release, []wire.Item) {
	t.Helper()
	rel, err := r.Publish(t.Context(), editor, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	items, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	rel, err = r.Release(t.Context(), editor, rel.ID)
	if err != nil {
		t.Fatal(err)
	}
	return rel, items
}

func TestAReleaseGoesThroughTheDeskToTheWire(t *testing.T) {
	r := open(t)
	rel, err := r.Submit(t.Context(), issuer, draft(), desk.Submission{Original: []byte("as handed in")})
	if err != nil || rel.State != wire.Submitted || rel.Priority != wire.Ordinary {
		t.Fatalf("%+v, %v", rel, err)
	}
	r.do(t, rel.ID, wire.DoCheck, desk.Act{})
	r.do(t, rel.ID, wire.DoQuery, desk.Act{Reason: "which plant?"})
	if _, _, err := r.Do(t.Context(), issuer, rel.ID, desk.Act{Verb: wire.DoAnswer}); err != nil {
		t.Fatal(err)
	}
	r.do(t, rel.ID, wire.DoApprove, desk.Act{})
	rel, items := r.do(t, rel.ID, wire.DoSchedule, desk.Act{})
	if rel.State != wire.Scheduled || len(items) != 0 {
		t.Fatalf("%s with %d items", rel.State, len(items))
	}
	items, err = r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil })
	if err != nil || len(items) != 2 || items[0].Number != 1 || items[1].Number != 2 {
		t.Fatalf("%+v, %v", items, err)
	}
	for _, it := range items {
		if it.Note != "" || it.Action != wire.Publish || !slices.Equal(it.Editions, []string{"en", "ar"}) {
			t.Errorf("item %+v", it)
		}
		if it.Hash != it.ContentHash() || !seal.Verify(r.keys.PublicKey(), it.Hash, it.Signature) {
			t.Errorf("item %d is not signed", it.Number)
		}
	}
	if original, err := r.Original(t.Context(), editor, rel.ID); err != nil || string(original) != "as handed in" {
		t.Errorf("original: %q, %v", original, err)
	}
	if !slices.Equal(r.woken, []string{desk.TopicSchedule, desk.TopicSchedule, desk.TopicWire}) {
		t.Errorf("woken: %v", r.woken)
	}
	trail, err := r.Audit(t.Context(), editor, rel.ID)
	if err != nil {
		t.Fatal(err)
	}
	var verbs []wire.Verb
	for _, a := range trail {
		verbs = append(verbs, a.Verb)
	}
	if want := []wire.Verb{wire.DoSubmit, wire.DoCheck, wire.DoQuery, wire.DoAnswer, wire.DoApprove, wire.DoSchedule, wire.DoLift}; !slices.Equal(verbs, want) {
		t.Errorf("trail %v, want %v", verbs, want)
	}
}

func TestOnDiskThereIsNothingToReadBeforeTheClearTime(t *testing.T) {
	r := open(t)
	d := draft()
	var err error
	// A day that is never today's: the database notes when it was migrated.
	if d.Schedule, err = wire.NewSchedule("2187-03-07T09:00", "Asia/Tokyo", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Publish(t.Context(), editor, d, desk.Submission{Original: []byte("Canary-7f3a original")}); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(r.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, secret := range []string{"Canary", "Finch", "7f3a", "اندماج", "energy", "2187-03-07", "Asia/Tokyo", "call first", "6853507200"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s shows %q", filepath.Base(path), secret)
			}
		}
		return err
	})
	if err != nil || files < 3 { // database, write-ahead log, original
		t.Fatalf("%d files, %v", files, err)
	}
}

func TestNothingIsLiftedBeforeItsTimeWhoeverAsks(t *testing.T) {
	r := open(t)
	d := draft()
	d.Schedule, _ = wire.NewSchedule("2026-11-23T13:00", "UTC", "")
	rel, err := r.Publish(t.Context(), editor, d, desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	lift := func() error {
		_, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil })
		return err
	}
	r.now = rel.Schedule.UTC.Add(-time.Microsecond)
	if err := lift(); wire.KindOf(err) != wire.Conflict {
		t.Errorf("1 µs early: %v", err)
	}
	if due, err := r.Scheduled(t.Context()); err != nil || len(due) != 1 || !due[0].At.Equal(rel.Schedule.UTC) {
		t.Errorf("schedule: %v, %v", due, err)
	}
	if _, _, err := r.Do(t.Context(), wire.Actor{Name: "o", Role: wire.RoleOperator}, rel.ID, desk.Act{Verb: wire.DoLift}); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("lift by an operator: %v", err)
	}
	if _, err := r.Lift(t.Context(), editor, rel.ID, rel.Revision, nil); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("lift by an editor: %v", err)
	}
	r.now = rel.Schedule.UTC
	if err := lift(); err != nil {
		t.Error(err)
	}
	if err := lift(); wire.KindOf(err) != wire.Conflict {
		t.Errorf("lifted twice: %v", err)
	}
}

func TestAReleaseChangedSinceIsNotLifted(t *testing.T) {
	r := open(t)
	rel, err := r.Publish(t.Context(), editor, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	edited := draft()
	edited.Editions[0].Headline = "Canary to merge with Wren"
	r.do(t, rel.ID, wire.DoEdit, desk.Act{Content: edited})
	if _, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil }); wire.KindOf(err) != wire.Conflict {
		t.Errorf("lifted a release edited since: %v", err)
	}
	if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoSchedule}); wire.KindOf(err) != wire.Conflict {
		t.Errorf("scheduled without a new approval: %v", err)
	}
}

func TestAStaleScheduleIsRefused(t *testing.T) {
	r := open(t)
	d := draft()
	d.Schedule, _ = wire.NewSchedule("2026-11-23T11:59", "UTC", "")
	if _, err := r.Publish(t.Context(), editor, d, desk.Submission{}); wire.KindOf(err) != wire.Conflict || !strings.Contains(err.Error(), "has passed") {
		t.Errorf("err = %v", err)
	}
}

func TestALeaderThatWasReplacedLiftsNothing(t *testing.T) {
	r := open(t)
	rel, err := r.Publish(t.Context(), editor, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	lost := errors.New("lost the lease")
	if _, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return lost }); !errors.Is(err, lost) {
		t.Errorf("err = %v", err)
	}
	if items := storetest.CheckWire(t, r.store); len(items) != 0 {
		t.Errorf("%d items", len(items))
	}
}

func TestACorrectionSaysWhatChanged(t *testing.T) {
	r := open(t)
	rel, _ := r.live(t)
	fixed := draft()
	fixed.Editions[0].Headline = "Canary to merge with Wren"
	fixed.Editions[0].Body = slices.Insert(fixed.Editions[0].Body, 1, wire.P("An inserted paragraph."))
	got, items := r.do(t, rel.ID, wire.DoCorrect, desk.Act{Content: fixed, Reason: "wrong company named"})
	if got.State != wire.Corrected || len(items) != 1 || items[0].Language != "en" || items[0].Version != 2 || items[0].Supersede != 1 {
		t.Fatalf("%s, %+v", got.State, items)
	}
	want := []wire.Change{
		{Field: "headline", Old: "Canary to merge with Finch", New: "Canary to merge with Wren"},
		{Field: "body/2", New: "An inserted paragraph."},
	}
	if !slices.Equal(items[0].Changes, want) {
		t.Errorf("changes %+v", items[0].Changes)
	}
	if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoRefile, Content: fixed, Reason: "x"}); wire.KindOf(err) != wire.Conflict {
		t.Errorf("a refile that changes nothing: %v", err)
	}
	fixed.Editions = append(fixed.Editions, wire.Edition{Language: "ja", Headline: "カナリー合併", Body: []wire.Block{wire.P("本文")}})
	fixed.Sectors = []string{"finance"}
	_, items = r.do(t, rel.ID, wire.DoUpdate, desk.Act{Content: fixed, Reason: "translation"})
	var got2 []string
	for _, it := range items {
		got2 = append(got2, it.Language+" "+string(it.Action))
	}
	if want := []string{"en update", "ar update", "ja publish"}; !slices.Equal(got2, want) {
		t.Errorf("%v, want %v", got2, want)
	}
	fixed.Editions = fixed.Editions[:1]
	if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoCorrect, Content: fixed, Reason: "x"}); wire.KindOf(err) != wire.Invalid {
		t.Errorf("an edition was left out: %v", err)
	}
	storetest.CheckWire(t, r.store)
}

func TestReadersAreToldWhyInTheirLanguage(t *testing.T) {
	r := open(t)
	rel, _ := r.live(t)
	reasons := map[string]string{"ar": "خدعة"}
	_, items := r.do(t, rel.ID, wire.DoHold, desk.Act{Reason: "hoax", Reasons: reasons})
	for _, it := range items {
		if want := map[string]string{"en": "hoax", "ar": "خدعة"}[it.Language]; it.Reason != want {
			t.Errorf("%s readers are told %q, want %q", it.Language, it.Reason, want)
		}
	}
	_, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoKill, Reason: "hoax", Reasons: map[string]string{"ja": "嘘"}})
	if wire.KindOf(err) != wire.Invalid {
		t.Errorf("a reason that nobody would read was taken: %v", err)
	}
	audit, err := r.Audit(t.Context(), editor, rel.ID)
	if err != nil || audit[len(audit)-1].Reason != "hoax" {
		t.Errorf("the audit says %+v, %v", audit, err)
	}
}

func TestHoldAndKill(t *testing.T) {
	r := open(t)
	rel, _ := r.live(t)
	if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoHold}); wire.KindOf(err) != wire.Invalid {
		t.Errorf("a hold without a reason: %v", err)
	}
	_, items := r.do(t, rel.ID, wire.DoHold, desk.Act{Reason: "checking the sender"})
	if len(items) != 2 || items[0].Action != wire.Hold || items[0].Headline != "" {
		t.Fatalf("hold: %+v", items)
	}
	_, items = r.do(t, rel.ID, wire.DoUnhold, desk.Act{})
	if len(items) != 2 || items[0].Headline != "Canary to merge with Finch" {
		t.Fatalf("unhold: %+v", items)
	}
	got, items := r.do(t, rel.ID, wire.DoKill, desk.Act{Reason: "hoax"})
	if got.State != wire.Killed || len(items) != 2 || items[0].Action != wire.Kill || items[0].Body != nil || items[0].Version != 4 {
		t.Fatalf("kill: %+v", items)
	}
	for _, v := range []wire.Verb{wire.DoUnhold, wire.DoCorrect, wire.DoKill, wire.DoEdit} {
		if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: v, Reason: "x", Content: draft()}); wire.KindOf(err) != wire.Conflict {
			t.Errorf("%s after a kill: %v", v, err)
		}
	}
	storetest.CheckWire(t, r.store)
}

func TestAKillBeforeTheLiftSaysNothing(t *testing.T) {
	r := open(t)
	rel, err := r.Publish(t.Context(), editor, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	if _, items := r.do(t, rel.ID, wire.DoKill, desk.Act{Reason: "withdrawn by the issuer"}); len(items) != 0 {
		t.Errorf("%+v", items)
	}
	if due, _ := r.Scheduled(t.Context()); len(due) != 0 {
		t.Errorf("still scheduled: %v", due)
	}
	if items := storetest.CheckWire(t, r.store); len(items) != 0 {
		t.Errorf("%d items on the wire", len(items))
	}
}

func TestTheSameSubmissionTwiceIsOneRelease(t *testing.T) {
	r := open(t)
	ids := make([]wire.ReleaseID, 20)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			rel, err := r.Submit(t.Context(), issuer, draft(), desk.Submission{Request: "same"})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = rel.ID
		})
	}
	wg.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(distinct) != 1 {
		t.Errorf("%d releases of one submission", len(distinct))
	}
}

func TestWhatOthersMayNotSeeDoesNotExist(t *testing.T) {
	r := open(t)
	rel, err := r.Submit(t.Context(), issuer, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	for _, actor := range []wire.Actor{reader, issuer, {}} {
		_, hidden := r.Release(t.Context(), actor, rel.ID)
		_, absent := r.Release(t.Context(), actor, wire.ReleaseID(strings.Repeat("a", 26)))
		if wire.KindOf(hidden) != wire.NotFound || wire.KindOf(absent) != wire.NotFound {
			t.Errorf("%s: %v, %v", actor.Role, hidden, absent)
		}
		if _, err := r.Audit(t.Context(), actor, rel.ID); wire.KindOf(err) != wire.NotFound {
			t.Errorf("audit: %v", err)
		}
		if _, err := r.In(t.Context(), actor, wire.Submitted, 10); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("list: %v", err)
		}
	}
	if _, err := r.Submit(t.Context(), reader, draft(), desk.Submission{}); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("submitted by a reader: %v", err)
	}
	if _, err := r.Publish(t.Context(), issuer, draft(), desk.Submission{}); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("cleared by an issuer: %v", err)
	}
}

func TestAnActFromAnOldRevisionIsRefused(t *testing.T) {
	r := open(t)
	rel, err := r.Submit(t.Context(), issuer, draft(), desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	r.do(t, rel.ID, wire.DoCheck, desk.Act{Revision: 1})
	if _, _, err := r.Do(t.Context(), editor, rel.ID, desk.Act{Verb: wire.DoApprove, Revision: 1}); wire.KindOf(err) != wire.Conflict {
		t.Errorf("err = %v", err)
	}
}

// What is prepared for a release before its time must be for what really goes
// on the wire.
func TestWhatIsUpcomingIsWhatIsLifted(t *testing.T) {
	r := open(t)
	rel := draft()
	rel.Schedule, _ = wire.NewSchedule("2026-11-23T13:00", "UTC", "")
	rel, err := r.Publish(t.Context(), editor, rel, desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	none, err := r.Upcoming(t.Context(), rel.Schedule.UTC)
	if err != nil || len(none) != 0 {
		t.Fatalf("due later: %d items, %v", len(none), err)
	}
	foreseen, err := r.Upcoming(t.Context(), rel.Schedule.UTC.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	r.now = rel.Schedule.UTC
	lifted, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil })
	if err != nil || len(lifted) != len(foreseen) || len(lifted) == 0 {
		t.Fatalf("%d foreseen, %d lifted, %v", len(foreseen), len(lifted), err)
	}
	for i := range lifted {
		for _, it := range []*wire.Item{&foreseen[i], &lifted[i]} {
			it.Number, it.ID, it.ClearTime, it.First, it.Hash, it.Signature = 0, "", time.Time{}, time.Time{}, "", ""
		}
		if !reflect.DeepEqual(foreseen[i], lifted[i]) {
			t.Errorf("foreseen %+v\nlifted   %+v", foreseen[i], lifted[i])
		}
	}
	if left, err := r.Upcoming(t.Context(), rel.Schedule.UTC.Add(1)); err != nil || len(left) != 0 {
		t.Errorf("afterwards %d items, %v", len(left), err)
	}
}
