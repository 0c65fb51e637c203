package store

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// ItemTally counts the receipts of an item on a channel: those of its plan, or
// those of what was sent again.
type ItemTally struct {
	Number  int64
	Channel wire.Channel
	Resend  bool
	Tally
}

// TalliesOf counts the receipts of every item of a release, by number and
// channel. Those of digests that an item was in stand under the channel
// wire.InDigest.
func (tx *Tx) TalliesOf(release wire.ReleaseID) ([]ItemTally, error) {
	rows, err := tx.query(`SELECT number, channel, resend, CAST(SUM(size) AS BIGINT), CAST(SUM(accepted) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(deferred) AS BIGINT), CAST(SUM(suppressed) AS BIGINT), CAST(SUM(superseded) AS BIGINT), CAST(SUM(unfit) AS BIGINT), CAST(SUM(bounced) AS BIGINT), CAST(SUM(complained) AS BIGINT), CAST(SUM(CASE WHEN open = $2 AND due_at > $3 THEN size ELSE 0 END) AS BIGINT),
		COALESCE(MIN(CASE WHEN first_at > 0 THEN first_at END), 0), MAX(last_at)
		FROM batch WHERE release = $1 GROUP BY number, channel, resend
		UNION ALL SELECT i.number, 'digest', b.resend, CAST(SUM(size) AS BIGINT), CAST(SUM(accepted) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(deferred) AS BIGINT), CAST(SUM(suppressed) AS BIGINT), CAST(SUM(superseded) AS BIGINT), CAST(SUM(unfit) AS BIGINT), CAST(SUM(bounced) AS BIGINT), CAST(SUM(complained) AS BIGINT), 0,
		COALESCE(MIN(CASE WHEN first_at > 0 THEN first_at END), 0), MAX(last_at)
		FROM digest_item i JOIN batch b ON b.number = -i.digest WHERE i.release = $1 GROUP BY i.number, b.resend
		ORDER BY 1, 2, 3`, release, true, micros(tx.Now()))
	return collect(rows, err, func(rows *sql.Rows, t *ItemTally) error {
		var first, last int64
		err := rows.Scan(&t.Number, &t.Channel, &t.Resend, &t.Matched, &t.Accepted, &t.Failed, &t.Deferred, &t.Suppressed, &t.Superseded, &t.Unfit, &t.Bounced, &t.Complained, &t.Waiting, &first, &last)
		t.First, t.Last = fromMicros(first), fromMicros(last)
		return err
	})
}

// ExceptionBatches returns the batches of a release, and of digests it was in,
// that have exceptions, by id, from an id on, without their recipients. With a number other than 0, those of
// that item alone.
func (tx *Tx) ExceptionBatches(release wire.ReleaseID, number, from int64) ([]ExceptionBatch, error) {
	// The place to begin is not asked of the database: PostgreSQL would take its
	// index for it, which holds every batch there ever was.
	rows, err := tx.query(`SELECT id, number, channel, failed, deferred, unfit, bounced + complained FROM batch WHERE release = $1 AND (failed > 0 OR deferred > 0 OR unfit > 0 OR bounced > 0 OR complained > 0)
		UNION ALL SELECT id, number, channel, failed, deferred, unfit, bounced + complained FROM batch WHERE number IN (SELECT -digest FROM digest_item WHERE release = $1) AND (failed > 0 OR deferred > 0 OR unfit > 0 OR bounced > 0 OR complained > 0)
		ORDER BY 1`, release)
	all, err := collect(rows, err, func(rows *sql.Rows, b *ExceptionBatch) error {
		return rows.Scan(&b.ID, &b.Number, &b.Channel, &b.Failed, &b.Deferred, &b.Unfit, &b.Returned)
	})
	return slices.DeleteFunc(all, func(b ExceptionBatch) bool {
		return b.ID < from || number != 0 && b.Number != number
	}), err
}

// ExceptionBatch is a batch with how many exceptions of each kind it has.
type ExceptionBatch struct {
	ID, Number       int64
	Channel          wire.Channel
	Failed, Deferred int
	Unfit            int
	Returned         int // bounced or complained of
}

