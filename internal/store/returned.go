package store

import (
	"database/sql"
	"errors"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Return notes on a delivery by mail what came back of it: Bounced or
// Complained, and what the report said. It is false if that is known already;
// of one delivery a complaint says more than a bounce. NotFound if the item was
// never sent to the subscription.
func (tx *Tx) Return(number int64, id wire.SubscriptionID, outcome wire.Outcome, code string, at time.Time) (bool, error) {
	rows, err := tx.query(`SELECT `+batchColumns+` FROM batch WHERE number = $1 AND channel = $2 ORDER BY id`, number, wire.ByMail)
	batches, err := collect(rows, err, scanBatch)
	if err != nil {
		return false, err
	}
	for i := range batches {
		if _, ok := batches[i].Place(id); ok {
			return tx.returnIn(&batches[i], id, outcome, code, at)
		}
	}
	return false, wire.Errorf(wire.NotFound, "returned", "item %d was never sent to subscription %d", number, id)
}

func (tx *Tx) returnIn(b *Batch, id wire.SubscriptionID, outcome wire.Outcome, code string, at time.Time) (bool, error) {
	var before wire.Outcome
	err := tx.queryRow(`SELECT outcome FROM exception WHERE batch = $1 AND subscription = $2`, b.ID, id).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) || before >= outcome {
		return false, err
	}
	_, err = tx.exec(`INSERT INTO exception (batch, subscription, outcome, attempt, code, at, next_at) VALUES ($1, $2, $3, 0, $4, $5, 0) ON CONFLICT (batch, subscription) DO UPDATE SET outcome = $3, code = $4, at = $5`,
		b.ID, id, int64(outcome), code, micros(at))
	if err != nil {
		return false, err
	}
	bounced, complained := 0, 0
	if outcome == wire.Complained {
		complained++
		if before == wire.Bounced {
			bounced--
		}
	} else {
		bounced++
	}
	_, err = tx.exec(`UPDATE batch SET bounced = bounced + $1, complained = complained + $2 WHERE id = $3`, bounced, complained, b.ID)
	return true, err
}

// Suppression is what is known of an address that letters came back from.
type Suppression struct {
	Address    string // lower case
	Suppressed bool   // nothing new is written to it
	Reason     string // "bounced", "complained", or what a person gave; "" while not suppressed
	Code       string // what the last report said
	Since      time.Time
	Failures   int       // that counted, while not suppressed
	At         time.Time // of the last that counted
	Actor      string    // who changed it; "" if the wire did
}

const suppressionColumns = `address, suppressed, reason, code, since, failures, last_at, actor`

func scanSuppression(rows *sql.Rows, s *Suppression) error {
	var since, at int64
	err := rows.Scan(&s.Address, &s.Suppressed, &s.Reason, &s.Code, &since, &s.Failures, &at, &s.Actor)
	s.Since, s.At = fromMicros(since), fromMicros(at)
	return err
}

// Suppression returns what is known of an address, in lower case; the zero one
// with the address if nothing is.
func (tx *Tx) Suppression(address string) (Suppression, error) {
	rows, err := tx.query(`SELECT `+suppressionColumns+` FROM suppression WHERE address = $1`, address)
	all, err := collect(rows, err, scanSuppression)
	if err != nil || len(all) == 0 {
		return Suppression{Address: address}, err
	}
	return all[0], nil
}

// PutSuppression stores what is known of an address.
func (tx *Tx) PutSuppression(s Suppression) error {
	version, err := tx.next("suppression")
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO suppression (`+suppressionColumns+`, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (address) DO UPDATE SET suppressed = $2, reason = $3, code = $4, since = $5, failures = $6, last_at = $7, actor = $8, changed = $9`,
		s.Address, s.Suppressed, s.Reason, s.Code, micros(s.Since), s.Failures, micros(s.At), s.Actor, version)
	return err
}

// SuppressionsChanged returns what was stored after a version, and the version
// now; all of it after version 0.
func (tx *Tx) SuppressionsChanged(since int64) ([]Suppression, int64, error) {
	var version int64
	if err := tx.queryRow(`SELECT value FROM counter WHERE name = 'suppression'`).Scan(&version); err != nil || version == since {
		return nil, version, err
	}
	rows, err := tx.query(`SELECT `+suppressionColumns+` FROM suppression WHERE changed > $1 ORDER BY address`, since)
	all, err := collect(rows, err, scanSuppression)
	return all, version, err
}

// Suppressions returns suppressed addresses after one, by address.
func (tx *Tx) Suppressions(after string, limit int) ([]Suppression, error) {
	rows, err := tx.query(`SELECT `+suppressionColumns+` FROM suppression WHERE suppressed = $1 AND address > $2 ORDER BY address LIMIT $3`, true, after, limit)
	return collect(rows, err, scanSuppression)
}
