// Package article is what a document of a provider says of a story in one
// language, in the words of the trade, whatever format it came in.
//
// It owns the shape that the readers of the formats fill and that ingest makes
// a release of. Nothing in it is checked or clean: texts may hold anything, HTML
// may hold anything, links may lead anywhere. It does no I/O.
package article

import (
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
)

// Status is what may be done with a story.
type Status string

// The states of publication, as IPTC names them.
const (
	Usable   Status = "usable"
	Withheld Status = "withheld"
	Canceled Status = "canceled"
)

// Signal says what a later version is.
type Signal string

// The signals.
const (
	Update     Signal = "update"
	Correction Signal = "correction"
)

// Article is a story as a provider sent it. The zero value of a field says that
// the document does not.
type Article struct {
	Format   string    // "NewsML-G2 2.35", for people
	ID       string    // the provider's, the same for every version
	Version  string    // the provider's number of the version; digits, usually
	Versions []string  // ids that it replaces
	Family   string    // id of the story in all its languages
	Status   Status    // "" is Usable
	Signal   Signal    //
	Created  time.Time // first version, UTC
	Modified time.Time // this version, UTC
	Embargo  time.Time // not to be used before, UTC
	Expires  time.Time // not to be used after, UTC

	Language  string // as the document writes it
	Direction string // "ltr", "rtl"

	Headline string
	Subheads []string
	Slugline string
	Abstract string // a summary beside the text
	Byline   string
	Dateline string        // as printed, where the format has it as one text
	Place    wire.Dateline // where the format has its parts

	Body        string // HTML
	Text        string // plain text, where there is no HTML
	Boilerplate string // HTML
	Disclaimer  string // HTML

	Provider  wire.Credit // who sent it; Line is the attribution it asks for
	Issuer    string      // who speaks: the organisation whose announcement it is
	Source    string      // where the provider has it from
	Copyright string
	Usage     string // terms of use
	Notes     []string
	Urgency   int // 1 (most urgent) to 9; 0: not said

	Subjects     []Concept
	Keywords     []string
	Places       []Concept
	Instruments  []wire.Instrument
	Contacts     []wire.PressContact
	Pictures     []Picture
	Links        []Link
	Translation  string // language or id that it was translated from
	Extra        []tree.Field
	Requirements []string // what a reader must know and this one does not; the story must not be used unread
}

// Concept is something that a story is about, or a place.
type Concept struct {
	Scheme string // of the code, as the document writes it: "medtop", a URI
	Code   string
	Name   string
	Kind   string // "person", "organisation", …; "" unknown
}

// Picture is a picture that goes with a story. It lies at the provider's
// address, or in the document itself.
type Picture struct {
	URL     string
	Name    string // in the document
	Object  string // what it is a rendition of, where the document has several of one picture
	Type    string // MIME
	Width   int
	Height  int
	Alt     string // what is to be seen
	Caption string
	Credit  string
	Data    []byte // if it came in the document
}

// Link leads from a story to another document.
type Link struct {
	URL, Relation, Title string
}

// Number is the version as a number, 0 where it is none.
func (a *Article) Number() int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(a.Version), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Withdrawn reports whether the story must not be used.
func (a *Article) Withdrawn() bool { return a.Status == Withheld || a.Status == Canceled }

// ParseStatus reads the ways in which providers write a status; "usable" for
// what is not known to be anything else, and whether it was known.
func ParseStatus(s string) (Status, bool) {
	_, code, found := strings.Cut(s, ":")
	if !found {
		code = s
	}
	switch strings.ToLower(strings.TrimSpace(code)) {
	case "", "usable":
		return Usable, true
	case "withheld", "embargoed":
		return Withheld, true
	case "canceled", "cancelled", "killed", "kill":
		return Canceled, true
	}
	return Usable, false
}

// layouts are how providers write times, most usual first.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "20060102T150405Z0700", "20060102T150405Z", "2006-01-02T15:04Z07:00",
	time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04 -0700", "Mon, 2 Jan 2006 15:04 MST",
}

// bare are times without a zone: they mean nothing by themselves.
var bare = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "20060102T150405", "20060102", "2006-01-02"}

// Time reads a time; zoned is false where the document gives no zone and UTC
// was taken, ok is false for what is no time.
func Time(s string) (t time.Time, zoned, ok bool) {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, ' '); i > 0 && northAmerican[s[i+1:]] != "" {
		s = s[:i+1] + northAmerican[s[i+1:]]
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), namedZone(s), inRange(t)
		}
	}
	for _, layout := range bare {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), false, inRange(t)
		}
	}
	return time.Time{}, false, false
}

// northAmerican are the only zones of letters that mail gives a meaning
// (RFC 5322 §4.3).
var northAmerican = map[string]string{
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

// namedZone reports whether a zone written as letters is one that everybody
// reads alike: time.Parse takes others, such as IST, for UTC.
func namedZone(s string) bool {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 || s[i+1] < 'A' || s[i+1] > 'Z' {
		return true
	}
	switch s[i+1:] {
	case "GMT", "UTC", "UT", "Z":
		return true
	}
	return false
}

func inRange(t time.Time) bool { return t.Year() >= 1900 && t.Year() <= 2200 }

// Moment reads a time that a reader may keep; one without zone, or that is none,
// is kept as a field instead, under its name.
func (a *Article) Moment(n *tree.Node, into *time.Time) {
	s := n.Word()
	if s == "" {
		return
	}
	t, zoned, ok := Time(s)
	if ok {
		*into = t
	}
	if !ok || !zoned {
		a.Keep(n.Name, s)
	}
}

// Must is Moment for a time that decides whether a story may be used: where it
// cannot be read with certainty the story is not to be used without a person.
func (a *Article) Must(n *tree.Node, into *time.Time) {
	s := n.Word()
	if s == "" {
		return
	}
	t, zoned, ok := Time(s)
	if ok && zoned {
		*into = t
		return
	}
	a.Keep(n.Name, s)
	a.Requirements = append(a.Requirements, n.Name+" "+strconv.Quote(s)+" (line "+strconv.Itoa(n.Line)+") is no time with a zone")
}

// Keep notes what the document says and an Article has no field for.
func (a *Article) Keep(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		a.Extra = append(a.Extra, tree.Field{Name: name, Value: value})
	}
}

// Paragraphs is plain text as HTML: an empty line between paragraphs, or, where
// there is none in it, a line each.
func Paragraphs(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	separator := "\n\n"
	if !strings.Contains(strings.TrimSpace(text), separator) {
		separator = "\n"
	}
	var b strings.Builder
	for _, p := range strings.Split(text, separator) {
		if p = strings.TrimSpace(p); p != "" {
			b.WriteString("<p>" + strings.ReplaceAll(string(wire.PlainInline(p)), "\n", " ") + "</p>\n")
		}
	}
	return b.String()
}