// ExceptionsBetween returns the exceptions after one, by batch and subscription,
// up to the end of a batch: those of every batch in between, whatever release it
// is of.
func (tx *Tx) ExceptionsBetween(batch int64, after wire.SubscriptionID, last int64, limit int) ([]Exception, error) {
	return tx.exceptions(`WHERE e.batch >= $1 AND e.batch <= $2 AND (e.batch > $1 OR e.subscription > $3) ORDER BY e.batch, e.subscription LIMIT $4`, batch, last, after, limit)
}

// ExceptionsSince returns the exceptions whose last attempt was at a time or
// later, the newest first.
func (tx *Tx) ExceptionsSince(at time.Time, limit int) ([]Exception, error) {
	return tx.exceptions(`WHERE e.at >= $1 ORDER BY e.at DESC LIMIT $2`, micros(at), limit)
}

// Standing is how an item stands with one subscription, over all batches that
// bring it.
type Standing struct {
	Channel wire.Channel
	// Outcome is Accepted once it came with any batch; else that of the newest
	// batch in which it has one.
	Outcome wire.Outcome
	// UnderWay says that a batch will still attempt it by itself.
	UnderWay bool
}

// StandingsOf returns how an item stands with everyone who was planned to get it.
func (tx *Tx) StandingsOf(number int64) (map[wire.SubscriptionID]Standing, error) {
	rows, err := tx.query(`SELECT `+batchColumns+`, open, outcomes FROM batch WHERE number = $1 ORDER BY id`, number)
	all, err := collect(rows, err, scanOutcomes)
	if err != nil {
		return nil, err
	}
	standings := map[wire.SubscriptionID]Standing{}
	for i := range all {
		b := &all[i]
		if err := tx.learn(b); err != nil {
			return nil, err
		}
		for place, id := range b.Recipients {
			one := Standing{Channel: b.Channel}
			one.Outcome, _ = b.outcome(place)
			one.UnderWay = !one.Outcome.Final()
			if before, ok := standings[id]; ok {
				one.UnderWay = one.UnderWay || before.UnderWay
				if before.Outcome == wire.Accepted || one.Outcome == wire.Pending {
					one.Outcome = before.Outcome
				}
			}
			standings[id] = one
		}
	}
	return standings, nil
}

// batchOutcomes is a batch with what is known of each recipient.
type batchOutcomes struct {
	Batch
	resend, open bool
	returned     bool   // some of it came back
	spared       bool   // some receivers were, or were overtaken
	sealed       []byte // one outcome a recipient
	latest       map[wire.SubscriptionID]wire.Receipt
	last         time.Time
}

func scanOutcomes(rows *sql.Rows, b *batchOutcomes) error {
	var packed []byte
	var due int64
	if err := rows.Scan(&b.ID, &b.Number, &b.Release, &b.Language, &b.Channel, &b.Rank, &b.Shard, &due, &packed, &b.open, &b.sealed); err != nil {
		return err
	}
	b.Recipients, b.Due = unpackIDs(packed), fromMicros(due)
	return nil
}

// learn reads the receipts of a batch that is open.
func (tx *Tx) learn(b *batchOutcomes) error {
	if !b.open {
		return nil
	}
	p, err := tx.BatchProgress(&b.Batch)
	b.latest = p.Latest
	return err
}

// outcome is what came of a recipient; untried says that it is certain that nothing
// was sent to them.
func (b *batchOutcomes) outcome(place int) (o wire.Outcome, untried bool) {
	switch {
	case b.open:
		r := b.latest[b.Recipients[place]]
		return r.Outcome, r.Untried
	case place < len(b.sealed):
		return unpackOutcome(b.sealed[place])
	}
	return wire.Pending, false
}

// Delivery is one delivery to one subscription, as the ledger knows it.
type Delivery struct {
	Batch   int64
	Channel wire.Channel
	Resend  bool
	// Receipt is the newest: item, subscription and outcome always; attempt, time
	// and code only as long as the batch is open, or if it is an exception.
	Receipt wire.Receipt
	// By is when the last of its batch was accepted; zero if none was.
	By time.Time
}

