package embargo

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// An edge without a database is told what one with it reads, and nothing of whose a
// seal is.
func TestAnEdgeWithoutADatabaseFindsTheSame(t *testing.T) {
	h := open(t, storetest.URL(t, "sqlite"))
	h.schedule(time.Hour)
	h.look()
	near := Shelf{h.store, h.keys.PublicKey()}
	var said bytes.Buffer
	far := Remote{Ask: func(ctx context.Context, question []byte) ([]byte, error) {
		b := near.Answer(ctx, question)
		said.Write(b)
		return b, nil
	}}
	want, err := near.List(t.Context())
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	if got, err := far.List(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; not %v", got, err, want)
	}
	for _, a := range want {
		here, err := near.Get(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		there, err := far.Get(t.Context(), a.ID)
		if err != nil || !bytes.Equal(there.Seal, here.Seal) || !bytes.Equal(there.Sealed, here.Sealed) || !bytes.Equal(there.Void, here.Void) {
			t.Errorf("%s differs, %v", a.ID, err)
		}
	}
	if key, err := far.Key(t.Context()); err != nil || !key.Equal(h.keys.PublicKey()) {
		t.Errorf("%x, %v", key, err)
	}
	if _, err := far.Get(t.Context(), string(wire.NewItemID())); wire.KindOf(err) != wire.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	err = h.store.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.ReadyAdvances()
		for _, row := range rows {
			if bytes.Contains(said.Bytes(), []byte(row.Release)) {
				t.Error("the answers name a release")
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	dead := Remote{Ask: func(context.Context, []byte) ([]byte, error) { return nil, errors.New("nobody there") }}
	if _, err := dead.List(t.Context()); err == nil {
		t.Error("silence is a list")
	}
	if _, err := (Remote{Ask: func(ctx context.Context, _ []byte) ([]byte, error) { return near.Answer(ctx, []byte("{")), nil }}).List(t.Context()); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("a question that is none: %v", err)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"list":[{"id":"aeaqcaibaeaqcaibaeaqcaibae","due":"2026-12-01T09:00:00Z"}]}`))
	f.Add([]byte(`{"found":{"seal":"AQ==","sealed":"","void":""},"key":"AQ=="}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAnswer(b)
		if err != nil {
			return
		}
		for _, one := range a.List {
			if !wire.ValidToken(one.ID) {
				t.Errorf("%q is no id", one.ID)
			}
		}
		if len(a.Key) != 0 && len(a.Key) != 32 {
			t.Errorf("a key of %d bytes", len(a.Key))
		}
	})
}
