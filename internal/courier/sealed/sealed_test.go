package sealed

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func keys(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASecretOpensWhereItBelongsAndNowhereElse(t *testing.T) {
	k := keys(t)
	s := wire.Subscription{Channel: wire.ByWebhook, Address: "https://a.example/hook", Secret: "whsec_plugh"}
	if err := Seal(k, &s); err != nil || strings.Contains(s.Secret, "plugh") {
		t.Fatal(s.Secret, err)
	}
	again := s
	if err := Seal(k, &again); err != nil || again != s {
		t.Errorf("sealed twice: %v", err)
	}
	open := s
	if err := Open(k, &open); err != nil || open.Secret != "whsec_plugh" {
		t.Errorf("%q, %v", open.Secret, err)
	}
	for name, spoil := range map[string]func(s *wire.Subscription) Sealer{
		"another address": func(s *wire.Subscription) Sealer { s.Address = "https://b.example/hook"; return k },
		"another channel": func(s *wire.Subscription) Sealer { s.Channel = wire.ByDrop; return k },
		"another key":     func(*wire.Subscription) Sealer { return keys(t) },
		"no key":          func(*wire.Subscription) Sealer { return nil },
		"altered":         func(s *wire.Subscription) Sealer { s.Secret = s.Secret[:len(s.Secret)-2] + "AA"; return k },
		"no base64":       func(s *wire.Subscription) Sealer { s.Secret = mark + "!"; return k },
	} {
		bad := s
		if err := Open(spoil(&bad), &bad); wire.KindOf(err) != wire.Internal || bad.Secret != "" || strings.Contains(err.Error(), "plugh") {
			t.Errorf("%s: %q, %v", name, bad.Secret, err)
		}
	}
}

func TestWhatIsNotSealedStaysAsItIs(t *testing.T) {
	k := keys(t)
	for name, s := range map[string]wire.Subscription{
		"the token of a letter": {Channel: wire.ByMail, Secret: "token"},
		"none":                  {Channel: wire.ByWebSub},
	} {
		before := s
		if err := Seal(k, &s); err != nil || s != before {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err := Open(k, &s); err != nil || s != before {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	old := wire.Subscription{Channel: wire.ByWebhook, Secret: "whsec_plugh"}
	if err := Open(k, &old); err != nil || old.Secret != "whsec_plugh" {
		t.Errorf("from before: %v", err)
	}
	if err := Seal(nil, &old); err != nil || old.Secret != "whsec_plugh" {
		t.Errorf("without keys: %v", err)
	}
}

func TestSecretsInTheClearAreSealedAndChangedInTheStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k, ctx := keys(t), t.Context()
		all := []wire.Subscription{
			{Channel: wire.ByWebhook, Address: "https://a.example/", Secret: "whsec_plugh", Outlet: 1}, {Channel: wire.ByMail, Address: "a@x.example", Secret: "token", Contact: 1},
			{Channel: wire.ByDrop, Address: "sftp://x.example/in", Secret: "plover", Outlet: 1},
		}
		err := s.Write(ctx, func(tx *store.Tx) error {
			if err := tx.AddSubscriptions(all); err != nil {
				return err
			}
			n, err := All(tx, k)
			if n != 2 || err != nil {
				t.Errorf("%d sealed, %v", n, err)
			}
			if n, err = All(tx, k); n != 0 || err != nil {
				t.Errorf("again: %d sealed, %v", n, err)
			}
			return Change(tx, k, all[0].ID, func(s *wire.Subscription) error {
				if s.Secret != "whsec_plugh" {
					t.Errorf("%q", s.Secret)
				}
				s.Secret, s.Address = "whsec_new", "https://b.example/"
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Read(ctx, func(tx *store.Tx) error {
			if letter, err := tx.SubscriptionOfToken("token"); err != nil || letter.ID != all[1].ID {
				t.Errorf("%+v, %v", letter, err)
			}
			changed, err := tx.Subscription(all[0].ID)
			if err != nil || !strings.HasPrefix(changed.Secret, mark) || Open(k, &changed) != nil || changed.Secret != "whsec_new" || changed.Address != "https://b.example/" {
				t.Errorf("%+v, %v", changed, err)
			}
			return nil
		})
		err = s.Write(ctx, func(tx *store.Tx) error {
			return Change(tx, k, all[0].ID, func(s *wire.Subscription) error { s.Secret = mark + "mine"; return nil })
		})
		if wire.KindOf(err) != wire.Invalid {
			t.Errorf("a secret that looks sealed: %v", err)
		}
	})
}
