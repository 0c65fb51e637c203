package store

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Batch is up to 500 recipients of one item on one channel, as planned. The
// plan is the intent: it is on disk before anyone is written to.
type Batch struct {
	ID         int64
	Number     int64 // wire number of the item; of a digest its id, below zero
	Release    wire.ReleaseID
	Language   string
	Channel    wire.Channel
	Rank       int                   // 0 is the most pressing lane
	Shard      int                   // whose holder delivers it
	Due        time.Time             // not before; zero: at once
	Recipients []wire.SubscriptionID // ascending
}

// Place returns where a subscription stands among the recipients.
func (b *Batch) Place(id wire.SubscriptionID) (int, bool) {
	return slices.BinarySearch(b.Recipients, id)
}

// Tally counts the receipts of a batch or of several. Pending is not stored: it
// is what is left of Matched.
type Tally struct {
	Matched, Accepted, Failed, Deferred, Suppressed, Superseded, Unfit int
	Bounced, Complained                                                int       // of the accepted
	Waiting                                                            int       // of those without a receipt: their batch is not due
	First, Last                                                        time.Time // of the accepted; zero if none
}

// Pending counts recipients without any receipt who are to be served now.
func (t Tally) Pending() int {
	return t.Matched - t.Waiting - t.Accepted - t.Failed - t.Deferred - t.Suppressed - t.Superseded - t.Unfit
}

// Count adds a receipt and takes back the one it follows.
func (t *Tally) Count(r wire.Receipt, before wire.Outcome) {
	*t.of(before)--
	*t.of(r.Outcome)++
	if r.Outcome == wire.Accepted {
		if t.First.IsZero() || r.At.Before(t.First) {
			t.First = r.At
		}
		if r.At.After(t.Last) {
			t.Last = r.At
		}
	}
}

func (t *Tally) of(o wire.Outcome) *int {
	switch o {
	case wire.Accepted:
		return &t.Accepted
	case wire.Failed:
		return &t.Failed
	case wire.Deferred:
		return &t.Deferred
	case wire.Suppressed:
		return &t.Suppressed
	case wire.Superseded:
		return &t.Superseded
	case wire.Unfit:
		return &t.Unfit
	}
	return new(int) // pending is what is left
}

// batchInserts are the statements that store so many batches at once, the largest
// first: a plan of hundreds is few turns to a database on another machine. Larger ones
// take SQLite longer.
var batchInserts = []struct {
	rows int
	text string
}{{20, insertBatches(20)}, {5, insertBatches(5)}, {1, insertBatches(1)}}

// insertBatches is the statement that stores so many batches.
func insertBatches(rows int) string {
	const columns = 11
	var text strings.Builder
	text.WriteString(`INSERT INTO batch (id, number, release, language, channel, rank, shard, recipients, size, open, due_at, accepted, failed, deferred, suppressed, superseded, first_at, last_at) VALUES `)
	for row := range rows {
		if row > 0 {
			text.WriteString(", ")
		}
		text.WriteString("(")
		for column := range columns {
			fmt.Fprintf(&text, "$%d, ", row*columns+column+1)
		}
		text.WriteString("0, 0, 0, 0, 0, 0, 0)")
	}
	return text.String()
}

// AddBatches stores a plan and gives the batches their ids, written back into
// the slice.
func (tx *Tx) AddBatches(batches []Batch) error {
	var last int64
	if err := tx.queryRow(`SELECT value FROM counter WHERE name = 'batch'`).Scan(&last); err != nil {
		return err
	}
	for i := range batches {
		last++
		batches[i].ID = last
	}
	left := batches
	for _, insert := range batchInserts {
		for len(left) >= insert.rows {
			var values []any
			for i := range left[:insert.rows] {
				b := &left[i]
				values = append(values, b.ID, b.Number, b.Release, b.Language, b.Channel, b.Rank, b.Shard, packIDs(b.Recipients), len(b.Recipients), true, micros(b.Due))
			}
			if _, err := tx.exec(insert.text, values...); err != nil {
				return err
			}
			left = left[insert.rows:]
		}
	}
	_, err := tx.exec(`UPDATE counter SET value = $1 WHERE name = 'batch'`, last)
	return err
}

const batchColumns = `id, number, release, language, channel, rank, shard, due_at, recipients`

