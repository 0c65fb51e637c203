package search

import (
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
)

// Facet is one way to narrow a search.
type Facet struct {
	Name   string
	Values []Value
}

// Value is what a search can be narrowed to, and how much is left then.
type Value struct {
	Text  string
	Href  string // with it; without it, if it is chosen
	Hits  int64
	Count string // the same for people
	Share int    // of the most in its facet, in percent
	On    bool   // the search is narrowed to it
}

// Chosen is something the search is narrowed to, with the address without it.
type Chosen struct{ Text, Href string }

// shown is how many values of a field stand on the page, and times.
const (
	shown      = 12
	shownTimes = 36
)

// facets lays out what was counted.
func facets(in *Input, l locale.Printer) []Facet {
	var all []Facet
	for _, field := range fields {
		f := Facet{Name: fieldName(field, l)}
		counts := in.Found.Facets[field].Values
		for _, c := range counts[:min(len(counts), shown)] {
			on := slices.Contains(in.Request.Values[field], c.Value)
			f.Values = append(f.Values, value(valueName(field, c.Value, l), in.Path+in.Request.with(field, c.Value).Address(), c.Hits, counts[0].Hits, on, l))
		}
		// One value that everything has narrows nothing.
		if len(f.Values) > 1 || len(f.Values) == 1 && (f.Values[0].On || in.Found.Total > counts[0].Hits) {
			all = append(all, f)
		}
	}
	if days := in.Found.Days; len(days) > 1 {
		most := 0
		for _, d := range days {
			most = max(most, d.Hits)
		}
		f := Facet{Name: l.T("search.time")}
		for _, d := range days[:min(len(days), shownTimes)] {
			since, until := d.Since.Format(time.DateOnly), d.Until.AddDate(0, 0, -1).Format(time.DateOnly)
			f.Values = append(f.Values, value(span(d, l), in.Path+in.Request.between(since, until).Address(), d.Hits, most, false, l))
		}
		all = append(all, f)
	}
	return all
}

func value(text, href string, hits, most int, on bool, l locale.Printer) Value {
	return Value{Text: text, Href: href, Hits: int64(hits), Count: l.Number(int64(hits)), Share: (hits*100 + most - 1) / max(most, 1), On: on}
}

// span names a day in the reader's language, and a month or a year in figures.
func span(b archive.Bucket, l locale.Printer) string {
	switch days := b.Until.Sub(b.Since).Hours() / 24; {
	case days <= 1:
		return l.Date(b.Since)
	case days <= 31:
		return b.Since.Format("2006-01")
	}
	return b.Since.Format("2006")
}

func fieldName(field string, l locale.Printer) string {
	switch field {
	case archive.FieldLanguage:
		return l.T("search.language")
	case archive.FieldSector:
		return l.T("nav.sectors")
	case archive.FieldCountry:
		return l.T("item.places")
	}
	return l.T("item.source")
}

func valueName(field, v string, l locale.Printer) string {
	switch field {
	case archive.FieldLanguage:
		return vocab.LanguageName(v, l.Language())
	case archive.FieldSector:
		return vocab.SectorName(v, l.Language())
	case archive.FieldCountry:
		return vocab.CountryName(v, l.Language())
	}
	return v
}

// chosen is what the search is narrowed to.
func chosen(in *Input, l locale.Printer) []Chosen {
	var all []Chosen
	for _, field := range fields {
		for _, v := range in.Request.Values[field] {
			all = append(all, Chosen{valueName(field, v, l), in.Path + in.Request.with(field, v).Address()})
		}
	}
	if in.Request.Since != "" || in.Request.Until != "" {
		text := in.Request.Since + " – " + in.Request.Until
		if in.Request.Since == in.Request.Until {
			text = in.Request.Since
		}
		all = append(all, Chosen{text, in.Path + in.Request.between("", "").Address()})
	}
	return all
}
