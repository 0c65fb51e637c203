package store

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func drawBatch(t *rapid.T) *Batch {
	set := map[wire.SubscriptionID]bool{}
	for _, id := range rapid.SliceOfN(rapid.Int64Range(1, 1<<62), 0, 500).Draw(t, "ids") {
		set[wire.SubscriptionID(id)] = true
	}
	b := &Batch{ID: 1, Number: rapid.Int64Range(1, 1<<40).Draw(t, "number")}
	for id := range set {
		b.Recipients = append(b.Recipients, id)
	}
	slices.Sort(b.Recipients)
	return b
}

func TestRecipientsComeBackAsTheyWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		if got := unpackIDs(packIDs(b.Recipients)); !slices.Equal(got, b.Recipients) {
			t.Fatalf("%v became %v", b.Recipients, got)
		}
	})
}

// A directory of a million subscriptions costs two bytes a recipient.
func TestRecipientsAreSmall(t *testing.T) {
	var ids []wire.SubscriptionID
	for i := range 500 {
		ids = append(ids, wire.SubscriptionID(1_000_000+i*40))
	}
	if n := len(packIDs(ids)); n > 520 {
		t.Errorf("%d bytes for 500 recipients", n)
	}
}

func TestReceiptsComeBackAsTheyWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		if len(b.Recipients) == 0 {
			return
		}
		receipts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wire.Receipt {
			return wire.Receipt{
				Number: b.Number, Subscription: rapid.SampledFrom(b.Recipients).Draw(t, "to"),
				Outcome: wire.Outcome(rapid.IntRange(1, 5).Draw(t, "outcome")), Attempt: rapid.IntRange(1, 100).Draw(t, "attempt"),
				At: time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, "at")).UTC(),
			}
		}), 0, 600).Draw(t, "receipts")
		got := unpackReceipts(b, packReceipts(b, receipts))
		if len(got) != len(receipts) || len(receipts) > 0 && !reflect.DeepEqual(got, receipts) {
			t.Fatalf("%v became %v", receipts, got)
		}
	})
}

func TestAReceiptOfAnotherBatchIsNotTakenForOneOfThis(t *testing.T) {
	b := &Batch{Recipients: []wire.SubscriptionID{3, 5}}
	if packed := packReceipts(b, []wire.Receipt{{Subscription: 4, Outcome: wire.Accepted, Attempt: 1}}); len(packed) != 0 {
		t.Errorf("written: %x", packed)
	}
}

// Whatever stands in a damaged row, reading it ends, and names nobody who is
// not of the batch.
func FuzzDamagedRows(f *testing.F) {
	b := &Batch{Number: 7, Recipients: []wire.SubscriptionID{1, 2, 900}}
	f.Add(packIDs(b.Recipients))
	f.Add(packReceipts(b, []wire.Receipt{{Subscription: 900, Outcome: wire.Deferred, Attempt: 2, At: time.UnixMicro(5)}}))
	f.Add([]byte{0xff, 0xff, 0xff})
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		if n := len(unpackIDs(packed)); n > len(packed) {
			t.Fatalf("%d ids in %d bytes", n, len(packed))
		}
		for _, r := range unpackReceipts(b, packed) {
			if _, ok := b.Place(r.Subscription); !ok {
				t.Fatalf("a receipt for %d", r.Subscription)
			}
		}
	})
}
