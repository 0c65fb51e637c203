package courier_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// pen counts how often it signs.
type pen struct {
	ed25519.PrivateKey
	signed atomic.Int64
}

func (p *pen) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	p.signed.Add(1)
	return p.PrivateKey.Sign(r, digest, o)
}

// scheduled is a wire with readers and a release that waits for its time.
type scheduled struct {
	t       *testing.T
	h       *hands
	store   *store.Store
	relay   *relay
	pen     *pen
	release *wire.Release
	courier *courier.Courier
	stop    func()
	keys    *seal.Keyring
	channel courier.Channel
	gone    atomic.Bool // the release is scheduled no more
}

func schedule(t *testing.T, readers int) *scheduled {
	t.Helper()
	s := &scheduled{t: t, h: &hands{}, relay: serve(t), pen: &pen{}}
	_, s.pen.PrivateKey, _ = ed25519.GenerateKey(rand.Reader)
	s.store = storetest.SQLite(t, store.WithClock(s.h.now))
	var err error
	if s.keys, err = seal.OpenKeyring(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if s.channel, err = mail.OpenRelays(&mail.Sender{From: "wire@wire.example", Site: site, Signers: []mail.Signer{{Key: s.pen, Selector: "a"}}}, []string{"smtp://" + s.relay.listener.Addr().String()}); err != nil {
		t.Fatal(err)
	}
	s.subscribe(1, readers)
	s.release = &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Priority: wire.Ordinary, Sectors: []string{"energy"}},
		Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant", Body: []wire.Block{wire.P("It will make parts.")}}}}
	s.release.Schedule.UTC = s.h.now().Add(time.Hour).Truncate(time.Second)
	row := store.ReleaseRow{ID: s.release.ID, Revision: 1, State: wire.Scheduled, Content: []byte("sealed")}
	if err := s.store.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertRelease(row, "") }); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

func (s *scheduled) subscribe(from, n int) {
	s.t.Helper()
	var subs []wire.Subscription
	for i := range n {
		subs = append(subs, wire.Subscription{ID: wire.SubscriptionID(from + i), Query: "sector:energy", Channel: wire.ByMail, Address: fmt.Sprintf("r%d@press.example", from+i), Secret: wire.NewToken()})
	}
	if err := s.store.Write(s.t.Context(), func(tx *store.Tx) error { return tx.AddSubscriptions(subs) }); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scheduled) item(at time.Time) wire.Item {
	return wire.NewItem(s.release, &s.release.Editions[0], wire.Publish, nil, at, wire.Amendment{})
}

