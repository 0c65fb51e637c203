package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Run(m)) }

func TestOneWireFromHandInToReceivers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole wires; not in -short")
	}
	t.Run("SQLite, embedded bus", func(t *testing.T) { newDay(t).run() })
	t.Run("PostgreSQL, embedded bus", func(t *testing.T) {
		newDay(t, "--database", storetest.URL(t, "postgres")).run()
	})
	t.Run("SQLite, three NATS nodes of which one dies", func(t *testing.T) {
		cluster := rig.StartCluster(t, 3)
		d := newDay(t, "--nats", cluster.URL(), "--replicas", "3")
		dead := -1
		d.midway = func() {
			dead = cluster.Leader("WIRE")
			cluster.Kill(dead)
		}
		d.later = func() {
			cluster.Start(dead)
			cluster.AwaitHealthy(dead)
		}
		d.run()
	})
}

// day is a day on the desk: what is handed in, and what must come of it.
type day struct {
	t       *testing.T
	house   *rig.House
	options rig.Options
	w       *rig.Wire
	reader  *reader
	stories []*story

	midway, later func() // what happens to the wire while it works
}

// story is one release with the texts it was made of, as they stand.
type story struct {
	id    wire.ReleaseID
	mark  string
	texts []rig.Text
}

// newDay opens a house of 60 journalists and 12 outlets, and a wire with
// further flags.
func newDay(t *testing.T, flags ...string) *day {
	d := &day{t: t, house: rig.OpenHouse(t, 60, 12, true), midway: func() {}, later: func() {}}
	d.options = rig.Options{Data: t.TempDir(), Args: append([]string{"--smtp", d.house.Relay.URL()}, flags...)}
	d.house.Import(t, d.options.Data, flags...)
	return d
}

func (d *day) run() {
	t := d.t
	d.w = rig.Start(t, d.options)
	d.reader = follow(t, d.w.URL, "0")

	for i, language := range []string{"en", "ar", "ja", "en", "ar"} {
		d.publish(fmt.Sprintf("A%d", i+1), rig.Write(language, fmt.Sprintf("A%d", i+1)))
	}
	d.midway()
	for i, language := range []string{"ja", "en", "en"} {
		d.publish(fmt.Sprintf("B%d", i+1), rig.Write(language, fmt.Sprintf("B%d", i+1)))
	}
	ceramics := rig.Text{Language: "en", Headline: "Ceramics workshop C1 moves to the harbour", Body: []string{
		"The workshop of the ceramics cooperative moves into the old harbour office next month, its chair said.",
		"Visitors can watch the kilns being loaded on two mornings a week, and the shop stays where it is."}}
	d.publish("C1", ceramics)
	both := d.publish("D1", rig.Write("en", "D1"), rig.Write("ar", "D1"))
	held := d.publish("E1", rig.Write("en", "E1"))
	d.scheduled("F1", rig.Write("en", "F1"))
	d.later()

	corrected := d.stories[0]
	corrected.texts[0] = rig.Write("en", "A1 corrected")
	again := rig.Submit(corrected.texts...)
	d.act(corrected, wire.DoCorrect, &again)
	d.act(held, wire.DoHold, nil)
	d.act(held, wire.DoUnhold, nil)
	d.act(both, wire.DoKill, nil)

	items := d.settled()
	d.checkReceivers(items)
	d.checkPages(both)
	d.reader.check(items)
	d.restart(items)
}

// publish hands in a release and waits until it is on the wire.
func (d *day) publish(mark string, texts ...rig.Text) *story {
	d.t.Helper()
	s := d.handIn(mark, rig.Submit(texts...), texts...)
	d.await(s)
	return s
}

func (d *day) handIn(mark string, in rig.Submission, texts ...rig.Text) *story {
	d.t.Helper()
	r, err := d.w.Publish(d.t.Context(), in, "hand-in "+mark)
	if err != nil {
		d.t.Fatalf("hand in %s: %v\n%s", mark, err, d.w.Journal().Tail(10))
	}
	s := &story{r.ID, mark, texts}
	d.stories = append(d.stories, s)
	return s
}

// await waits until a release is on the wire.
func (d *day) await(s *story) {
	d.t.Helper()
	rig.Wait(d.t, 20*time.Second, "release "+s.mark+" on the wire", func() error {
		r, err := d.w.Release(d.t.Context(), s.id)
		if err == nil && len(r.Items) == 0 {
			err = fmt.Errorf("it is %s\n%s", r.State, d.w.Journal().Tail(10, string(s.id)))
		}
		return err
	})
}

// act moves a release once all that was to be delivered of it is: a version
// that is overtaken on its way need not arrive.
func (d *day) act(s *story, verb wire.Verb, content *rig.Submission) {
	d.t.Helper()
	settled(d.t, d.w, []wire.ReleaseID{s.id})
	if _, err := d.w.Act(d.t.Context(), s.id, verb, 0, "the figure in the second paragraph was wrong", content); err != nil {
		d.t.Fatalf("%s %s: %v\naudit: %s", verb, s.mark, err, d.w.Audit(d.t.Context(), s.id))
	}
}

