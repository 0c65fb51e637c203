package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// PutProvider stores a provider in place of what was known of its id. What was
// refused of it is forgotten, and that its feed was read, so that it is judged
// anew when it comes again, and looked at at once.
func (tx *Tx) PutProvider(p wire.Provider) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO provider (id, config, changed) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET config = $2, changed = $3`,
		string(p.ID), string(raw), micros(tx.Now()))
	if err == nil {
		_, err = tx.exec(`DELETE FROM provider_story WHERE provider = $1 AND release = $2 AND status = $3`, string(p.ID), "", "refused")
	}
	if err == nil {
		_, err = tx.exec(`UPDATE provider_state SET etag = $1, modified = $1, next_at = $3 WHERE provider = $2`, "", string(p.ID), int64(0))
	}
	return err
}

func scanProvider(rows *sql.Rows, p *wire.Provider) error {
	var raw string
	if err := rows.Scan(&raw); err != nil {
		return err
	}
	return json.Unmarshal([]byte(raw), p)
}

// Provider returns a provider; NotFound if there is none by that id.
func (tx *Tx) Provider(id wire.ProviderID) (wire.Provider, error) {
	rows, err := tx.query(`SELECT config FROM provider WHERE id = $1`, string(id))
	all, err := collect(rows, err, scanProvider)
	if err == nil && len(all) == 0 {
		err = wire.Errorf(wire.NotFound, string(id), "there is no such provider")
	}
	if err != nil {
		return wire.Provider{}, err
	}
	return all[0], nil
}

// Providers returns all providers, by id.
func (tx *Tx) Providers() ([]wire.Provider, error) {
	rows, err := tx.query(`SELECT config FROM provider ORDER BY id`)
	return collect(rows, err, scanProvider)
}

// ProviderState is how a provider's feed stands.
type ProviderState struct {
	Provider wire.ProviderID
	ETag     string    // of the feed as it was last taken in (RFC 9110 §8.8.3)
	Modified string    // Last-Modified of it, as the server wrote it
	Next     time.Time // the next look; zero: now
	Looked   time.Time // the last one
	Failures int       // looks in a row that failed
	Problem  string    // of the last look; "" if it went well
	Came     time.Time // when something last came, whatever the way
	Alarm    time.Time // when a person was called because nothing came; zero: not since

	// The subscription at the feed's hub (WebSub). Token is what its address here
	// ends in, Secret is sealed, Lease is until when it holds; zero: asked for.
	Hub, Topic, Token string
	Secret            []byte
	Lease             time.Time
}

const stateColumns = `provider, etag, modified, next_at, looked_at, failures, problem, came_at, alarm_at, hub, topic, token, secret, lease_at`

func scanState(rows *sql.Rows, s *ProviderState) error {
	var next, looked, came, alarm, lease int64
	err := rows.Scan(&s.Provider, &s.ETag, &s.Modified, &next, &looked, &s.Failures, &s.Problem, &came, &alarm, &s.Hub, &s.Topic, &s.Token, &s.Secret, &lease)
	s.Next, s.Looked, s.Came, s.Alarm, s.Lease = fromMicros(next), fromMicros(looked), fromMicros(came), fromMicros(alarm), fromMicros(lease)
	return err
}

func (tx *Tx) oneState(where string, value any) (ProviderState, bool, error) {
	rows, err := tx.query(`SELECT `+stateColumns+` FROM provider_state WHERE `+where, value)
	all, err := collect(rows, err, scanState)
	if err != nil || len(all) == 0 {
		return ProviderState{}, false, err
	}
	return all[0], true, nil
}

// ProviderState returns how a provider's feed stands; a fresh one if it was
// never looked at.
func (tx *Tx) ProviderState(id wire.ProviderID) (ProviderState, error) {
	s, ok, err := tx.oneState(`provider = $1`, string(id))
	if !ok {
		s.Provider = id
	}
	return s, err
}

// ProviderOfToken returns the state whose subscription has a token; NotFound if
// none has.
func (tx *Tx) ProviderOfToken(token string) (ProviderState, error) {
	s, ok, err := tx.oneState(`token = $1`, token)
	if err == nil && (!ok || token == "") {
		err = wire.Errorf(wire.NotFound, "", "there is no such subscription")
	}
	return s, err
}

// PutProviderState stores how a feed stands.
func (tx *Tx) PutProviderState(s ProviderState) error {
	_, err := tx.exec(`INSERT INTO provider_state (`+stateColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (provider) DO UPDATE SET etag = $2, modified = $3, next_at = $4, looked_at = $5, failures = $6, problem = $7, came_at = $8, alarm_at = $9, hub = $10, topic = $11, token = $12, secret = $13, lease_at = $14`,
		string(s.Provider), s.ETag, s.Modified, micros(s.Next), micros(s.Looked), s.Failures, s.Problem, micros(s.Came), micros(s.Alarm), s.Hub, s.Topic, s.Token, s.Secret, micros(s.Lease))
	return err
}

