package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/wireroom/wireroom/internal/wire"
)

// AddOutlets stores outlets; those without an id get the next one, written back
// into the slice.
func (tx *Tx) AddOutlets(outlets []wire.Outlet) error {
	return addNumbered(tx, "outlet", `INSERT INTO outlet (id, name, country, language, kind) VALUES ($1, $2, $3, $4, $5)`, outlets,
		func(o *wire.Outlet) *int64 { return (*int64)(&o.ID) },
		func(o *wire.Outlet) []any { return []any{o.ID, o.Name, o.Country, o.Language, o.Kind} })
}

// AddContacts stores contacts; those without an id get the next one, written
// back into the slice.
func (tx *Tx) AddContacts(contacts []wire.Contact) error {
	return addNumbered(tx, "contact", `INSERT INTO contact (id, outlet, name, email, country, language) VALUES ($1, $2, $3, $4, $5, $6)`, contacts,
		func(c *wire.Contact) *int64 { return (*int64)(&c.ID) },
		func(c *wire.Contact) []any {
			return []any{c.ID, c.Outlet, c.Name, c.Email, c.Country, c.Language}
		})
}

// AddSubscriptions stores subscriptions; those without an id get the next one,
// written back into the slice. Whoever holds an index of them sees the change
// through SubscriptionsChanged.
func (tx *Tx) AddSubscriptions(subscriptions []wire.Subscription) error {
	changed, err := tx.next("directory")
	if err != nil {
		return err
	}
	last, err := tx.LastNumber()
	if err != nil {
		return err
	}
	return addNumbered(tx, "subscription", `INSERT INTO subscription (id, outlet, contact, query, channel, address, secret, format, paused, expires, preference, gathered_from, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, subscriptions,
		func(s *wire.Subscription) *int64 { return (*int64)(&s.ID) },
		func(s *wire.Subscription) []any {
			gathered := int64(0)
			if s.Preference.Digests() {
				gathered = last + 1
			}
			return []any{s.ID, s.Outlet, s.Contact, s.Query, s.Channel, s.Address, s.Secret, s.Format, s.Paused, s.Expires, s.Preference.Text(), gathered, changed}
		})
}

// addNumbered inserts rows with one prepared statement and keeps the counter of
// their ids above every id in use.
func addNumbered[T any](tx *Tx, counter, insert string, all []T, id func(*T) *int64, values func(*T) []any) error {
	var last int64
	if err := tx.queryRow(`SELECT value FROM counter WHERE name = $1`, counter).Scan(&last); err != nil {
		return err
	}
	statement, err := tx.prepare(insert)
	if err != nil {
		return err
	}
	defer statement.Close()
	for i := range all {
		if n := id(&all[i]); *n == 0 {
			last++
			*n = last
		} else {
			last = max(last, *n)
		}
		if _, err := statement.ExecContext(tx.ctx, values(&all[i])...); err != nil {
			if tx.d.unique(err) {
				return wire.Errorf(wire.Conflict, counter, "there is one with this id or address already: %w", err)
			}
			return err
		}
	}
	_, err = tx.exec(`UPDATE counter SET value = $1 WHERE name = $2`, last, counter)
	return err
}

const subscriptionColumns = `id, outlet, contact, query, channel, address, secret, format, paused, expires, preference`

func scanSubscription(rows *sql.Rows, s *wire.Subscription) error {
	return scanHolding(rows, s)
}

// scanHolding reads a subscription and what stands behind it.
func scanHolding(rows *sql.Rows, s *wire.Subscription, more ...any) error {
	var preference string
	err := rows.Scan(append([]any{&s.ID, &s.Outlet, &s.Contact, &s.Query, &s.Channel, &s.Address, &s.Secret, &s.Format, &s.Paused, &s.Expires, &preference}, more...)...)
	if err != nil {
		return err
	}
	s.Preference, err = wire.ParsePreference(preference)
	return err
}

// Subscriptions returns all subscriptions by id, and the directory's version
// they were read at.
func (tx *Tx) Subscriptions() (all []wire.Subscription, version int64, err error) {
	version, err = tx.SubscriptionsChanged(0, func(s *wire.Subscription) { all = append(all, *s) })
	return all, version, err
}

// SubscriptionsChanged visits the subscriptions added or changed after a version
// of the directory, by id, and returns the version now: an index follows the
// table by asking with the version it last saw. What is visited is the visitor's
// until the next; strings that are the same in many are one in memory.
func (tx *Tx) SubscriptionsChanged(since int64, visit func(*wire.Subscription)) (int64, error) {
	var version int64
	if err := tx.queryRow(`SELECT value FROM counter WHERE name = 'directory'`).Scan(&version); err != nil {
		return 0, err
	}
	if version == since && since > 0 {
		return version, nil
	}
	rows, err := tx.query(`SELECT `+subscriptionColumns+` FROM subscription WHERE changed > $1 ORDER BY id`, since)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	common := map[string]string{}
	once := func(s string) string {
		if known, ok := common[s]; ok {
			return known
		}
		common[s] = s
		return s
	}
	var s wire.Subscription
	for rows.Next() {
		if err := scanSubscription(rows, &s); err != nil {
			return 0, err
		}
		s.Query, s.Channel, s.Format = once(s.Query), wire.Channel(once(string(s.Channel))), once(s.Format)
		visit(&s)
	}
	return version, rows.Err()
}

// Subscription returns one subscription; NotFound if there is none.
func (tx *Tx) Subscription(id wire.SubscriptionID) (wire.Subscription, error) {
	rows, err := tx.query(`SELECT `+subscriptionColumns+` FROM subscription WHERE id = $1`, id)
	return oneSubscription(collect(rows, err, scanSubscription))
}

// SubscriptionOfToken returns the mail subscription whose unsubscribe link
// carries the token; NotFound if there is none.
func (tx *Tx) SubscriptionOfToken(token string) (wire.Subscription, error) {
	rows, err := tx.query(`SELECT `+subscriptionColumns+` FROM subscription WHERE secret = $1 AND channel = 'mail'`, token)
	return oneSubscription(collect(rows, err, scanSubscription))
}

// Secrets returns the subscriptions on all channels but mail, by id: those whose
// secrets open something.
func (tx *Tx) Secrets() ([]wire.Subscription, error) {
	rows, err := tx.query(`SELECT `+subscriptionColumns+` FROM subscription WHERE channel <> $1 ORDER BY id`, wire.ByMail)
	return collect(rows, err, scanSubscription)
}

// WebSubSubscription returns the hub's subscription of a callback to a topic;
// NotFound if there is none.
func (tx *Tx) WebSubSubscription(topic, callback string) (wire.Subscription, error) {
	rows, err := tx.query(`SELECT `+subscriptionColumns+` FROM subscription WHERE query = $1 AND address = $2 AND channel = 'websub'`, topic, callback)
	return oneSubscription(collect(rows, err, scanSubscription))
}

func oneSubscription(found []wire.Subscription, err error) (wire.Subscription, error) {
	if err == nil && len(found) == 0 {
		err = wire.Errorf(wire.NotFound, "subscription", "there is no such subscription")
	}
	if err != nil {
		return wire.Subscription{}, err
	}
	return found[0], nil
}

// UpdateSubscription stores a subscription under its id; NotFound if there is
// none.
func (tx *Tx) UpdateSubscription(s wire.Subscription) error {
	changed, err := tx.next("directory")
	if err != nil {
		return err
	}
	n, err := tx.exec(`UPDATE subscription SET query = $1, channel = $2, address = $3, secret = $4, format = $5, paused = $6, expires = $7, preference = $8, changed = $9 WHERE id = $10`,
		s.Query, s.Channel, s.Address, s.Secret, s.Format, s.Paused, s.Expires, s.Preference.Text(), changed, s.ID)
	if err == nil && n == 0 {
		return wire.Errorf(wire.NotFound, "subscription", "there is no such subscription")
	}
	return err
}

// Pause stores a subscription under its id, as one that gets nothing new from the
// transaction's time on, and notes by whom and why; nobody is the wire itself.
// NotFound if there is none.
func (tx *Tx) Pause(s wire.Subscription, by, reason string) error {
	s.Paused = true
	if err := tx.UpdateSubscription(s); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE subscription SET paused_since = $1, paused_by = $2, paused_for = $3 WHERE id = $4`, micros(tx.Now()), by, reason, s.ID)
	return err
}

