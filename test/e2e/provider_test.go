package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// intake is a wire with an agency as its provider, and receivers.
type intake struct {
	t       *testing.T
	house   *rig.House
	agency  *agency
	options rig.Options
	w       *rig.Wire
}

// kabar are the settings of the provider in these tests.
var kabar = []string{
	"--name", "Kabar", "--trust", "auto", "--credit", "Kabar News Agency", "--sector", "energy", "--map", "kab:ships=20000170",
	"--disclaimer", "en=Kabar alone answers for this.", "--disclaimer", "ar=كبار وحدها مسؤولة.", "--replace", "today after=on Monday after",
}

func openIntake(t *testing.T, flags ...string) *intake {
	if testing.Short() {
		t.Skip("runs whole wires; not in -short")
	}
	x := &intake{t: t, house: rig.OpenHouse(t, 12, 12, false), agency: openAgency(t)}
	x.options = rig.Options{Data: t.TempDir(), Args: append([]string{"--smtp", x.house.Relay.URL()}, flags...)}
	x.house.Import(t, x.options.Data)
	x.w = rig.Start(t, x.options)
	return x
}

// provider runs a command about the provider.
func (x *intake) provider(verb string, more ...string) string {
	x.t.Helper()
	return rig.Command(x.t, append([]string{"provider", verb, "kabar", "--data", x.options.Data}, more...)...)
}

// pull has the feed looked at, and returns what came.
func (x *intake) pull() (all []wire.Arrival) {
	x.t.Helper()
	for line := range strings.Lines(x.provider("pull", "--json")) {
		var a wire.Arrival
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			x.t.Fatalf("%s: %v", line, err)
		}
		all = append(all, a)
	}
	return all
}

// onWire waits until so many items are on the wire and all their deliveries are
// made, and returns them.
func (x *intake) onWire(n int) []wire.Item {
	x.t.Helper()
	var items []wire.Item
	rig.Wait(x.t, 30*time.Second, fmt.Sprintf("%d items on the wire", n), func() (err error) {
		if items, err = x.w.Items(x.t.Context(), 0); err == nil && len(items) < n {
			err = fmt.Errorf("%d are\n%s", len(items), x.w.Journal().Tail(10))
		}
		return err
	})
	if len(items) != n {
		x.t.Errorf("%d items are on the wire, want %d", len(items), n)
	}
	for _, problem := range storetest.Problems(items) {
		x.t.Error(problem)
	}
	var ids []wire.ReleaseID
	for _, it := range items {
		if !slices.Contains(ids, it.Release) {
			ids = append(ids, it.Release)
		}
	}
	settled(x.t, x.w, ids)
	return items
}