// ProviderStory is the newest version of a provider's story that came.
type ProviderStory struct {
	Provider wire.ProviderID
	Story    string // digest of the provider's id
	Language string
	Release  wire.ReleaseID
	Version  int64     // the provider's; 0: it gave none
	Modified time.Time // of the version; zero: the provider did not say
	Text     string    // digest of the text
	Status   string    // "usable", "withheld", "canceled"; "refused" without a release
}

const storyColumns = `provider, story, language, release, version, modified, text, status`

func scanStory(rows *sql.Rows, s *ProviderStory) error {
	var modified int64
	err := rows.Scan(&s.Provider, &s.Story, &s.Language, &s.Release, &s.Version, &modified, &s.Text, &s.Status)
	s.Modified = fromMicros(modified)
	return err
}

// ProviderStory returns the newest version of a story; false if none came.
func (tx *Tx) ProviderStory(id wire.ProviderID, story string) (ProviderStory, bool, error) {
	rows, err := tx.query(`SELECT `+storyColumns+` FROM provider_story WHERE provider = $1 AND story = $2`, string(id), story)
	all, err := collect(rows, err, scanStory)
	if err != nil || len(all) == 0 {
		return ProviderStory{}, false, err
	}
	return all[0], true, nil
}

// StoriesOfText returns the stories, of any provider, whose text has a digest.
func (tx *Tx) StoriesOfText(text string) ([]ProviderStory, error) {
	rows, err := tx.query(`SELECT `+storyColumns+` FROM provider_story WHERE text = $1 ORDER BY provider, story`, text)
	return collect(rows, err, scanStory)
}

// PutProviderStory stores the newest version of a story.
func (tx *Tx) PutProviderStory(s ProviderStory) error {
	_, err := tx.exec(`INSERT INTO provider_story (`+storyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (provider, story) DO UPDATE SET language = $3, release = $4, version = $5, modified = $6, text = $7, status = $8`,
		string(s.Provider), s.Story, s.Language, string(s.Release), s.Version, micros(s.Modified), s.Text, s.Status)
	return err
}

// ArrivalRow is what became of something that came; Detail is sealed.
type ArrivalRow struct {
	Number   int64
	Provider wire.ProviderID
	At       time.Time
	Verdict  wire.Verdict
	Detail   []byte
}

// AddArrival notes what became of something. seal makes the detail once the
// number is known. Equal notes are the caller's to avoid.
func (tx *Tx) AddArrival(id wire.ProviderID, verdict wire.Verdict, seal func(number int64, at time.Time) ([]byte, error)) error {
	number, err := tx.next("arrival")
	if err != nil {
		return err
	}
	detail, err := seal(number, tx.Now())
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO arrival (number, provider, at, verdict, detail) VALUES ($1, $2, $3, $4, $5)`, number, string(id), micros(tx.Now()), string(verdict), detail)
	return err
}

// Arrivals returns what came from a provider, the last first: those numbered
// below before (0: all), and of one verdict unless that is "".
func (tx *Tx) Arrivals(id wire.ProviderID, verdict wire.Verdict, before int64, limit int) ([]ArrivalRow, error) {
	if before <= 0 {
		before = 1 << 62
	}
	rows, err := tx.query(`SELECT number, provider, at, verdict, detail FROM arrival WHERE provider = $1 AND number < $2 AND (verdict = $3 OR $3 = '') ORDER BY number DESC LIMIT $4`,
		string(id), before, string(verdict), limit)
	return collect(rows, err, func(rows *sql.Rows, a *ArrivalRow) error {
		var at int64
		err := rows.Scan(&a.Number, &a.Provider, &at, &a.Verdict, &a.Detail)
		a.At = fromMicros(at)
		return err
	})
}

// CountArrivals counts what came from a provider since a time, by verdict.
func (tx *Tx) CountArrivals(id wire.ProviderID, since time.Time) (map[wire.Verdict]int, error) {
	rows, err := tx.query(`SELECT verdict, COUNT(*) FROM arrival WHERE provider = $1 AND at >= $2 GROUP BY verdict`, string(id), micros(since))
	type count struct {
		verdict wire.Verdict
		n       int
	}
	all, err := collect(rows, err, func(rows *sql.Rows, c *count) error { return rows.Scan(&c.verdict, &c.n) })
	counts := map[wire.Verdict]int{}
	for _, c := range all {
		counts[c.verdict] = c.n
	}
	return counts, err
}
