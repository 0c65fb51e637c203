package store

import (
	"database/sql"
	"errors"

	"github.com/wireroom/wireroom/internal/wire"
)

// Lease says who leads. Term rises with every change of leader and fences the
// old one; beat rises while the leader lives.
type Lease struct {
	Name   string
	Holder string
	Term   int64
	Beat   int64
}

// Lease returns a lease as it stands; the zero term means nobody ever held it.
func (tx *Tx) Lease(name string) (Lease, error) {
	l := Lease{Name: name}
	err := tx.queryRow(`SELECT holder, term, beat FROM lease WHERE name = $1`, name).Scan(&l.Holder, &l.Term, &l.Beat)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	return l, err
}

// TakeLease makes holder the leader for the next term if the lease is still as
// seen, and is a Conflict otherwise. The caller must have watched seen stay
// unchanged for the whole lease time.
func (tx *Tx) TakeLease(seen Lease, holder string) (Lease, error) {
	taken := Lease{Name: seen.Name, Holder: holder, Term: seen.Term + 1}
	var n int64
	var err error
	if seen.Term == 0 {
		n, err = tx.exec(`INSERT INTO lease (name, holder, term, beat) VALUES ($1, $2, 1, 0) ON CONFLICT DO NOTHING`, seen.Name, holder)
	} else {
		n, err = tx.exec(`UPDATE lease SET holder = $1, term = $2, beat = 0 WHERE name = $3 AND term = $4 AND beat = $5`,
			holder, taken.Term, seen.Name, seen.Term, seen.Beat)
	}
	if err == nil && n == 0 {
		err = wire.Errorf(wire.Conflict, seen.Name, "another process took the lease first")
	}
	return taken, err
}

// BeatLease shows that the leader lives; a Conflict means it leads no more.
func (tx *Tx) BeatLease(held Lease) (Lease, error) {
	held.Beat++
	n, err := tx.exec(`UPDATE lease SET beat = $1 WHERE name = $2 AND holder = $3 AND term = $4`, held.Beat, held.Name, held.Holder, held.Term)
	if err == nil && n == 0 {
		err = wire.Errorf(wire.Conflict, held.Name, "the lease has passed to another process")
	}
	return held, err
}

// EndLease gives a lease up, so that the next leader need not wait.
func (tx *Tx) EndLease(held Lease) error {
	_, err := tx.exec(`UPDATE lease SET holder = '', beat = beat + 1 WHERE name = $1 AND holder = $2 AND term = $3`, held.Name, held.Holder, held.Term)
	return err
}

// HoldLease fails with a Conflict unless the lease is still held in this term.
// Work that only a leader may do calls it in its own transaction: a leader that
// was frozen and has been replaced is refused there.
func (tx *Tx) HoldLease(held Lease) error {
	now, err := tx.Lease(held.Name)
	if err != nil {
		return err
	}
	if now.Holder != held.Holder || now.Term != held.Term {
		return wire.Errorf(wire.Conflict, held.Name, "the lease has passed to another process")
	}
	return nil
}