// got is what the outlet that takes everything was sent, in order.
func (x *intake) got() []string {
	x.t.Helper()
	var all []string
	for _, a := range x.house.Arrivals(x.t) {
		if a.Endpoint == 1 {
			all = append(all, fmt.Sprintf("%d %s v%d", a.Number, a.Action, a.Version))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestAProviderFromItsFeedToTheOutlets(t *testing.T) {
	x := openIntake(t)
	both := func(version int, mark string) []dispatch {
		return []dispatch{
			{Text: rig.Write("en", mark), id: "both", version: version, subjects: []string{"kab:ships"}},
			{Text: rig.Write("ar", mark), id: "both", version: version},
		}
	}
	single := dispatch{Text: rig.Write("en", "B1"), id: "single", version: 1}
	x.agency.show(append(both(1, "A1"), single)...)
	x.provider("add", append(kabar, "--pull", x.agency.URL+"/news.xml", "--every", "30s", "--paused")...)
	if shown := x.provider("test"); !strings.Contains(shown, "be cleared, and lifted at once") || !strings.Contains(shown, "Kabar alone answers") {
		t.Errorf("a trial shows %s", shown)
	}
	if items, err := x.w.Items(t.Context(), 0); err != nil || len(items) != 0 {
		t.Fatalf("a trial put %d items on the wire (%v)", len(items), err)
	}
	x.provider("resume") // it is looked at by itself from now on
	items := x.onWire(3)
	x.checkRules(items)

	served, same := x.agency.counts()
	if came := x.pull(); len(came) != 0 {
		t.Errorf("an unchanged feed brought %+v", came)
	}
	if s, n := x.agency.counts(); s != served || n != same+1 {
		t.Errorf("an unchanged feed was sent whole %d times, and %d answers were 304", s-served, n-same)
	}

	single.version, single.signal, single.Text = 2, "correction", rig.Write("en", "B2")
	x.agency.show(append(both(2, "A2"), single)...)
	x.pull()
	items = x.onWire(6)
	told := map[string]string{}
	for _, it := range items[3:] {
		told[it.Language+" "+string(it.Action)] = it.Reason
	}
	if told["en update"] != "Updated by Kabar." || told["ar update"] != "تحديث من Kabar." || told["en correct"] != "Corrected by Kabar." {
		t.Errorf("readers are told %q", told)
	}

	single.version, single.status, single.signal = 3, "canceled", ""
	x.agency.show(append(both(2, "A2"), single)...)
	x.pull()
	items = x.onWire(7)
	killed := items[6]
	if killed.Action != wire.Kill || killed.Reason != "Withdrawn by Kabar." {
		t.Errorf("%s, %q", killed.Action, killed.Reason)
	}
	if status, body, err := x.w.Get(t.Context(), "/en/r/"+string(killed.Release)); err != nil || status != 410 || strings.Contains(body, "B2") {
		t.Errorf("the page of what was killed answers %d (%v)", status, err)
	}
	var want []string
	for _, it := range items {
		want = append(want, fmt.Sprintf("%d %s v%d", it.Number, it.Action, it.Version))
	}
	if got := x.got(); !slices.Equal(got, want) {
		t.Errorf("the outlet got %q, want %q", got, want)
	}
	if _, doubled := x.house.Received(); doubled != 0 {
		t.Errorf("%d deliveries came twice", doubled)
	}
	x.w.Stop(20 * time.Second)
	x.w = rig.Start(t, x.options)
	x.pull()
	x.onWire(7)
}

// checkRules looks for the house's rules in what went out.
func (x *intake) checkRules(items []wire.Item) {
	t := x.t
	t.Helper()
	for _, it := range items {
		disclaimer := map[string]string{"en": "Kabar alone answers for this.", "ar": "كبار وحدها مسؤولة."}[it.Language]
		status, page, err := x.w.Get(t.Context(), "/"+it.Language+"/r/"+string(it.Release))
		if err != nil || status != 200 {
			t.Fatalf("the page of item %d answers %d (%v)", it.Number, status, err)
		}
		for what, text := range map[string]string{"credit": "Kabar News Agency", "disclaimer": disclaimer} {
			if !strings.Contains(page, text) {
				t.Errorf("the %s page lacks the %s %q", it.Language, what, text)
			}
		}
		if wire.PlainText(it.Disclaimer) != disclaimer || it.Provider == nil || it.Provider.Line != "Kabar News Agency" || !slices.Contains(it.Sectors, "energy") {
			t.Errorf("item %d: %q, %+v, %v", it.Number, wire.PlainText(it.Disclaimer), it.Provider, it.Sectors)
		}
		if body := wire.PlainText(it.Body); it.Language == "en" && !strings.Contains(body, "harbour on Monday after") {
			t.Errorf("item %d is not put right: %s", it.Number, body)
		}
		if len(it.Editions) == 2 && !slices.Contains(it.Subjects, "20000170") {
			t.Errorf("item %d: subjects %v", it.Number, it.Subjects)
		}
	}
}

func TestAProvidersEmbargoHolds(t *testing.T) {
	x := openIntake(t)
	due := time.Now().Add(8 * time.Second).Truncate(time.Second)
	text := rig.Write("en", "E1")
	x.agency.show(dispatch{Text: text, id: "embargoed", version: 1, embargo: due})
	x.provider("add", append(kabar, "--pull", x.agency.URL+"/news.xml", "--every", "30s")...)
	var id wire.ReleaseID
	rig.Wait(t, 7*time.Second, "the story at the desk", func() error {
		all, err := x.w.List(t.Context(), wire.Scheduled)
		if err != nil || len(all) == 0 {
			return rig.ErrNotYet
		}
		id = all[0].ID
		return nil
	})
	looks := 0
	for time.Now().Before(due) {
		for _, page := range []string{"/en/r/" + string(id), "/en/", "/en/feed.atom", "/news-sitemap.xml", "/v1/items?limit=1000", "/v1/search?q=halden"} {
			_, body, err := x.w.Get(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			if time.Now().Before(due) && strings.Contains(body, text.Headline) {
				t.Fatalf("%s tells the story before its time", page)
			}
		}
		looks++
		time.Sleep(20 * time.Millisecond)
	}
	items := x.onWire(1)
	if items[0].ClearTime.Before(due) || looks < 5 {
		t.Errorf("cleared at %s, due at %s; looked %d times before", items[0].ClearTime, due, looks)
	}
	for _, a := range x.house.Arrivals(t) {
		if a.At.Before(due) {
			t.Errorf("endpoint %d had it %s before its time", a.Endpoint, due.Sub(a.At))
		}
	}
}

func TestEveryWayInOfAProvider(t *testing.T) {
	back := rig.FreeAddress(t)
	x := openIntake(t, "--returns", back, "--return-domain", "back.wire.example")
	x.agency.show()
	x.provider("add", append(kabar, "--pull", x.agency.URL+"/news.xml", "--every", "10m", "--websub", "--folder", "--mail", "desk@kabar.example")...)

	// The feed names a hub, which tells of what is new; who forges is not heard.
	x.agency.show(dispatch{Text: rig.Write("en", "F1"), id: "first", version: 1})
	x.pull()
	x.onWire(1)
	x.agency.subscribed()
	x.agency.show(dispatch{Text: rig.Write("en", "H1"), id: "hub", version: 1})
	if status := x.agency.tell("not the secret"); status != 202 {
		t.Errorf("who forges learns by %d that it was found out", status)
	}
	if status := x.agency.tell(""); status != 202 {
		t.Errorf("the hub is answered %d", status)
	}
	x.onWire(2)

	// A file in its folder; a broken one is refused, and what it says stays sealed.
	var shown struct{ Folder string }
	if err := json.Unmarshal([]byte(x.provider("show", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"story.xml":  message(dispatch{Text: rig.Write("en", "D1"), id: "dropped", version: 1}),
		"broken.xml": `<nitf><body><body.content><p>A secret takeover</p>`,
	} {
		if err := os.WriteFile(filepath.Join(shown.Folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x.onWire(3)
	x.checkRefused(filepath.Join(shown.Folder, "refused", "broken.xml.txt"))

	// Its own key hands in, and does nothing else.
	key, _, _ := strings.Cut(x.provider("key"), "\n")
	file := filepath.Join(t.TempDir(), "story.xml")
	if err := os.WriteFile(file, []byte(message(dispatch{Text: rig.Write("en", "K1"), id: "key", version: 1})), 0o600); err != nil {
		t.Fatal(err)
	}
	rig.Command(t, "provider", "send", "kabar", file, "--server", x.w.URL, "--key", key)
	x.onWire(4)

	// A letter proves nothing: it waits for the desk.
	letter := "From: desk@kabar.example\r\nTo: provider-kabar@back.wire.example\r\nSubject: Halden Marine hires\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHalden Marine hires three hundred people for its new dry dock, the company said on Monday.\r\n"
	if err := post(back, "provider-kabar@back.wire.example", letter); err != nil {
		t.Fatal(err)
	}
	if all, err := x.w.List(t.Context(), wire.Submitted); err != nil || len(all) != 1 {
		t.Errorf("%d releases lie at the desk, want the letter (%v)", len(all), err)
	}

	// Who is removed reaches nobody.
	x.provider("remove", "--yes")
	if status := x.agency.tell(""); status != 410 {
		t.Errorf("the hub of who was removed is answered %d", status)
	}
	if err := post(back, "provider-kabar@back.wire.example", letter); err == nil {
		t.Error("the mailbox of who was removed takes letters")
	}
	x.onWire(4)
}

// post hands a letter to a mail server, as another server would.
func post(server, to, letter string) error {
	c, err := smtp.Dial(server)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := errors.Join(c.Mail("desk@kabar.example"), c.Rcpt(to)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, letter)
	return errors.Join(err, w.Close(), c.Quit())
}

// checkRefused waits for the note of the refused file, and looks where its words
// are.
func (x *intake) checkRefused(note string) {
	t := x.t
	t.Helper()
	rig.Wait(t, 20*time.Second, "a note of the refused file", func() error { _, err := os.Stat(note); return err })
	var refused wire.Arrival
	if err := json.Unmarshal([]byte(x.provider("refused", "--json")), &refused); err != nil {
		t.Fatal(err)
	}
	if got := x.provider("refused", fmt.Sprint(refused.Number)); !strings.Contains(got, "A secret takeover") {
		t.Errorf("the desk is shown %q", got)
	}
	err := filepath.WalkDir(x.options.Data, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if raw, err := os.ReadFile(path); err == nil && strings.Contains(string(raw), "secret takeover") {
			t.Errorf("%s tells what was refused", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if lines := x.w.Journal().Lines("takeover"); len(lines) > 0 {
		t.Errorf("the log tells what was refused: %q", lines)
	}
}
