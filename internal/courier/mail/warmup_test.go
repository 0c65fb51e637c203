package mail

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestANewRelayIsGivenTwiceAsManyLettersEachDay(t *testing.T) {
	for nth, want := range map[int64]int{-3: 0, 0: 0, 1: 500, 2: 1000, 5: 8000, 10: 256_000} {
		if most, cold := quota(nth); most != want || !cold {
			t.Errorf("day %d: %d letters, %v, want %d", nth, most, cold, want)
		}
	}
	for _, nth := range []int64{11, 12, 1 << 40} {
		if most, cold := quota(nth); cold {
			t.Errorf("day %d: still %d letters", nth, most)
		}
	}
}

func TestWhatARelayWasNotGivenTodayItIsGivenTomorrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight, UTC
		time.Sleep(5 * time.Hour)
		r := newRelay()
		r.connections, r.allowed = 2, 2
		r.warmup = &warmup{relay: "relay.example:25", first: dayOf(time.Now())}
		drawn := func() (n int) {
			for ; ; n++ {
				if ok, _, err := r.draw(t.Context()); err != nil {
					t.Fatal(err)
				} else if !ok {
					return n
				}
			}
		}
		if n := drawn(); n != warmFirst {
			t.Errorf("%d letters on the first day, want %d", n, warmFirst)
		}
		if !r.resting(0) || time.Until(r.downUntil()) != 19*time.Hour {
			t.Errorf("it is asked again at %v", r.downUntil())
		}
		if _, news, _ := r.draw(t.Context()); news {
			t.Error("that it is used up is said twice")
		}
		began := time.Now()
		if !r.ready(t.Context(), 0) || time.Since(began) != 19*time.Hour {
			t.Errorf("it was waited for %v, want until midnight", time.Since(began))
		}
		for range 10 { // none of which was sent
			r.draw(t.Context())
			r.undraw()
		}
		if n := drawn(); n != 2*warmFirst {
			t.Errorf("%d letters on the second day, want %d", n, 2*warmFirst)
		}
		time.Sleep(20 * 24 * time.Hour)
		for range 2 * warmLast {
			if ok, _, _ := r.draw(t.Context()); !ok {
				t.Fatal("it is warm, and not given all")
			}
		}
	})
}

func TestLettersAboveADaysAllowanceGoByAnotherRelay(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	fresh, warm := serve(t), serve(t)
	relays, err := OpenRelays(s, []string{fresh.url() + "?warmup=" + time.Now().UTC().Format(time.DateOnly), warm.url()})
	if err != nil {
		t.Fatal(err)
	}
	relays.relays[0].warmup.first-- // a day that ends now is none that the test can wait for
	left := 30                      // whatever the day
	relays.relays[0].warmup.deal = func(_ context.Context, _ string, _ int64, want, _ int) (int, error) {
		n := min(want, left)
		left -= n
		return n, nil
	}
	var addresses []string
	for i := range 200 {
		addresses = append(addresses, fmt.Sprintf("r%d@press.example", i))
	}
	for address, r := range carry(t, relays, addresses...) {
		if r.Outcome != wire.Accepted {
			t.Errorf("%s: %+v", address, r)
		}
	}
	if n, m := len(fresh.received()), len(warm.received()); n > 30 || n+m != 200 {
		t.Errorf("%d letters by the new relay, which may have 30, %d by the other, want 200 together", n, m)
	}

	alone, shipment := open(t, s, fresh.url()+"?warmup=2999-01-01")
	if r := shipment.Deliver(t.Context(), reader, 1); r.Outcome != wire.Deferred || !strings.Contains(r.Code, "warmed up") {
		t.Errorf("a relay whose first day has not come: %+v", r)
	}
	if !alone.relays[0].resting(0) {
		t.Error("it is asked all the same")
	}
	if _, err := OpenRelays(s, []string{"smtp://relay.example?warmup=soon"}); wire.KindOf(err) != wire.Invalid {
		t.Errorf("a day that is none: %v", err)
	}
}

// front is a source that hands out what was given back again and again, as the
// courier's does: for so many times.
type front struct {
	shipment courier.Shipment
	asked    int
}

func (f *front) Beside() (courier.Parcel, bool) { return f.Next(false) }

func (f *front) Next(bool) (courier.Parcel, bool) {
	if f.asked++; f.asked > 100 {
		return courier.Parcel{}, false
	}
	return courier.NewParcel(f.shipment, reader, 1, func(courier.Result) {}, func(time.Duration) {}), true
}

// Whoever goes on asking for the next letter of what it may not send keeps the
// one before, which is said and not sent, and the other relays waiting.
func TestARelayThatHasHadItsLettersAsksForNoMore(t *testing.T) {
	s, _ := sender(t)
	relays, shipment := open(t, s, "smtp://relay.example?warmup=2999-01-01")
	from := &front{shipment: shipment}
	w := relays.newCarrier(t.Context(), relays.relays[0], 0, from)
	if w.take(w.atOnce) || from.asked != 1 {
		t.Errorf("it asked %d times", from.asked)
	}
}

func TestWhatWasLearntIsKnownAfterARestart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s, _ := sender(t)
		addresses := []string{"smtp://one.example?connections=8", "smtp://two.example?connections=8&warmup=" + time.Now().UTC().Format(time.DateOnly)}
		begin := func() *Relays {
			t.Helper()
			r, err := OpenRelays(s, addresses)
			if err == nil {
				err = r.Remember(t.Context(), db)
			}
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		keep := func(r *Relays) {
			t.Helper()
			if err := r.keep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		first := begin()
		first.relays[0].spared = 0 // all are in use
		first.relays[0].burdened()
		for range restAfter {
			first.domains.leave("big.example", false, burdened)
		}
		keep(first)

		second := begin() // beside the first, as another process
		if n := second.relays[0].allowed; n != 4 {
			t.Errorf("the relay is asked over %v connections after a restart, want 4", n)
		}
		if wait, _ := second.domains.enter("big.example"); wait < firstRest/2 {
			t.Errorf("the domain that was given a rest waits for %v", wait)
		}
		if wait, _ := second.domains.enter("other.example"); wait != 0 {
			t.Errorf("another domain waits for %v", wait)
		}
		drawn := 0
		for _, r := range []*Relays{first, second, first, second} {
			for {
				ok, _, err := r.relays[1].draw(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				drawn++
			}
		}
		if drawn != warmFirst {
			t.Errorf("two processes drew %d letters of the day's %d", drawn, warmFirst)
		}

		for range 100 { // it is well again
			second.relays[0].took()
		}
		second.domains = domains{}
		keep(second)
		third := begin()
		if n := third.relays[0].allowed; n != 8 {
			t.Errorf("a relay that was well again is asked over %v connections", n)
		}
		if wait, _ := third.domains.enter("big.example"); wait != 0 {
			t.Errorf("a domain that was forgotten waits for %v", wait)
		}
	})
}
