package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// kills is how often the process is killed in one run.
const kills = 50

// The receivers of the run. No subscription has two deliveries under way at a
// time, so at most this many are, when the process dies.
const contacts, outlets = 14, 4

// inFlight bounds how many deliveries one kill can double: those under way, and
// those whose receipts wait for the commit that is being written.
const inFlight = contacts + outlets + 100

// press is a newsroom that hands in releases without end, and asks again until
// it is answered: what the wire has acknowledged, it knows.
type press struct {
	t       *testing.T
	api     rig.API
	stop    chan struct{}
	workers sync.WaitGroup

	mu       sync.Mutex
	accepted map[string]*handed // by request
	refused  []string
}

// handed is one release that was acknowledged.
type handed struct {
	id   wire.ReleaseID
	mark string
	text rig.Text
	due  time.Time // zero: at once
	acts []wire.Verb
}

func newPress(t *testing.T, api rig.API) *press {
	return &press{t: t, api: api, stop: make(chan struct{}), accepted: map[string]*handed{}}
}

func (p *press) work(name string, random *rand.Rand) {
	var mine []*handed // live ones, not killed
	for i := 1; ; i++ {
		select {
		case <-p.stop:
			return
		case <-time.After(time.Duration(20+random.IntN(60)) * time.Millisecond):
		}
		roll := random.IntN(100)
		if roll < 25 && len(mine) > 3 {
			n := random.IntN(len(mine))
			verb := wire.DoCorrect
			if roll < 10 {
				verb = wire.DoKill
			}
			if p.act(mine[n], verb, i) && verb == wire.DoKill {
				mine = slices.Delete(mine, n, n+1)
			}
			continue
		}
		mark := fmt.Sprintf("%s-%d", name, i)
		h := &handed{mark: mark, text: rig.Write([]string{"en", "ar", "ja"}[random.IntN(3)], mark)}
		if roll > 80 {
			h.due = time.Now().Add(time.Duration(2000+random.IntN(2000)) * time.Millisecond).Truncate(time.Second)
		}
		if p.publish(mark, h) && h.due.IsZero() {
			mine = append(mine, h)
		}
	}
}

// again calls f until it is answered, for better or worse; between two calls
// the wire may have been killed and started anew.
func (p *press) again(f func(context.Context) error) error {
	for end := time.Now().Add(60 * time.Second); ; {
		err := f(p.t.Context())
		var refusal *rig.Refusal
		if err == nil || errors.As(err, &refusal) && refusal.Status < 500 || time.Now().After(end) || p.t.Context().Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *press) publish(request string, h *handed) bool {
	story := rig.Submit(h.text)
	if !h.due.IsZero() {
		story = story.At(h.due)
	}
	err := p.again(func(ctx context.Context) error {
		r, err := p.api.Publish(ctx, story, request)
		h.id = r.ID
		return err
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.refused = append(p.refused, request+": "+err.Error())
		return false
	}
	p.accepted[request] = h
	return true
}

// act corrects or kills a release. An answer that was lost leaves open whether
// it was done; the release's own state says.
func (p *press) act(h *handed, verb wire.Verb, i int) bool {
	var content *rig.Submission
	if verb == wire.DoCorrect {
		s := rig.Submit(rig.Write(h.text.Language, fmt.Sprintf("%s again %d", h.mark, i)))
		content = &s
	}
	var first rig.Release
	err := p.again(func(ctx context.Context) (err error) {
		first, err = p.api.Release(ctx, h.id)
		return err
	})
	if err != nil {
		p.t.Errorf("release %s was acknowledged and cannot be had: %v", h.id, err)
		return false
	}
	if len(first.Items) == 0 {
		return false // not lifted yet
	}
	err = p.again(func(ctx context.Context) error {
		_, err := p.api.Act(ctx, h.id, verb, first.Revision, "a figure was wrong", content)
		var refusal *rig.Refusal
		if errors.As(err, &refusal) && refusal.Status == 409 {
			now, e := p.api.Release(ctx, h.id)
			if e != nil {
				return e
			}
			if now.Revision == first.Revision+1 {
				return nil // it was done; only the answer was lost
			}
		}
		return err
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.refused = append(p.refused, fmt.Sprintf("%s %s: %v", verb, h.id, err))
		return false
	}
	h.acts = append(h.acts, verb)
	return true
}

func TestAWireThatIsKilledAgainAndAgainLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the wire for more than a minute; not in -short")
	}
	random := seed(t)
	house := rig.OpenHouse(t, contacts, outlets, false)
	data, address := t.TempDir(), rig.FreeAddress(t)
	house.Import(t, data)
	key := strings.TrimSpace(rig.Command(t, "key", "create", "--role", "operator", "--name", "press", "--data", data))
	journal := &rig.Journal{}
	launch := func() *rig.Wire {
		return rig.Launch(t, rig.Options{Data: data, HTTP: address, Args: []string{"--smtp", house.Relay.URL()}}, journal)
	}
	p := newPress(t, rig.NewAPI("http://"+address, key))
	for i := range 3 {
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		p.workers.Go(func() { p.work(fmt.Sprintf("w%d", i), own) })
	}

	desktop := follow(t, "http://"+address)
	var perKill []int
	_, before := house.Received()
	for range kills {
		w := launch()
		select {
		case <-w.Ended():
			t.Fatalf("wireroom ended by itself:\n%s", journal.Tail(30))
		case <-time.After(time.Duration(150+random.IntN(1500)) * time.Millisecond):
		}
		w.Kill()
		_, doubled := house.Received()
		perKill = append(perKill, doubled-before)
		before = doubled
	}
	w := launch()
	if err := w.Ready(60 * time.Second); err != nil {
		t.Fatal(err)
	}
	close(p.stop)
	p.workers.Wait()
	drain(t, w, house, p)
	_, doubled := house.Received()
	judge(t, w, house, p, append(perKill, doubled-before))
	desktop.check(t, w)
	w.Stop(20 * time.Second)
}

// desktop is a reader that follows the wire through every kill.
type desktop struct {
	mu      sync.Mutex
	numbers []int64
}

func follow(t *testing.T, url string) *desktop {
	d := &desktop{}
	ctx, stop := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() {
		s := client.Stream{URL: url, Format: "headline", Last: "0", MaxWait: time.Second}
		_ = s.Run(ctx, func(e client.Event) error { // ends with the context
			d.mu.Lock()
			defer d.mu.Unlock()
			d.numbers = append(d.numbers, e.Number())
			return nil
		})
	})
	t.Cleanup(func() { stop(); ended.Wait() })
	return d
}

