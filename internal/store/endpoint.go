package store

import (
	"database/sql"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// EndpointState is how a receiver is.
type EndpointState string

// The states of an endpoint.
const (
	EndpointHealthy   EndpointState = "healthy"   // took its last delivery, or was resumed
	EndpointFailing   EndpointState = "failing"   // did not take its last delivery
	EndpointSuspended EndpointState = "suspended" // gets nothing new, but for a probe now and then
	EndpointHeld      EndpointState = "held"      // suspended by a person, until a person resumes it
	EndpointGone      EndpointState = "gone"      // said that it wants nothing more
)

// Endpoint is what is known of the receiver at an address.
type Endpoint struct {
	Address  string
	State    EndpointState
	Since    time.Time // when it came into its state
	Failures int       // deliveries in a row that it did not take
	Failing  time.Time // the first of them; zero if there is none
	At       time.Time // of the last delivery that counted
	Code     string    // what it said then
	Actor    string    // who changed the state; "" if the wire did
	Reason   string    // why
	Probes   int       // probes since it was suspended
	Next     time.Time // the earliest next probe; zero if there will be none
}

const endpointColumns = `address, state, since, failures, failing, last_at, last_code, actor, reason, probes, next_at`

func scanEndpoint(rows *sql.Rows, e *Endpoint) error {
	var since, failing, at, next int64
	err := rows.Scan(&e.Address, &e.State, &since, &e.Failures, &failing, &at, &e.Code, &e.Actor, &e.Reason, &e.Probes, &next)
	e.Since, e.Failing, e.At, e.Next = fromMicros(since), fromMicros(failing), fromMicros(at), fromMicros(next)
	return err
}

// PutEndpoints stores endpoints in place of what was known of their addresses,
// and returns the version they have now.
func (tx *Tx) PutEndpoints(endpoints []Endpoint) (int64, error) {
	version, err := tx.next("endpoint")
	if err != nil {
		return 0, err
	}
	statement, err := tx.prepare(`INSERT INTO endpoint (` + endpointColumns + `, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (address) DO UPDATE SET state = $2, since = $3, failures = $4, failing = $5, last_at = $6, last_code = $7, actor = $8, reason = $9, probes = $10, next_at = $11, changed = $12`)
	if err != nil {
		return 0, err
	}
	defer statement.Close()
	for _, e := range endpoints {
		_, err := statement.ExecContext(tx.ctx, e.Address, e.State, micros(e.Since), e.Failures, micros(e.Failing), micros(e.At), e.Code, e.Actor, e.Reason, e.Probes, micros(e.Next), version)
		if err != nil {
			return 0, err
		}
	}
	return version, nil
}

// EndpointsChanged returns the endpoints stored after a version, and the version
// now; all of them after version 0.
func (tx *Tx) EndpointsChanged(since int64) ([]Endpoint, int64, error) {
	var version int64
	if err := tx.queryRow(`SELECT value FROM counter WHERE name = 'endpoint'`).Scan(&version); err != nil {
		return nil, 0, err
	}
	if version == since {
		return nil, version, nil
	}
	rows, err := tx.query(`SELECT `+endpointColumns+` FROM endpoint WHERE changed > $1 ORDER BY address`, since)
	all, err := collect(rows, err, scanEndpoint)
	return all, version, err
}

// Endpoint returns what is known of an address; NotFound if it never failed.
func (tx *Tx) Endpoint(address string) (Endpoint, error) {
	rows, err := tx.query(`SELECT `+endpointColumns+` FROM endpoint WHERE address = $1`, address)
	all, err := collect(rows, err, scanEndpoint)
	if err == nil && len(all) == 0 {
		err = wire.Errorf(wire.NotFound, "endpoint", "nothing is known of this endpoint: it never failed")
	}
	if err != nil {
		return Endpoint{}, err
	}
	return all[0], nil
}

// Endpoints returns endpoints in a state, those that came into it last first.
func (tx *Tx) Endpoints(state EndpointState, limit int) ([]Endpoint, error) {
	rows, err := tx.query(`SELECT `+endpointColumns+` FROM endpoint WHERE state = $1 ORDER BY since DESC, address LIMIT $2`, state, limit)
	return collect(rows, err, scanEndpoint)
}

// AddResends is AddBatches for batches that bring items again to recipients who
// were planned before.
func (tx *Tx) AddResends(batches []Batch) error {
	if err := tx.AddBatches(batches); err != nil {
		return err
	}
	for i := range batches {
		if _, err := tx.exec(`UPDATE batch SET resend = $1 WHERE id = $2`, true, batches[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// CountWebSub counts the hub's subscriptions that are in force at a time: those
// whose callbacks are at an origin, scheme and host, and all.
func (tx *Tx) CountWebSub(origin string, at time.Time) (there, all int, err error) {
	// What may follow an origin is nothing, a path or a query: "0" and "@" are the
	// characters after "/" and "?".
	err = tx.queryRow(`SELECT COALESCE(SUM(CASE WHEN address = $1 OR address >= $2 AND address < $3 OR address >= $4 AND address < $5 THEN 1 ELSE 0 END), 0), COUNT(*)
		FROM subscription WHERE channel = 'websub' AND paused = $6 AND (expires = 0 OR expires > $7)`,
		origin, origin+"/", origin+"0", origin+"?", origin+"@", false, micros(at)).Scan(&there, &all)
	return there, all, err
}