// Outlets returns all outlets by id.
func (tx *Tx) Outlets() ([]wire.Outlet, error) {
	rows, err := tx.query(`SELECT id, name, country, language, kind FROM outlet ORDER BY id`)
	return collect(rows, err, func(rows *sql.Rows, o *wire.Outlet) error {
		return rows.Scan(&o.ID, &o.Name, &o.Country, &o.Language, &o.Kind)
	})
}

// Contacts returns all contacts by id.
func (tx *Tx) Contacts() ([]wire.Contact, error) {
	rows, err := tx.query(`SELECT id, outlet, name, email, country, language FROM contact ORDER BY id`)
	return collect(rows, err, func(rows *sql.Rows, c *wire.Contact) error {
		return rows.Scan(&c.ID, &c.Outlet, &c.Name, &c.Email, &c.Country, &c.Language)
	})
}

// DirectorySize counts outlets, contacts and subscriptions.
func (tx *Tx) DirectorySize() (outlets, contacts, subscriptions int, err error) {
	err = tx.queryRow(`SELECT (SELECT COUNT(*) FROM outlet), (SELECT COUNT(*) FROM contact), (SELECT COUNT(*) FROM subscription)`).Scan(&outlets, &contacts, &subscriptions)
	return
}

// ConsumerNumber is how far a consumer of the wire has come: the last wire
// number it is done with, 0 at the beginning.
func (s *Store) ConsumerNumber(ctx context.Context, name string) (n int64, err error) {
	err = s.Read(ctx, func(tx *Tx) error { n, err = tx.ConsumerNumber(name); return err })
	return n, err
}

// ConsumerNumber is how far a consumer has come, within a transaction.
func (tx *Tx) ConsumerNumber(name string) (int64, error) {
	var n int64
	err := tx.queryRow(`SELECT number FROM consumer WHERE name = $1`, name).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// AdvanceConsumer moves a consumer from one wire number to a later one, in the
// transaction of what it did; a Conflict means another process did it.
func (tx *Tx) AdvanceConsumer(name string, from, to int64) error {
	n, err := tx.exec(`INSERT INTO consumer (name, number) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET number = $2 WHERE consumer.number = $3`, name, to, from)
	if err == nil && n == 0 {
		return wire.Errorf(wire.Conflict, name, "another process is ahead")
	}
	return err
}

// ContactLanguage returns the language of letters to a contact; "" if there is
// no such contact.
func (tx *Tx) ContactLanguage(id wire.ContactID) (string, error) {
	var language string
	err := tx.queryRow(`SELECT language FROM contact WHERE id = $1`, id).Scan(&language)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return language, err
}
