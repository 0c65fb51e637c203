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

// Show says that a member of a group of processes is alive, under its name; the
// others see its beat rise.
func (tx *Tx) Show(group, member string) error {
	_, err := tx.exec(`INSERT INTO lease (name, holder, term, beat) VALUES ($1, $2, 0, 1) ON CONFLICT (name) DO UPDATE SET beat = lease.beat + 1`, group+"/"+member, member)
	return err
}

// Leave takes a member out of a group.
func (tx *Tx) Leave(group, member string) error {
	_, err := tx.exec(`DELETE FROM lease WHERE name = $1`, group+"/"+member)
	return err
}

// Members returns the members of a group by name, those that have died among
// them: who watches sees that their beats do not rise.
func (tx *Tx) Members(group string) ([]Lease, error) {
	rows, err := tx.query(`SELECT name, holder, term, beat FROM lease WHERE name >= $1 AND name < $2 ORDER BY name`, group+"/", group+"0") // "0" follows "/"
	return collect(rows, err, func(rows *sql.Rows, l *Lease) error { return rows.Scan(&l.Name, &l.Holder, &l.Term, &l.Beat) })
}