func scanBatch(rows *sql.Rows, b *Batch) error {
	var packed []byte
	var due int64
	if err := rows.Scan(&b.ID, &b.Number, &b.Release, &b.Language, &b.Channel, &b.Rank, &b.Shard, &due, &packed); err != nil {
		return err
	}
	b.Recipients, b.Due = unpackIDs(packed), fromMicros(due)
	return nil
}

// LastBatch is the highest id of a batch. Those of one plan are all up to it, or
// all above.
func (tx *Tx) LastBatch() (int64, error) {
	var last int64
	err := tx.queryRow(`SELECT value FROM counter WHERE name = 'batch'`).Scan(&last)
	return last, err
}

// OpenBatches returns batches of a shard, after an id and up to another, that
// are not sealed, by id: those that are due at once, and those that were due before a
// time, which DueBatches has gone by. After the zero time it has gone by none.
func (tx *Tx) OpenBatches(shard int, after, last int64, before time.Time, limit int) ([]Batch, error) {
	rows, err := tx.query(`SELECT `+batchColumns+` FROM batch WHERE open = $1 AND shard = $2 AND id > $3 AND id <= $4 AND due_at < $5 ORDER BY id LIMIT $6`,
		true, shard, after, last, max(micros(before), 1), limit)
	return collect(rows, err, scanBatch)
}

// DueBatches returns batches of a shard up to an id that are not sealed and are due
// after a time, or at it with an id above one, and up to another time; by both.
func (tx *Tx) DueBatches(shard int, after time.Time, id int64, until time.Time, last int64, limit int) ([]Batch, error) {
	rows, err := tx.query(`SELECT `+batchColumns+` FROM batch WHERE open = $1 AND shard = $2 AND due_at > 0 AND (due_at > $3 OR due_at = $3 AND id > $4) AND due_at <= $5 AND id <= $6 ORDER BY due_at, id LIMIT $7`,
		true, shard, micros(after), id, micros(until), last, limit)
	return collect(rows, err, scanBatch)
}

// AppendReceipts writes receipts of one batch, as one block under seq, and the
// batch's tally with them.
func (tx *Tx) AppendReceipts(b *Batch, seq int, receipts []wire.Receipt, t Tally) error {
	// Whoever did not hear that it was committed writes the same block again.
	n, err := tx.exec(`INSERT INTO receipt (batch, seq, records) VALUES ($1, $2, $3) ON CONFLICT (batch, seq) DO UPDATE SET records = $3 WHERE receipt.records = $3`, b.ID, seq, packReceipts(b, receipts))
	if err != nil {
		return err
	}
	if n == 0 {
		return wire.Errorf(wire.Conflict, "receipts", "block %d of batch %d is written, with other receipts", seq, b.ID)
	}
	for _, r := range receipts {
		if r.Outcome == wire.Accepted || r.Outcome == wire.Suppressed || r.Outcome == wire.Superseded {
			if r.Attempt <= 1 {
				continue // never was an exception
			}
			if err := tx.unexcept(b.ID, r.Subscription); err != nil {
				return err
			}
			continue
		}
		if err := tx.except(b.ID, &r); err != nil {
			return err
		}
	}
	_, err = tx.exec(`UPDATE batch SET accepted = $1, failed = $2, deferred = $3, suppressed = $4, superseded = $5, unfit = $6, first_at = $7, last_at = $8 WHERE id = $9`,
		t.Accepted, t.Failed, t.Deferred, t.Suppressed, t.Superseded, t.Unfit, micros(t.First), micros(t.Last), b.ID)
	return err
}

// except keeps a receipt where exceptions are looked for. What came back of an earlier
// copy of the letter says more, and stays.
func (tx *Tx) except(batch int64, r *wire.Receipt) error {
	const came = `exception.outcome IN ($8, $9)`
	_, err := tx.exec(`INSERT INTO exception (batch, subscription, outcome, attempt, code, at, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (batch, subscription) DO UPDATE SET
		outcome = CASE WHEN `+came+` THEN exception.outcome ELSE $3 END, code = CASE WHEN `+came+` THEN exception.code ELSE $5 END, at = CASE WHEN `+came+` THEN exception.at ELSE $6 END, attempt = $4, next_at = $7`,
		batch, r.Subscription, int64(r.Outcome), r.Attempt, r.Code, micros(r.At), micros(r.Next), int64(wire.Bounced), int64(wire.Complained))
	return err
}

