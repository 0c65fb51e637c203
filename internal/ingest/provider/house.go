package provider

import (
	"html"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// checkCodes refuses sectors, subjects and languages that the wire does not
// know: they would be lost without a word.
func checkCodes(p *wire.Provider) error {
	sectors := slices.Clone(p.Sectors)
	for _, m := range p.Map {
		sectors = append(sectors, m.Sectors...)
		for _, s := range m.Subjects {
			if _, ok := vocab.LookupTopic(s); !ok {
				return wire.Errorf(wire.Invalid, "map", "%q is not an IPTC Media Topic code such as 20000170", s)
			}
		}
	}
	for _, s := range sectors {
		if !slices.ContainsFunc(vocab.Sectors(), func(known vocab.Sector) bool { return known.Code == s }) {
			return wire.Errorf(wire.Invalid, "sectors", "%q is not a sector of the wire", s)
		}
	}
	for language := range p.Disclaim {
		if _, err := vocab.CanonicalTag(language); err != nil {
			return wire.Errorf(wire.Invalid, "disclaimer", "%q is not a language tag", language)
		}
	}
	return nil
}

// applyRules makes a provider's story the house's: credit, disclaimer, mapping,
// replacements, and where it came from. doubt says which rule could not be kept.
func applyRules(p *wire.Provider, r *wire.Release, a *article.Article) (doubt string) {
	r.Provider = &wire.Credit{Name: p.Name, Line: p.Credit, URL: p.URL}
	r.Circuits = join(r.Circuits, p.Circuits)
	r.Sectors = join(r.Sectors, p.Sectors)
	said := map[string]bool{}
	for _, c := range slices.Concat(a.Subjects, a.Places) {
		for _, word := range []string{c.Code, c.Scheme + ":" + c.Code, c.Name} {
			said[strings.ToLower(word)] = true
		}
	}
	for _, k := range a.Keywords {
		said[strings.ToLower(k)] = true
	}
	for _, m := range p.Map {
		if said[strings.ToLower(m.From)] {
			r.Sectors, r.Subjects = join(r.Sectors, m.Sectors), join(r.Subjects, m.Subjects)
		}
	}
	r.Editions = slices.Clone(r.Editions)
	for i := range r.Editions {
		e := &r.Editions[i]
		replace(e, p.Replace)
		if len(e.Disclaimer) > 0 || len(p.Disclaim) == 0 {
			continue
		}
		text := p.Disclaim[e.Language]
		if text == "" {
			doubt = "there is no disclaimer of the provider in " + e.Language
			continue
		}
		for _, paragraph := range strings.Split(text, "\n\n") {
			if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
				e.Disclaimer = append(e.Disclaimer, wire.P(paragraph))
			}
		}
	}
	if r.Supplied == nil {
		r.Supplied = &wire.Supplied{Format: a.Format, ID: a.ID, Version: a.Version}
	}
	supplied := *r.Supplied
	supplied.Provider = p.ID
	r.Supplied = &supplied
	return doubt
}

// replace puts texts of an edition right. Markup and addresses of links stay.
func replace(e *wire.Edition, rules []wire.Replacement) {
	for _, rule := range rules {
		if headline := strings.TrimSpace(strings.ReplaceAll(e.Headline, rule.Find, rule.With)); headline != "" {
			e.Headline = headline
		}
		for i, s := range e.Subheads {
			e.Subheads[i] = strings.ReplaceAll(s, rule.Find, rule.With)
		}
		find, with := html.EscapeString(rule.Find), html.EscapeString(rule.With)
		for _, blocks := range []*[]wire.Block{&e.Body, &e.Boilerplate} {
			kept := (*blocks)[:0:0]
			for _, b := range *blocks {
				b.Text = replaceInline(b.Text, find, with)
				b.Items = slices.Clone(b.Items)
				for i := range b.Items {
					b.Items[i] = replaceInline(b.Items[i], find, with)
				}
				rows := make([][]wire.Inline, len(b.Rows))
				for i, row := range b.Rows {
					rows[i] = slices.Clone(row)
					for j := range row {
						rows[i][j] = replaceInline(row[j], find, with)
					}
				}
				if b.Rows != nil {
					b.Rows = rows
				}
				if b.Kind == wire.List || b.Kind == wire.OrderedList || b.Kind == wire.Table || strings.TrimSpace(b.Text.PlainText()) != "" {
					kept = append(kept, b)
				}
			}
			if len(kept) > 0 || blocks == &e.Boilerplate {
				*blocks = kept
			}
		}
	}
}

// replaceInline replaces between the tags of running text.
func replaceInline(in wire.Inline, find, with string) wire.Inline {
	if !strings.Contains(string(in), find) {
		return in
	}
	var b strings.Builder
	for rest := string(in); rest != ""; {
		text, tag, found := strings.Cut(rest, "<")
		b.WriteString(strings.ReplaceAll(text, find, with))
		if !found {
			break
		}
		inside, after, _ := strings.Cut(tag, ">")
		b.WriteString("<" + inside + ">")
		rest = after
	}
	return wire.Inline(b.String())
}
