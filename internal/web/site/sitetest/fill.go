package sitetest

import (
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Now is the time at which the wire of Fill is looked at.
var Now = time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)

// Secret is in the text of the killed and of the held release, and MediaOnly
// in a contact for the media: neither may be on any page.
const (
	Secret    = "zinnober"
	MediaOnly = "newsdesk-only@halden.example"
	Hostile   = `</title><script>alert("x")</script> & 'q' {{.}} ]]>`
)

// Wire names the releases of Fill that tests look for.
type Wire struct {
	Halden   wire.ReleaseID // en, ar, ja, zh-Hant, th: urgent, a table, contacts
	Waha     wire.ReleaseID // ar source, en translation: corrected, with changes
	Kitahama wire.ReleaseID // ja: results
	Provider wire.ReleaseID // en: third-party content with disclaimer
	Killed   wire.ReleaseID // en, ar, ja
	Held     wire.ReleaseID // en, ar, ja
	Hostile  wire.ReleaseID // de: a headline that tries to break out
}

// filler writes items, a minute apart.
type filler struct {
	t     testing.TB
	store *store.Store
	at    time.Time
}

// clear puts the editions of a release on the wire and returns them by
// language.
func (f *filler) clear(r *wire.Release, action wire.Action, prior map[string]wire.Item, a wire.Amendment) map[string]wire.Item {
	f.t.Helper()
	if err := r.Check(); err != nil {
		f.t.Fatal(err)
	}
	newest := map[string]wire.Item{}
	err := f.store.Write(f.t.Context(), func(tx *store.Tx) error {
		clear(newest)
		for i := range r.Editions {
			e := &r.Editions[i]
			var before *wire.Item
			if p, ok := prior[e.Language]; ok {
				before = &p
			}
			it := wire.NewItem(r, e, action, before, f.at, a)
			if err := tx.AddItem(&it, func(it *wire.Item) { it.Hash = it.ContentHash() }); err != nil {
				return err
			}
			newest[e.Language] = it
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return newest
}

// Fill puts the wire into an empty store.
func Fill(t testing.TB, s *store.Store) Wire {
	t.Helper()
	f := &filler{t: t, store: s}
	var w Wire
	f.at = Now.Add(-26 * time.Hour)
	f.older()
	f.at = Now.Add(-7 * time.Hour)
	w.Killed = f.withdrawn(wire.Kill, "Orsolo Bank")
	f.at = f.at.Add(31 * time.Minute)
	w.Provider = f.provider()
	f.at = f.at.Add(47 * time.Minute)
	w.Waha = f.waha()
	f.at = f.at.Add(22 * time.Minute)
	w.Hostile = f.hostile()
	f.at = f.at.Add(13 * time.Minute)
	w.Kitahama = f.kitahama()
	f.at = f.at.Add(26 * time.Minute)
	w.Held = f.withdrawn(wire.Hold, "Corvana Pharma")
	f.flash()
	f.at = Now.Add(-25 * time.Minute)
	w.Halden = f.halden()
	return w
}

// Index makes what is on the wire searchable.
func Index(t testing.TB, s *store.Store) {
	t.Helper()
	if _, err := archive.NewIndexer(s, nil, nil, nil).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Add puts one more plain release on the wire, with pictures if there are any.
func Add(t testing.TB, s *store.Store, language, headline string, at time.Time, pictures ...wire.Picture) wire.Item {
	t.Helper()
	f := &filler{t: t, store: s, at: at}
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: "Vela Instruments", Priority: wire.Ordinary, Sectors: []string{"technology"}},
		Editions: []wire.Edition{{Language: language, Headline: headline, Body: []wire.Block{wire.P(headline + ".")}, Pictures: pictures}}}
	return f.clear(r, wire.Publish, nil, wire.Amendment{})[language]
}

// withdrawn is a release that was published and then held or killed.
func (f *filler) withdrawn(action wire.Action, organisation string) wire.ReleaseID {
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: organisation, Priority: wire.Ordinary, Sectors: []string{"finance"}}}
	for _, language := range []string{"en", "ar", "ja"} {
		r.Editions = append(r.Editions, wire.Edition{Language: language, Headline: Secret + " headline", Subheads: []string{Secret + " subhead"},
			Body: []wire.Block{wire.P("A text with " + Secret + " in it.")}, Contacts: []wire.PressContact{{Name: Secret}}})
	}
	first := f.clear(r, wire.Publish, nil, wire.Amendment{})
	f.at = f.at.Add(9 * time.Minute)
	reason := "The issuer says that it did not send this release."
	if action == wire.Hold {
		reason = "A figure is being checked with the issuer."
	}
	f.clear(r, action, first, wire.Amendment{Reason: reason})
	return r.ID
}

