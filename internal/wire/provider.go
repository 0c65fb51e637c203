package wire

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Supplied is what a provider said of a story and the wire has no field for, and
// where the story came from. It stays beside the release, for the desk: no
// approval binds it and nothing of it goes on the wire.
type Supplied struct {
	Provider ProviderID `json:"provider,omitempty"`
	Format   string     `json:"format"`            // "NewsML-G2 2.35"
	ID       string     `json:"id,omitempty"`      // the provider's, the same for every version
	Version  string     `json:"version,omitempty"` // the provider's
	Expires  time.Time  `json:"expires,omitzero"`  // UTC: not to be used after
	Fields   []Said     `json:"fields,omitempty"`
}

// Said is one thing that a document says, by its place in it.
type Said struct {
	Name  string `json:"name"` // "itemMeta/generator"
	Value string `json:"value"`
}

// ProviderID names a provider: lower-case letters, digits and hyphens, chosen by
// the house.
type ProviderID string

// Trust is what becomes of a provider's stories.
type Trust string

// The kinds of trust.
const (
	TrustAuto   Trust = "auto"   // cleared at once, or at the end of the embargo
	TrustDesk   Trust = "desk"   // submitted, for the desk to look at
	TrustReject Trust = "reject" // noted and refused
)

// Provider is a third-party source of stories.
type Provider struct {
	ID       ProviderID        `json:"id"`
	Name     string            `json:"name"`
	URL      string            `json:"url,omitempty"`     // of the provider, for readers
	Licence  string            `json:"licence,omitempty"` // what was agreed, for the house
	Trust    Trust             `json:"trust"`
	Credit   string            `json:"credit,omitempty"`     // attribution as the licence demands it
	Marks    []string          `json:"marks,omitempty"`      // how its datelines name it, besides Name
	Language string            `json:"language,omitempty"`   // BCP 47, where its documents do not say
	Sectors  []string          `json:"sectors,omitempty"`    // of every story; vocab codes
	Circuits []string          `json:"circuits,omitempty"`   // of every story
	Disclaim map[string]string `json:"disclaimer,omitempty"` // language → text, put below every story
	Map      []Mapping         `json:"map,omitempty"`
	Replace  []Replacement     `json:"replace,omitempty"`
	// Expiry is for how long after a version was made a story may come in and be
	// used, in seconds; 0: for ever.
	Expiry int64 `json:"expiry,omitempty"`
	Pull   *Pull `json:"pull,omitempty"`
	Push   Push  `json:"push,omitzero"`
	// Idle is how long nothing may come before a person is called, in seconds; 0:
	// for ever.
	Idle   int64 `json:"idle,omitempty"`
	Paused bool  `json:"paused,omitempty"` // takes nothing in
	// Removed says that the house knows it no more. What came of it stays known, so
	// that nothing comes twice should it be added again.
	Removed bool `json:"removed,omitempty"`
}

// Mapping says what a provider's code or keyword means here.
type Mapping struct {
	From     string   `json:"from"`               // as the provider writes it: "medtop:20000170", "Technology"; case counts for nothing
	Sectors  []string `json:"sectors,omitempty"`  // vocab codes
	Subjects []string `json:"subjects,omitempty"` // IPTC Media Topics
}

// Replacement is a piece of text that is put right in every story: an
// instruction to subscribers that is not for readers, a name spelt otherwise.
type Replacement struct {
	Find string `json:"find"` // literal
	With string `json:"with"`
}

// Pull is a feed or document that is fetched.
type Pull struct {
	URL   string `json:"url"`   // https, or http
	Every int64  `json:"every"` // seconds between two looks, at least MinEvery
}

// Push is how a provider hands in by itself.
type Push struct {
	Folder bool     `json:"folder,omitempty"` // a folder of its own under DATA/drop, filled by SFTP or rsync
	Mail   []string `json:"mail,omitempty"`   // addresses its letters come from, to its own mailbox here
	WebSub bool     `json:"websub,omitempty"` // subscribe at the hub that the pulled feed names
}

