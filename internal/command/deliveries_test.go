package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what a command printed with testdata/deliveries.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "deliveries", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

const release = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type mute struct{}

func (mute) Workers() int { return 1 }

func (mute) Prepare(context.Context, courier.Consignment) (courier.Shipment, error) { return nil, nil }

// book keeps nothing but what a person does to endpoints.
type book struct{ courier.Health }

func (book) Suspend(context.Context, string, string, string) error { return nil }

func (book) Resume(context.Context, string, string) error { return nil }

// openWire serves a wire with a release, its correction and their receipts, as
// seen a minute after noon; it returns how to reach it with an operator's key.
func openWire(t *testing.T, more ...func(*store.Tx) error) Remote {
	t.Helper()
	s := storetest.SQLite(t, store.WithClock(func() time.Time { return noon }))
	quiet := slog.New(slog.DiscardHandler)
	keys := auth.NewKeys(s, time.Now)
	c := courier.New(courier.Options{
		Store: s, Now: func() time.Time { return noon.Add(time.Minute) }, Log: quiet, Health: map[wire.Channel]courier.Health{wire.ByWebhook: book{}},
		Channels: map[wire.Channel]courier.Channel{wire.ByMail: mute{}, wire.ByWebhook: mute{}},
	})
	server := httptest.NewServer(api.New(api.Options{Archive: archive.New(s), Courier: c, Keys: keys, Log: quiet, Subscriptions: &subscribe.Book{Store: s, Courier: c}}))
	t.Cleanup(server.Close)
	for _, add := range append([]func(*store.Tx) error{seed}, more...) {
		if err := s.Write(t.Context(), add); err != nil {
			t.Fatal(err)
		}
	}
	key, _, err := keys.Create(t.Context(), auth.NewKey{Name: "Ines", Role: wire.RoleOperator})
	if err != nil {
		t.Fatal(err)
	}
	return Remote{Server: server.URL, Key: key}
}