// maxSearched bounds how many batches one call of DeliveriesTo unpacks.
const maxSearched = 50_000

// DeliveriesTo returns up to limit deliveries to subscriptions, the newest plan
// first, from batches with an id below before (0: from the newest). It also
// returns where the next page begins: pass it as before; 0 at the end. A page may
// be shorter than limit before the end.
func (tx *Tx) DeliveriesTo(ids []wire.SubscriptionID, before int64, limit int) ([]Delivery, int64, error) {
	if len(ids) == 0 || limit <= 0 {
		return nil, 0, nil
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	low, high := slices.Min(ids), slices.Max(ids)
	wanted := slices.Clone(ids)
	slices.Sort(wanted)
	var found []Delivery
	for searched := 0; searched < maxSearched; {
		const chunk = 256
		n, err := tx.searchBatches(&before, low, high, chunk, func(b *batchOutcomes) (bool, error) {
			more, err := tx.deliveriesIn(b, wanted)
			found = append(found, more...)
			return len(found) < limit, err
		})
		if err != nil {
			return nil, 0, err
		}
		if len(found) >= limit {
			return found, before, nil
		}
		if n < chunk {
			return found, 0, nil
		}
		searched += n
	}
	return found, before, nil
}

// searchBatches visits up to limit batches that hold a recipient between low and
// high, downwards from *before, which it moves along; it ends early when visit
// says so. It returns how many it looked at. Of most it reads the recipients
// alone.
func (tx *Tx) searchBatches(before *int64, low, high wire.SubscriptionID, limit int, visit func(*batchOutcomes) (bool, error)) (int, error) {
	looked := 0
	rows, err := tx.query(`SELECT id, recipients FROM batch WHERE id < $1 ORDER BY id DESC LIMIT $2`, *before, limit)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var holding []int64
	for rows.Next() {
		var id int64
		var packed sql.RawBytes
		if err := rows.Scan(&id, &packed); err != nil {
			return 0, err
		}
		*before = id
		looked++
		if holdsBetween(packed, low, high) {
			holding = append(holding, id)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for _, id := range holding {
		b, err := tx.batchOutcomes(id)
		if err != nil {
			return 0, err
		}
		if more, err := visit(b); err != nil || !more {
			*before = id
			return looked, err
		}
	}
	return looked, nil
}

func (tx *Tx) batchOutcomes(id int64) (*batchOutcomes, error) {
	b := &batchOutcomes{}
	b.ID = id
	var packed []byte
	var last, returned int64
	err := tx.queryRow(`SELECT number, channel, resend, open, recipients, outcomes, last_at, bounced + complained FROM batch WHERE id = $1`, id).
		Scan(&b.Number, &b.Channel, &b.resend, &b.open, &packed, &b.sealed, &last, &returned)
	b.Recipients, b.last, b.returned = unpackIDs(packed), fromMicros(last), returned > 0
	return b, err
}

// holdsBetween reports whether packed recipients have one between low and high:
// as cheap as can be, because most have none.
func holdsBetween(packed []byte, low, high wire.SubscriptionID) bool {
	for id := uint64(0); len(packed) > 0; {
		difference, n := binary.Uvarint(packed)
		if n <= 0 {
			return false
		}
		if id += difference; id >= uint64(low) {
			return id <= uint64(high)
		}
		packed = packed[n:]
	}
	return false
}

// deliveriesIn returns the deliveries of a batch to some subscriptions, which are
// ascending.
func (tx *Tx) deliveriesIn(b *batchOutcomes, wanted []wire.SubscriptionID) ([]Delivery, error) {
	var found []Delivery
	for _, id := range wanted {
		place, ok := b.Place(id)
		if !ok {
			continue
		}
		if b.open && b.latest == nil {
			if err := tx.learn(b); err != nil {
				return nil, err
			}
		}
		d := Delivery{Batch: b.ID, Channel: b.Channel, Resend: b.resend, By: b.last, Receipt: wire.Receipt{Number: b.Number, Subscription: id}}
		d.Receipt.Outcome, _ = b.outcome(place)
		if r, ok := b.latest[id]; ok {
			d.Receipt = r
		} else if d.Receipt.Outcome == wire.Failed || d.Receipt.Outcome == wire.Unfit || d.Receipt.Outcome == wire.Accepted && b.returned {
			exceptions, err := tx.exceptions(`WHERE e.batch = $1 AND e.subscription = $2`, b.ID, id)
			if err != nil {
				return nil, err
			}
			for _, e := range exceptions {
				d.Receipt = e.Receipt
			}
		}
		found = append(found, d)
	}
	return found, nil
}

// Holding is a subscription with whose it is.
type Holding struct {
	wire.Subscription
	Holder string // name of the outlet or contact; "" where there is none
	// Of one that is paused: since when, by whom, why. The time is zero where
	// nobody noted it; nobody is the wire itself.
	PausedSince         time.Time
	PausedBy, PausedFor string
}

const holdingColumns = `s.id, s.outlet, s.contact, s.query, s.channel, s.address, s.secret, s.format, s.paused, s.expires, s.preference, COALESCE(o.name, c.name, ''), s.paused_since, s.paused_by, s.paused_for`

func (tx *Tx) holdings(where string, args ...any) ([]Holding, error) {
	rows, err := tx.query(`SELECT `+holdingColumns+` FROM subscription s LEFT JOIN outlet o ON o.id = s.outlet LEFT JOIN contact c ON c.id = s.contact `+where, args...)
	return collect(rows, err, func(rows *sql.Rows, h *Holding) error {
		var since int64
		err := scanHolding(rows, &h.Subscription, &h.Holder, &since, &h.PausedBy, &h.PausedFor)
		if h.Paused && since != 0 {
			h.PausedSince = fromMicros(since)
		}
		if !h.Paused {
			h.PausedBy, h.PausedFor = "", ""
		}
		return err
	})
}

// HoldingsOf returns the subscriptions of an outlet and of its contacts, by id.
func (tx *Tx) HoldingsOf(outlet wire.OutletID) ([]Holding, error) {
	if outlet == 0 {
		return nil, nil
	}
	return tx.holdings(`WHERE s.outlet = $1 OR s.contact IN (SELECT id FROM contact WHERE outlet = $1) ORDER BY s.id`, outlet)
}

// Holding returns one subscription with whose it is; NotFound if there is none.
func (tx *Tx) Holding(id wire.SubscriptionID) (Holding, error) {
	all, err := tx.holdings(`WHERE s.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = wire.Errorf(wire.NotFound, "subscription", "there is no subscription %d", id)
	}
	if err != nil {
		return Holding{}, err
	}
	return all[0], nil
}

// HoldingFilter chooses subscriptions. Zero values choose all that are in force.
type HoldingFilter struct {
	Outlet  wire.OutletID // its own and those of its contacts
	Contact wire.ContactID
	Channel wire.Channel
	Address string // as it stands in the directory
	Paused  bool   // those that are paused as well
	After   wire.SubscriptionID
	Limit   int // at most; must be positive
}

// Holdings returns the subscriptions that a filter chooses, by id.
func (tx *Tx) Holdings(f HoldingFilter) ([]Holding, error) {
	if f.Limit <= 0 {
		return nil, wire.Errorf(wire.Invalid, "limit", "must be positive")
	}
	args := []any{f.After, f.Limit}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	where := `WHERE s.id > $1`
	if f.Outlet != 0 {
		outlet := arg(f.Outlet)
		where += ` AND (s.outlet = ` + outlet + ` OR s.contact IN (SELECT id FROM contact WHERE outlet = ` + outlet + `))`
	}
	if f.Contact != 0 {
		where += ` AND s.contact = ` + arg(f.Contact)
	}
	if f.Channel != "" {
		where += ` AND s.channel = ` + arg(f.Channel)
	}
	if f.Address != "" {
		where += ` AND s.address = ` + arg(f.Address)
	}
	if !f.Paused {
		where += ` AND s.paused = ` + arg(false)
	}
	return tx.holdings(where+` ORDER BY s.id LIMIT $2`, args...)
}

// PausedHoldings returns subscriptions after an id that are paused, by id.
func (tx *Tx) PausedHoldings(after wire.SubscriptionID, limit int) ([]Holding, error) {
	return tx.holdings(`WHERE s.paused = $1 AND s.id > $2 ORDER BY s.id LIMIT $3`, true, after, limit)
}

// DeliveryAct is what a person did to deliveries.
type DeliveryAct struct {
	ID      int64
	Request string // key of the request; "" if none was given
	At      time.Time
	Actor   wire.Actor
	Verb    string // "resend", "suspend", "resume", "rotate", "subscribe", "change"
	Subject string // what it was about: "release …", "subscription 7"
	Reason  string
	Amount  int    // deliveries it made
	Detail  string // what the first answer said, for whoever asks again
}

const actColumns = `id, request, at, actor, role, verb, subject, reason, amount, detail`

func scanAct(rows *sql.Rows, a *DeliveryAct) error {
	var at int64
	var request sql.NullString
	err := rows.Scan(&a.ID, &request, &at, &a.Actor.Name, &a.Actor.Role, &a.Verb, &a.Subject, &a.Reason, &a.Amount, &a.Detail)
	a.Request, a.At = request.String, fromMicros(at)
	return err
}

// AddDeliveryAct writes down an act and gives it its id. At is the transaction's
// time, whatever the act says. A request key that was used before is a Conflict.
func (tx *Tx) AddDeliveryAct(a *DeliveryAct) (err error) {
	if a.ID, err = tx.next("delivery_act"); err != nil {
		return err
	}
	a.At = tx.Now()
	_, err = tx.exec(`INSERT INTO delivery_act (`+actColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.ID, sql.NullString{String: a.Request, Valid: a.Request != ""}, micros(a.At), a.Actor.Name, a.Actor.Role, a.Verb, a.Subject, a.Reason, a.Amount, a.Detail)
	if err != nil && tx.d.unique(err) {
		return wire.Errorf(wire.Conflict, "request", "this was asked for before: %w", err)
	}
	return err
}

// DeliveryActOf returns the act that a request key made; false if the key is new.
func (tx *Tx) DeliveryActOf(request string) (DeliveryAct, bool, error) {
	rows, err := tx.query(`SELECT `+actColumns+` FROM delivery_act WHERE request = $1`, request)
	all, err := collect(rows, err, scanAct)
	if err != nil || len(all) == 0 {
		return DeliveryAct{}, false, err
	}
	return all[0], true, nil
}

// DeliveryActs returns acts with an id below before (0: from the newest), the
// newest first.
func (tx *Tx) DeliveryActs(before int64, limit int) ([]DeliveryAct, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := tx.query(`SELECT `+actColumns+` FROM delivery_act WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	return collect(rows, err, scanAct)
}

// Contact returns one contact; NotFound if there is none.
func (tx *Tx) Contact(id wire.ContactID) (wire.Contact, error) {
	c := wire.Contact{ID: id}
	err := tx.queryRow(`SELECT outlet, name, email, country, language FROM contact WHERE id = $1`, id).Scan(&c.Outlet, &c.Name, &c.Email, &c.Country, &c.Language)
	if errors.Is(err, sql.ErrNoRows) {
		err = wire.Errorf(wire.NotFound, "contact", "there is no contact %d", id)
	}
	return c, err
}

// Outlet returns one outlet; NotFound if there is none.
func (tx *Tx) Outlet(id wire.OutletID) (wire.Outlet, error) {
	o := wire.Outlet{ID: id}
	err := tx.queryRow(`SELECT name, country, language, kind FROM outlet WHERE id = $1`, id).Scan(&o.Name, &o.Country, &o.Language, &o.Kind)
	if errors.Is(err, sql.ErrNoRows) {
		err = wire.Errorf(wire.NotFound, "outlet", "there is no outlet %d", id)
	}
	return o, err
}
