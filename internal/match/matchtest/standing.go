// Package matchtest makes a wire to measure matching by: items of real size in
// fifteen languages and the standing queries of its readers, as many as are
// wanted, the same every time. It is used by tests and benchmarks alone.
package matchtest

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// What there is to ask for; the first of each are far more frequent than the
// last.
const (
	organisations = 200_000
	tickers       = 60_000
	providers     = 40
	circuits      = 12
	countries     = 90
)

// skewed draws from 0 up to n by a power law: Zipf's, with the exponent s and the
// offset v that flattens its head.
func skewed(r *rand.Rand, n int, s, v float64) int {
	low, high := math.Pow(v, 1-s), math.Pow(v+float64(n), 1-s)
	x := math.Pow(low+r.Float64()*(high-low), 1/(1-s)) - v
	return min(max(int(x), 0), n-1)
}

func language(r *rand.Rand) *vocabulary {
	x := r.Float64()
	for i := range vocabularies {
		if x -= vocabularies[i].share; x < 0 {
			return &vocabularies[i]
		}
	}
	return &vocabularies[0]
}

// topics are the Media Topics below which there is nothing, in an order in which
// the frequent ones are spread over the vocabulary.
var topics = sync.OnceValue(func() []string {
	var leaves []string
	var walk func(code string)
	walk = func(code string) {
		children := vocab.TopicChildren(code)
		for _, c := range children {
			walk(c.Code)
		}
		if len(children) == 0 {
			leaves = append(leaves, code)
		}
	}
	walk("")
	rand.New(rand.NewPCG(1, 0)).Shuffle(len(leaves), func(i, j int) { leaves[i], leaves[j] = leaves[j], leaves[i] })
	return leaves
})

func topic(r *rand.Rand) string {
	all := topics()
	return all[skewed(r, len(all), 1.2, 4)]
}

// askedTopic is a topic as readers ask for it: seldom the narrowest.
func askedTopic(r *rand.Rand) string {
	code := topic(r)
	above := vocab.TopicAncestors(code)
	if x := r.Float64(); len(above) > 0 && x < .6 {
		return above[r.IntN(len(above))].Code
	}
	return code
}

func sector(r *rand.Rand) string {
	all := vocab.Sectors()
	return all[skewed(r, len(all), 1.3, 6)].Code
}

func country(r *rand.Rand) string {
	all := vocab.Countries()
	return all[skewed(r, min(countries, len(all)), 1.3, 4)].Code
}

func organisation(r *rand.Rand) string { return organisationName(skewed(r, organisations, 1.15, 4)) }

// organisationName is the name of the organisation with a number.
func organisationName(i int) string {
	const heads = "bal cor dan el far gal hol ing jor kel lun mar nor ost per quil ran sol tar ul ven wil yar zen ash brim"
	trades := []string{"Robotics", "Bank", "Energy", "Shipping", "Foods", "Semiconductors", "Biologics", "Airlines", "Insurance", "Retail", "Homes", "Media", "Steel", "Telecom", "Pharma", "Holdings", "Logistics"}
	part := strings.Fields(heads)
	n := i * 7919
	name := part[n%len(part)] + part[n/len(part)%len(part)] + part[n/len(part)/len(part)%len(part)]
	return strings.ToUpper(name[:1]) + name[1:] + " " + trades[i%len(trades)]
}

func ticker(r *rand.Rand) string {
	return tickerName(skewed(r, tickers, 1.15, 4))
}

func tickerName(i int) string {
	n := i*7919%456_976 + 456_976 // four letters
	var b [4]byte
	for j := range b {
		b[j] = byte('A' + n%26)
		n /= 26
	}
	return string(b[:])
}

func circuit(r *rand.Rand) string  { return "circuit-" + strconv.Itoa(skewed(r, circuits, 1.3, 2)) }
func provider(r *rand.Rand) string { return "Provider " + strconv.Itoa(skewed(r, providers, 1.5, 2)) }

func priority(r *rand.Rand) wire.Priority {
	switch x := r.Float64(); {
	case x < .02:
		return wire.Flash
	case x < .15:
		return wire.Urgent
	}
	return wire.Ordinary
}

// Item is the item with a number; whoever asks twice gets the same. It has a
// headline, some 480 to 640 words and the facets of a press release.
func Item(number int) *wire.Item {
	r := rand.New(rand.NewPCG(0x17e3, uint64(number)))
	v := language(r)
	it := &wire.Item{Edition: wire.Edition{Language: v.language, Headline: v.sentence(r, 9)}}
	it.Organisation, it.Priority = organisation(r), priority(r)
	it.Provider = &wire.Credit{Name: provider(r)}
	it.Dateline.Country = country(r)
	for range 1 + r.IntN(3) {
		it.Subjects = append(it.Subjects, topic(r))
	}
	for range 1 + r.IntN(2) {
		it.Sectors = append(it.Sectors, sector(r))
		it.Circuits = append(it.Circuits, circuit(r))
	}
	for range r.IntN(3) {
		it.Places = append(it.Places, country(r))
		it.Instruments = append(it.Instruments, wire.Instrument{MIC: "XDEM", Ticker: ticker(r)})
	}
	for left := v.length * (75 + r.IntN(50)) / 100; left > 0; {
		var b strings.Builder
		for range 3 {
			n := min(8+r.IntN(24), max(left, 1))
			b.WriteString(v.sentence(r, n))
			left -= n
		}
		it.Body = append(it.Body, wire.P(b.String()))
	}
	return it
}
