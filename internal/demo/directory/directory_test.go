package directory

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const base = "http://127.0.0.1:9999"

func whole() *Directory {
	return Generate(Options{Outlets: DefaultOutlets, Contacts: DefaultContacts, Seed: 1, WebhookBase: base})
}

func TestSizesAreExact(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {7, 100}, {100, 7}, {141, 141}, {142, 1000}, {6500, 100}, {-1, -1}} {
		d := Generate(Options{Outlets: size[0], Contacts: size[1], WebhookBase: base})
		outlets, contacts := max(0, size[0]), max(0, size[1])
		if len(d.Outlets) != outlets || len(d.Contacts) != contacts || len(d.Subscriptions) != outlets+contacts {
			t.Errorf("%v: %d outlets, %d contacts, %d subscriptions", size, len(d.Outlets), len(d.Contacts), len(d.Subscriptions))
		}
	}
}

func TestTheSameSeedGivesTheSameDirectory(t *testing.T) {
	o := Options{Outlets: 300, Contacts: 2000, Seed: 5, WebhookBase: base}
	a, b := Generate(o), Generate(o)
	if !slices.Equal(a.Outlets, b.Outlets) || !slices.Equal(a.Contacts, b.Contacts) || !slices.Equal(a.Subscriptions, b.Subscriptions) {
		t.Error("two directories of one seed differ")
	}
	o.Seed = 6
	if c := Generate(o); slices.Equal(a.Contacts, c.Contacts) || a.Subscriptions[0].Secret == c.Subscriptions[0].Secret {
		t.Error("another seed gives the same directory")
	}
}

func TestEveryCountryAndLanguageIsThere(t *testing.T) {
	for _, n := range []int{len(markets()), DefaultOutlets} {
		d := Generate(Options{Outlets: n, Contacts: n, WebhookBase: base})
		for _, of := range []string{"outlets", "contacts"} {
			countries, languages := map[string]int{}, map[string]int{}
			for i := range n {
				if of == "outlets" {
					countries[d.Outlets[i].Country]++
					languages[d.Outlets[i].Language]++
				} else {
					countries[d.Contacts[i].Country]++
					languages[d.Contacts[i].Language]++
				}
			}
			for _, c := range vocab.WireCountries() {
				if countries[c] == 0 {
					t.Errorf("%d %s: none in %s", n, of, c)
				}
			}
			for _, l := range vocab.Languages() {
				if languages[l.Tag] == 0 {
					t.Errorf("%d %s: none in %s", n, of, l.Tag)
				}
			}
			if len(countries) != 90 || len(languages) != 15 {
				t.Errorf("%d %s: %d countries, %d languages", n, of, len(countries), len(languages))
			}
		}
	}
}

func TestEntriesAreNumberedAndWhole(t *testing.T) {
	d := whole()
	kinds := []string{"newspaper", "agency", "broadcast", "online", "terminal"}
	names := map[string]bool{}
	for i, o := range d.Outlets {
		s := d.Subscriptions[i]
		if o.ID != wire.OutletID(i+1) || s.ID != wire.SubscriptionID(i+1) || s.Outlet != o.ID || s.Contact != 0 {
			t.Fatalf("%+v %+v", o, s)
		}
		if o.Name == "" || !utf8.ValidString(o.Name) || !slices.Contains(kinds, o.Kind) || names[o.Language+o.Name] {
			t.Errorf("%+v: nameless, of no kind, or named as another", o)
		}
		names[o.Language+o.Name] = true
		if s.Channel != wire.ByWebhook || s.Format != "ninjs" || s.Secret != WebhookSecret(1, o.ID) || len(s.Secret) != len("whsec_")+32 {
			t.Fatalf("%+v", s)
		}
	}
	freelances := 0
	for i, c := range d.Contacts {
		s := d.Subscriptions[len(d.Outlets)+i]
		if c.ID != wire.ContactID(i+1) || s.ID != wire.SubscriptionID(len(d.Outlets)+i+1) || s.Contact != c.ID || s.Outlet != 0 {
			t.Fatalf("%+v %+v", c, s)
		}
		if s.Channel != wire.ByMail || s.Address != c.Email || !wire.ValidToken(s.Secret) || strings.TrimSpace(c.Name) != c.Name || c.Name == "" {
			t.Fatalf("%+v %+v", c, s)
		}
		if c.Outlet == 0 {
			freelances++
		} else if o := d.Outlets[c.Outlet-1]; o.Country != c.Country || o.Language != c.Language {
			t.Fatalf("%+v works for %+v", c, o)
		}
	}
	if freelances < DefaultContacts/20 || freelances > DefaultContacts/5 {
		t.Errorf("%d freelances", freelances)
	}
}

func TestAddressesAreUniqueAndNobodys(t *testing.T) {
	d := whole()
	seen := map[string]bool{}
	for _, s := range d.Subscriptions {
		if seen[s.Address] || seen[s.Secret] {
			t.Fatalf("twice: %+v", s)
		}
		seen[s.Address], seen[s.Secret] = true, true
		if s.Channel == wire.ByWebhook {
			if u, err := url.Parse(s.Address); err != nil || u.Hostname() != "127.0.0.1" || !strings.HasPrefix(u.Path, "/hook/") {
				t.Fatalf("%+v", s)
			}
			continue
		}
		a, err := mail.ParseAddress(s.Address)
		if err != nil || a.Address != s.Address || !strings.HasSuffix(s.Address, ".example") || strings.ToLower(s.Address) != s.Address {
			t.Fatalf("%+v: %v", s, err)
		}
		for _, r := range s.Address {
			if r > 0x7f {
				t.Fatalf("%+v is not ASCII", s)
			}
		}
	}
}

func TestEveryQueryParsesAndAsksForSomething(t *testing.T) {
	for _, s := range whole().Subscriptions {
		q, err := match.Parse(s.Query)
		if err != nil {
			t.Fatalf("%s: %v", s.Query, err)
		}
		if again, err := match.Parse(q.String()); err != nil || again.String() != q.String() || q.String() == "*" {
			t.Fatalf("%s: reads back as %v, %v", s.Query, again, err)
		}
	}
}

func TestTastesUseTheWordsOfTheWire(t *testing.T) {
	for _, l := range vocab.Languages() {
		if _, ok := press[l.Tag]; !ok || tastes[l.Tag].words == "" || people[l.Tag].given == "" {
			t.Errorf("%s lacks newsrooms, people or a taste", l.Tag)
		}
		in := newInterests(l.Tag)
		for _, b := range in.beats {
			if code, ok := vocab.FindSector(b, ""); !ok || code != b {
				t.Errorf("%s is no sector", b)
			}
		}
		for _, f := range strings.Fields(in.favour) {
			if !slices.Contains(in.beats, f) {
				t.Errorf("%s favours %s, which is no beat", l.Tag, f)
			}
		}
		for _, a := range in.also {
			if _, ok := tastes[a]; !ok {
				t.Errorf("%s also reads %s, which is none of the wire's", l.Tag, a)
			}
		}
	}
	for key, p := range people {
		c := p.read()
		for _, n := range append(slices.Clone(c.given), c.family...) {
			if n.latin == "" || n.latin != ascii(n.latin) {
				t.Errorf("%s: %s has the address %q", key, n.native, n.latin)
			}
		}
	}
	for country, key := range englishIn {
		if people[key].given == "" {
			t.Errorf("%s: nobody is called as in %s", country, key)
		}
	}
}
