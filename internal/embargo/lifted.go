package embargo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// liftedTime bounds what Lifted may take: the desk waits for it.
const liftedTime = 2 * time.Second

// Lifted sends the keys of items that are on the wire by now. The desk calls it
// after the commit of a lift and before it wakes the outbox: so keys have a start
// on the texts. An item without a seal, or that does not fit it, has no key. Should
// this process die here, edges have the keys from KeysTo.
func (e *Embargo) Lifted(items []wire.Item) {
	if len(items) == 0 || items[0].Scheduled.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), liftedTime)
	defer cancel()
	var rows []store.Advance
	err := e.o.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.AdvancesOf(items[0].Release)
		return err
	})
	if err != nil {
		e.o.Log.Error("keys cannot go out; the texts do", "release", items[0].Release, "error", err)
		return
	}
	messages := make([][]byte, len(items))
	var working sync.WaitGroup
	for i := range items {
		working.Go(func() { messages[i] = e.opened(&items[i], rows) })
	}
	working.Wait()
	for i, m := range messages { // in the order of the wire numbers
		e.recent.put(items[i].Number, m)
		if m == nil {
			if len(rows) > 0 {
				e.keys.WithLabelValues("unfit").Inc()
			}
			continue
		}
		if err := e.o.Tell(m); err != nil {
			e.o.Log.Error("a key cannot go out; the text does", "number", items[i].Number, "error", err)
			continue
		}
		e.keys.WithLabelValues("sent").Inc()
	}
}

// opened makes the key of an item, nil if no seal fits it.
func (e *Embargo) opened(it *wire.Item, rows []store.Advance) []byte {
	print := it.Print()
	for i := range rows {
		row := &rows[i]
		if row.Language != it.Language || !row.Opened {
			continue
		}
		s, err := e.secretOf(row)
		if err != nil || s.Print != print {
			continue
		}
		message, err := e.key(it, row, s.Secret)
		if err != nil {
			e.o.Log.Warn("a seal does not fit; the text goes out in the open", "number", it.Number, "error", err)
			continue
		}
		return message
	}
	return nil
}

// KeysTo gives the keys to items that are on the wire, for the bus to bring them in one
// message with each: then an item overtakes its key nowhere. nil for an item without
// a seal, or that does not fit it, or whose key cannot be made now; that is logged.
func (e *Embargo) KeysTo(ctx context.Context, items []store.Payload) [][]byte {
	messages := make([][]byte, len(items))
	var asked []int // of items: those for which the store must be asked
	for i := range items {
		if items[i].Action != wire.Publish {
			continue // only a first version is sealed
		}
		known := false
		if messages[i], known = e.recent.get(items[i].Number); !known {
			asked = append(asked, i)
		}
	}
	if len(asked) == 0 {
		return messages
	}
	rows := map[wire.ReleaseID][]store.Advance{}
	err := e.o.Store.Read(ctx, func(tx *store.Tx) (err error) {
		for _, i := range asked {
			release := items[i].Release
			if _, read := rows[release]; !read && err == nil {
				rows[release], err = tx.AdvancesOf(release)
			}
		}
		return err
	})
	if err != nil {
		e.o.Log.Error("keys cannot go beside their texts", "from", items[asked[0]].Number, "error", err)
		return messages
	}
	var working sync.WaitGroup
	for _, i := range asked {
		if of := rows[items[i].Release]; len(of) > 0 {
			working.Go(func() { messages[i] = e.keyBeside(&items[i], of) })
		}
	}
	working.Wait()
	return messages
}

// keyBeside makes the key of an item as it is stored, nil if no seal fits it.
func (e *Embargo) keyBeside(from *store.Payload, rows []store.Advance) []byte {
	var it wire.Item
	if err := json.Unmarshal(from.JSON, &it); err != nil {
		e.o.Log.Error("a key cannot go beside its text", "number", from.Number, "error", err)
		return nil
	}
	return e.opened(&it, rows)
}

// recentKeys are the keys that were made last, by wire number modulo their number:
// the outbox is about to ask for them.
type recentKeys struct {
	mu   sync.Mutex
	keys [256]struct {
		number  int64
		message []byte // nil: there is none
	}
}

func (r *recentKeys) put(number int64, message []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := &r.keys[number%int64(len(r.keys))]
	at.number, at.message = number, message
}

// get returns the key to an item; known is false if nobody tried to make one.
func (r *recentKeys) get(number int64) (message []byte, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := &r.keys[number%int64(len(r.keys))]
	if at.number != number {
		return nil, false
	}
	return at.message, true
}

// key makes the key of an item after making sure that its seal opens to exactly
// what goes to everybody else.
func (e *Embargo) key(it *wire.Item, row *store.Advance, s advance.Secret) ([]byte, error) {
	seal, err := advance.ParseSeal(row.Seal, e.o.Keys.PublicKey())
	if err != nil {
		return nil, err
	}
	m, err := KeyTo(it, s)
	if err != nil {
		return nil, err
	}
	text, err := ninjs.Line(it, e.o.Site)
	if err != nil {
		return nil, err
	}
	opened, err := m.Open(seal, row.Sealed, e.o.Keys.PublicKey())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(opened.Text, text) {
		return nil, wire.Errorf(wire.Conflict, row.ID, "opens to another text")
	}
	return m.Message(), nil
}

// KeyTo is the key to an item that is cleared and signed, of which a secret opens the
// seal.
func KeyTo(it *wire.Item, s advance.Secret) (k advance.Key, err error) {
	if k.ID, err = s.ID(); err != nil {
		return k, err
	}
	k.Secret = s
	k.Late, err = lateOf(it)
	return k, err
}

// lateOf is what the clear gave an item.
func lateOf(it *wire.Item) (l advance.Late, err error) {
	if l.Item, err = advance.ParseID(string(it.ID)); err != nil {
		return l, err
	}
	signature, err := base64.StdEncoding.DecodeString(it.Signature)
	if err != nil {
		return l, err
	}
	l.Number, l.LiftedAt = it.Number, it.ClearTime
	if copy(l.Signature[:], signature) != len(signature) {
		return l, wire.Errorf(wire.Internal, "", "item %d is not signed as it must be", it.Number)
	}
	return l, nil
}
