package store

import (
	"database/sql"
	"encoding/binary"

	"github.com/wireroom/wireroom/internal/wire"
)

// Plan is who will get an item that is not on the wire yet.
type Plan struct {
	Release   wire.ReleaseID
	Language  string
	Print     string // which item it was made for
	Directory int64  // version of the directory it was made with
	Batches   []byte // sealed
}

// PlanOf returns the plan of an edition; false if there is none.
func (tx *Tx) PlanOf(release wire.ReleaseID, language string) (Plan, bool, error) {
	rows, err := tx.query(`SELECT release, language, print, directory, batches FROM plan WHERE release = $1 AND language = $2`, release, language)
	all, err := collect(rows, err, func(rows *sql.Rows, p *Plan) error {
		return rows.Scan(&p.Release, &p.Language, &p.Print, &p.Directory, &p.Batches)
	})
	if err != nil || len(all) == 0 {
		return Plan{}, false, err
	}
	return all[0], true, nil
}

// PutPlan stores a plan in place of the edition's one before.
func (tx *Tx) PutPlan(p Plan) error {
	_, err := tx.exec(`INSERT INTO plan (release, language, print, directory, batches) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (release, language) DO UPDATE SET print = $3, directory = $4, batches = $5`,
		p.Release, p.Language, p.Print, p.Directory, p.Batches)
	return err
}

// Foreseen is what a channel made ahead for some recipients of an edition.
type Foreseen struct {
	Release   wire.ReleaseID
	Language  string
	Channel   wire.Channel
	Seq       int
	Shard     int
	Low, High wire.SubscriptionID // nobody outside is among them
	Print     string              // which item it was made for
	Parts     []byte              // sealed
}

// AddForeseen stores what was made ahead, in place of what had the same place
// in the sequence.
func (tx *Tx) AddForeseen(f Foreseen) error {
	_, err := tx.exec(`INSERT INTO foreseen (release, language, channel, seq, shard, low, high, print, parts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (release, language, channel, seq) DO UPDATE SET shard = $5, low = $6, high = $7, print = $8, parts = $9`,
		f.Release, f.Language, f.Channel, f.Seq, f.Shard, f.Low, f.High, f.Print, f.Parts)
	return err
}

// eachForeseen visits rows one after the other: all of an edition are tens of
// megabytes. The parts are the visitor's until it returns.
func (tx *Tx) eachForeseen(visit func(*Foreseen) error, where string, args ...any) error {
	rows, err := tx.query(`SELECT release, language, channel, seq, shard, low, high, print, parts FROM foreseen WHERE `+where+` ORDER BY seq`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f Foreseen
		if err := rows.Scan(&f.Release, &f.Language, &f.Channel, &f.Seq, &f.Shard, &f.Low, &f.High, &f.Print, (*sql.RawBytes)(&f.Parts)); err != nil {
			return err
		}
		if err := visit(&f); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ForeseenOf visits what was made ahead for an edition on a channel, in order.
func (tx *Tx) ForeseenOf(release wire.ReleaseID, language string, channel wire.Channel, visit func(*Foreseen) error) error {
	return tx.eachForeseen(visit, `release = $1 AND language = $2 AND channel = $3`, release, language, channel)
}

// ForeseenFor visits what was made ahead for the recipients of a batch, among
// others, in order.
func (tx *Tx) ForeseenFor(b *Batch, visit func(*Foreseen) error) error {
	if len(b.Recipients) == 0 {
		return nil
	}
	return tx.eachForeseen(visit, `release = $1 AND language = $2 AND channel = $3 AND shard = $4 AND low <= $5 AND high >= $6`,
		b.Release, b.Language, b.Channel, b.Shard, b.Recipients[len(b.Recipients)-1], b.Recipients[0])
}

// Prepared returns the releases for which something is prepared.
func (tx *Tx) Prepared() ([]wire.ReleaseID, error) {
	rows, err := tx.query(`SELECT release FROM plan UNION SELECT release FROM foreseen`)
	return collect(rows, err, func(rows *sql.Rows, id *wire.ReleaseID) error { return rows.Scan(id) })
}

// DropPrepared forgets what was prepared for a release.
func (tx *Tx) DropPrepared(release wire.ReleaseID) error {
	if _, err := tx.exec(`DELETE FROM plan WHERE release = $1`, release); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM foreseen WHERE release = $1`, release)
	return err
}

// HasOpenBatches reports whether deliveries of a release are under way.
func (tx *Tx) HasOpenBatches(release wire.ReleaseID) (bool, error) {
	var n int
	err := tx.queryRow(`SELECT COUNT(*) FROM batch WHERE release = $1 AND open = $2`, release, true).Scan(&n)
	return n > 0, err
}

// PackBatches writes who is in batches, with channels and shards, as bytes.
func PackBatches(batches []Batch) []byte {
	var packed []byte
	for _, b := range batches {
		ids := packIDs(b.Recipients)
		packed = binary.AppendUvarint(packed, uint64(len(b.Channel)))
		packed = append(packed, b.Channel...)
		packed = binary.AppendUvarint(packed, uint64(b.Shard))
		packed = binary.AppendUvarint(packed, uint64(micros(b.Due)))
		packed = binary.AppendUvarint(packed, uint64(len(ids)))
		packed = append(packed, ids...)
	}
	return packed
}

// UnpackBatches reads what PackBatches wrote; false if it is damaged.
func UnpackBatches(packed []byte) ([]Batch, bool) {
	var batches []Batch
	next := func() ([]byte, bool) {
		n, size := binary.Uvarint(packed)
		if size <= 0 || n > uint64(len(packed)-size) {
			return nil, false
		}
		part := packed[size : size+int(n)]
		packed = packed[size+int(n):]
		return part, true
	}
	for len(packed) > 0 {
		channel, ok := next()
		if !ok {
			return nil, false
		}
		shard, size := binary.Uvarint(packed)
		if size <= 0 {
			return nil, false
		}
		packed = packed[size:]
		due, size := binary.Uvarint(packed)
		if size <= 0 {
			return nil, false
		}
		packed = packed[size:]
		ids, ok := next()
		if !ok {
			return nil, false
		}
		batches = append(batches, Batch{Channel: wire.Channel(channel), Shard: int(shard), Due: fromMicros(int64(due)), Recipients: unpackIDs(ids)})
	}
	return batches, true
}
