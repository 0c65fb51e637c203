package returned

import (
	"fmt"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// house is a store with letters that were accepted, and a list on it.
type house struct {
	t     *testing.T
	store *store.Store
	list  *List
	now   time.Time
	subs  []wire.Subscription
}

// readers are the subscriptions of a house; each got the items 1 to 9.
const readers = 4

func openHouse(t *testing.T, s *store.Store) *house {
	h := &house{t: t, store: s, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var ids []wire.SubscriptionID
	for i := range readers {
		h.subs = append(h.subs, wire.Subscription{Contact: wire.ContactID(i + 1), Channel: wire.ByMail, Address: fmt.Sprintf("Reader%d@Press.example", i+1), Secret: fmt.Sprintf("token%d", i+1)})
		ids = append(ids, wire.SubscriptionID(i+1))
	}
	h.write(func(tx *store.Tx) error {
		if err := tx.AddSubscriptions(h.subs); err != nil {
			return err
		}
		var batches []store.Batch
		for number := range int64(9) {
			batches = append(batches, store.Batch{Number: number + 1, Release: "r", Language: "en", Channel: wire.ByMail, Recipients: ids})
		}
		return tx.AddBatches(batches)
	})
	h.list = h.open()
	return h
}

func (h *house) open() *List {
	h.t.Helper()
	l, err := OpenList(h.t.Context(), h.store, func() time.Time { return h.now }, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

func (h *house) write(do func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(h.t.Context(), do); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) returned(number int64, id wire.SubscriptionID, r Report) {
	h.t.Helper()
	if err := h.list.Returned(h.t.Context(), number, id, r); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) admits(reader int) bool {
	return h.list.Admits(fmt.Sprintf("reader%d@press.example", reader), h.now)
}

func TestOneBounceOfADeadAddressIsEnough(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := openHouse(t, s)
		h.returned(1, 1, Report{Kind: Bounce, Status: "5.1.1", Said: "no such user"})
		if h.admits(1) || !h.admits(2) {
			t.Error("the address that is dead gets letters, or another does not")
		}
		if again := h.open(); again.Admits("Reader1@press.example", h.now) {
			t.Error("the list is forgotten")
		}
		var s2 store.Suppression
		h.write(func(tx *store.Tx) (err error) { s2, err = tx.Suppression("reader1@press.example"); return err })
		if s2.Reason != ReasonBounced || s2.Code != "5.1.1 no such user" {
			t.Errorf("%+v", s2)
		}
	})
}

func TestWhatCanPassSuppressesAfterThreeDays(t *testing.T) {
	h := openHouse(t, storetest.SQLite(t))
	full := Report{Kind: Bounce, Status: "5.2.2"}
	for number := int64(1); number <= 4; number++ { // many on one day are one
		h.returned(number, 1, full)
	}
	h.now = h.now.Add(24 * time.Hour)
	h.returned(5, 1, full)
	if !h.admits(1) {
		t.Fatal("two days are enough")
	}
	h.now = h.now.Add(24 * time.Hour)
	h.returned(6, 1, full)
	if h.admits(1) {
		t.Error("three days are not enough")
	}
	// Who did well for a month begins anew.
	h.returned(1, 2, full)
	h.now = h.now.Add(24 * time.Hour)
	h.returned(2, 2, full)
	h.now = h.now.Add(31 * 24 * time.Hour)
	h.returned(3, 2, full)
	if !h.admits(2) {
		t.Error("failures of a month ago count")
	}
}

func TestWhatSaysNothingOfTheAddressDoesNotSuppressIt(t *testing.T) {
	h := openHouse(t, storetest.SQLite(t))
	for reader, reports := range map[wire.SubscriptionID][]Report{
		1: {{Kind: Delay, Status: "4.4.1"}, {Kind: Notice}, {Kind: Reply}, {Kind: Other}, {Kind: Bounce, Status: "5.7.1"}, {Kind: Bounce, Status: "5.6.1"}, {Kind: Bounce, Status: "5.7.26"}},
		2: {{Kind: Bounce, Status: "5.3.4"}, {Kind: Bounce, Status: "5.2.3"}, {Kind: Bounce, Status: "5.5.2"}, {Kind: Bounce, Status: "5.5.0"}},
	} {
		for number, r := range reports {
			h.returned(int64(number+1), reader, r)
			h.now = h.now.Add(48 * time.Hour)
		}
		if !h.admits(int(reader)) {
			t.Errorf("%v suppressed reader %d", reports, reader)
		}
	}
}

func TestAComplaintSuppressesAtOnceAndSaysMoreThanABounce(t *testing.T) {
	h := openHouse(t, storetest.SQLite(t))
	h.returned(1, 1, Report{Kind: Bounce, Status: "5.1.1"})
	h.returned(2, 1, Report{Kind: Complaint, Said: "abuse"})
	var s store.Suppression
	h.write(func(tx *store.Tx) (err error) { s, err = tx.Suppression("reader1@press.example"); return err })
	if !s.Suppressed || s.Reason != ReasonComplained {
		t.Errorf("%+v", s)
	}
	if err := h.list.Returned(t.Context(), 99, 1, Report{Kind: Complaint}); wire.KindOf(err) != wire.NotFound {
		t.Errorf("a letter that never was: %v", err)
	}
}

func TestARelayThatRefusesTheAddressCountsAlike(t *testing.T) {
	h := openHouse(t, storetest.SQLite(t))
	for reader, r := range map[int]courier.Result{
		1: {Outcome: wire.Failed, Code: "550 5.1.1 no such user"},
		2: {Outcome: wire.Failed, Code: "554 5.7.1 we do not like you"},
		3: {Outcome: wire.Deferred, Code: "450 4.2.0 greylisted"},
		4: {Outcome: wire.Failed, Code: "the address cannot be written to"},
	} {
		h.list.Note(h.subs[reader-1].Address, r, h.now)
	}
	if err := h.list.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for reader := 1; reader <= readers; reader++ {
		if got := h.admits(int(reader)); got != (reader != 1) {
			t.Errorf("reader %d: %v", reader, got)
		}
	}
}

func TestAPersonLiftsAndAnotherProcessFollows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := openHouse(t, s)
		other := h.open()
		h.returned(1, 1, Report{Kind: Bounce, Status: "5.1.1"})
		follow := func(want bool) {
			t.Helper()
			if err := other.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if other.Admits("reader1@press.example", h.now) != want {
				t.Errorf("the other process admits: %v", !want)
			}
		}
		follow(false)
		if err := h.list.Resume(t.Context(), "ines", "Reader1@Press.example"); err != nil {
			t.Fatal(err)
		}
		follow(true)
		h.returned(1, 1, Report{Kind: Bounce, Status: "5.1.1"}) // told again of what was lifted
		follow(true)
		h.returned(2, 1, Report{Kind: Bounce, Status: "5.1.1"})
		follow(false)
		if err := h.list.Suspend(t.Context(), "ines", "READER2@press.example", "asked on the phone"); err != nil {
			t.Fatal(err)
		}
		if h.admits(2) {
			t.Error("who was suppressed by hand gets letters")
		}
	})
}
