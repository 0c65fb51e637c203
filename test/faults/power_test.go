package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// cuts is how often the power goes. The disk is the same throughout, so what
// was accepted before the first cut has to survive all of them.
const cuts = 10

func TestMain(m *testing.M) { os.Exit(rig.Run(m)) }

// seed returns what a random run is made from, and says it.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if given := os.Getenv("WIREROOM_SEED"); given != "" {
		var err error
		if n, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("WIREROOM_SEED: %v", err)
		}
	}
	t.Logf("WIREROOM_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// ledger is what the console of the machine has said, over all boots.
type ledger struct {
	t         *testing.T
	accepted  map[string]int       // release → boot it was accepted in
	acts      map[string]wire.Verb // release → last act that was acknowledged
	delivered map[string]int       // "number item" of webhooks → how often, with endpoint
	outside   map[int64]string     // wire number → item that came out under it
	doubled   int
	hooks     int
	mails     map[string]int // Message-ID and recipient → how often
}

// note takes in one boot.
func (l *ledger) note(boot int, g *running) {
	for _, line := range g.said("A") {
		request, release, _ := strings.Cut(line, " ")
		if request != "" && len(release) == 26 {
			l.accepted[release] = boot
		}
	}
	for _, line := range g.said("V") {
		release, verb, _ := strings.Cut(line, " ")
		l.acts[release] = wire.Verb(verb)
	}
	for _, line := range g.said("H") {
		var number int64
		var item string
		var endpoint int
		if _, err := fmt.Sscan(line, &number, &item, &endpoint); err != nil {
			l.t.Errorf("boot %d said %q: %v", boot, line, err)
			continue
		}
		l.hooks++
		if l.delivered[line]++; l.delivered[line] > 1 {
			l.doubled++
		}
		if was := l.outside[number]; was != "" && was != item {
			l.t.Errorf("wire number %d came out as item %s and as item %s", number, was, item)
		}
		l.outside[number] = item
	}
	for _, line := range g.said("M") {
		if l.mails[line]++; l.mails[line] > 1 {
			l.doubled++
		}
	}
	for _, line := range g.said("ERR") {
		l.t.Errorf("boot %d: %s", boot, line)
	}
}

// judge compares what was said so far with what SQL has at a boot, before
// anything new was handed in.
func (l *ledger) judge(boot int, g *running) (lost, unknown int) {
	l.t.Helper()
	held := map[string]bool{}
	items := map[int64]string{}
	keys := map[string]bool{} // of the items
	for i, line := range g.said("S") {
		var number int64
		var item, release, key string
		if _, err := fmt.Sscan(line, &number, &item, &release, &key); err != nil {
			l.t.Errorf("boot %d said %q: %v", boot, line, err)
			continue
		}
		if number != int64(i+1) {
			l.t.Errorf("boot %d: the wire has a gap: item %d at place %d", boot, number, i+1)
		}
		items[number], held[release], keys[key] = item, true, true
	}
	for _, line := range g.said("R") {
		release, state, _ := strings.Cut(line, " ")
		held[release] = held[release] || state == string(wire.Scheduled)
	}
	for release, at := range l.accepted {
		if !held[release] {
			lost++
			l.t.Errorf("boot %d: release %s, accepted in boot %d, is lost", boot, release, at)
		}
	}
	for number, item := range l.outside {
		if items[number] != item {
			unknown++
			l.t.Errorf("boot %d: item %s was delivered as number %d, where SQL has %q", boot, item, number, items[number])
		}
	}
	for mail := range l.mails {
		id, _, _ := strings.Cut(mail, " ")
		if !keys[rig.MailKey(id)] {
			unknown++
			l.t.Errorf("boot %d: the mail %s brought an item that SQL has not", boot, mail)
		}
	}
	return lost, unknown
}

func TestNothingAcceptedIsLostWhenThePowerGoes(t *testing.T) {
	random := seed(t)
	m := newMachine(t)
	l := &ledger{t: t, accepted: map[string]int{}, acts: map[string]wire.Verb{}, delivered: map[string]int{}, outside: map[int64]string{}, mails: map[string]int{}}
	lost, unknown := 0, 0
	for boot := 1; boot <= cuts; boot++ {
		g := m.boot("MODE=work", "BOOT="+strconv.Itoa(boot))
		g.await("READY", 1, 90*time.Second)
		a, b := l.judge(boot, g)
		lost, unknown = lost+a, unknown+b
		// However slow the machine is, something is accepted before its power goes.
		g.await("A", 2+random.IntN(4), 90*time.Second)
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		g.cut()
		l.note(boot, g)
		if t.Failed() {
			t.Fatalf("the console of boot %d ends with\n%s", boot, g.tail(30))
		}
	}
	g := m.boot("MODE=drain", "BOOT=last")
	g.await("READY", 1, 90*time.Second)
	a, b := l.judge(cuts+1, g)
	lost, unknown = lost+a, unknown+b
	g.await("END", 1, 120*time.Second)
	g.cut()
	l.note(cuts+1, g)
	items := fullItems(t, g)
	if problems := storetest.Problems(items); len(problems) > 0 {
		t.Errorf("the wire is broken:\n%s", strings.Join(problems, "\n"))
	}
	missing := l.undelivered(items)
	t.Logf("power cuts %d: accepted %d, lost %d, acts %d, on the wire %d, webhooks %d, mails %d, unknown to SQL %d, never delivered %d, doubled %d",
		cuts, len(l.accepted), lost, len(l.acts), len(items), l.hooks, len(l.mails), unknown, missing, l.doubled)
	if len(l.accepted) < 2*cuts {
		t.Errorf("only %d releases were accepted: the run shows nothing\n%s", len(l.accepted), g.tail(30))
	}
}

// fullItems reads what SQL had at the end.
func fullItems(t *testing.T, g *running) []wire.Item {
	t.Helper()
	var items []wire.Item
	for _, line := range g.said("I") {
		var it wire.Item
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		items = append(items, it)
	}
	return items
}

// undelivered counts accepted releases that are not on the wire or never came
// out at an endpoint that takes everything, and acts that left no trace.
func (l *ledger) undelivered(items []wire.Item) int {
	byRelease := map[string][]wire.Item{}
	for _, it := range items {
		byRelease[string(it.Release)] = append(byRelease[string(it.Release)], it)
	}
	missing := 0
	for release, boot := range l.accepted {
		story := byRelease[release]
		if len(story) == 0 {
			missing++
			l.t.Errorf("release %s, accepted in boot %d, never went on the wire", release, boot)
			continue
		}
		// A version that was overtaken may rightly not come out; the newest must.
		last := story[len(story)-1]
		if l.outside[last.Number] != string(last.ID) {
			missing++
			l.t.Errorf("item %d (%s of release %s) never came out", last.Number, last.Action, release)
		}
	}
	for release, verb := range l.acts {
		action := map[wire.Verb]wire.Action{wire.DoKill: wire.Kill, wire.DoCorrect: wire.Correct}[verb]
		if !slices.ContainsFunc(byRelease[release], func(it wire.Item) bool { return it.Action == action }) {
			l.t.Errorf("the %s of release %s was acknowledged and is not on the wire", verb, release)
		}
	}
	return missing
}