// MinEvery is the shortest time between two looks at a feed, in seconds.
const MinEvery = 30

var providerID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// Check returns an Invalid error naming the first field that makes the provider
// unfit to be stored. Codes of sectors and subjects are not checked here.
func (p *Provider) Check() error {
	if !providerID.MatchString(string(p.ID)) {
		return Errorf(Invalid, "id", "%q cannot name a provider: use up to 40 lower-case letters, digits and hyphens", string(p.ID))
	}
	if p.Name == "" {
		return Errorf(Invalid, "name", "a provider needs a name, as readers see it")
	}
	switch p.Trust {
	case TrustAuto, TrustDesk, TrustReject:
	default:
		return Errorf(Invalid, "trust", "%q is none of auto, desk and reject", string(p.Trust))
	}
	if p.URL != "" && !SafeLink(p.URL) {
		return Errorf(Invalid, "url", "%q is not an absolute http or https address", p.URL)
	}
	for field, text := range map[string]string{"name": p.Name, "credit": p.Credit, "licence": p.Licence} {
		if err := checkPlain(field, text); err != nil {
			return err
		}
	}
	for language, text := range p.Disclaim {
		if err := checkPlain("disclaimer/"+language, text); err != nil {
			return err
		}
	}
	for _, r := range p.Replace {
		if r.Find == "" {
			return Errorf(Invalid, "replace", "a replacement needs a text to find")
		}
		if err := checkPlain("replace", r.With); err != nil {
			return err
		}
	}
	if p.Expiry < 0 || p.Idle < 0 {
		return Errorf(Invalid, "expiry", "a time cannot be negative")
	}
	return p.checkWays()
}

// checkWays checks how stories come in.
func (p *Provider) checkWays() error {
	if p.Pull != nil {
		u, err := url.Parse(p.Pull.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return Errorf(Invalid, "pull.url", "%q is not an http or https address without a password in it", p.Pull.URL)
		}
		if p.Pull.Every < MinEvery {
			return Errorf(Invalid, "pull.every", "is %d s; at least %d s must lie between two looks", p.Pull.Every, MinEvery)
		}
	} else if p.Push.WebSub {
		return Errorf(Invalid, "push.websub", "needs a feed to pull: the feed names its hub")
	}
	for _, address := range p.Push.Mail {
		if !strings.Contains(address, "@") {
			return Errorf(Invalid, "push.mail", "%q is not an e-mail address", address)
		}
	}
	return nil
}

// Editor is the provider as an actor of the desk: its stories bear its name in
// the audit trail. One that is trusted clears its own.
func (p *Provider) Editor() Actor {
	role := RoleIssuer
	if p.Trust == TrustAuto {
		role = RoleEditor
	}
	return Actor{Name: "provider " + string(p.ID), Role: role}
}

// Verdict is what became of a document that came in.
type Verdict string

// The verdicts.
const (
	TookIn     Verdict = "taken"     // a release was made or changed
	WasKnown   Verdict = "known"     // the same version, or an older one, came before
	WasDouble  Verdict = "double"    // the same text came before under another id
	WasRefused Verdict = "refused"   // Reason says why
	WasUndone  Verdict = "withdrawn" // a release was held or killed
)

// Arrival is one story of a document that a provider sent, and what became of
// it.
type Arrival struct {
	Number   int64      `json:"number"` // rises
	At       time.Time  `json:"at"`     // UTC
	Provider ProviderID `json:"provider"`
	Way      string     `json:"way"`            // "pull", "http", "folder", "mail", "websub"
	Name     string     `json:"name,omitempty"` // of the file
	Format   string     `json:"format"`         // "NewsML-G2 2.35"; "" unknown
	Story    string     `json:"story"`          // the provider's id; "" if it gave none
	Version  string     `json:"version,omitempty"`
	Verdict  Verdict    `json:"verdict"`
	Reason   string     `json:"reason,omitempty"` // may quote the story: kept sealed, never logged
	Release  ReleaseID  `json:"release,omitempty"`
	Kept     bool       `json:"kept,omitempty"` // the document lies sealed in the house, for an editor to look at
}
