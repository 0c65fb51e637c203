package wire

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Action is what an item does to the story it belongs to. The words are those
// of the trade; pubStatus and signals of the formats follow from them.
type Action string

// The actions an item can have on the wire.
const (
	Publish Action = "publish" // first appearance
	Update  Action = "update"  // new facts, full text again
	Correct Action = "correct" // a substantive error put right, full text again
	Refile  Action = "refile"  // an immaterial slip put right, full text again
	Hold    Action = "hold"    // do not use pending a check; reversible
	Unhold  Action = "unhold"  // the hold is lifted, text as before
	Kill    Action = "kill"    // must never be used; final
)

// Withdraws reports whether the item forbids use of the story and so carries
// no text.
func (a Action) Withdraws() bool { return a == Hold || a == Kill }

// Amends reports whether the item speaks about an earlier one, so that it goes
// to everyone who was ever served that one, whatever their preferences now.
func (a Action) Amends() bool { return a != Publish }

// Change is one machine-readable difference that a correction makes.
type Change struct {
	Field string `json:"field"` // "headline", or "body/3": the third paragraph; places count from 1
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Item is what goes on the wire: one edition, one version, one action. Once
// cleared it is public fact and is never altered. Its JSON form is the payload
// on the stream WIRE and in the store.
type Item struct {
	Number    int64     `json:"number"` // wire number: from 1, without gaps; 0 before the clear
	ID        ItemID    `json:"id"`
	Release   ReleaseID `json:"release"`
	Version   int       `json:"version"` // of this edition: 1, 2, 3 …
	Action    Action    `json:"action"`
	ClearTime time.Time `json:"clear_time"`          // UTC, µs: when it was lifted
	Scheduled time.Time `json:"scheduled,omitzero"`  // UTC: when it was to lift, if it was scheduled
	First     time.Time `json:"first_cleared"`       // UTC: clear time of version 1
	Editions  []string  `json:"editions"`            // languages of the release on the wire, source first
	Reason    string    `json:"reason,omitempty"`    // public: why it was corrected, held or killed
	Changes   []Change  `json:"changes,omitempty"`   // of a correction
	Supersede int64     `json:"supersede,omitempty"` // wire number of the version before; 0 for the first
	Slug      string    `json:"slug"`                // for URLs; ASCII, from the headline, may be empty
	Facets
	Edition          // with Contacts that are public only and Note removed
	Hash      string `json:"hash,omitempty"`      // ContentHash
	Signature string `json:"signature,omitempty"` // base64 Ed25519 over the hash; see seal
}

// Content is the item in canonical form without Hash and Signature.
func (it Item) Content() []byte {
	it.Hash, it.Signature = "", ""
	return Canonical(it)
}

// ContentHash is the SHA-256, in hex, of Content.
func (it Item) ContentHash() string {
	it.Hash, it.Signature = "", ""
	return Hash(it)
}

// Uncleared returns the item as it is known before its clear: without what only
// the clear gives.
func (it Item) Uncleared() Item {
	it.Number, it.ID, it.ClearTime, it.First, it.Hash, it.Signature = 0, "", time.Time{}, time.Time{}, "", ""
	return it
}

// Print says which item something was prepared for: a digest of all that is known
// before the clear.
func (it Item) Print() string { return Hash(it.Uncleared()) }

// Cleared returns an item that was known before with what the clear gave: it must
// be the first of its edition.
func (it Item) Cleared(number int64, id ItemID, at time.Time, hash, signature string) Item {
	it.Number, it.ID, it.ClearTime, it.First, it.Hash, it.Signature = number, id, at, at, hash, signature
	return it
}

// Amendment is what an editor says with an item that speaks about an earlier
// one.
type Amendment struct {
	Reason  string // public
	Changes []Change
}

// NewItem returns the item that a transition of a release puts on the wire for
// one of its editions. prior is that edition's newest item, nil if it has none.
// The result has no wire number, hash or signature yet: they are given in the
// transaction that clears it.
//
// What must not be carried in public is left out: notes to editors, contacts
// for the media only and, where the action withdraws the story, its text.
func NewItem(r *Release, e *Edition, action Action, prior *Item, at time.Time, a Amendment) Item {
	at = at.UTC().Truncate(time.Microsecond)
	it := Item{
		ID: NewItemID(), Release: r.ID, Version: 1, Action: action,
		ClearTime: at, First: at, Scheduled: r.Schedule.UTC,
		Reason: a.Reason, Changes: a.Changes,
		Facets: r.Facets, Edition: *e,
	}
	for i := range r.Editions {
		it.Editions = append(it.Editions, r.Editions[i].Language)
	}
	if prior != nil {
		it.Version, it.First, it.Supersede = prior.Version+1, prior.First, prior.Number
	}
	it.Note = ""
	it.Contacts = nil
	for _, c := range e.Contacts {
		if !c.MediaOnly {
			it.Contacts = append(it.Contacts, c)
		}
	}
	if action.Withdraws() {
		it.Edition = Edition{Language: e.Language}
		return it
	}
	it.Slug = Slug(e.Headline)
	return it
}

// Slug returns up to 60 ASCII letters, digits and hyphens from a headline, for
// people reading a URL; "" where the script has none.
func Slug(headline string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(headline) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	// Of a headline in another script only stray figures and names are left.
	if letters := strings.Count(slug, "") - 1 - strings.Count(slug, "-"); letters < 3 || letters*4 < utf8.RuneCountInString(headline) {
		return ""
	}
	return slug
}
