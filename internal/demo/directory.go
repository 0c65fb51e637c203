package demo

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Directory is who receives, all invented.
type Directory struct {
	Outlets       []wire.Outlet
	Contacts      []wire.Contact
	Subscriptions []wire.Subscription // outlets' webhooks first, then contacts' mails
}

// Size says how large a directory to invent.
type Size struct{ Outlets, Contacts int }

// seed makes every demo the same.
const seed = 0x77697265726f6f6d

// Generate invents a directory, the same for the same size. webhookBase is
// where the outlets' endpoints are: outlet 7's is webhookBase/hook/7. All
// addresses are under .example (RFC 2606), which nobody can own.
func Generate(size Size, webhookBase string) *Directory {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 1)), countries: vocab.WireCountries()}
	d := &Directory{}
	for i := range size.Outlets {
		language := g.language(i)
		n := nameData[language]
		o := wire.Outlet{
			ID: wire.OutletID(i + 1), Name: fmt.Sprintf(pick(g, n.outlets), pick(g, n.places)), Country: g.country(language, i),
			Language: language, Kind: pick(g, []string{"newspaper", "online", "online", "broadcast", "agency", "terminal"}),
		}
		d.Outlets = append(d.Outlets, o)
		d.Subscriptions = append(d.Subscriptions, wire.Subscription{
			ID: wire.SubscriptionID(i + 1), Outlet: o.ID, Query: g.outletQuery(o), Channel: wire.ByWebhook,
			Address: fmt.Sprintf("%s/hook/%d", webhookBase, i+1), Secret: WebhookSecret(i + 1), Format: "ninjs",
		})
	}
	for i := range size.Contacts {
		language := g.language(i)
		n := nameData[language]
		given, family := g.rng.IntN(len(n.given)), g.rng.IntN(len(n.family))
		c := wire.Contact{
			ID: wire.ContactID(i + 1), Name: n.given[given] + n.join + n.family[family], Country: g.country(language, i), Language: language,
			Email: fmt.Sprintf("%s.%d@%s.example", g.mailbox(n, given), i+1, g.domain(language)),
		}
		if n.familyFirst {
			c.Name = n.family[family] + n.join + n.given[given]
		}
		if size.Outlets > 0 && g.rng.IntN(10) > 0 {
			c.Outlet = wire.OutletID(1 + g.rng.IntN(size.Outlets))
		}
		d.Contacts = append(d.Contacts, c)
		d.Subscriptions = append(d.Subscriptions, wire.Subscription{
			ID: wire.SubscriptionID(size.Outlets + i + 1), Contact: c.ID, Query: g.contactQuery(c), Channel: wire.ByMail,
			Address: c.Email, Secret: token(i + 1),
		})
	}
	return d
}

// WebhookSecret is the secret of an outlet's endpoint. It is public knowledge,
// as everything in a demo is.
func WebhookSecret(outlet int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytesOf(outlet, 2))
}

// token is a contact's unsubscribe token, in the form of wire.NewToken.
func token(contact int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	b := make([]byte, 26)
	for i, raw := range append(bytesOf(contact, 3), bytesOf(contact, 4)...)[:26] {
		b[i] = letters[raw%32]
	}
	return string(b)
}

// bytesOf returns 24 bytes that look random and are always the same.
func bytesOf(n int, stream uint64) []byte {
	r := rand.NewPCG(seed+uint64(n), stream)
	var b []byte
	for range 3 {
		b = binary.BigEndian.AppendUint64(b, r.Uint64())
	}
	return b
}

type generator struct {
	rng       *rand.Rand
	countries []string
}

func pick[T any](g *generator, from []T) T { return from[g.rng.IntN(len(from))] }

// language gives every language at least one of the first readers, then shares
// them out by weight.
func (g *generator) language(i int) string {
	if i < len(weights) {
		return weights[i].language
	}
	n := g.rng.IntN(1000)
	for _, w := range weights {
		if n -= w.share; n < 0 {
			return w.language
		}
	}
	return "en"
}

// country gives every country at least one of the first readers.
func (g *generator) country(language string, i int) string {
	if i < len(g.countries) {
		return g.countries[i]
	}
	if g.rng.IntN(4) == 0 {
		return pick(g, g.countries)
	}
	return pick(g, homes[language])
}

func (g *generator) mailbox(n names, given int) string {
	if n.givenASCII != nil {
		return n.givenASCII[given]
	}
	return strings.ToLower(n.given[given])
}

func (g *generator) domain(language string) string {
	return fmt.Sprintf("%s-%s%02d", pick(g, []string{"press", "news", "daily", "wire", "radio"}), strings.ToLower(language), g.rng.IntN(40))
}

// beats are the sectors journalists watch, as often as they are watched.
var beats = []string{"technology", "technology", "finance", "finance", "energy", "energy", "health", "transport", "agriculture", "education", "environment", "manufacturing", "retail", "media", "travel", "government", "telecoms"}

// outletQuery is what an outlet's system takes: its language, narrowed by
// country or sector, or a general desk.
func (g *generator) outletQuery(o wire.Outlet) string {
	lang := "lang:" + o.Language
	switch n := g.rng.IntN(100); {
	case n < 30:
		return lang + " AND (sector:top-story OR sector:daily-news OR priority:urgent OR priority:flash)"
	case n < 70:
		return lang + " AND (" + g.sectors(2+g.rng.IntN(3)) + ")"
	case n < 85:
		return lang + " AND country:" + o.Country
	default:
		return "(" + lang + " OR lang:en) AND (" + g.sectors(1) + " OR priority:flash)"
	}
}

// contactQuery is a journalist's beat.
func (g *generator) contactQuery(c wire.Contact) string {
	lang := "lang:" + c.Language
	word := func() string {
		w := pick(g, nameData[c.Language].words)
		if strings.Contains(w, " ") && w[0] != '"' {
			return `"` + w + `"`
		}
		return w
	}
	switch n := g.rng.IntN(100); {
	case n < 30:
		return lang + " AND (sector:top-story OR sector:daily-news)"
	case n < 62:
		return lang + " AND (" + g.sectors(1+g.rng.IntN(2)) + ")"
	case n < 70:
		return lang + " AND " + g.sectors(1) + " AND country:" + c.Country
	case n < 86:
		return lang + " AND " + word()
	case n < 93:
		return lang + " AND (" + word() + " OR " + word() + ") AND NOT sector:retail"
	default:
		return lang + " AND (" + g.sectors(1) + " OR org:\"Halden Robotics\")"
	}
}

func (g *generator) sectors(n int) string {
	var parts []string
	for range n {
		parts = append(parts, "sector:"+pick(g, beats))
	}
	return strings.Join(parts, " OR ")
}
