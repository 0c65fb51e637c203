package directory

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// The size of a wire that reaches all of its newsrooms.
const (
	DefaultOutlets  = 6_500
	DefaultContacts = 86_000
)

// Options say what to invent.
type Options struct {
	Outlets, Contacts int
	Seed              uint64 // the same seed and sizes give the same directory
	WebhookBase       string // where the outlets' endpoints are, without a slash at the end
}

// Directory is who receives. Outlets, contacts and subscriptions are numbered
// from 1 in the order they stand in; the outlets' subscriptions come first.
type Directory struct {
	Outlets       []wire.Outlet
	Contacts      []wire.Contact
	Subscriptions []wire.Subscription
}

// freelance is one contact in so many who works for no outlet.
const freelance = 9

// Streams of the generator, so that what one part draws does not move another.
const (
	outletStream uint64 = iota + 1
	contactStream
	secretStream
	tokenStream
)

// Generate invents a directory. Each outlet holds one webhook subscription to
// WebhookBase/hook/N, N being its number, each contact one by mail. With at
// least as many outlets (or contacts) as there are markets, about 140, every
// language and country has one. Sizes below zero count as zero.
//
// The caller owns the result. Generate may be called concurrently.
func Generate(o Options) *Directory {
	o.Outlets, o.Contacts = max(0, o.Outlets), max(0, o.Contacts)
	g := &generator{Options: o, markets: markets(), domains: map[string]int{}, mailboxes: make(map[string]int, o.Contacts)}
	g.newsrooms = make([][]newsroom, len(g.markets))
	d := &Directory{
		Outlets:       make([]wire.Outlet, 0, o.Outlets),
		Contacts:      make([]wire.Contact, 0, o.Contacts),
		Subscriptions: make([]wire.Subscription, 0, o.Outlets+o.Contacts),
	}
	g.addOutlets(d)
	g.addContacts(d)
	return d
}

// WebhookSecret is the signing secret of an outlet's endpoint, in the form of
// the Standard Webhooks specification. It is as public as the seed.
func WebhookSecret(seed uint64, outlet wire.OutletID) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(drawn(seed, secretStream, uint64(outlet)))
}

// tokens are written as package wire writes its own.
var tokens = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// unsubscribeToken is the secret of a contact's unsubscribe link.
func unsubscribeToken(seed uint64, contact wire.ContactID) string {
	return tokens.EncodeToString(drawn(seed, tokenStream, uint64(contact))[:16])
}

// drawn returns 24 bytes that follow from seed, stream and number alone.
func drawn(seed, stream, number uint64) []byte {
	r := rand.NewPCG(seed, stream<<48|number)
	b := make([]byte, 0, 24)
	for range 3 {
		b = binary.BigEndian.AppendUint64(b, r.Uint64())
	}
	return b
}

type generator struct {
	Options
	markets   []market
	newsrooms [][]newsroom   // by market
	domains   map[string]int // how often each was wanted
	mailboxes map[string]int
}

// newsroom is where a contact can work.
type newsroom struct {
	outlet wire.OutletID
	domain string
	upTo   float64 // weight of this and all before it in the market
}

// dealt returns a market for each of n readers, in shuffled order.
func (g *generator) dealt(n int, r *rand.Rand) []int {
	all := make([]int, 0, n)
	for i, share := range apportion(n, g.markets) {
		for range share {
			all = append(all, i)
		}
	}
	r.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (g *generator) addOutlets(d *Directory) {
	r := rand.New(rand.NewPCG(g.Seed, outletStream))
	for i, at := range g.dealt(g.Outlets, r) {
		m := &g.markets[at]
		id := wire.OutletID(i + 1)
		named := m.nextOutlet(g.Seed)
		domain := g.unique(g.domains, named.domain+"."+strings.ToLower(m.country), "") + ".example"
		// Newsrooms differ in size as their readers do: a few large, many small.
		weight := math.Pow(float64(len(g.newsrooms[at])+1), -0.7)
		if n := len(g.newsrooms[at]); n > 0 {
			weight += g.newsrooms[at][n-1].upTo
		}
		g.newsrooms[at] = append(g.newsrooms[at], newsroom{id, domain, weight})
		d.Outlets = append(d.Outlets, wire.Outlet{ID: id, Name: named.name, Country: m.country, Language: m.language, Kind: named.kind})
		d.Subscriptions = append(d.Subscriptions, wire.Subscription{
			ID: wire.SubscriptionID(i + 1), Outlet: id, Query: outletQuery(m, named.kind, r),
			Channel: wire.ByWebhook, Address: g.WebhookBase + "/hook/" + strconv.Itoa(i+1), Secret: WebhookSecret(g.Seed, id), Format: "ninjs",
		})
	}
}

func (g *generator) addContacts(d *Directory) {
	r := rand.New(rand.NewPCG(g.Seed, contactStream))
	for i, at := range g.dealt(g.Contacts, r) {
		m := &g.markets[at]
		id := wire.ContactID(i + 1)
		p := m.person(m.country, r)
		outlet, domain := g.employer(at, r)
		local := p.given + "." + p.family
		switch outlet % 4 {
		case 1:
			local = p.given[:1] + "." + p.family
		case 2:
			local = p.family + "." + p.given
		}
		c := wire.Contact{
			ID: id, Outlet: outlet, Name: p.name, Country: m.country, Language: m.language,
			Email: g.unique(g.mailboxes, local, "@"+domain) + "@" + domain,
		}
		d.Contacts = append(d.Contacts, c)
		d.Subscriptions = append(d.Subscriptions, wire.Subscription{
			ID: wire.SubscriptionID(g.Outlets + i + 1), Contact: id, Query: contactQuery(m, r),
			Channel: wire.ByMail, Address: c.Email, Secret: unsubscribeToken(g.Seed, id),
		})
	}
}

// employer picks the outlet a contact works for, 0 for a freelance, and the
// domain of the address.
func (g *generator) employer(at int, r *rand.Rand) (wire.OutletID, string) {
	rooms := g.newsrooms[at]
	if len(rooms) == 0 || r.IntN(freelance) == 0 {
		return 0, fmt.Sprintf("freelance%d.%s.example", r.IntN(40)+1, strings.ToLower(g.markets[at].country))
	}
	want := r.Float64() * rooms[len(rooms)-1].upTo
	i, _ := slices.BinarySearchFunc(rooms, want, func(n newsroom, w float64) int {
		if n.upTo <= w {
			return -1
		}
		return 1
	})
	room := rooms[min(i, len(rooms)-1)]
	return room.outlet, room.domain
}

// unique returns name, with a number where name+suffix was wanted before. No
// name ends in a digit by itself, so numbered ones cannot meet others.
func (g *generator) unique(taken map[string]int, name, suffix string) string {
	key := name + suffix
	taken[key]++
	if n := taken[key]; n > 1 {
		return name + strconv.Itoa(n)
	}
	return name
}
