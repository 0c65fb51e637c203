package e2e

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// ahead is how long before its clear time a release is handed in: time for its seals
// to go out, at a moment drawn by lot, and for an edge to die and come back.
const ahead = 40 * time.Second

// Two releases are sent ahead, sealed. One is killed before its time: no desktop
// ever has a word of it. The other is lifted: every desktop opens what it was sent.
// In between the edge dies, and a desktop joins.
func TestTextsGoAheadSealedAndOnlyKeysAtTheirTime(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole wires; not in -short")
	}
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		o := rig.Options{Data: t.TempDir(), HTTP: rig.FreeAddress(t), Args: []string{"--cover", "0"}}
		w := rig.Start(t, o)
		e := &embargo{t: t, house: w, edge: w, data: o.Data}
		e.restart = func() {
			w.Kill()
			again := rig.Launch(t, o, w.Journal())
			e.must(again.Ready(20 * time.Second))
			e.house, e.edge = again, again
		}
		e.run()
	})
	t.Run("an edge of its own, NATS between", func(t *testing.T) {
		t.Parallel()
		cluster := rig.StartCluster(t, 1)
		bus := tapBus(t, cluster.URL(), words(append(killedTexts, liftedText)...))
		house := rig.Options{Data: t.TempDir(), Args: []string{"--cover", "0", "--nats", cluster.URL(), "--role", "web,courier,clock"}}
		w := rig.Start(t, house)
		o := rig.Options{Data: t.TempDir(), HTTP: rig.FreeAddress(t), Args: []string{"--role", "edge", "--nats", cluster.URL(), "--origin", w.URL}}
		edge := rig.Start(t, o)
		e := &embargo{t: t, house: w, edge: edge, data: house.Data, bus: bus}
		e.restart = func() {
			edge.Kill()
			again := rig.Launch(t, o, edge.Journal())
			e.must(again.Ready(20 * time.Second))
			e.edge = again
		}
		e.run()
	})
}

// embargo is a wire with desktops that ask for seals.
type embargo struct {
	t           *testing.T
	house, edge *rig.Wire // the same where one process does all
	data        string    // folder of the house
	restart     func()    // kills the edge and starts it again
	bus         *tap      // nil where one process does all
	desks       []*sealedDesk
}

// The texts have no word in common with each other, nor with what a stream says.
var (
	liftedText = rig.Text{Language: "en", Headline: "Kestrelmoor quarries reopen following autumn flooding", Body: []string{
		"Stonecutters returned to Kestrelmoor yesterday, pumping finished, engineers certified galleries.",
		"Granite shipments resume tomorrow, foreman Aldous Brackenbury announced.",
	}}
	killedTexts = []rig.Text{
		{Language: "en", Headline: "Pemberwick Chocolatiers acquire Lindqvist Confectionery", Body: []string{
			"Shareholders accept seventeen kroner apiece, directors unanimously recommended.",
			"Chairwoman Ottoline Frobisher praised nougat craftsmanship.",
		}},
		{Language: "ar", Headline: "بمبرويك للشوكولاتة تستحوذ على مصانع لندكفيست للحلويات", Body: []string{
			"وافق المساهمون بالإجماع على سبع عشرة كرونة للسهم الواحد.",
			"وأشادت رئيسة مجلس الإدارة أوتولين فروبيشر بحرفية صناعة النوغا.",
		}},
	}
)

func (e *embargo) run() {
	t := e.t
	t.Helper()
	everything := e.sit("everything", nil)
	e.sit("English", []string{"en"})
	other := e.sit("Japanese", []string{"ja"})
	tail, node := e.tail(), e.node()
	wanting := int64(4) // and one that does not want what is lifted
	if node != nil {
		wanting++
	}
	e.connected(wanting)

	due := time.Now().Add(ahead).Truncate(time.Second)
	doomed := e.publish(due, killedTexts...)
	lifted := e.publish(due, liftedText)
	e.holding(e.desks, 3)
	late := e.sit("joined later", []string{"en"})
	e.holding([]*sealedDesk{late}, 3)

	if _, err := e.house.Act(t.Context(), doomed.ID, wire.DoKill, 0, "the parties withdrew", nil); err != nil {
		t.Fatal(err)
	}
	e.restart()
	e.connected(wanting + 1)
	e.silent(due, "before the lift")

	e.received(lifted, everything, other)
	for _, d := range e.desks {
		want := 3
		if got := d.count("event: seal\n"); got != want {
			t.Errorf("desktop %q was sent %d seals, want %d: those that it holds are not sent again", d.name, got, want)
		}
	}
	tail.want("Kestrelmoor quarries reopen following autumn flooding  (sent ahead)")
	if node != nil {
		node.want("1 sent ahead {")
	}
	e.voided(doomed)
	e.reported(lifted, wanting)

	// Whatever came later, no word of what was killed did.
	killed := words(killedTexts...)
	for _, d := range e.desks {
		d.lacks(killed, "in the end")
	}
	tail.lacks(killed)
	if node != nil {
		node.lacks(append(killed, "refused"))
	}
	if e.bus != nil {
		e.bus.wantKeys(t, 1, due)
		e.bus.wantNoWord(t, killed, time.Time{})
		e.bus.wantNoWord(t, words(liftedText), due)
	}
	for _, w := range []*rig.Wire{e.house, e.edge} {
		for _, word := range append(killed, words(liftedText)...) {
			if lines := w.Journal().Lines(word); len(lines) > 0 {
				t.Errorf("%q stands in the log: %s", word, lines[0])
			}
		}
	}
}