// unexcept forgets an exception that was mended, but not what came back.
func (tx *Tx) unexcept(batch int64, id wire.SubscriptionID) error {
	const which = ` WHERE batch = $1 AND subscription = $2`
	if _, err := tx.exec(`DELETE FROM exception`+which+` AND outcome NOT IN ($3, $4)`, batch, id, int64(wire.Bounced), int64(wire.Complained)); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE exception SET next_at = 0`+which, batch, id)
	return err
}

// untriedBit is set on a stored outcome that is Untried. Receipts of before there
// was one have none: who was suppressed then counts as served.
const untriedBit = 1 << 7

func packOutcome(o wire.Outcome, untried bool) byte {
	if untried {
		return byte(o) | untriedBit
	}
	return byte(o)
}

func unpackOutcome(b byte) (o wire.Outcome, untried bool) {
	return wire.Outcome(b &^ untriedBit), b&untriedBit != 0
}

// SealBatch closes a batch: outcomes holds one final outcome a recipient, in
// order, and untried the places of those to whom nothing was sent; the blocks of
// receipts go.
func (tx *Tx) SealBatch(id int64, outcomes []wire.Outcome, untried map[int]bool) error {
	packed := make([]byte, len(outcomes))
	for i, o := range outcomes {
		packed[i] = packOutcome(o, untried[i])
	}
	if _, err := tx.exec(`UPDATE batch SET open = $1, outcomes = $2 WHERE id = $3`, false, packed, id); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM receipt WHERE batch = $1`, id)
	return err
}

// Progress is how far an open batch has come.
type Progress struct {
	Latest map[wire.SubscriptionID]wire.Receipt // the newest receipt of each recipient that has one
	Blocks int                                  // how many blocks there are
}

// BatchProgress reads the receipts of an open batch; what a process that died
// had not written is not there.
func (tx *Tx) BatchProgress(b *Batch) (Progress, error) {
	p := Progress{Latest: map[wire.SubscriptionID]wire.Receipt{}}
	rows, err := tx.query(`SELECT records FROM receipt WHERE batch = $1 ORDER BY seq`, b.ID)
	blocks, err := collect(rows, err, func(rows *sql.Rows, block *[]byte) error { return rows.Scan(block) })
	if err != nil {
		return p, err
	}
	p.Blocks = len(blocks)
	for _, block := range blocks {
		for _, r := range unpackReceipts(b, block) {
			p.Latest[r.Subscription] = r
		}
	}
	exceptions, err := tx.exceptions(`WHERE e.batch = $1`, b.ID)
	for _, e := range exceptions {
		r, ok := p.Latest[e.Receipt.Subscription]
		switch {
		case ok && r.Outcome == e.Receipt.Outcome:
			e.Receipt.Untried = r.Untried
			p.Latest[e.Receipt.Subscription] = e.Receipt
		case ok && r.Outcome == wire.Deferred: // a copy of it came back meanwhile
			r.Next = e.Receipt.Next
			p.Latest[e.Receipt.Subscription] = r
		}
	}
	return p, err
}

// Exception is a delivery that did not go through at once, with who was to get
// it as the directory has it now.
type Exception struct {
	Batch   int64
	Receipt wire.Receipt
	Channel wire.Channel
	Address string // as it is; whoever shows it masks it
	Holder  string // name of the outlet or contact; "" where there is none
}

func (tx *Tx) exceptions(where string, args ...any) ([]Exception, error) {
	rows, err := tx.query(`SELECT e.batch, b.number, e.subscription, e.outcome, e.attempt, e.code, e.at, e.next_at, b.channel, COALESCE(s.address, ''), COALESCE(o.name, c.name, '')
		FROM exception e JOIN batch b ON b.id = e.batch
		LEFT JOIN subscription s ON s.id = e.subscription LEFT JOIN outlet o ON o.id = s.outlet LEFT JOIN contact c ON c.id = s.contact `+where, args...)
	return collect(rows, err, func(rows *sql.Rows, e *Exception) error {
		var at, next, outcome int64
		r := &e.Receipt
		err := rows.Scan(&e.Batch, &r.Number, &r.Subscription, &outcome, &r.Attempt, &r.Code, &at, &next, &e.Channel, &e.Address, &e.Holder)
		r.Outcome, r.At, r.Next = wire.Outcome(outcome), fromMicros(at), fromMicros(next)
		return err
	})
}

