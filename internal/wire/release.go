package wire

import "time"

// Priority orders the lanes of delivery, most urgent first. It belongs to the
// story, never to the receiver.
type Priority string

// The priorities, most urgent first.
const (
	Flash    Priority = "flash"    // headline only, market-moving
	Urgent   Priority = "urgent"   // bulletin
	Ordinary Priority = "ordinary" // everything else
)

// Rank orders priorities: 1 is the most urgent; an unknown one ranks last.
func (p Priority) Rank() int {
	switch p {
	case Flash:
		return 1
	case Urgent:
		return 2
	default:
		return 3
	}
}

// Facets are what a release is about and for, the same in every language. They
// are what standing queries filter on.
type Facets struct {
	Organisation string       `json:"organisation,omitempty"` // the issuer's name; who speaks
	Provider     *Credit      `json:"provider,omitempty"`     // who supplied it, for third-party content
	Priority     Priority     `json:"priority"`
	Sectors      []string     `json:"sectors,omitempty"`     // vocab sector codes
	Subjects     []string     `json:"subjects,omitempty"`    // IPTC Media Topic codes, eight digits
	Places       []string     `json:"places,omitempty"`      // ISO 3166-1 alpha-2, upper case
	Instruments  []Instrument `json:"instruments,omitempty"` // listed securities of the issuer
	Circuits     []string     `json:"circuits,omitempty"`    // names of distribution lists
}

// Credit names the third-party provider of an article. The disclaimer itself
// is text of the edition.
type Credit struct {
	Name string `json:"name"`
	Line string `json:"line,omitempty"` // attribution as the licence demands it
	URL  string `json:"url,omitempty"`
}

// Instrument is a listed security.
type Instrument struct {
	ISIN   string `json:"isin,omitempty"`   // ISO 6166
	MIC    string `json:"mic,omitempty"`    // ISO 10383 market
	Ticker string `json:"ticker,omitempty"` // symbol at that market
	LEI    string `json:"lei,omitempty"`    // ISO 17442
}

// Dateline is place, date and wire mark as printed before the lead:
// "SINGAPORE, 5 May (WIRENAME) –".
type Dateline struct {
	City    string `json:"city,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Date    string `json:"date,omitempty"`    // RFC 3339 full-date, in the dateline's own place
	Mark    string `json:"mark,omitempty"`    // name of the wire in brackets
}

// PressContact is whom a journalist may ring.
type PressContact struct {
	Name         string `json:"name"`
	Role         string `json:"role,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Email        string `json:"email,omitempty"`
	Phone        string `json:"phone,omitempty"`
	MediaOnly    bool   `json:"media_only,omitempty"` // never on public pages and feeds
}

// Picture is an image that goes with an edition. The wire says where it is and
// what it shows; its words are in the edition's language.
type Picture struct {
	URL     string `json:"url"`               // absolute, http or https
	Type    string `json:"type"`              // media type: image/jpeg, image/png, image/webp or image/gif
	Width   int    `json:"width,omitempty"`   // pixels; 0 where it is not known, and then Height too
	Height  int    `json:"height,omitempty"`  //
	Alt     string `json:"alt,omitempty"`     // what is to be seen, for those who cannot see it
	Caption string `json:"caption,omitempty"` // printed below
	Credit  string `json:"credit,omitempty"`  // who must be named

	// Data is the picture itself, where it came inside of a document. The desk puts
	// it into the wire's store and sets URL, which is empty until then.
	Data []byte `json:"-"`
}

// Edition is a release in one language.
type Edition struct {
	Language    string         `json:"language"` // BCP 47, canonical case
	Headline    string         `json:"headline"` // plain text
	Subheads    []string       `json:"subheads,omitempty"`
	Dateline    Dateline       `json:"dateline,omitzero"`
	Body        []Block        `json:"body"`
	Boilerplate []Block        `json:"boilerplate,omitempty"` // standing "About"
	Disclaimer  []Block        `json:"disclaimer,omitempty"`  // a provider's, carried verbatim
	Pictures    []Picture      `json:"pictures,omitempty"`
	Contacts    []PressContact `json:"contacts,omitempty"`
	Note        string         `json:"note,omitempty"`        // to editors; not for publication
	Translation *Translation   `json:"translation,omitempty"` // nil for the source text
}

// Translation says where an edition's text comes from. The source edition
// prevails.
type Translation struct {
	From     string `json:"from"`               // language of the source edition
	By       string `json:"by"`                 // engine or person
	Reviewer string `json:"reviewer,omitempty"` // person who read it
}

// Approval binds a person's word to exactly one content: any edit voids it.
type Approval struct {
	Hash string    `json:"hash"` // Release.ContentHash at approval
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// Release is the story family of one announcement, as the desk holds it. Its
// content is secret until its clear time.
type Release struct {
	ID       ReleaseID `json:"id"`
	Revision int64     `json:"revision"` // rises with every transition and edit; fences older work
	State    State     `json:"state"`
	Facets
	Editions []Edition `json:"editions"` // the first is the source text that prevails
	Schedule Schedule  `json:"schedule,omitzero"`
	Approval *Approval `json:"approval,omitempty"`
	Original string    `json:"original,omitempty"` // media key of the document as handed in
	Supplied *Supplied `json:"supplied,omitempty"` // of a provider's story: where it came from and what else it says
}

// Edition returns the edition in a language, nil if there is none.
func (r *Release) Edition(language string) *Edition {
	for i := range r.Editions {
		if r.Editions[i].Language == language {
			return &r.Editions[i]
		}
	}
	return nil
}

// ContentHash is the SHA-256, in hex, of what an approval binds: facets,
// editions and schedule in canonical form. State, revision and the approval
// itself are not part of it.
func (r *Release) ContentHash() string {
	return Hash(struct {
		Facets
		Editions []Edition `json:"editions"`
		Schedule Schedule  `json:"schedule"`
	}{r.Facets, r.Editions, r.Schedule})
}
