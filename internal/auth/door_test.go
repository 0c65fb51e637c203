package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// porch is a door with keys behind it.
type porch struct {
	Door
	t    *testing.T
	keys *Keys
	ring *seal.Keyring
	now  time.Time
}

func openPorch(t *testing.T, s *store.Store) *porch {
	t.Helper()
	ring, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &porch{t: t, ring: ring, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return p.now }
	p.keys = NewKeys(s, now)
	p.Door = Door{Keys: p.keys, Now: now, Public: func(context.Context) (ed25519.PublicKey, error) { return ring.PublicKey(), nil }}
	return p
}

func (p *porch) key(n NewKey) (key, id string) {
	p.t.Helper()
	n.Name, n.Role = "Example Terminal", wire.RoleReader
	key, id, err := p.keys.Create(p.t.Context(), n)
	if err != nil {
		p.t.Fatal(err)
	}
	return key, id
}

func (p *porch) come(query url.Values, bearer string) (Grant, error) {
	r := httptest.NewRequest(http.MethodGet, "/v1/stream?"+query.Encode(), nil)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return p.Grant(r)
}

func TestAKeyAndItsOrganisationSayWhatMayBeHad(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		p := openPorch(t, s)
		if err := p.keys.SetOrganisation(t.Context(), "Example Bank", store.Terms{Entitlement: "sector:energy OR sector:finance", Streams: 500}); err != nil {
			t.Fatal(err)
		}
		key, id := p.key(NewKey{Organisation: "Example Bank", Terms: store.Terms{Entitlement: "lang:en", Streams: 20}})
		g, err := p.come(nil, key)
		want := Grant{Subject: "key:" + id, Organisation: "Example Bank", Entitled: "(sector:energy OR sector:finance) AND lang:en", Streams: 20, Shared: 500, Terms: g.Terms}
		if err != nil || g != want || g.Terms == "" {
			t.Errorf("%+v, %v", g, err)
		}
		free, _ := p.key(NewKey{})
		if g, err := p.come(nil, free); err != nil || g.Entitled != "" || g.Streams != 0 || g.Organisation != "" {
			t.Errorf("a key of which nothing is said: %+v, %v", g, err)
		}
		if g, err := p.come(nil, p.keys.Local()); err != nil || g != (Grant{Subject: "local"}) {
			t.Errorf("the local key: %+v, %v", g, err)
		}
		for _, wrong := range []NewKey{{Organisation: "Nobody"}, {Terms: store.Terms{Entitlement: "lang:"}}, {Terms: store.Terms{Entitlement: strings.Repeat("a ", 3000)}}} {
			wrong.Name, wrong.Role = "x", wire.RoleReader
			if _, _, err := p.keys.Create(t.Context(), wrong); wire.KindOf(err) != wire.Invalid && wire.KindOf(err) != wire.NotFound {
				t.Errorf("%.60v: %v", wrong, err)
			}
		}
	})
}

func TestWhoComesToTheDoor(t *testing.T) {
	p := openPorch(t, storetest.SQLite(t))
	key, id := p.key(NewKey{})
	g, err := p.come(nil, key)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := NewToken(p.ring, &g, p.now, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, bearer string
		query        url.Values
		open         bool
		kind         wire.Kind // "": let in
		subject      string
	}{
		{"a key", key, nil, false, "", "key:" + id},
		{"a token in the address", "", url.Values{"token": {token}}, false, "", "key:" + id},
		{"a token in the header", token, nil, false, "", "key:" + id},
		{"nobody, at an open door", "", nil, true, "", ""},
		{"nobody", "", nil, false, wire.Forbidden, ""},
		{"a wrong key, at an open door", key + "x", nil, true, wire.Forbidden, ""},
		{"a wrong token, at an open door", "", url.Values{"token": {token + "x"}}, true, wire.Forbidden, ""},
		{"an empty token, at an open door", "", url.Values{"token": {""}}, true, wire.Forbidden, ""},
		{"a key in the address", "", url.Values{"token": {key}}, true, wire.Forbidden, ""},
		{"both", key, url.Values{"token": {token}}, true, wire.Invalid, ""},
		{"two tokens", "", url.Values{"token": {token, token}}, true, wire.Invalid, ""},
	} {
		p.Open = c.open
		g, err := p.come(c.query, c.bearer)
		if c.kind == "" && err != nil || c.kind != "" && wire.KindOf(err) != c.kind || g.Subject != c.subject {
			t.Errorf("%s: %+v, %v", c.name, g, err)
		}
		if err != nil && (strings.Contains(err.Error(), token) || strings.Contains(err.Error(), key)) {
			t.Errorf("%s: the error shows the credential", c.name)
		}
	}
}

