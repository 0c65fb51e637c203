package wiresend

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
)

// LedgerOptions say what a measurement of the ledger does.
type LedgerOptions struct {
	Database    string // fresh
	Deliveries  int    // of the release that is measured
	Past        int    // releases that are in the ledger before
	PastBatches int    // batches of 500 of each of them
}

// LedgerResult is what came of it. Times are in seconds.
type LedgerResult struct {
	Deliveries int            `json:"deliveries"`
	Past       int            `json:"past"`      // releases in the ledger before
	PastRows   int            `json:"past_rows"` // batches of theirs
	Fill       float64        `json:"fill"`      // to put them there
	Plans      int            `json:"plans"`     // of a release each, in one transaction
	Create     float64        `json:"create"`    // their median
	Groups     []ReceiptGroup `json:"groups"`    // receipts, by size of the groups they were written in
	Report     float64        `json:"report"`    // median of reports of the release
	ReportCold float64        `json:"report_cold"`
	Bytes      float64        `json:"bytes"` // of a delivery, sealed
	Accepted   int            `json:"accepted"`
	Failed     int            `json:"failed"`
	Peak       int64          `json:"peak"`
	Others     float64        `json:"others"` // processors that were busy beside this process; with PostgreSQL, that too
}

// ReceiptGroup is how quick receipts of one release were written, one
// transaction a group, each on disk before the next.
type ReceiptGroup struct {
	Size    int     `json:"size"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rate"` // receipts a second
	CPU     float64 `json:"cpu"`  // of this process
}

// batchSize is how many recipients share a batch, as the courier plans them.
const batchSize = 500

// failing is one in so many deliveries that failed: an exception with a row of
// its own.
const failing = 100

// extraPlans are releases that are planned, and served, before those whose receipts
// are measured: one plan is a few milliseconds, and a single one may take twice as
// long as the next.
const extraPlans = 7

// Ledger measures the ledger in a fresh database.
func Ledger(ctx context.Context, o LedgerOptions) (*LedgerResult, error) {
	result := &LedgerResult{Deliveries: o.Deliveries, Past: o.Past, PastRows: o.Past * o.PastBatches}
	s, err := store.Open(ctx, o.Database)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	l := &ledger{ctx: ctx, store: s}
	machine, cpu, all := process.Machine(), process.Used().CPU, time.Now()
	if result.Fill, err = timed(func() error { return l.fill(o.Past, o.PastBatches) }); err != nil {
		return nil, err
	}
	for range extraPlans {
		if _, _, err := l.serve(o.Deliveries, batchSize); err != nil {
			return nil, err
		}
	}
	before, err := size(ctx, o.Database)
	if err != nil {
		return nil, err
	}
	var last wire.ReleaseID
	for _, size := range []int{500, 100} { // 100 is the most that the courier gathers
		release, group, err := l.serve(o.Deliveries, size)
		if err != nil {
			return nil, err
		}
		result.Groups, last = append(result.Groups, group), release
	}
	slices.Sort(l.plans)
	result.Plans, result.Create = len(l.plans), l.plans[len(l.plans)/2]
	if err := l.report(last, result); err != nil {
		return nil, err
	}
	after, err := size(ctx, o.Database)
	if err != nil {
		return nil, err
	}
	result.Bytes = float64(after-before) / float64(2*o.Deliveries)
	used := process.Used()
	result.Peak = used.Peak
	result.Others = (process.Machine() - machine - used.CPU + cpu) / time.Since(all).Seconds()
	return result, nil
}

func timed(f func() error) (float64, error) {
	began := time.Now()
	err := f()
	return time.Since(began).Seconds(), err
}

// ledger writes what the courier would.
type ledger struct {
	ctx   context.Context
	store *store.Store
	plans []float64 // how long each took, in seconds
}

func (l *ledger) write(f func(*store.Tx) error) error { return l.store.Write(l.ctx, f) }

// item puts a release on the wire.
func (l *ledger) item(tx *store.Tx) (*wire.Item, error) {
	r := story.Release(story.OfHook)
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
	err := tx.AddItem(&it, func(*wire.Item) {})
	return &it, err
}

// batches are those of an item for recipients from first, whose ids lie up to
// three apart, as they do after years.
func batches(it *wire.Item, first, n int) []store.Batch {
	ids := make([]wire.SubscriptionID, n)
	for i := range ids {
		ids[i] = wire.SubscriptionID(1 + 2*(first+i) + i%2)
	}
	var all []store.Batch
	for chunk := range slices.Chunk(ids, batchSize) {
		all = append(all, store.Batch{Number: it.Number, Release: it.Release, Language: it.Language, Channel: wire.ByMail, Rank: 2, Recipients: chunk})
	}
	return all
}

