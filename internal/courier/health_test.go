package courier

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func took(at time.Time, o wire.Outcome, code string) *wire.Receipt {
	return &wire.Receipt{Outcome: o, Code: code, At: at}
}

// note takes one receipt into what is known of its receiver.
func note(h *health, channel wire.Channel, address string, r *wire.Receipt, clear time.Time) {
	w := &work{Batch: store.Batch{Channel: channel}, item: &wire.Item{ClearTime: clear}}
	h.note(&part{work: w, receipts: []wire.Receipt{*r}, addresses: []string{address}})
}

func TestHealthCountsWithinAnHourAndADay(t *testing.T) {
	t.Parallel()
	var h health
	at := func(ago time.Duration) time.Time { return noon.Add(-ago) }
	for _, r := range []*wire.Receipt{
		took(at(25*time.Hour), wire.Failed, "too long ago"), took(at(5*time.Hour), wire.Accepted, ""),
		took(at(30*time.Minute), wire.Accepted, ""), took(at(20*time.Minute), wire.Deferred, "451 later"), took(at(10*time.Minute), wire.Failed, "550 no"),
		took(at(9*time.Minute), wire.Superseded, ""), took(at(8*time.Minute), wire.Suppressed, ""), took(at(8*time.Minute), wire.Unfit, "IPTC 7901 cannot carry ar"), took(at(7*time.Minute), wire.Deferred, codeNotReady), // no attempts
	} {
		note(&h, wire.ByMail, "someone@x.example", r, r.At.Add(-100*time.Millisecond))
	}
	got := h.worst(noon, 0)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	one := got[0]
	hour, day := one.Hour, one.Day
	hour.MedianMS, hour.P95MS, day.MedianMS, day.P95MS = 0, 0, 0, 0
	if hour != (WindowHealth{Attempts: 3, Accepted: 1, Deferred: 1, Failed: 1}) || day != (WindowHealth{Attempts: 4, Accepted: 2, Deferred: 1, Failed: 1}) {
		t.Errorf("hour %+v, day %+v", hour, day)
	}
	if m := one.Hour.MedianMS; m < 90 || m > 110 {
		t.Errorf("median %d ms, want 100 to within a tenth", m)
	}
	if one.Streak.Accepted || one.Streak.Length != 2 || !one.Streak.Since.Equal(at(20*time.Minute)) || one.Code != "550 no" {
		t.Errorf("streak %+v, code %q", one.Streak, one.Code)
	}
	if later := h.worst(noon.Add(48*time.Hour), 0); len(later) != 0 {
		t.Errorf("two days later: %+v", later)
	}
}

func TestTheWorstReceiversComeFirst(t *testing.T) {
	t.Parallel()
	var h health
	times := func(name string, o wire.Outcome, n int, delay time.Duration) {
		for range n {
			note(&h, wire.ByWebhook, "https://"+name+"/in", took(noon, o, "x"), noon.Add(-delay))
		}
	}
	times("fast", wire.Accepted, 9, time.Millisecond)
	times("slow", wire.Accepted, 1, time.Minute)
	times("bad", wire.Failed, 3, 0)
	times("worse", wire.Deferred, 4, 0)
	var names []string
	for _, r := range h.worst(noon, 3) {
		names = append(names, r.Receiver)
	}
	if !slices.Equal(names, []string{"worse", "bad", "slow"}) {
		t.Error(names)
	}
}

func TestHealthIsBoundedAndTheLongestUnmetGoes(t *testing.T) {
	t.Parallel()
	var h health
	for i := range maxReceivers + 10 {
		note(&h, wire.ByMail, "someone@kept.example", took(noon, wire.Accepted, ""), noon)
		note(&h, wire.ByMail, fmt.Sprintf("someone@d%d.example", i), took(noon, wire.Accepted, ""), noon)
	}
	known := h.known[wire.ByMail]
	if len(known) != maxReceivers || h.recent.Len() != maxReceivers {
		t.Errorf("%d known, %d in order", len(known), h.recent.Len())
	}
	if known["kept.example"] == nil || known["d0.example"] != nil {
		t.Error("who was met all the time went, or who was not met stayed")
	}
}

func TestHealthBeginsWithWhatTheLedgerKnowsOfEarlierFailures(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(3, wire.ByMail, "lang:en")
	o.mail.answer = func(*wire.Item, wire.Subscription, int) Result {
		return Result{Outcome: wire.Failed, Code: "550 5.7.1 blocked"}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, stop := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	stop()
	o.pass(time.Minute)
	o.mail.answer = nil
	next := story()
	o.clear(next, wire.Publish)
	c, _ = o.courier()
	o.report(c, next.ID, "settled", settled(1))
	// A receipt is noted a moment after it is on disk, where the report has it from.
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if got, err := c.Receivers(t.Context(), 1); err != nil || len(got) == 1 && got[0].Day.Attempts == 6 {
			break
		}
	}
	for range 2 { // the exceptions are read once
		got, err := c.Receivers(t.Context(), 10)
		if err != nil || len(got) != 1 || got[0].Receiver != "x.example" {
			t.Fatalf("%+v, %v", got, err)
		}
		if h := got[0]; h.Hour.Failed != 3 || h.Hour.Accepted != 3 || h.Day.Attempts != 6 || !h.Streak.Accepted || h.Streak.Length != 3 {
			t.Errorf("%+v", h)
		}
	}
}

func TestASeedMakesAStreakWhereNothingWasMetYet(t *testing.T) {
	t.Parallel()
	var h health
	e := func(ago time.Duration) store.Exception {
		return store.Exception{Channel: wire.ByMail, Address: "a@x.example", Receipt: *took(noon.Add(-ago), wire.Deferred, fmt.Sprint(ago))}
	}
	h.seed([]store.Exception{e(time.Minute), e(time.Hour)})
	h.seed([]store.Exception{e(time.Minute)})
	got := h.worst(noon, 0)
	if len(got) != 1 || got[0].Streak.Length != 2 || got[0].Code != "1m0s" || !got[0].Streak.Since.Equal(noon.Add(-time.Hour)) {
		t.Errorf("%+v", got)
	}
}

func TestAQuantileIsWithinATenth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(2, 1_000_000), 1, 200).Draw(t, "ms")
		var h, other histogram
		for i, ms := range all {
			if i%2 == 0 {
				h.add(stepOf(time.Duration(ms) * time.Millisecond))
			} else {
				other.add(stepOf(time.Duration(ms) * time.Millisecond))
			}
		}
		h.merge(&other)
		slices.Sort(all)
		for _, share := range []float64{0.5, 0.95} {
			want := float64(all[max(0, int(share*float64(len(all))+0.999999)-1)])
			if got := float64(h.quantile(share).Microseconds()) / 1000; got < want/1.1 || got > want*1.1 {
				t.Fatalf("the %v quantile is %v, not %v", share, want, got)
			}
		}
	})
}

func TestReceiversOfOneHouseShareADomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		channel       wire.Channel
		address, want string
	}{
		{wire.ByMail, "Layla@Press.Example", "press.example"}, {wire.ByMail, `"a@b"@c.example`, "c.example"}, {wire.ByMail, "nobody", ""},
		{wire.ByWebhook, "https://Hooks.example:8443/secret", "hooks.example:8443"}, {wire.ByDrop, "sftp://u@files.example/in", "files.example"}, {wire.ByWebhook, "%", ""},
	} {
		if got := domainOf(c.channel, c.address); got != c.want {
			t.Errorf("%s: %q, want %q", c.address, got, c.want)
		}
	}
}