func (f *filler) hostile() wire.ReleaseID {
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: `<b>&"'`, Priority: wire.Ordinary, Sectors: []string{"technology"}},
		Editions: []wire.Edition{{Language: "de", Headline: Hostile, Subheads: []string{Hostile}, Dateline: wire.Dateline{City: "<i>"},
			Body:     []wire.Block{wire.P(Hostile), {Kind: wire.Quote, Lang: `"><script>`, Text: wire.PlainInline(Hostile)}},
			Contacts: []wire.PressContact{{Name: Hostile, Phone: `"><script>`}}}}}
	f.clear(r, wire.Publish, nil, wire.Amendment{})
	return r.ID
}

// flash is a headline that moves markets, in three languages.
func (f *filler) flash() {
	f.at = f.at.Add(12 * time.Minute)
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: "Meridian Ports", Priority: wire.Flash, Sectors: []string{"transport"}, Places: []string{"SG"}}}
	for _, e := range [][2]string{
		{"en", "Meridian Ports to buy Castell Terminals for USD 4.2 billion in cash"},
		{"ar", "ميريديان بورتس تستحوذ على كاستل ترمينالز مقابل 4.2 مليار دولار نقدًا"},
		{"ja", "メリディアン・ポーツ、カステル・ターミナルズを42億ドルで現金買収へ"},
	} {
		r.Editions = append(r.Editions, wire.Edition{Language: e[0], Headline: e[1], Body: []wire.Block{wire.P(e[1] + ".")}})
	}
	f.clear(r, wire.Publish, nil, wire.Amendment{})
}

// older fills the day before.
func (f *filler) older() {
	for _, h := range headlines {
		r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: h.organisation, Priority: wire.Ordinary, Sectors: []string{h.sector}, Places: []string{"NO"}}}
		for language, text := range h.text {
			r.Editions = append(r.Editions, wire.Edition{Language: language, Headline: text, Body: []wire.Block{wire.P(text + ".")}})
		}
		f.clear(r, wire.Publish, nil, wire.Amendment{})
		f.at = f.at.Add(53 * time.Minute)
	}
}

// Everywhere names releases that are in every language of the wire.
type Everywhere struct{ Corrected, Held, Killed wire.ReleaseID }

// FillEverywhere adds releases in every language, with everything a page can
// show.
func FillEverywhere(t testing.TB, s *store.Store) Everywhere {
	t.Helper()
	f := &filler{t: t, store: s, at: Now}
	full := func() *wire.Release {
		r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
			Organisation: "Halden Robotics", Priority: wire.Urgent, Sectors: []string{"energy"}, Subjects: []string{"04000000"}, Places: []string{"NO"},
			Instruments: []wire.Instrument{{MIC: "XOSL", Ticker: "HALD"}}, Provider: &wire.Credit{Name: "Harbour Weekly"}}}
		for _, l := range vocab.Languages() {
			e := wire.Edition{Language: l.Tag, Headline: "Halden 1.8", Subheads: []string{"Halden"}, Dateline: wire.Dateline{City: "Oslo", Date: "2026-11-23", Mark: "WIREROOM"},
				Body:        []wire.Block{wire.P("Halden"), {Kind: wire.Table, Rows: [][]wire.Inline{{"", "2026"}, {"a", "1"}}}},
				Boilerplate: []wire.Block{wire.P("Halden")}, Disclaimer: []wire.Block{wire.P("Halden")}, Contacts: []wire.PressContact{{Name: "Ingrid Sæther", Email: "press@halden.example", Phone: "+47 22 55 01 34"}}}
			if l.Tag != "en" {
				e.Translation = &wire.Translation{From: "en", By: "desk"}
			}
			r.Editions = append(r.Editions, e)
		}
		return r
	}
	amend := wire.Amendment{Reason: "A slip."}
	for _, field := range []string{"headline", "subheads/1", "dateline/city", "body/3", "body", "boilerplate/1", "disclaimer", "contacts/1", "sectors", "subjects", "places", "organisation"} {
		amend.Changes = append(amend.Changes, wire.Change{Field: field, Old: "1.6", New: "1.8"})
	}
	corrected, held, killed := full(), full(), full()
	first := f.clear(corrected, wire.Publish, nil, wire.Amendment{})
	f.clear(corrected, wire.Refile, f.clear(corrected, wire.Update, f.clear(corrected, wire.Correct, first, amend), amend), amend)
	f.clear(held, wire.Hold, f.clear(held, wire.Publish, nil, wire.Amendment{}), wire.Amendment{Reason: "A slip."})
	f.clear(killed, wire.Kill, f.clear(killed, wire.Publish, nil, wire.Amendment{}), wire.Amendment{Reason: "A slip."})
	return Everywhere{corrected.ID, held.ID, killed.ID}
}
