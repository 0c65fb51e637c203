package preference

import (
	"embed"
	"errors"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site/search"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed preference.tmpl preference.css
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/preference"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "preference.tmpl") }

// Stage is what the page is about to say.
type Stage string

// The stages.
const (
	Question Stage = "question" // how do you want your letters?
	Saved    Stage = "saved"    // you have them so
	Refused  Stage = "refused"  // something in the form makes no sense
	Done     Stage = "done"     // you have left
	Back     Stage = "back"     // you are subscribed again
	Added    Stage = "added"    // your letters are about this search too
	Removed  Stage = "removed"  // and no longer about that one
	Tried    Stage = "tried"    // so much a search would bring, or so it cannot be read
	Bad      Stage = "bad"      // the link is not valid
)

// Page is the data of the page.
type Page struct {
	ui.Page
	Stage  Stage
	Action string // address the forms post to: the page's own
	Form   Form
	Zones  []vocab.Zone
	Wrong  string // the field that was refused: zone, digest, quiet or away
	// Searches are what letters are about; nil where it is not the holder's to say.
	Searches *Searches
}

// Searches are those of a subscription, with the one that is being added.
type Searches struct {
	All     []string // in canonical form; none: everything
	Typed   string
	Brought string        // what Typed would have brought, in a sentence
	Wrong   *search.Wrong // what is wrong with Typed
}

// Removable reports whether there is one to spare: the last one stays.
func (s *Searches) Removable() bool { return len(s.All) > 1 }

// Status is what was just done to the subscription, for its reader; "" if nothing
// was.
func (p Page) Status() string {
	return p.said(map[Stage]string{Saved: "preference.saved", Back: "unsubscribe.resubscribed"})
}

// SearchStatus is what was just done to its searches. It is said among them: that
// is where the page is scrolled to.
func (p Page) SearchStatus() string {
	return p.said(map[Stage]string{Added: "preference.search_added", Removed: "preference.search_removed"})
}

func (p Page) said(by map[Stage]string) string {
	if key := by[p.Stage]; key != "" {
		return p.L.T(key)
	}
	return ""
}

// New returns the page at a stage. The form is shown where letters come.
func New(base ui.Page, stage Stage, action string, form Form, wrong string) Page {
	base.Hidden = true
	base.Title = base.L.T("preference.title")
	p := Page{Page: base, Stage: stage, Action: action, Form: form, Wrong: wrong}
	if stage != Done && stage != Bad {
		p.Zones = zones(base.L.Language(), form.Zone)
	}
	return p
}

// zones are all that can be chosen, the one that is among them.
func zones(language, chosen string) []vocab.Zone {
	all := append([]vocab.Zone{{ID: "UTC", Name: "UTC"}}, vocab.Zones(language)...)
	for _, z := range all {
		if z.ID == chosen {
			return all
		}
	}
	return append([]vocab.Zone{{ID: chosen, Name: chosen}}, all...)
}

// Time is a time of a digest, as a field of the form.
type Time struct{ Label, Value string }

// Times are the fields for the times of digests.
func (p Page) Times() []Time {
	var fields []Time
	for i, t := range p.Form.Times {
		fields = append(fields, Time{p.L.T("preference.time", "n", i+1), t})
	}
	return fields
}

// Error is what is wrong with a field, for its reader; "" if nothing is.
func (p Page) Error(field string) string {
	if p.Wrong != field {
		return ""
	}
	return p.L.T(wrongs[field])
}

// wrongs are the fields that errors are told at, and in which words.
var wrongs = map[string]string{
	"digest": "preference.error_digest", "quiet": "preference.error_quiet", "away": "preference.error_away", "zone": "preference.error_zone",
}

// Field returns which field of the form an error is about; "" if none.
func Field(err error) string {
	var e *wire.Error
	if errors.As(err, &e) && e.Kind == wire.Invalid && wrongs[e.Field] != "" {
		return e.Field
	}
	return ""
}
