package auth

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestKeys(t *testing.T) {
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "wire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	keys := NewKeys(s, func() time.Time { return now })
	key, _, err := keys.Create(t.Context(), NewKey{Name: "newsroom", Role: wire.RoleIssuer, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}

	refused := func(t *testing.T, key string) {
		t.Helper()
		if actor, err := keys.Actor(t.Context(), key); wire.KindOf(err) != wire.Forbidden || actor != (wire.Actor{}) {
			t.Errorf("%.12s…: %v, %v", key, actor, err)
		}
	}
	t.Run("a key is its actor", func(t *testing.T) {
		actor, err := keys.Actor(t.Context(), key)
		if err != nil || actor != (wire.Actor{Name: "newsroom", Role: wire.RoleIssuer}) {
			t.Errorf("%v, %v", actor, err)
		}
	})
	t.Run("a bearer header is read, a query is not", func(t *testing.T) {
		r := httptest.NewRequest("GET", "/?key="+key, nil)
		if _, ok, _ := keys.FromRequest(r); ok {
			t.Error("a key in the URL was accepted")
		}
		r.Header.Set("Authorization", "bearer "+key)
		if actor, ok, err := keys.FromRequest(r); !ok || actor.Name != "newsroom" {
			t.Errorf("%v, %v", actor, err)
		}
	})
	t.Run("a wrong, cut or foreign key is refused", func(t *testing.T) {
		for _, k := range []string{"", "wrk_", key[:len(key)-1], key + "x", strings.TrimPrefix(key, "wrk_"), "wrk_nosuchkey0_" + strings.Repeat("A", 43)} {
			refused(t, k)
		}
		other := NewKeys(s, time.Now)
		refused(t, other.Local())
	})
	t.Run("the local key is the operator's", func(t *testing.T) {
		if actor, err := keys.Actor(t.Context(), keys.Local()); err != nil || actor.Role != wire.RoleOperator {
			t.Errorf("%v, %v", actor, err)
		}
	})
	t.Run("the store does not hold the key", func(t *testing.T) {
		var rows []store.KeyRow
		if err := s.Read(t.Context(), func(tx *store.Tx) (err error) { rows, err = tx.Keys(); return err }); err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if secret := key[strings.LastIndex(key, "_")+1:]; strings.Contains(string(rows[0].Hash), secret) {
			t.Error("the secret is stored")
		}
	})
	t.Run("roles that are nobody's are refused", func(t *testing.T) {
		for _, role := range []wire.Role{"", wire.RoleClock, "root"} {
			if _, _, err := keys.Create(t.Context(), NewKey{Name: "x", Role: role}); wire.KindOf(err) != wire.Invalid {
				t.Errorf("%q: %v", role, err)
			}
		}
	})
	t.Run("an expired key is refused", func(t *testing.T) {
		now = now.Add(time.Hour)
		refused(t, key)
		now = now.Add(-time.Hour)
	})
	t.Run("a revoked key is refused", func(t *testing.T) {
		id := strings.Split(key, "_")[1]
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(id) }); err != nil {
			t.Fatal(err)
		}
		refused(t, key)
	})
}