func TestTokensLiveForMinutes(t *testing.T) {
	p := openPorch(t, storetest.SQLite(t))
	g := Grant{Subject: "key:a", Organisation: "Example Bank", Entitled: "lang:en", Streams: 3, Shared: 5, Terms: "x"}
	token, expires, err := NewToken(p.ring, &g, p.now.Add(900*time.Millisecond), 2*time.Minute)
	if err != nil || !expires.Equal(p.now.Add(2*time.Minute)) {
		t.Fatal(expires, err)
	}
	for after, valid := range map[time.Duration]bool{
		-31 * time.Second: false, -30 * time.Second: true, 0: true,
		2*time.Minute + 29*time.Second: true, 2*time.Minute + 30*time.Second: false, time.Hour: false,
	} {
		got, err := ParseToken(p.ring.PublicKey(), token, p.now.Add(after))
		if valid && (err != nil || got != g) || !valid && wire.KindOf(err) != wire.Forbidden {
			t.Errorf("after %v: %+v, %v", after, got, err)
		}
	}
	for name, text := range map[string]string{
		"for something else": `{"aud":"mail","sub":"key:a","iat":1795608000,"exp":1795608100}`,
		"of nobody":          `{"aud":"stream","iat":1795608000,"exp":1795608100}`,
		"for ever":           `{"aud":"stream","sub":"key:a","iat":0,"exp":9999999999}`,
		"no claims":          `[]`,
	} {
		if _, err := ParseToken(p.ring.PublicKey(), p.ring.Token([]byte(text)), p.now); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, life := range map[string]time.Duration{"too long": MaxLife + 1, "negative": -1} {
		if _, _, err := NewToken(p.ring, &g, p.now, life); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, g := range map[string]Grant{"nobody": {}, "who has no streams": {Subject: "key:a", Streams: -1}, "whose house has none": {Subject: "key:a", Shared: -1}} {
		if _, _, err := NewToken(p.ring, &g, p.now, 0); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAGrantIsNarrowedAndNeverWidened(t *testing.T) {
	g := Grant{Subject: "key:a", Entitled: "lang:en"}
	for query, want := range map[string]string{"": "lang:en", "*": "lang:en", "sector:energy OR *": "lang:en AND (sector:energy OR *)", "lang:en": "lang:en"} {
		if got, err := g.Within(query); err != nil || got.Entitled != want {
			t.Errorf("within %q: %q, %v", query, got.Entitled, err)
		}
	}
	if _, err := g.Within("("); wire.KindOf(err) != wire.Invalid {
		t.Error(err)
	}
	if _, err := (&Grant{Entitled: "("}).Query(); wire.KindOf(err) != wire.Internal {
		t.Errorf("an entitlement that cannot be read: %v", err)
	}
}

// Both the process with the database and one that asks it know which grants ended.
func TestGrantsEndWithTheirKeyAndWithTheirTerms(t *testing.T) {
	p := openPorch(t, storetest.SQLite(t))
	remote := &Remote{Own: NewKeys(nil, p.Now), Now: p.Now, Ask: p.keys.Answer}
	if err := p.keys.SetOrganisation(t.Context(), "Example Bank", store.Terms{}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	var held []Held
	add := func(n NewKey) {
		key, id := p.key(n)
		here, err := p.keys.Grant(t.Context(), key)
		there, far := remote.Grant(t.Context(), key)
		if err != nil || far != nil || here != there {
			t.Fatalf("%+v, %v; %+v, %v", here, err, there, far)
		}
		ids, held = append(ids, id), append(held, Held{here.Subject, here.Terms})
	}
	add(NewKey{})
	add(NewKey{})
	add(NewKey{Organisation: "Example Bank"})
	add(NewKey{For: time.Hour})
	add(NewKey{Terms: store.Terms{Streams: 2}})
	held = append(held, Held{"key:nosuch", held[0].Terms})
	wait := func(want ...int) {
		t.Helper()
		for _, h := range []Holders{p.keys, remote} {
			got, err := h.Ended(t.Context(), held)
			if err != nil || len(got) != len(want) {
				t.Fatalf("%T: ended %v, want %v, %v", h, got, want, err)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%T: ended %v, want %v", h, got, want)
				}
			}
		}
	}
	none, english, many := -1, "lang:en", 50
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wait(5)
	do(p.keys.Set(t.Context(), ids[1], Change{Streams: &many})) // fewer or more: nobody is sent away
	wait(5)
	do(p.keys.Set(t.Context(), ids[1], Change{Entitlement: &english}))
	wait(1, 5)
	do(p.keys.SetOrganisation(t.Context(), "Example Bank", store.Terms{Entitlement: "lang:ar"}))
	wait(1, 2, 5)
	p.now = p.now.Add(time.Hour)
	wait(1, 2, 3, 5)
	do(p.keys.Set(t.Context(), ids[4], Change{Streams: &none}))
	wait(1, 2, 3, 4, 5)
	do(p.keys.store.Write(t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(ids[0]) }))
	wait(0, 1, 2, 3, 4, 5)
}

func TestWhoCannotBeAskedRefusesNobody(t *testing.T) {
	p := openPorch(t, storetest.SQLite(t))
	key, _ := p.key(NewKey{})
	down := &Remote{Own: NewKeys(nil, p.Now), Now: p.Now, Ask: func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no responders") }}
	broken, stop := context.WithCancel(t.Context())
	stop()
	for name, look := range map[string]func() error{
		"the bus is away":          func() error { _, err := down.Grant(t.Context(), key); return err },
		"nobody answers":           func() error { _, err := down.Ended(t.Context(), []Held{{}}); return err },
		"the database is away":     func() error { _, err := p.keys.Grant(broken, key); return err },
		"and so for the house":     func() error { _, err := p.keys.Answer(broken, []byte(`{"id":"abc","hash":"AA=="}`)); return err },
		"and for what is open":     func() error { _, err := p.keys.Ended(broken, nil); return err },
		"a question of the future": func() error { _, err := p.keys.Answer(t.Context(), []byte(`[]`)); return err },
	} {
		if err := look(); err == nil || wire.KindOf(err) == wire.Forbidden || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
	remote := &Remote{Own: NewKeys(nil, p.Now), Now: p.Now, Ask: func(ctx context.Context, q []byte) ([]byte, error) {
		if strings.Contains(string(q), key[len(key)-43:]) {
			t.Error("the secret went over the bus")
		}
		told, _ := p.keys.Answer(broken, q)
		return told, nil
	}}
	if _, err := remote.Grant(t.Context(), key); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("the house cannot look: %v", err)
	}
	for _, wrong := range []string{"", "wrk_", "wrk__x", key[:len(key)-1]} {
		remote.Ask = p.keys.Answer
		if _, err := remote.Grant(t.Context(), wrong); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestAnEdgeForgetsWhatItLearntOfAKey(t *testing.T) {
	p := openPorch(t, storetest.SQLite(t))
	asked := 0
	remote := &Remote{Own: NewKeys(nil, p.Now), Now: p.Now, Ask: func(ctx context.Context, q []byte) ([]byte, error) {
		asked++
		return p.keys.Answer(ctx, q)
	}}
	key, id := p.key(NewKey{})
	come := func() error { _, err := remote.Grant(t.Context(), key); return err }
	for range 3 {
		if err := come(); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if err := p.keys.store.Write(t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(id) }); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(knownFor)
	if err := come(); wire.KindOf(err) != wire.Forbidden {
		t.Errorf("a revoked key: %v", err)
	}
}