// check compares what the desktop had with what is on the wire.
func (d *desktop) check(t *testing.T, w *rig.Wire) {
	t.Helper()
	items, err := w.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	rig.Wait(t, 20*time.Second, "the desktop's last item", func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if due := rig.Told(items, d.numbers); len(d.numbers) < len(due) {
			return fmt.Errorf("it has %d of %d", len(d.numbers), len(due))
		}
		return nil
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if due := rig.Told(items, d.numbers); !slices.Equal(d.numbers, due) {
		t.Errorf("the desktop, which followed through every kill, had %v, due were %v", d.numbers, due)
	}
}

// drain waits until everything that was accepted is on the wire, every report
// is settled, and nothing comes out any more.
func drain(t *testing.T, w *rig.Wire, house *rig.House, p *press) {
	t.Helper()
	time.Sleep(time.Until(slices.MaxFunc(slices.Collect(maps.Values(p.accepted)), func(a, b *handed) int { return a.due.Compare(b.due) }).due))
	for request, h := range p.accepted {
		rig.Wait(t, 60*time.Second, "release "+string(h.id)+" of "+request, func() error {
			if r, err := w.Release(t.Context(), h.id); err != nil || len(r.Items) == 0 {
				return fmt.Errorf("it is %s: %v\n%s\n%s", r.State, err, w.Audit(t.Context(), h.id), w.Journal().Tail(10, string(h.id)))
			}
			report, err := w.Report(t.Context(), h.id)
			switch {
			case err != nil:
				return err
			case !report.Settled():
				return fmt.Errorf("its report is not settled: %s\n%s\n%s", report, w.Audit(t.Context(), h.id), w.Journal().Tail(10, string(h.id)))
			}
			return nil
		})
	}
	was := -1
	rig.Wait(t, 30*time.Second, "quiet receivers", func() error {
		now, _ := house.Received()
		if now != was {
			was = now
			time.Sleep(time.Second)
			return rig.ErrNotYet
		}
		return nil
	})
}

// judge counts what became of it all.
func judge(t *testing.T, w *rig.Wire, house *rig.House, p *press, perKill []int) {
	t.Helper()
	items, err := w.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	problems := storetest.Problems(items)
	for _, problem := range problems {
		t.Error(problem)
	}
	arrivals := house.Arrivals(t)
	lost, early, acts := account(t, w, p, items, arrivals)
	for _, problem := range slices.Concat(orderProblems(arrivals), unwarned(house, arrivals, items)) {
		t.Error(problem)
	}
	received, doubled := house.Received()
	// A delivery whose receipt died with the process, and which a newer version
	// overtook before it was tried again, came out and has no receipt. The
	// other way round there is none: what a report counts, came out.
	receipts := settle(t, w, p)
	if distinct := received - doubled; receipts > distinct || distinct-receipts > kills*inFlight {
		t.Errorf("the reports speak of %d accepted deliveries, the receivers counted %d different ones", receipts, distinct)
	}
	if perKill[0] > 0 {
		t.Errorf("%d deliveries came twice before anything was killed", perKill[0])
	}
	worst := slices.Max(perKill)
	t.Logf("kill -9 × %d: accepted %d, lost %d, acts %d, refused %d, on the wire %d, gaps %d, early %d, deliveries %d, doubled %d, max doubled per kill %d (bound %d)",
		kills, len(p.accepted), lost, acts, len(p.refused), len(items), len(problems), early, received, doubled, worst, inFlight)
	if doubled > kills*inFlight || worst > inFlight {
		t.Errorf("%d doubled, %d at most for one kill; an attempt in flight explains %d for each", doubled, worst, inFlight)
	}
	for _, r := range p.refused {
		// Who asks again after a long outage may come too late for the time he
		// wanted; he is told so.
		if !strings.Contains(r, "has passed") {
			t.Errorf("refused: %s", r)
		}
	}
}

// account looks for every release that was acknowledged: is it on the wire, with
// what was done to it, and not before its time?
func account(t *testing.T, w *rig.Wire, p *press, items []wire.Item, arrivals []rig.Arrival) (lost, early, acts int) {
	t.Helper()
	stories := map[wire.ReleaseID][]wire.Item{}
	for _, it := range items {
		stories[it.Release] = append(stories[it.Release], it)
	}
	first := map[wire.ReleaseID]time.Time{}
	for _, a := range arrivals {
		if first[a.Release].IsZero() {
			first[a.Release] = a.At
		}
	}
	for request, h := range p.accepted {
		explain := func(what string) {
			t.Errorf("release %s of %s %s\naudit: %s\njournal:\n%s", h.id, request, what, w.Audit(t.Context(), h.id), w.Journal().Tail(20, string(h.id)))
		}
		story := stories[h.id]
		if len(story) == 0 {
			lost++
			explain("was accepted and is not on the wire")
			continue
		}
		if !h.due.IsZero() && (story[0].ClearTime.Before(h.due) || !first[h.id].IsZero() && first[h.id].Before(h.due)) {
			early++
			explain(fmt.Sprintf("was due %v, cleared %v, first delivered %v", h.due, story[0].ClearTime, first[h.id]))
		}
		acts += len(h.acts)
		if got := len(story) - 1; got != len(h.acts) {
			explain(fmt.Sprintf("has %d amendments on the wire, %d were acknowledged: %v", got, len(h.acts), h.acts))
		}
	}
	return lost, early, acts
}

// orderProblems lists deliveries to one endpoint that came in a wrong order: an
// older version for the first time after a newer one, anything for the first
// time after the kill.
func orderProblems(arrivals []rig.Arrival) []string {
	type line struct {
		endpoint int
		release  wire.ReleaseID
	}
	newest := map[line]rig.Arrival{}
	var problems []string
	for _, a := range arrivals {
		at := line{a.Endpoint, a.Release}
		if was, ok := newest[at]; ok && a.Number < was.Number && a.Copy == 1 {
			problems = append(problems, fmt.Sprintf("endpoint %d got item %d (%s) of release %s after item %d (%s)", a.Endpoint, a.Number, a.Action, a.Release, was.Number, was.Action))
		}
		if a.Number > newest[at].Number {
			newest[at] = a
		}
	}
	return problems
}

// unwarned lists who got some version of a release that was killed and not the
// kill.
func unwarned(house *rig.House, arrivals []rig.Arrival, items []wire.Item) []string {
	got := map[int64]map[string]bool{} // wire number → receivers
	note := func(number int64, who string) {
		if got[number] == nil {
			got[number] = map[string]bool{}
		}
		got[number][who] = true
	}
	for _, a := range arrivals {
		note(a.Number, fmt.Sprintf("endpoint %d", a.Endpoint))
	}
	numbers := map[string]int64{}
	for i := range items {
		numbers[rig.ItemKey(&items[i])] = items[i].Number
	}
	for key := range house.Relay.Tally.Times() {
		id, to, _ := strings.Cut(key, " ")
		note(numbers[rig.MailKey(id)], to)
	}
	var problems []string
	before := map[wire.ReleaseID][]int64{}
	for _, it := range items {
		if it.Action == wire.Kill {
			for _, number := range before[it.Release] {
				for who := range got[number] {
					if !got[it.Number][who] {
						problems = append(problems, fmt.Sprintf("%s got item %d of release %s and not its kill, item %d", who, number, it.Release, it.Number))
					}
				}
			}
		}
		before[it.Release] = append(before[it.Release], it.Number)
	}
	return problems
}

// settle adds up what the reports say was accepted by receivers, and fails the
// test where the newest item of a release was not by all it was meant for.
func settle(t *testing.T, w *rig.Wire, p *press) int {
	t.Helper()
	sum := 0
	for _, h := range p.accepted {
		report, err := w.Report(t.Context(), h.id)
		if err != nil {
			t.Fatal(err)
		}
		_, accepted := report.Accepted()
		sum += accepted
		newest := report
		newest.Items = report.Items[len(report.Items)-1:]
		if matched, accepted := newest.Accepted(); matched == 0 || matched != accepted {
			t.Errorf("the newest item of release %s was meant for %d and accepted by %d\n%s", h.id, matched, accepted, report)
		}
	}
	return sum
}
