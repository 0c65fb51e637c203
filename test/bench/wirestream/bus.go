package wirestream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bus is a NATS server with JetStream in this process, which others reach over
// loopback, and the stream of items on it.
type Bus struct {
	server *server.Server
	bus    *bus.Bus
}

// OpenBus starts it with its files in a folder. The caller closes it.
func OpenBus(ctx context.Context, dir string) (*Bus, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "bench", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, MaxPayload: 8 << 20,
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, errors.New("the NATS server does not come up")
	}
	b := &Bus{server: s}
	b.bus, err = bus.Open(ctx, bus.Options{URL: s.ClientURL(), Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Address is the URL that edges follow.
func (b *Bus) Address() string { return b.server.ClientURL() }

// Prepare writes an item as it stands on the bus.
func (b *Bus) Prepare(it wire.Item) (func(context.Context) error, error) {
	payload, err := json.Marshal(it)
	if err != nil {
		return nil, fmt.Errorf("item %d: %w", it.Number, err)
	}
	return func(ctx context.Context) error {
		return b.bus.Publish(ctx, bus.Item{Number: it.Number, ID: string(it.ID), Kill: it.Action == wire.Kill, Payload: payload})
	}, nil
}

// Close ends the server.
func (b *Bus) Close() error {
	if b.bus != nil {
		b.bus.Close()
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
	return nil
}