func seed(tx *store.Tx) error {
	if err := tx.AddOutlets([]wire.Outlet{{ID: 7, Name: "Der Bote"}}); err != nil {
		return err
	}
	if err := tx.AddContacts([]wire.Contact{{ID: 1, Outlet: 7, Name: "Layla Haddad"}, {ID: 2, Name: "陈晓"}}); err != nil {
		return err
	}
	err := tx.AddSubscriptions([]wire.Subscription{
		{ID: 1, Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/secret", Query: "*"},
		{ID: 2, Contact: 1, Channel: wire.ByMail, Address: "layla@bote.example", Secret: "a", Query: "*"},
		{ID: 3, Contact: 2, Channel: wire.ByMail, Address: "chen@press.example", Secret: "b", Query: "*"},
		{ID: 4, Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/rest", Query: "NOT lang:en"},
		{ID: 5, Contact: 2, Channel: wire.ByMail, Address: "chen@press.example", Secret: "c", Query: "country:"},
	})
	if err != nil {
		return err
	}
	r := &wire.Release{ID: release, Facets: wire.Facets{Priority: wire.Ordinary}, Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant", Body: []wire.Block{wire.P("Text.")}}}}
	first := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, noon, wire.Amendment{})
	if err := tx.AddItem(&first, func(*wire.Item) {}); err != nil {
		return err
	}
	second := wire.NewItem(r, &r.Editions[0], wire.Correct, &first, noon.Add(time.Second), wire.Amendment{Reason: "because"})
	if err := tx.AddItem(&second, func(*wire.Item) {}); err != nil {
		return err
	}
	if err := deliver(tx, 1, noon, wire.Accepted, wire.Superseded); err != nil {
		return err
	}
	if err := deliver(tx, 2, noon.Add(time.Second), wire.Failed, wire.Deferred); err != nil {
		return err
	}
	return tx.AdvanceConsumer("courier", 0, 2)
}

// deliver plans an item: the webhook takes it, what comes of the letters is
// given.
func deliver(tx *store.Tx, number int64, clear time.Time, layla, chen wire.Outcome) error {
	of := func(channel wire.Channel, ids ...wire.SubscriptionID) store.Batch {
		return store.Batch{Number: number, Release: release, Language: "en", Channel: channel, Rank: 3, Recipients: ids}
	}
	batches := []store.Batch{of(wire.ByMail, 2, 3), of(wire.ByWebhook, 1)}
	if err := tx.AddBatches(batches); err != nil {
		return err
	}
	for i, outcomes := range [][]wire.Outcome{{layla, chen}, {wire.Accepted}} {
		b := &batches[i]
		t, final := store.Tally{Matched: len(outcomes)}, true
		var receipts []wire.Receipt
		for place, o := range outcomes {
			r := wire.Receipt{Number: number, Subscription: b.Recipients[place], Outcome: o, Attempt: 1, At: clear.Add(time.Duration(40+place) * time.Millisecond)}
			switch o {
			case wire.Failed:
				r.Code = "550 5.1.1 no such user"
			case wire.Deferred:
				r.Attempt, r.Code, r.Next = 2, "451 4.7.1 greylisted", r.At.Add(time.Minute)
			}
			t.Count(r, wire.Pending)
			receipts, final = append(receipts, r), final && o.Final()
		}
		if err := tx.AppendReceipts(b, 0, receipts, t); err != nil {
			return err
		}
		if !final {
			continue
		}
		if err := tx.SealBatch(b.ID, outcomes, nil); err != nil {
			return err
		}
	}
	return nil
}

type runner interface {
	Run(context.Context, app.Config, io.Writer) error
}

// printed is what a command prints, without the schema's address, which is the
// server's.
func printed(t *testing.T, c runner) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Run(t.Context(), app.Config{}, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDeliveriesArePrinted(t *testing.T) {
	r := openWire(t)
	for name, c := range map[string]runner{
		"report":          &Deliveries{Remote: r, What: release},
		"report-item":     &Deliveries{Remote: r, What: "2"},
		"report-json":     &Deliveries{Remote: r, What: "2", JSON: true},
		"failed":          &Deliveries{Remote: r, What: release, Failed: true},
		"exceptions":      &Deliveries{Remote: r, What: release, Failed: true, Deferred: true},
		"exceptions-json": &Deliveries{Remote: r, What: "2", Deferred: true, JSON: true},
		"exceptions-none": &Deliveries{Remote: r, What: release, Domain: "nowhere.example"},
		"outlet":          &Deliveries{Remote: r, Outlet: 7},
		"address":         &Deliveries{Remote: r, Address: "Chen@press.example", Limit: 1},
		"receiver-json":   &Deliveries{Remote: r, Subscription: 2, JSON: true},
		"why":             &DeliveriesWhy{Remote: r, Number: 2, Query: []string{"lang:en", "(opens", "OR", "war)", `"a plant"`}},
		"why-not":         &DeliveriesWhy{Remote: r, Number: 2, Query: []string{"lang:ar"}},
		"why-to":          &DeliveriesWhy{Remote: r, Number: 1, Subscription: 1, JSON: true},
		"standing":        &DeliveriesStanding{Remote: r, Limit: 10},
		"standing-json":   &DeliveriesStanding{Remote: r, Limit: 1, JSON: true},
		"health":          &DeliveriesHealth{Remote: r, Worst: 20},
		"health-json":     &DeliveriesHealth{Remote: r, Worst: 1, JSON: true},
		"suspended-none":  &DeliveriesSuspended{Remote: r},
		"acts-none":       &DeliveriesActs{Remote: r, Limit: 50},
	} {
		golden(t, name, printed(t, c))
	}
}

func TestADigestIsNamedByItsNumber(t *testing.T) {
	r := openWire(t, func(tx *store.Tx) error {
		d := store.Digest{At: noon.Add(2 * time.Second), Language: "en", Zone: "UTC", Items: []store.Entry{{Number: 1, Release: release, Language: "en"}}}
		if err := tx.AddDigest(&d); err != nil {
			return err
		}
		return tx.AddBatches([]store.Batch{{Number: -d.ID, Release: "digest-1", Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{3}}})
	})
	golden(t, "digest", printed(t, &Deliveries{Remote: r, Subscription: 3, Limit: 1}))
}

func TestCountsAreSaidAsInASentence(t *testing.T) {
	of := func(n int) *courier.Report {
		c := courier.ChannelReport{Channel: wire.ByMail, Matched: 9, Accepted: 2, Waiting: n, Unfit: n, Bounced: n, Complained: n, Failed: n}
		return &courier.Report{Items: []courier.ItemReport{{Number: 1, Language: "en", Version: 1, Action: wire.Publish, ClearTime: noon, Planned: true, Channels: []courier.ChannelReport{c}}}}
	}
	for name, n := range map[string]int{"count-one": 1, "count-two": 2} {
		var out bytes.Buffer
		if err := printReport(&out, of(n)); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

func TestSteeringIsPrintedAndRecorded(t *testing.T) {
	r := openWire(t)
	golden(t, "resend-dry", printed(t, &DeliveriesResend{Remote: r, What: release, AllOf: wire.ByMail, DryRun: true}))
	golden(t, "resend", printed(t, &DeliveriesResend{Remote: r, What: "1..2", Failed: true, Yes: true, Reason: "mailbox is back", Request: "k"}))
	golden(t, "resend-again", printed(t, &DeliveriesResend{Remote: r, What: "1..2", Failed: true, Yes: true, Request: "k"}))
	golden(t, "resend-json", printed(t, &DeliveriesResend{Remote: r, What: "2", To: 1, DryRun: true, JSON: true}))
	golden(t, "suspend", printed(t, &DeliveriesSuspend{r, Suspension{Subscription: 3, Reason: "holiday"}}))
	golden(t, "suspend-endpoint", printed(t, &DeliveriesSuspend{r, Suspension{Endpoint: "https://bote.example/secret"}}))
	golden(t, "suspended", printed(t, &DeliveriesSuspended{Remote: r}))
	golden(t, "resume", printed(t, &DeliveriesResume{r, Suspension{Subscription: 3, Reason: "back", JSON: true}}))
	golden(t, "acts", printed(t, &DeliveriesActs{Remote: r, Limit: 50}))
	golden(t, "report-resent", printed(t, &Deliveries{Remote: r, What: "2"}))
}

func TestAResendIsConfirmed(t *testing.T) {
	r := openWire(t)
	for _, one := range []struct {
		answer string
		want   wire.Kind
	}{{"", wire.Invalid}, {"n\n", wire.Conflict}, {"\n", wire.Conflict}, {"maybe", wire.Conflict}, {"Yes\n", ""}} {
		answer, want := one.answer, one.want
		c := &DeliveriesResend{Remote: r, What: release, To: 1}
		var out bytes.Buffer
		if err := c.run(t.Context(), app.Config{}, strings.NewReader(answer), &out); wire.KindOf(err) != want {
			t.Errorf("%q: %v", answer, err)
		}
		if done := strings.Contains(out.String(), "1 delivery sent again"); done != (want == "") {
			t.Errorf("%q: %s", answer, out.String())
		}
	}
	for _, what := range []string{"1..x", "..", "0", "-1..2"} {
		if err := (&DeliveriesResend{Remote: r, What: what, Failed: true}).span(&courier.Resend{}); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v", what, err)
		}
	}
}

func TestDeliveriesSayWhatIsMissing(t *testing.T) {
	r := openWire(t)
	for _, c := range []struct {
		command runner
		kind    wire.Kind
		says    string
	}{
		{&Deliveries{Remote: r}, wire.Invalid, "give the id of a release"},
		{&Deliveries{Remote: r, What: release, Outlet: 7}, wire.Invalid, "not both"},
		{&Deliveries{Remote: r, What: "2", Watch: true}, wire.Invalid, "whole release"},
		{&Deliveries{Remote: r, What: "9"}, wire.NotFound, "no item with this wire number"},
		{&Deliveries{Remote: r, What: "b" + release[1:], Watch: true}, wire.NotFound, "nothing of this release is on the wire"},
		{&Deliveries{Remote: r, Outlet: 8}, wire.NotFound, "no outlet 8"},
		{&DeliveriesResend{Remote: r, What: release, Yes: true}, wire.Invalid, "say to whom"},
		{&DeliveriesWhy{Remote: r, Number: 2}, wire.Invalid, "either a query or --subscription"},
		{&DeliveriesWhy{Remote: r, Number: 9, Query: []string{"a"}}, wire.NotFound, "no item with this wire number"},
		{&DeliveriesWhy{Remote: r, Number: 2, Query: []string{"("}}, wire.Invalid, "at character"},
		{&DeliveriesWhy{Remote: r, Number: 2, Subscription: 77}, wire.NotFound, "no such subscription"},
		{&DeliveriesWhy{Remote: r, Number: 2, Subscription: 5}, wire.Invalid, "needs a value"},
		{&DeliveriesWhy{Remote: Remote{Server: r.Server}, Number: 2, Subscription: 1}, wire.Forbidden, "needs an API key"},
		{&DeliveriesActs{Remote: r}, wire.Invalid, "1 or more"},
		{&DeliveriesSuspend{Remote: r}, wire.Invalid, "give either the number of a subscription or --endpoint"},
		{&DeliveriesResume{r, Suspension{Subscription: 3}}, wire.Invalid, "say why"},
		{&Deliveries{Remote: Remote{Server: r.Server}, What: release}, wire.Forbidden, "needs an API key"},
	} {
		err := c.command.Run(t.Context(), app.Config{}, io.Discard)
		if wire.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%T: %v, want %s, %q", c.command, err, c.kind, c.says)
		}
	}
}

func TestAReleaseIsWatchedUntilEveryoneWasServed(t *testing.T) {
	r := openWire(t)
	golden(t, "watch", printed(t, &Deliveries{Remote: r, What: release, Watch: true}))
	if got := printed(t, &Deliveries{Remote: r, What: release, Watch: true, JSON: true}); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"settled":true`) {
		t.Error(got)
	}
}

func TestAWatchDrawsInPlaceOnATerminalAndPlainLinesElsewhere(t *testing.T) {
	progress := func(planned bool, mail, hooks int) *courier.Progress {
		it := courier.ItemReport{Number: 3, Language: "ar", Planned: planned}
		if planned {
			it.Channels = []courier.ChannelReport{
				{Channel: wire.ByMail, Matched: 1000, Accepted: mail, Pending: 1000 - mail, LastMS: int64(mail)},
				{Channel: wire.ByWebhook, Matched: 40, Accepted: hooks - 1, Failed: 1, Pending: 40 - hooks, LastMS: 12},
			}
		}
		return &courier.Progress{Items: []courier.ItemReport{it}}
	}
	for name, terminal := range map[string]bool{"watch-terminal": true, "watch-plain": false} {
		var out bytes.Buffer
		w := newWatch(&out, false)
		w.terminal = terminal
		for _, p := range []*courier.Progress{progress(false, 0, 0), progress(true, 10, 40), progress(true, 555, 40), progress(true, 1000, 40)} {
			if err := w.show(p, nil); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, name, strings.ReplaceAll(out.String(), "\x1b", "ESC"))
	}
}

func TestWhatReceiversSayDoesNotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	l := newLines(&out, false, "code")
	if err := errors.Join(l.print(nil, "550 \x1b[2J\x07\u202eno\u009b1m"), l.end("none")); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "code\n550 [2Jno1m\n" {
		t.Errorf("%q", got)
	}
	if got := failureLine(&courier.Failure{Outcome: "failed", Address: "x.example", Attempt: 1, At: noon, Code: "550 \x1b[2J\u202eno"}); got != "  failed\tx.example\tattempt 1 at 12:00:00\t550 [2Jno" {
		t.Errorf("%q", got)
	}
}
