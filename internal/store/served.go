package store

import (
	"database/sql"
	"math"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Intended returns everyone who was planned to get an edition, by itself or in a digest:
// their part is settled, whatever came of it. Not among them is whose only part was
// overtaken, or will be by the newest version, whose number is given: that of another
// in a batch that has not begun and is not due yet.
func (tx *Tx) Intended(release wire.ReleaseID, language string, number int64) (map[wire.SubscriptionID]bool, error) {
	return tx.recipients(release, language, begun{by: tx.Now(), below: math.MaxInt64, always: number}, func(b *batchOutcomes, place int) bool {
		outcome, _ := b.outcome(place)
		return outcome != wire.Superseded
	})
}

// Served returns everyone who may have got an edition by a version below a wire
// number, by itself or in a digest: whoever has an intent, but for those of whom
// it is certain that nothing was sent (wire.Receipt.Untried), and those whose
// batch has had no attempt and is not due by the time given: the latest at which
// the clock of anyone who delivers can stand.
func (tx *Tx) Served(release wire.ReleaseID, language string, below int64, by time.Time) (map[wire.SubscriptionID]bool, error) {
	return tx.recipients(release, language, begun{by: by, below: below}, func(b *batchOutcomes, place int) bool {
		_, untried := b.outcome(place)
		return !untried
	})
}

// begun says which batches count: of items below a wire number, once they have begun or
// are due by a time; those of one item before that, too.
type begun struct {
	by            time.Time
	below, always int64
}

// recipients returns the recipients of an edition's batches whom keep keeps.
func (tx *Tx) recipients(release wire.ReleaseID, language string, which begun, keep func(b *batchOutcomes, place int) bool) (map[wire.SubscriptionID]bool, error) {
	const columns = batchColumns + `, open, CASE WHEN suppressed + unfit + superseded > 0 THEN outcomes END, suppressed + unfit + superseded`
	rows, err := tx.query(`SELECT `+columns+` FROM batch WHERE release = $1 AND language = $2 AND number < $5 AND NOT (open = $3 AND due_at > $4 AND accepted + failed + deferred = 0 AND number <> $6)
		UNION ALL SELECT `+columns+` FROM batch WHERE number IN (SELECT -digest FROM digest_item WHERE release = $1 AND language = $2 AND number < $5)`, release, language, true, micros(which.by), which.below, which.always)
	all, err := collect(rows, err, func(rows *sql.Rows, b *batchOutcomes) error {
		var packed []byte
		var due, spared int64
		err := rows.Scan(&b.ID, &b.Number, &b.Release, &b.Language, &b.Channel, &b.Rank, &b.Shard, &due, &packed, &b.open, &b.sealed, &spared)
		b.Recipients, b.Due, b.spared = unpackIDs(packed), fromMicros(due), spared > 0
		return err
	})
	if err != nil {
		return nil, err
	}
	found := map[wire.SubscriptionID]bool{}
	for i := range all {
		b := &all[i]
		if b.spared {
			if err := tx.learn(b); err != nil {
				return nil, err
			}
		}
		for place, id := range b.Recipients {
			if keep(b, place) {
				found[id] = true
			}
		}
	}
	return found, nil
}
