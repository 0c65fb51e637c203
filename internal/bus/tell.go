package bus

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/wireroom/wireroom/internal/wire"
)

// Tell sends a message to whoever listens to a topic at this moment, in any
// process. It is kept nowhere and may be lost: what it says must be found in the
// store as well.
func (b *Bus) Tell(topic string, message []byte) error {
	if err := b.conn.Publish("tell."+topic, message); err != nil {
		return wire.Errorf(wire.Unavailable, "nats", "cannot tell of %s: %w", topic, err)
	}
	return nil
}

// OnTold calls f with each message of a topic, in the order in which it comes
// from one process, one at a time. The function ends it.
func (b *Bus) OnTold(topic string, f func([]byte)) (stop func(), err error) {
	sub, err := b.conn.Subscribe("tell."+topic, func(m *nats.Msg) { f(m.Data) })
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "nats", "cannot listen on the bus: %w", err)
	}
	var once sync.Once
	return func() { once.Do(func() { _ = sub.Unsubscribe() }) }, nil
}

// Inquire asks whoever answers for a topic and returns what it says.
func (b *Bus) Inquire(ctx context.Context, topic string, question []byte) ([]byte, error) {
	reply, err := b.conn.RequestWithContext(ctx, "inquire."+topic, question)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "nats", "nobody answers on %s: %w", topic, err)
	}
	return reply.Data, nil
}

// OnInquiry has f answer what is asked about a topic, one question at a time. Of
// several processes that answer one gets each. The function ends it.
func (b *Bus) OnInquiry(topic string, f func(question []byte) []byte) (stop func(), err error) {
	sub, err := b.conn.QueueSubscribe("inquire."+topic, "wireroom", func(m *nats.Msg) {
		if err := m.Respond(f(m.Data)); err != nil && !b.conn.IsClosed() {
			b.log.Warn("bus: an answer is lost", "topic", topic, "error", err)
		}
	})
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "nats", "cannot listen on the bus: %w", err)
	}
	var once sync.Once
	return func() { once.Do(func() { _ = sub.Unsubscribe() }) }, nil
}
