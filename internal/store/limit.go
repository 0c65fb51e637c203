package store

import (
	"database/sql"
	"time"
)

// LimitKind is what a MailLimit is of.
type LimitKind string

// The kinds of limits.
const (
	RelayLimit  LimitKind = "relay"
	DomainLimit LimitKind = "domain"
)

// MailLimit is what refusals have taught of a relay or of a receivers' domain.
type MailLimit struct {
	Kind    LimitKind
	Name    string        // host:port of the relay, or the domain
	Allowed int           // connections it bears, or letters under way at a time
	Rest    time.Duration // how long it was last left alone; 0: not yet
	Until   time.Time     // it is left alone before; zero: it is not
	At      time.Time     // when this was known
}

// PutMailLimits stores limits in place of what was known of the same.
func (tx *Tx) PutMailLimits(limits []MailLimit) error {
	for _, l := range limits {
		_, err := tx.exec(`INSERT INTO mail_limit (kind, name, allowed, rest, until_at, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, name) DO UPDATE SET allowed = $3, rest = $4, until_at = $5, at = $6`,
			l.Kind, l.Name, l.Allowed, l.Rest.Microseconds(), micros(l.Until), micros(l.At))
		if err != nil {
			return err
		}
	}
	return nil
}

// DropMailLimit forgets a limit; that there is none is not an error.
func (tx *Tx) DropMailLimit(kind LimitKind, name string) error {
	_, err := tx.exec(`DELETE FROM mail_limit WHERE kind = $1 AND name = $2`, kind, name)
	return err
}

// MailLimits returns the limits that were known at a time or later, by kind and
// name.
func (tx *Tx) MailLimits(since time.Time) ([]MailLimit, error) {
	rows, err := tx.query(`SELECT kind, name, allowed, rest, until_at, at FROM mail_limit WHERE at >= $1 ORDER BY kind, name`, micros(since))
	return collect(rows, err, func(rows *sql.Rows, l *MailLimit) error {
		var rest, until, at int64
		err := rows.Scan(&l.Kind, &l.Name, &l.Allowed, &rest, &until, &at)
		l.Rest, l.Until, l.At = time.Duration(rest)*time.Microsecond, fromMicros(until), fromMicros(at)
		return err
	})
}

// DrawLetters takes up to want letters from what a relay may send on a day, at
// most in all, and returns how many there were left. Days are numbered; those
// before are forgotten.
func (tx *Tx) DrawLetters(relay string, day int64, want, most int) (int, error) {
	if _, err := tx.exec(`DELETE FROM relay_day WHERE relay = $1 AND day < $2`, relay, day); err != nil {
		return 0, err
	}
	var drawn int
	err := tx.queryRow(`INSERT INTO relay_day (relay, day, letters) VALUES ($1, $2, $3) ON CONFLICT (relay, day) DO UPDATE SET letters = relay_day.letters + $3 RETURNING letters`, relay, day, want).Scan(&drawn)
	if err != nil || drawn <= most {
		return want, err
	}
	_, err = tx.exec(`UPDATE relay_day SET letters = $1 WHERE relay = $2 AND day = $3`, most, relay, day)
	return max(0, want-(drawn-most)), err
}