// scheduled hands in a release that is due in a few seconds, and looks for it
// everywhere until then.
func (d *day) scheduled(mark string, text rig.Text) {
	t := d.t
	t.Helper()
	due := time.Now().Add(3500 * time.Millisecond).Truncate(time.Second)
	s := d.handIn(mark, rig.Submit(text).At(due), text)
	looks, seen := 0, time.Time{}
	for seen.IsZero() && time.Now().Before(due.Add(5*time.Second)) {
		before := time.Now() // an answer may be about a moment after it was asked for
		where := d.lookFor(s)
		looks++
		switch {
		case where != "" && time.Now().Before(due):
			t.Fatalf("release %s is due at %v and was in the %s %v before\n%s", s.id, due, where, due.Sub(before), d.w.Journal().Tail(10, string(s.id)))
		case where != "":
			seen = time.Now()
		default:
			time.Sleep(10 * time.Millisecond)
		}
	}
	if looks < 20 || seen.IsZero() {
		t.Fatalf("release %s was not seen on the wire after its time; %d looks\naudit: %s\n%s", s.id, looks, d.w.Audit(t.Context(), s.id), d.w.Journal().Tail(20))
	}
	d.await(s)
	for _, a := range d.house.Arrivals(t) {
		if a.Release == s.id && a.At.Before(due) {
			t.Errorf("endpoint %d had release %s %v before its time", a.Endpoint, s.id, due.Sub(a.At))
		}
	}
	t.Logf("scheduled release: looked for %d times before, first seen %v after its time", looks-1, seen.Sub(due).Round(time.Millisecond))
}

// lookFor returns where a release can be found by anyone, "" for nowhere.
func (d *day) lookFor(s *story) string {
	d.t.Helper()
	ctx := d.t.Context()
	get := func(path string) (int, string) {
		status, body, err := d.w.Get(ctx, path)
		if err != nil {
			d.t.Fatal(err)
		}
		return status, body
	}
	language := s.texts[0].Language
	if status, _ := get("/" + language + "/r/" + string(s.id)); status < 400 {
		return "page"
	}
	for _, ext := range []string{".json", ".txt"} {
		if status, _ := get("/" + language + "/r/" + string(s.id) + ext); status < 400 {
			return "document " + ext
		}
	}
	for _, page := range []string{"/" + language + "/", "/" + language + "/feed.rss", "/" + language + "/feed.atom", "/" + language + "/feed.json", "/news-sitemap.xml", "/v1/items?limit=1000"} {
		if _, body := get(page); strings.Contains(body, string(s.id)) || strings.Contains(body, s.texts[0].Headline) {
			return page
		}
	}
	if d.reader.saw(s.id) {
		return "stream"
	}
	return ""
}

// settled is onWire, where all that this day hands in has to be there.
func (d *day) settled() []wire.Item {
	t := d.t
	t.Helper()
	items := d.onWire()
	// 12 releases, one of them with two editions, a correction, a hold and its
	// end, and a kill of both editions.
	if want := 13 + 1 + 2 + 2; len(items) != want {
		t.Errorf("%d items are on the wire, want %d", len(items), want)
	}
	return items
}

// checkPages looks at the public face.
func (d *day) checkPages(killed *story) {
	t := d.t
	t.Helper()
	feeds := map[string]string{}
	for _, s := range d.stories {
		r, err := d.w.Release(t.Context(), s.id)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range r.Items {
			status, body, err := d.w.Get(t.Context(), it.URL)
			if err != nil {
				t.Fatal(err)
			}
			var text rig.Text
			for _, x := range s.texts {
				if x.Language == it.Language {
					text = x
				}
			}
			feed, ok := feeds[it.Language]
			if !ok {
				if _, feed, err = d.w.Get(t.Context(), "/"+it.Language+"/feed.json"); err != nil {
					t.Fatal(err)
				}
				feeds[it.Language] = feed
			}
			listed := strings.Contains(feed, text.Headline)
			switch {
			case s == killed && status != 410:
				t.Errorf("the page of the killed release, %s, answers %d, not 410", it.URL, status)
			case s == killed && (strings.Contains(body, text.Headline) || strings.Contains(body, text.Body[0])):
				t.Errorf("the page of the killed release, %s, still shows it", it.URL)
			case s == killed && listed:
				t.Errorf("the feed still lists the killed release %s", s.mark)
			case s != killed && status != 200:
				t.Errorf("the page of item %d, %s, answers %d", it.Number, it.URL, status)
			case s != killed && !strings.Contains(body, text.Headline):
				t.Errorf("the page of item %d, %s, does not show %q", it.Number, it.URL, text.Headline)
			case s != killed && !listed:
				t.Errorf("the %s feed does not list %q", it.Language, text.Headline)
			}
		}
	}
}

// restart ends the wire as an operator would, starts it again, and checks that
// it finds everything and sends nothing anew.
func (d *day) restart(items []wire.Item) {
	t := d.t
	t.Helper()
	d.w.Stop(20 * time.Second)
	received, _ := d.house.Received()
	d.w = rig.Start(t, d.options)
	found, err := d.w.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(items) {
		t.Errorf("after the restart %d items are on the wire, before it %d", len(found), len(items))
	}
	for i := range min(len(found), len(items)) {
		if found[i].Hash != items[i].Hash {
			t.Errorf("item %d is another after the restart", i+1)
		}
	}
	d.reader = follow(t, d.w.URL, "0")
	d.publish("G1", rig.Write("ja", "G1"))
	items = d.onWire()
	d.reader.check(items)
	d.checkReceivers(items)
	if now, _ := d.house.Received(); now-received != d.expected(items[len(items)-1]) {
		t.Errorf("after the restart %d deliveries came for the one new release, want %d", now-received, d.expected(items[len(items)-1]))
	}
	d.w.Stop(20 * time.Second)
}

// onWire waits until nothing is left to deliver and returns what is on the wire,
// checked to be a wire.
func (d *day) onWire() []wire.Item {
	d.t.Helper()
	var ids []wire.ReleaseID
	for _, s := range d.stories {
		ids = append(ids, s.id)
	}
	settled(d.t, d.w, ids)
	items, err := d.w.Items(d.t.Context(), 0)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, problem := range storetest.Problems(items) {
		d.t.Error(problem)
	}
	return items
}
