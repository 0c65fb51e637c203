// Package story makes what is delivered in a measurement: one release of usual
// length, items of the live stream of any length, and a directory of people and
// newsrooms who want it.
//
// It owns that every sender, ours and others, carries the same text to the same
// recipients. It knows nothing of how that is done.
package story

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/hooksink"
)

// Site is the wire that sends.
var Site = format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}

// From is the address that letters are from.
const From = "wire@wire.example"

// Headline of the release, which no charset but Unicode has all of.
const Headline = "Halden Robotics Announces Third-Quarter Results – Revenue Up 18 % on Orders From Warehouses in Łódź"

// Paragraphs of a release: with so many a letter is some 20 KB, and a webhook 8.
const (
	OfLetter = 34
	OfHook   = 25
)

// texts are what its paragraphs say, over and over.
var texts = []string{
	"Halden Robotics ASA (OSE: HALD), a maker of autonomous mobile robots for warehouses, today reported revenue of 412.6 million euros for the third quarter, up 18 percent from a year earlier, and raised its outlook for the full year.",
	"“Demand from grocery and pharmaceutical distribution remains strong,” said Ingrid Moe, chief executive. “Customers who began with a single hall are now ordering for whole regions, and they are doing so sooner than we had planned for.”",
	"Orders on hand at the end of September stood at 1.31 billion euros, of which about 60 percent is expected to be recognised as revenue within the next four quarters. The book-to-bill ratio was 1.24, after 1.11 in the quarter before.",
	"Operating profit before items affecting comparability rose to 58.9 million euros from 44.2 million, a margin of 14.3 percent. Currency movements took 0.6 percentage points from it; lower freight rates gave 0.4 back.",
	"The plant in Łódź, which opened in June, made its ten-thousandth robot on 14 September. A second line starts in February and will bring the capacity of the site to 30,000 robots a year, with 420 new jobs.",
	"Service revenue grew by 27 percent to 96.1 million euros. More than 71,000 robots are now under contract for remote monitoring, and nine out of ten faults were put right without a visit to the site.",
	"Research and development expenses were 39.7 million euros, or 9.6 percent of revenue. The company showed a picking arm in August that handles items of up to 15 kilograms, and expects first deliveries in the second half of next year.",
	"Net debt fell to 188 million euros, 0.9 times earnings before interest, tax, depreciation and amortisation over the last twelve months. In October the company refinanced its revolving facility of 250 million euros to 2031.",
	"For the full year Halden Robotics now expects revenue of between 1.58 and 1.62 billion euros (before: 1.50 to 1.56 billion) and an operating margin of between 13.5 and 14.0 percent (before: 13.0 to 13.5 percent).",
	"The board intends to propose a dividend of 1.10 euros a share. A conference call for analysts and journalists takes place today at 14:00 Central European Time; the presentation is in the newsroom of the company.",
}

// Body is the text of the release, in blocks: so many paragraphs in sections of
// ten.
func Body(paragraphs int) []wire.Block {
	headings := []string{"Segments and Outlook", "Notes to the Quarter", "Outlook in Detail"}
	var body []wire.Block
	for i := range paragraphs {
		section := i / len(texts)
		if section > 0 && i%len(texts) == 0 {
			body = append(body, wire.Block{Kind: wire.Heading, Text: wire.PlainInline(headings[section-1])})
		}
		body = append(body, wire.P(texts[(i+3*section)%len(texts)]))
	}
	return body
}

// Release is a new release with that text.
func Release(paragraphs int) *wire.Release {
	return &wire.Release{
		ID:     wire.NewReleaseID(),
		Facets: wire.Facets{Organisation: "Halden Robotics ASA", Priority: wire.Ordinary, Sectors: []string{"energy"}, Places: []string{"NO"}},
		Editions: []wire.Edition{{
			Language: "en", Headline: Headline,
			Dateline: wire.Dateline{City: "OSLO", Country: "NO", Date: "2026-11-23", Mark: "WIRE"},
			Body:     Body(paragraphs),
		}},
	}
}

// Recipient is someone who gets letters.
type Recipient struct {
	Address, Name string
	Token         string // of the unsubscribe link
}

// outlets is how many newsrooms there are.
const outlets = 6500

// RecipientOf is the recipient with a number: four in ten at large mailbox
// providers, the others spread over newsrooms. The address carries the number.
func RecipientOf(i int) Recipient {
	domain := fmt.Sprintf("outlet%d.example", i*7919%outlets)
	switch x := i % 100; {
	case x < 22:
		domain = "gmail.example"
	case x < 32:
		domain = "outlook.example"
	case x < 37:
		domain = "yahoo.example"
	case x < 40:
		domain = "naver.example"
	}
	sum := sha256.Sum256(fmt.Append(nil, "reader ", i))
	token := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
	return Recipient{Address: fmt.Sprintf("j%06d@%s", i, domain), Name: fmt.Sprintf("Journalist %d", i), Token: token}
}

// Query is what everyone subscribes by.
const Query = "sector:energy"

// Import stores a directory: n contacts with a subscription by mail, and so many
// newsrooms with one by webhook at a port of package hooksink.
func Import(ctx context.Context, s *store.Store, contacts, hooks, port int, secure bool) error {
	houses := make([]wire.Outlet, outlets)
	for i := range houses {
		houses[i] = wire.Outlet{Name: fmt.Sprintf("Outlet %d", i), Country: "NO", Language: "en", Kind: "newspaper"}
	}
	people := make([]wire.Contact, contacts)
	for i := range people {
		r := RecipientOf(i)
		people[i] = wire.Contact{Name: r.Name, Email: r.Address, Country: "NO", Language: "en"}
	}
	return s.Write(ctx, func(tx *store.Tx) error {
		if err := tx.AddOutlets(houses); err != nil {
			return err
		}
		if err := tx.AddContacts(people); err != nil {
			return err
		}
		subscriptions := make([]wire.Subscription, 0, contacts+hooks)
		for i := range people {
			r := RecipientOf(i)
			subscriptions = append(subscriptions, wire.Subscription{Contact: people[i].ID, Query: Query, Channel: wire.ByMail, Address: r.Address, Secret: r.Token})
		}
		for i := range hooks {
			subscriptions = append(subscriptions, wire.Subscription{Outlet: houses[i%outlets].ID, Query: Query, Channel: wire.ByWebhook, Address: hooksink.URL(i, port, secure), Secret: hooksink.Secret(i)})
		}
		return tx.AddSubscriptions(subscriptions)
	})
}
