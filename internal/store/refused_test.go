package store_test

import (
	"slices"
	"testing"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestADocumentIsForgottenWithTheLastNoteOfIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		forget := func(keep int, want ...string) {
			t.Helper()
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				got, err := tx.ForgetRefused("kabar", keep)
				if slices.Sort(got); err == nil && !slices.Equal(got, want) {
					t.Errorf("keep %d: %v are free, want %v", keep, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			for i, media := range []string{"a", "b", "b", "c"} {
				if err := tx.AddRefused(int64(i+1), "kabar", media); err != nil {
					return err
				}
			}
			return tx.AddRefused(9, "other", "d")
		})
		if err != nil {
			t.Fatal(err)
		}
		forget(4)
		forget(2, "a") // a note of b is left
		forget(1, "b")
		_ = s.Read(t.Context(), func(tx *store.Tx) error {
			for arrival, want := range map[int64]string{4: "c", 2: "", 9: ""} {
				got, err := tx.Refused("kabar", arrival)
				if got != want || (want == "") != (wire.KindOf(err) == wire.NotFound) {
					t.Errorf("note %d: %q, %v", arrival, got, err)
				}
			}
			return nil
		})
	})
}
