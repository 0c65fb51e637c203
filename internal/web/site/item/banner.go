package item

import (
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Banner stands above a release that is not as it first was.
type Banner struct {
	Class   string // of the style: banner-CLASS
	Icon    string
	Text    string
	Reason  string
	Changes []Change
	Mends   bool      // it put right what was wrong, as an update does not
	At      time.Time // of the item that it speaks about
}

// Change is one difference, named for readers.
type Change struct {
	Field    string
	Old, New string
}

// banner speaks about the item that says how an edition stands: a hold while
// it lasts, else the latest that changed the text. A lifted hold needs none.
func banner(history []wire.Item, l locale.Printer) *Banner {
	for i := len(history) - 1; i >= 0; i-- {
		it := &history[i]
		date := l.DateTime(it.ClearTime.UTC()) + " UTC"
		b := &Banner{Class: "corrected", Icon: "again", Reason: it.Reason, Changes: changes(it.Changes, l), Mends: it.Action != wire.Update, At: it.ClearTime}
		switch {
		case it.Action == wire.Hold && i == len(history)-1:
			return &Banner{Class: "held", Icon: "held", Text: l.T("banner.held"), Reason: it.Reason}
		case it.Action == wire.Correct:
			b.Text = l.T("banner.corrected", "date", date)
		case it.Action == wire.Refile:
			b.Text = l.T("banner.refiled", "date", date)
		case it.Action == wire.Update:
			b.Text = l.T("banner.updated", "date", date)
		default:
			continue
		}
		return b
	}
	return nil
}

func changes(all []wire.Change, l locale.Printer) []Change {
	named := make([]Change, 0, len(all))
	for _, c := range all {
		named = append(named, Change{Field: fieldName(c.Field, l), Old: c.Old, New: c.New})
	}
	return named
}

// fieldName says in words what a change's field means: body/3 is the third
// block of the text, see wire.Change.
func fieldName(field string, l locale.Printer) string {
	part, place, _ := strings.Cut(field, "/")
	switch part {
	case "headline":
		return l.T("change.headline")
	case "subheads":
		return l.T("change.subheads")
	case "dateline":
		return l.T("change.dateline")
	case "body":
		place, _, _ = strings.Cut(place, "/")
		if n, err := strconv.Atoi(place); err == nil && n > 0 {
			return l.T("change.paragraph", "n", n)
		}
		return l.T("change.text")
	case "boilerplate":
		return l.T("item.about")
	case "disclaimer":
		return l.T("item.disclaimer")
	case "contacts":
		return l.T("item.contacts")
	case "sectors":
		return l.T("nav.sectors")
	case "subjects":
		return l.T("item.subjects")
	case "places":
		return l.T("item.places")
	case "organisation":
		return l.T("item.source")
	}
	return field
}