// fill puts releases of the past into the ledger, delivered and sealed.
func (l *ledger) fill(releases, each int) error {
	outcomes := slices.Repeat([]wire.Outcome{wire.Accepted}, batchSize)
	for done := 0; done < releases; {
		n := min(500, releases-done)
		err := l.write(func(tx *store.Tx) error {
			var all []store.Batch
			for i := range n {
				it, err := l.item(tx)
				if err != nil {
					return err
				}
				all = append(all, batches(it, (done+i)*37, each*batchSize)...)
			}
			if err := tx.AddBatches(all); err != nil {
				return err
			}
			for i := range all {
				if err := tx.SealBatch(all[i].ID, outcomes, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += n
	}
	return nil
}

// plan puts a release on the wire and makes its batches, which are not written.
func (l *ledger) plan(deliveries int) (wire.ReleaseID, []store.Batch, error) {
	var all []store.Batch
	var release wire.ReleaseID
	err := l.write(func(tx *store.Tx) error {
		it, err := l.item(tx)
		if err != nil {
			return err
		}
		release, all = it.Release, batches(it, 0, deliveries)
		return nil
	})
	return release, all, err
}

// serve plans a release, and writes its receipts in groups of a size.
func (l *ledger) serve(deliveries, size int) (wire.ReleaseID, ReceiptGroup, error) {
	group := ReceiptGroup{Size: size}
	release, batches, err := l.plan(deliveries)
	if err != nil {
		return release, group, err
	}
	seconds, err := timed(func() error { return l.write(func(tx *store.Tx) error { return tx.AddBatches(batches) }) })
	if err != nil {
		return release, group, err
	}
	l.plans = append(l.plans, seconds)
	group.CPU = -process.Used().CPU
	group.Seconds, err = timed(func() error { return l.receipts(batches, size) })
	group.CPU += process.Used().CPU
	group.Rate = float64(deliveries) / group.Seconds
	return release, group, err
}

// receipts writes the receipts of batches in groups, and seals each batch with
// its last.
func (l *ledger) receipts(all []store.Batch, group int) error {
	for i := range all {
		b := &all[i]
		tally := store.Tally{Matched: len(b.Recipients)}
		outcomes := make([]wire.Outcome, 0, len(b.Recipients))
		seq := 0
		for ids := range slices.Chunk(b.Recipients, group) {
			receipts := make([]wire.Receipt, 0, len(ids))
			at := time.Now().UTC()
			for _, id := range ids {
				r := wire.Receipt{Number: b.Number, Subscription: id, Outcome: wire.Accepted, Attempt: 1, Code: "250", At: at}
				if len(outcomes)%failing == 0 {
					r.Outcome, r.Code = wire.Failed, "550 5.1.1 no such user"
				}
				tally.Count(r, wire.Pending)
				receipts, outcomes = append(receipts, r), append(outcomes, r.Outcome)
			}
			err := l.write(func(tx *store.Tx) error {
				if err := tx.AppendReceipts(b, seq, receipts, tally); err != nil || len(outcomes) < len(b.Recipients) {
					return err
				}
				return tx.SealBatch(b.ID, outcomes, nil)
			})
			if err != nil {
				return err
			}
			seq++
		}
	}
	return nil
}

// reports is how often the report is asked for.
const reports = 21

// report asks for the report of a release as the desk does.
func (l *ledger) report(release wire.ReleaseID, result *LedgerResult) error {
	c := courier.New(courier.Options{Store: l.store, Channels: map[wire.Channel]courier.Channel{}, Now: time.Now, Since: func() time.Duration { return 0 }})
	var times []float64
	for range reports {
		var r *courier.Report
		seconds, err := timed(func() (err error) { r, err = c.Report(l.ctx, release); return err })
		if err != nil {
			return err
		}
		times = append(times, seconds)
		if len(r.Items) != 1 || len(r.Items[0].Channels) != 1 {
			return errors.New("the report does not have one item on one channel")
		}
		result.Accepted, result.Failed = r.Items[0].Channels[0].Accepted, r.Items[0].Channels[0].Failed
	}
	result.ReportCold = times[0]
	slices.Sort(times)
	result.Report = times[len(times)/2]
	return nil
}

// size is how many bytes the ledger's tables and indexes have, without what was
// freed in them.
func size(ctx context.Context, database string) (int64, error) {
	if path, ok := cutSQLite(database); ok {
		return sqliteSize(ctx, path)
	}
	db, err := sql.Open("pgx", database)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var total int64
	for _, table := range []string{"batch", "receipt", "exception"} {
		if _, err := db.ExecContext(ctx, "VACUUM FULL "+table); err != nil {
			return 0, err
		}
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT pg_total_relation_size($1::regclass)", table).Scan(&n); err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func cutSQLite(database string) (string, bool) {
	const scheme = "sqlite:"
	if len(database) > len(scheme) && database[:len(scheme)] == scheme {
		return database[len(scheme):], true
	}
	return "", false
}

// sqliteSize counts the pages of the ledger in a compact copy of the database.
func sqliteSize(ctx context.Context, path string) (int64, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return 0, fmt.Errorf("cannot compact the database: %w", err)
	}
	var n sql.NullInt64
	err = db.QueryRowContext(ctx, `SELECT SUM(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name IN ('batch', 'receipt', 'exception'))`).Scan(&n)
	return n.Int64, err
}