func (s *scheduled) start() {
	s.t.Helper()
	start := time.Now()
	s.courier = courier.New(courier.Options{
		Store: s.store, Channels: map[wire.Channel]courier.Channel{wire.ByMail: s.channel}, Now: s.h.now, Since: func() time.Duration { return time.Since(start) },
		Process: wire.NewToken(), Sole: true, Log: slog.New(slog.DiscardHandler), Sealer: s.keys,
		Upcoming: func(context.Context, time.Time) ([]wire.Item, error) {
			if s.gone.Load() {
				return nil, nil
			}
			return []wire.Item{s.item(s.release.Schedule.UTC)}, nil
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.courier.Run(ctx) }()
	s.stop = func() { cancel(); <-ended }
	s.t.Cleanup(s.stop)
}

// until waits for something that the courier does by itself.
func (s *scheduled) until(what string, ok func(tx *store.Tx) bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		done := false
		_ = s.store.Read(s.t.Context(), func(tx *store.Tx) error { done = ok(tx); return nil })
		if done {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("never came about: %s", what)
		}
	}
}

// prepared waits until the letters of n readers are signed, and that is on disk.
func (s *scheduled) prepared(n int) {
	s.t.Helper()
	s.until(fmt.Sprintf("%d letters signed and planned", n), func(tx *store.Tx) bool {
		_, planned, _ := tx.PlanOf(s.release.ID, "en")
		stored := 0
		_ = tx.ForeseenOf(s.release.ID, "en", wire.ByMail, func(row *store.Foreseen) error {
			parts, err := s.keys.Open(fmt.Sprintf("foreseen/%s/en/mail/%d", s.release.ID, row.Seq), row.Parts)
			if err != nil {
				s.t.Fatal(err)
			}
			for len(parts) > 0 {
				_, id := binary.Uvarint(parts)
				size, length := binary.Uvarint(parts[id:])
				parts = parts[id+length+int(size):]
				stored++
			}
			return nil
		})
		return planned && stored == n && s.pen.signed.Load() == int64(n)
	})
}

// lift puts the release on the wire, and waits for its letters.
func (s *scheduled) lift(n int) {
	s.t.Helper()
	s.h.moved.Store(int64(time.Hour + time.Second))
	err := s.store.Write(s.t.Context(), func(tx *store.Tx) error {
		it := s.item(tx.Now())
		if err := tx.AddItem(&it, func(*wire.Item) {}); err != nil {
			return err
		}
		return tx.UpdateRelease(store.ReleaseRow{ID: s.release.ID, Revision: 2, State: wire.Live, Content: []byte("sealed")}, 1)
	})
	s.gone.Store(true)
	if err != nil {
		s.t.Fatal(err)
	}
	s.courier.Wake()
	await(s.t, s.courier, s.release.ID, acceptedAll(n))
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	if len(s.relay.taken) != n {
		s.t.Errorf("%d letters arrived, want %d", len(s.relay.taken), n)
	}
}

func TestLettersOfAScheduledReleaseAreSignedBeforeItsTime(t *testing.T) {
	t.Parallel()
	s := schedule(t, 700)
	s.prepared(700)
	if len(s.relay.taken) != 0 {
		t.Fatal("letters left before the clear time")
	}
	s.lift(700)
	if n := s.pen.signed.Load(); n != 700 {
		t.Errorf("%d signatures were made, 700 of them before", n)
	}
	s.h.moved.Add(int64(2 * time.Minute))
	s.until("what was prepared is forgotten", func(tx *store.Tx) bool { ids, err := tx.Prepared(); return err == nil && len(ids) == 0 })
}

func TestWhatWasPreparedSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := schedule(t, 30)
	s.prepared(30)
	s.stop()
	s.start()
	s.lift(30)
	if n := s.pen.signed.Load(); n != 30 {
		t.Errorf("%d signatures", n)
	}
}

func TestReadersWhoComeLateGetTheirLetterToo(t *testing.T) {
	t.Parallel()
	s := schedule(t, 20)
	s.prepared(20)
	s.subscribe(1001, 10)
	s.prepared(30)
	s.lift(30)
	if n := s.pen.signed.Load(); n != 30 {
		t.Errorf("%d signatures", n)
	}
}

// A text that changes after all makes everything that was prepared for it
// worthless, and nothing of it is sent.
func TestNothingPreparedForAnotherTextIsUsed(t *testing.T) {
	t.Parallel()
	s := schedule(t, 20)
	s.prepared(20)
	s.stop()
	s.release.Editions[0].Headline = "Halden opens two plants"
	s.gone.Store(true)
	s.start()
	s.lift(20)
	if n := s.pen.signed.Load(); n != 40 {
		t.Errorf("%d signatures, want 20 for each text", n)
	}
}

func TestWhoReadsTheDiskLearnsNothingOfAPlan(t *testing.T) {
	t.Parallel()
	s := schedule(t, 5)
	s.prepared(5)
	s.until("a plan", func(tx *store.Tx) bool {
		p, _, _ := tx.PlanOf(s.release.ID, "en")
		if batches, ok := store.UnpackBatches(p.Batches); ok && len(batches) == 1 && len(batches[0].Recipients) == 5 {
			t.Error("the plan lies open")
		}
		return true
	})
}
