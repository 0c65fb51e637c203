package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wireroom/wireroom/internal/wire"
)

// fetchTime is how long one fetch of items may wait for those that are there.
const fetchTime = 5 * time.Second

// First returns the wire number of the oldest item that the stream still holds;
// of an empty stream that of the next to come.
func (b *Bus) First(ctx context.Context) (int64, error) {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return 0, unreadable(err)
	}
	return max(1, int64(info.State.FirstSeq)), nil
}

// Items returns up to limit items with a number above after, ascending: from the
// oldest that the stream still holds, if that is higher.
func (b *Bus) Items(ctx context.Context, after int64, limit int) ([]Item, error) {
	last, err := b.Last(ctx)
	if err != nil || after >= last {
		return nil, err
	}
	if limit == 1 {
		found, err := b.item(ctx, after+1)
		if err != nil || found != nil {
			return found, err
		}
	}
	return b.fetch(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(after + 1),
	}, last, limit)
}

// item returns the item with a number; none if the stream holds it no longer.
func (b *Bus) item(ctx context.Context, number int64) ([]Item, error) {
	m, err := b.stream.GetMsg(ctx, uint64(number))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return []Item{{Number: number, Kill: m.Subject == killSubject, Payload: m.Data}}, nil
}

// Kills returns every kill that the stream holds.
func (b *Bus) Kills(ctx context.Context) ([]Item, error) {
	info, err := b.stream.Info(ctx, jetstream.WithSubjectFilter(killSubject))
	if err != nil {
		return nil, unreadable(err)
	}
	return b.fetch(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, FilterSubjects: []string{killSubject},
	}, int64(info.State.LastSeq), int(info.State.Subjects[killSubject]))
}

// fetch reads up to limit items up to a number.
func (b *Bus) fetch(ctx context.Context, config jetstream.OrderedConsumerConfig, last int64, limit int) ([]Item, error) {
	if limit <= 0 {
		return nil, nil
	}
	// The server forgets a consumer that nobody reads from by itself.
	config.InactiveThreshold = 10 * time.Second
	consumer, err := b.js.OrderedConsumer(ctx, streamName, config)
	if err != nil {
		return nil, unreadable(err)
	}
	items := []Item{}
	for len(items) < limit && ctx.Err() == nil {
		if n := len(items); n > 0 && items[n-1].Number >= last {
			return items, nil
		}
		before := len(items)
		want := limit - len(items)
		if config.OptStartSeq > 0 {
			from := int64(config.OptStartSeq)
			if before > 0 {
				from = items[before-1].Number + 1
			}
			want = min(want, int(last-from+1))
		}
		batch, err := consumer.Fetch(want, jetstream.FetchMaxWait(fetchTime))
		if err != nil {
			return nil, unreadable(err)
		}
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return nil, err
			}
			items = append(items, Item{Number: int64(meta.Sequence.Stream), Kill: m.Subject() == killSubject, Payload: m.Data()})
			if meta.NumPending == 0 { // the oldest that were asked for are held no longer
				return items, nil
			}
		}
		if err := batch.Error(); err != nil {
			return nil, unreadable(err)
		}
		if len(items) == before {
			return nil, wire.Errorf(wire.Unavailable, "nats", "the stream does not give its items")
		}
	}
	return items, ctx.Err()
}

func unreadable(err error) error {
	return wire.Errorf(wire.Unavailable, "nats", "cannot read the stream: %w", err)
}

// Ask has a payload handled by one of the processes that Answer on a topic, and
// returns when it has been. An Unavailable error says that it is not known
// whether it was; asking again must do no harm.
func (b *Bus) Ask(ctx context.Context, topic string, payload []byte) error {
	reply, err := b.conn.RequestWithContext(ctx, "ask."+topic, payload)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "nats", "nobody answers on %s: %w", topic, err)
	}
	if len(reply.Data) > 0 {
		return wire.Errorf(wire.Unavailable, "nats", "%s: %s", topic, reply.Data)
	}
	return nil
}

// Answer has f handle what is asked on a topic, one payload at a time. Of several
// processes that answer one gets each. What f returns is told to who asked. The
// function ends it.
func (b *Bus) Answer(topic string, f func(payload []byte) error) (stop func(), err error) {
	sub, err := b.conn.QueueSubscribe("ask."+topic, "wireroom", func(m *nats.Msg) {
		var said []byte
		if err := f(m.Data); err != nil {
			said = []byte(err.Error())
		}
		if err := m.Respond(said); err != nil && !b.conn.IsClosed() {
			b.log.Warn("bus: an answer is lost", "topic", topic, "error", err)
		}
	})
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "nats", "cannot listen on the bus: %w", err)
	}
	var once sync.Once
	return func() { once.Do(func() { _ = sub.Unsubscribe() }) }, nil
}
