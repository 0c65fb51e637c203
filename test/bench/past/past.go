// Package past makes the past of a wire: as many items as are asked for, in all
// fifteen languages, and what people search them for.
//
// It owns that a measurement can be repeated: the item of a number and the query
// of a number are the same in every run. What is said in an item means nothing,
// but words, their frequencies, their lengths and what stands beside a text are
// like those of a real wire. It knows no database and no index.
package past

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/demo"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Past is a wire's past. It is safe for concurrent use.
type Past struct {
	tongues   []*tongue
	shares    []float64 // of the languages, running sums
	sectors   []string
	countries []string
	topics    []string
	options   Options
}

// Options say what the past is like.
type Options struct {
	Words int // of a text, on average; where words are not set apart, a piece of one to three characters counts as one
}

// Started is when the first item was cleared, and Every how much later each next:
// a million are three years.
var (
	Started = time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC)
	Every   = 95 * time.Second
)

// share is how much of a wire's past is in a language: my estimate of an
// international wire that is at home in Asia.
var share = map[string]float64{
	"en": .30, "zh-Hans": .13, "ja": .10, "ko": .08, "zh-Hant": .07, "de": .05, "fr": .05, "es": .05,
	"ar": .04, "pt": .03, "ru": .03, "vi": .02, "id": .02, "th": .02, "ms": .01,
}

// organisations is how many issuers there are.
const organisations = 20_000

// New makes a past of the words in the demo's releases and of invented ones that
// look like them.
func New(o Options) (*Past, error) {
	releases, err := demo.Releases()
	if err != nil {
		return nil, err
	}
	texts := map[string][]string{}
	for _, r := range releases {
		for i := range r.Editions {
			e := &r.Editions[i]
			texts[e.Language] = append(texts[e.Language], e.Headline)
			for _, b := range e.Body {
				texts[e.Language] = append(texts[e.Language], b.Text.PlainText())
			}
		}
	}
	p := &Past{options: o}
	sum := 0.0
	for _, l := range vocab.Languages() {
		if len(texts[l.Tag]) == 0 || share[l.Tag] == 0 {
			return nil, fmt.Errorf("past: nothing is known of %s", l.Tag)
		}
		p.tongues = append(p.tongues, newTongue(l.Tag, texts[l.Tag]))
		sum += share[l.Tag]
		p.shares = append(p.shares, sum)
	}
	for _, s := range vocab.Sectors() {
		p.sectors = append(p.sectors, s.Code)
	}
	p.countries = vocab.WireCountries()
	for _, t := range vocab.TopicChildren("") {
		p.topics = append(p.topics, t.Code)
		for _, below := range vocab.TopicChildren(t.Code) {
			p.topics = append(p.topics, below.Code)
		}
	}
	return p, nil
}

// Item returns the item of a number, from 1: the first version of an edition.
func (p *Past) Item(number int64) wire.Item {
	r := rand.New(rand.NewPCG(uint64(number), 0x5eed))
	t := p.tongues[p.language(r)]
	w := t.writer(r)
	release := &wire.Release{ID: releaseID(number), Facets: wire.Facets{
		Organisation: t.organisation(skewed(r, organisations)), Priority: wire.Ordinary,
		Sectors: []string{p.sectors[skewed(r, len(p.sectors))]}, Places: []string{p.countries[skewed(r, len(p.countries))]},
		Subjects: []string{p.topics[skewed(r, len(p.topics))]},
	}}
	if r.IntN(20) == 0 {
		release.Priority = wire.Urgent
	}
	if r.IntN(3) == 0 {
		release.Instruments = []wire.Instrument{{MIC: "XOSL", Ticker: fmt.Sprintf("T%04d", skewed(r, 9_000))}}
	}
	if second := p.sectors[skewed(r, len(p.sectors))]; second != release.Sectors[0] && r.IntN(2) == 0 {
		release.Sectors = append(release.Sectors, second)
	}
	at := Started.Add(time.Duration(number) * Every)
	e := wire.Edition{
		Language: t.language, Headline: w.sentence(8 + r.IntN(8)), Subheads: []string{w.sentence(10)},
		Dateline:    wire.Dateline{City: t.word(r), Country: release.Places[0], Date: at.Format(time.DateOnly), Mark: "WIRE"},
		Boilerplate: []wire.Block{wire.P(w.paragraph(40))},
	}
	for left := p.length(r); left > 0; {
		n := min(left, 40+r.IntN(60))
		e.Body = append(e.Body, wire.P(w.paragraph(n)))
		left -= n
	}
	release.Editions = []wire.Edition{e}
	return wire.NewItem(release, &e, wire.Publish, nil, at, wire.Amendment{})
}

func (p *Past) language(r *rand.Rand) int {
	at := r.Float64() * p.shares[len(p.shares)-1]
	for i, s := range p.shares {
		if at < s {
			return i
		}
	}
	return len(p.shares) - 1
}

// length draws how many words a body has: log-normal, as lengths of texts are,
// from a brief to a report.
func (p *Past) length(r *rand.Rand) int {
	const sigma = .7
	mean := float64(p.options.Words)
	return min(max(int(mean*math.Exp(sigma*r.NormFloat64()-sigma*sigma/2)), 20), 20*p.options.Words)
}

var idLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func releaseID(number int64) wire.ReleaseID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], uint64(number))
	return wire.ReleaseID(idLetters.EncodeToString(b[:]))
}

// skewed draws one of n, the first far more often than the last.
func skewed(r *rand.Rand, n int) int {
	return int(rand.NewZipf(r, 1.2, 6, uint64(n-1)).Uint64())
}

// Text is what is searched of an item, as one text: what peers are given.
func Text(it *wire.Item) (headline, body string) {
	parts := append([]string{}, it.Subheads...)
	for _, b := range it.Body {
		parts = append(parts, b.Text.PlainText())
	}
	return it.Headline, strings.Join(append(parts, it.Organisation), "\n")
}
