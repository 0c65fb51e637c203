package desk

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// ErrUnchanged is the cause of a Conflict where an update, correction or refile
// would put on the wire what is there.
var ErrUnchanged = errors.New("an item that says nothing new helps nobody")

// emit makes the items that a transition of a release puts on the wire, the
// source edition first. newest holds each edition's newest item, told says why in
// a language.
func emit(r *wire.Release, t wire.Transition, newest map[string]wire.Item, told func(language string) string, at time.Time) ([]wire.Item, error) {
	amends := t.Emits == wire.Update || t.Emits == wire.Correct || t.Emits == wire.Refile
	if amends {
		for language := range newest {
			if r.Edition(language) == nil {
				return nil, wire.Errorf(wire.Invalid, "editions", "the %s edition is on the wire and cannot be left out; kill the release if it must go", language)
			}
		}
	}
	var items []wire.Item
	for i := range r.Editions {
		e := &r.Editions[i]
		action, prior := t.Emits, (*wire.Item)(nil)
		if it, ok := newest[e.Language]; ok {
			prior = &it
		}
		switch {
		case prior == nil && amends:
			action = wire.Publish // a translation that comes later
		case prior == nil && t.Emits != wire.Publish:
			continue // never was on the wire: nothing to hold or kill
		}
		it := wire.NewItem(r, e, action, prior, at, wire.Amendment{Reason: told(e.Language)})
		if amends && prior != nil {
			if it.Changes = changes(prior, &it); len(it.Changes) == 0 {
				continue
			}
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, wire.Errorf(wire.Conflict, string(r.ID), "nothing differs from what is on the wire: %w", ErrUnchanged)
	}
	return items, nil
}

// changes is the machine-readable difference between two versions of an
// edition: one entry a headline, paragraph or facet.
func changes(old, now *wire.Item) []wire.Change {
	var all []wire.Change
	differ := func(field, a, b string) {
		if a != b {
			all = append(all, wire.Change{Field: field, Old: a, New: b})
		}
	}
	differ("headline", old.Headline, now.Headline)
	differList("subheads", old.Subheads, now.Subheads, differ)
	differ("dateline", string(wire.Canonical(old.Dateline)), string(wire.Canonical(now.Dateline)))
	differBlocks("body", old.Body, now.Body, differ)
	differBlocks("boilerplate", old.Boilerplate, now.Boilerplate, differ)
	differBlocks("disclaimer", old.Disclaimer, now.Disclaimer, differ)
	differ("pictures", string(wire.Canonical(old.Pictures)), string(wire.Canonical(now.Pictures)))
	differ("contacts", string(wire.Canonical(old.Contacts)), string(wire.Canonical(now.Contacts)))
	differ("organisation", old.Organisation, now.Organisation)
	differ("provider", string(wire.Canonical(old.Provider)), string(wire.Canonical(now.Provider)))
	differ("priority", string(old.Priority), string(now.Priority))
	differ("sectors", fmt.Sprint(old.Sectors), fmt.Sprint(now.Sectors))
	differ("subjects", fmt.Sprint(old.Subjects), fmt.Sprint(now.Subjects))
	differ("places", fmt.Sprint(old.Places), fmt.Sprint(now.Places))
	differ("instruments", string(wire.Canonical(old.Instruments)), string(wire.Canonical(now.Instruments)))
	differ("circuits", fmt.Sprint(old.Circuits), fmt.Sprint(now.Circuits))
	return all
}

// differBlocks compares blocks with their markup and reports what a reader
// sees of them; where only the markup differs, the markup.
func differBlocks(field string, old, now []wire.Block, differ func(field, old, now string)) {
	plain := map[string]string{"": ""}
	markup := func(blocks []wire.Block) []string {
		texts := make([]string, len(blocks))
		for i, b := range blocks {
			texts[i] = b.HTML()
			plain[texts[i]] = b.PlainText()
		}
		return texts
	}
	differList(field, markup(old), markup(now), func(field, a, b string) {
		if a != b && plain[a] != plain[b] {
			a, b = plain[a], plain[b]
		}
		differ(field, a, b)
	})
}

// differList reports the entries in which two lists differ, between their
// common beginning and their common end: an inserted paragraph is one change,
// not one for every paragraph after it.
func differList(field string, old, now []string, differ func(field, old, now string)) {
	head := 0
	for head < len(old) && head < len(now) && old[head] == now[head] {
		head++
	}
	old, now = old[head:], now[head:]
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	old, now = slices.Clone(old), slices.Clone(now)
	for len(old) < len(now) {
		old = append(old, "")
	}
	for len(now) < len(old) {
		now = append(now, "")
	}
	for i := range old {
		differ(fmt.Sprintf("%s/%d", field, head+i+1), old[i], now[i])
	}
}