// ExceptionsOf returns the deliveries of an item that failed or are deferred.
func (tx *Tx) ExceptionsOf(number int64, limit int) ([]Exception, error) {
	return tx.exceptions(`WHERE b.number = $1 ORDER BY e.batch, e.subscription LIMIT $2`, number, limit)
}

// Tallies counts the receipts of an item, by channel.
func (tx *Tx) Tallies(number int64) (map[wire.Channel]Tally, error) {
	type row struct {
		channel wire.Channel
		Tally
	}
	rows, err := tx.query(`SELECT channel, size, accepted, failed, deferred, suppressed, superseded, unfit, first_at, last_at FROM batch WHERE number = $1`, number)
	all, err := collect(rows, err, func(rows *sql.Rows, r *row) error {
		var first, last int64
		err := rows.Scan(&r.channel, &r.Matched, &r.Accepted, &r.Failed, &r.Deferred, &r.Suppressed, &r.Superseded, &r.Unfit, &first, &last)
		r.First, r.Last = fromMicros(first), fromMicros(last)
		return err
	})
	tallies := map[wire.Channel]Tally{}
	for _, r := range all {
		t := tallies[r.channel]
		t.Matched += r.Matched
		t.Accepted += r.Accepted
		t.Failed += r.Failed
		t.Deferred += r.Deferred
		t.Suppressed += r.Suppressed
		t.Unfit += r.Unfit
		t.Superseded += r.Superseded
		if !r.First.IsZero() && (t.First.IsZero() || r.First.Before(t.First)) {
			t.First = r.First
		}
		if r.Last.After(t.Last) {
			t.Last = r.Last
		}
		tallies[r.channel] = t
	}
	return tallies, err
}

// packIDs stores ascending ids as the differences between neighbours.
func packIDs(ids []wire.SubscriptionID) []byte {
	packed := make([]byte, 0, 2*len(ids)+8)
	last := wire.SubscriptionID(0)
	for _, id := range ids {
		packed = binary.AppendUvarint(packed, uint64(id-last))
		last = id
	}
	return packed
}

func unpackIDs(packed []byte) []wire.SubscriptionID {
	var ids []wire.SubscriptionID
	last := uint64(0)
	for len(packed) > 0 {
		d, n := binary.Uvarint(packed)
		if n <= 0 {
			return ids // a damaged row; what can be read is read
		}
		last += d
		ids = append(ids, wire.SubscriptionID(last))
		packed = packed[n:]
	}
	return ids
}

// packReceipts stores receipts of a batch: place in the batch, outcome, attempt,
// time. What the receiver said stands in the exceptions.
func packReceipts(b *Batch, receipts []wire.Receipt) []byte {
	packed := make([]byte, 0, 14*len(receipts))
	for _, r := range receipts {
		place, found := b.Place(r.Subscription)
		if !found {
			continue // not of this batch; nothing can be said of it here
		}
		packed = binary.AppendUvarint(packed, uint64(place))
		packed = append(packed, packOutcome(r.Outcome, r.Untried))
		packed = binary.AppendUvarint(packed, uint64(r.Attempt))
		packed = binary.AppendVarint(packed, r.At.UnixMicro())
	}
	return packed
}

func unpackReceipts(b *Batch, packed []byte) []wire.Receipt {
	var receipts []wire.Receipt
	for len(packed) > 0 {
		place, n := binary.Uvarint(packed)
		if n <= 0 || len(packed) < n+1 || place >= uint64(len(b.Recipients)) {
			return receipts
		}
		outcome, untried := unpackOutcome(packed[n])
		packed = packed[n+1:]
		attempt, n := binary.Uvarint(packed)
		if n <= 0 {
			return receipts
		}
		packed = packed[n:]
		at, n := binary.Varint(packed)
		if n <= 0 {
			return receipts
		}
		packed = packed[n:]
		receipts = append(receipts, wire.Receipt{Number: b.Number, Subscription: b.Recipients[place], Outcome: outcome, Attempt: int(attempt), At: fromMicros(at), Untried: untried})
	}
	return receipts
}