func (e *embargo) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *embargo) publish(due time.Time, texts ...rig.Text) rig.Release {
	e.t.Helper()
	r, err := e.house.Publish(e.t.Context(), rig.Submit(texts...).At(due), "")
	if err != nil {
		e.t.Fatalf("%v\n%s", err, e.house.Journal().Tail(10))
	}
	return r
}

// connected waits until so many desktops are at the edge.
func (e *embargo) connected(n int64) {
	e.t.Helper()
	line := fmt.Sprintf("\nwireroom_edge_connections %d\n", n)
	rig.Wait(e.t, 25*time.Second, fmt.Sprintf("%d desktops at the edge", n), func() error {
		_, body, err := e.edge.Get(e.t.Context(), "/metrics")
		if err == nil && !strings.Contains(body, line) {
			err = rig.ErrNotYet
		}
		return err
	})
}

// holding waits until desktops keep so many seals.
func (e *embargo) holding(desks []*sealedDesk, n int) {
	e.t.Helper()
	rig.Wait(e.t, 35*time.Second, fmt.Sprintf("%d seals at every desktop", n), func() error {
		for _, d := range desks {
			if held := len(d.box.Holds()); held != n {
				return fmt.Errorf("desktop %q keeps %d", d.name, held)
			}
		}
		return nil
	})
}

// silent makes sure that nobody has had a word by now, which must be before the
// clear time.
func (e *embargo) silent(due time.Time, when string) {
	e.t.Helper()
	for _, d := range e.desks {
		d.lacks(words(append(killedTexts, liftedText)...), when)
		if len(d.items()) > 0 || d.count("event: key\n") > 0 {
			e.t.Errorf("desktop %q has an item or a key %s", d.name, when)
		}
	}
	if left := time.Until(due); left < 0 {
		e.t.Fatalf("the machine is too slow: the clear time was %v ago when all were connected again", -left)
	}
}

// received waits until everyone who wants what was lifted has it, from the seal, and
// compares it with what is on the wire.
func (e *embargo) received(lifted rig.Release, everything, other *sealedDesk) {
	t := e.t
	t.Helper()
	rig.Wait(t, 40*time.Second, "the lift at every desktop", func() error {
		for _, d := range e.desks {
			if d != other && len(d.items()) == 0 {
				return fmt.Errorf("desktop %q has nothing\n%s", d.name, e.house.Journal().Tail(10))
			}
		}
		return nil
	})
	items, err := e.house.Items(t.Context(), 0)
	e.must(err)
	if len(items) != 1 || items[0].Release != lifted.ID {
		t.Fatalf("%d items are on the wire, want that of %s alone", len(items), lifted.ID)
	}
	_, plain, err := e.edge.Get(t.Context(), "/v1/stream/items/1")
	e.must(err)
	for _, d := range e.desks {
		got := d.items()
		if d == other {
			if len(got) > 0 || d.count("event: key\n") > 0 {
				t.Errorf("desktop %q has what its filter does not want", d.name)
			}
			continue
		}
		if len(got) != 1 || !got[0].Ahead || got[0].ID != "1" || string(got[0].Data) != strings.TrimSpace(plain) {
			t.Errorf("desktop %q has %d items; ahead %v; %.100s", d.name, len(got), got[0].Ahead, got[0].Data)
		}
	}
	everything.verify(e.edge, &items[0])
}

// voided makes the time pass after which the voids of what was killed go out, five
// minutes to an hour, and waits until every desktop has dropped those seals.
func (e *embargo) voided(doomed rig.Release) {
	t := e.t
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(e.data, "wire.db")+"?_pragma=busy_timeout(10000)")
	e.must(err)
	defer db.Close()
	var soonest int64
	var secrets int
	e.must(db.QueryRow(`SELECT MIN(ends), SUM(LENGTH(secret)) FROM advance WHERE release = ?1`, string(doomed.ID)).Scan(&soonest, &secrets))
	if secrets != 0 {
		t.Error("the secrets of what was killed are still there")
	}
	if left := time.Until(time.UnixMicro(soonest)); left < 3*time.Minute || left > time.Hour {
		t.Errorf("the first void is due in %v", left)
	}
	_, err = db.Exec(`UPDATE advance SET ends = ?1 WHERE release = ?2`, time.Now().UnixMicro(), string(doomed.ID))
	e.must(err)
	// That of what was lifted is remembered, for its void is still to come.
	e.holding(e.desks, 1)
	for _, d := range e.desks {
		if got := d.count("event: void\n"); got != 2 {
			t.Errorf("desktop %q was sent %d voids, want 2", d.name, got)
		}
	}
}

// reported waits until the report says that the edge was ready.
func (e *embargo) reported(lifted rig.Release, wanting int64) {
	t := e.t
	t.Helper()
	rig.Wait(t, 20*time.Second, "the receipt of the edge", func() error {
		report, err := e.house.Report(t.Context(), lifted.ID)
		if err != nil || len(report.Live) == 0 {
			return fmt.Errorf("%w: %s", rig.ErrNotYet, report)
		}
		// Those who came back with the seals that they hold do not say so again.
		live := report.Live[0]
		if live.Edges != 1 || live.Sent != wanting || live.Ahead.Ready != 1 || live.Ahead.OpenedMS <= 0 {
			return fmt.Errorf("%+v", live)
		}
		t.Logf("1 edge ready, open %.1f ms after the clear; %d desktops %.1f to %.1f ms after", live.Ahead.OpenedMS, wanting, live.FirstMS, live.LastMS)
		return nil
	})
}
