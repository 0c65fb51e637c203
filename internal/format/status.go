package format

import (
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// What the standards of IPTC say of an item in codes of their own, the same in
// all of them.

// PubStatus is whether an item may be used: usable, withheld or canceled, which
// IPTC writes with one l.
func PubStatus(a wire.Action) string {
	switch a {
	case wire.Kill:
		return "canceled"
	case wire.Hold:
		return "withheld"
	}
	return "usable"
}

// Urgency is IPTC's scale: 1 is the most urgent, 5 ordinary.
func Urgency(p wire.Priority) int {
	switch p {
	case wire.Flash:
		return 1
	case wire.Urgent:
		return 2
	}
	return 5
}

// PriorityOf is the priority that Urgency gave a number to.
func PriorityOf(urgency int) wire.Priority {
	switch urgency {
	case 1:
		return wire.Flash
	case 2, 3:
		return wire.Urgent
	}
	return wire.Ordinary
}

// Stamp is a time in UTC and whole seconds with a Z, the one form that every
// known reader takes.
func Stamp(t time.Time) string {
	return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
}

// Embargo is the instant before which no version of a release was to be used, as
// Stamp writes it: when it was scheduled to lift; "" for one that was cleared as
// soon as it was approved. The wire keeps embargoes itself, so what it sends
// openly names one that is over.
func Embargo(it *wire.Item) string {
	if it.Scheduled.IsZero() {
		return ""
	}
	return Stamp(it.Scheduled)
}

// EditorsNote tells an editor why there is another version of a story and what
// changed in it.
func EditorsNote(it *wire.Item, p locale.Printer) string {
	notice := Notice(it, p)
	if it.Action == wire.Unhold {
		notice = WithReason(p.T("mail.unhold_text"), it, p)
	}
	return strings.TrimSpace(strings.Join(append([]string{notice}, Changes(it, p)...), "\n"))
}
