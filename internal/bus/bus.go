package bus

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wireroom/wireroom/internal/wire"
)

const (
	streamName = "WIRE"
	subject    = "wire.item"
	// killSubject is that of kills: who must know which stories are dead finds
	// them without reading everything.
	killSubject = "wire.item.kill"
	// maxPayload is what one item may weigh on the bus: the text limit of a
	// release with room for JSON's escapes.
	maxPayload = 8 << 20
	// errWrongLastSequence is JetStream's code for a failed expectation.
	errWrongLastSequence jetstream.ErrorCode = 10071
)

// Options says which bus to open.
type Options struct {
	Dir      string // of the embedded server's files; used when URL is empty
	URL      string // nats://host:port[,…] of an external cluster
	Replicas int    // of the stream on an external cluster; 0 means 1
	// Reader says that this process only reads the stream, which must be there.
	Reader bool
	// MirrorOf is the JetStream domain that the stream is in, where the servers of
	// URL are leaf nodes of it with a domain of their own: the stream is mirrored
	// here, and every item crosses the way between once. Only a Reader has one.
	MirrorOf string
	Log      *slog.Logger // nil: slog.Default
}

// Bus is an open bus. It is safe for concurrent use.
type Bus struct {
	server *server.Server // nil when external
	unlock func()
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	log    *slog.Logger
}

// Open starts the embedded server or connects to an external one, and makes the
// stream where it is missing. One process at a time may use a Dir. The caller
// closes the bus.
func Open(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{log: o.Log, unlock: func() {}}
	if b.log == nil {
		b.log = slog.Default()
	}
	if err := b.connect(o); err != nil {
		b.Close()
		return nil, err
	}
	js, err := jetstream.New(b.conn)
	if err != nil {
		b.Close()
		return nil, err
	}
	b.js = js
	if b.stream, err = b.open(ctx, o); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// open makes the stream, or the mirror of it, or finds it.
func (b *Bus) open(ctx context.Context, o Options) (jetstream.Stream, error) {
	// Limits policy without limits: the stream keeps everything, so that
	// whoever comes late can replay it.
	config := jetstream.StreamConfig{
		Name: streamName, Storage: jetstream.FileStorage, Replicas: max(o.Replicas, 1), DenyDelete: true,
		Description: "cleared items; the sequence is the wire number",
	}
	switch {
	case o.MirrorOf != "":
		stream, err := b.js.Stream(ctx, streamName)
		if err == nil { // whoever made it may have set limits
			return stream, nil
		}
		config.Mirror = &jetstream.StreamSource{Name: streamName, Domain: o.MirrorOf}
		if stream, err = b.js.CreateOrUpdateStream(ctx, config); err != nil {
			return nil, wire.Errorf(wire.Unavailable, "nats", "cannot mirror the stream %s of the domain %s: %w", streamName, o.MirrorOf, err)
		}
		return stream, nil
	case o.Reader:
		stream, err := b.js.Stream(ctx, streamName)
		if err != nil {
			return nil, wire.Errorf(wire.Unavailable, "nats", "there is no stream %s to read: start a process with the role web or clock first: %w", streamName, err)
		}
		return stream, nil
	}
	config.Subjects, config.MaxMsgSize = []string{subject, killSubject}, maxPayload
	stream, err := b.js.CreateOrUpdateStream(ctx, config)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "nats", "cannot make the stream %s: %w", streamName, err)
	}
	return stream, nil
}

func (b *Bus) connect(o Options) error {
	options := []nats.Option{
		nats.Name("wireroom"), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("bus disconnected", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { b.log.Info("bus connected again") }),
	}
	url := o.URL
	if url == "" {
		if err := b.embed(o.Dir); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(b.server))
	}
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "nats", "cannot reach the bus: %w", err)
	}
	b.conn = conn
	if limit := conn.MaxPayload(); limit < maxPayload {
		return wire.Errorf(wire.Invalid, "nats", "the bus takes messages of %d bytes at most, and an item may have %d: set max_payload: 8MB in its configuration", limit, maxPayload)
	}
	return nil
}

// embed starts a server inside the process. It listens on no port.
func (b *Bus) embed(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return wire.Errorf(wire.Unavailable, "bus", "cannot make the folder of the bus: %w", err)
	}
	unlock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return wire.Errorf(wire.Unavailable, "bus", "%s is in use by another wireroom: end it, or give this one a --data folder of its own: %w", dir, err)
	}
	b.unlock = unlock
	s, err := server.NewServer(&server.Options{
		ServerName: "wireroom", DontListen: true, NoSigs: true, MaxPayload: maxPayload,
		JetStream: true, StoreDir: dir,
		// By default JetStream syncs every two minutes, and a power cut takes
		// everything acknowledged since.
		SyncAlways: true,
	})
	if err != nil {
		return wire.Errorf(wire.Unavailable, "bus", "cannot start the embedded bus: %w", err)
	}
	s.SetLoggerV2(serverLog{b.log}, false, false, false)
	b.server = s
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return wire.Errorf(wire.Unavailable, "bus", "the embedded bus does not come up")
	}
	return nil
}

// Close ends the connection and the embedded server. What was published is on
// disk.
func (b *Bus) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	b.unlock()
}

// Connected reports whether the bus can be reached at this moment.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// ErrOutOfStep is returned by Publish when the stream does not end at the item
// before: someone else published it, or the stream lost its tail.
var ErrOutOfStep = errors.New("bus: the stream does not end at the item before")

// Item is an item as it stands on the stream.
type Item struct {
	Number  int64  // on the wire
	ID      string // by which the stream knows it again; only Publish needs it
	Kill    bool   // its action
	Payload []byte // JSON
	// Key opens what was sent ahead of the item (package seal/advance); nil if
	// nothing was, or it does not fit. It comes in one message with the item, so that
	// neither overtakes the other.
	Key []byte
}

// keyHeader is where Item.Key stands, in base64.
const keyHeader = "Wireroom-Key"

// Publish puts an item on the stream under its wire number and returns when it
// is on disk. The number must be the one after the stream's last; otherwise
// ErrOutOfStep, and nothing was published. After any other error it is unknown
// whether the item is on the stream: ask Last.
func (b *Bus) Publish(ctx context.Context, it Item) error {
	m, number := &nats.Msg{Subject: subject, Data: it.Payload}, it.Number
	if it.Kill {
		m.Subject = killSubject
	}
	if it.Key != nil {
		m.Header = nats.Header{keyHeader: {base64.StdEncoding.EncodeToString(it.Key)}}
	}
	ack, err := b.js.PublishMsg(ctx, m,
		jetstream.WithMsgID(it.ID), jetstream.WithExpectLastSequence(uint64(number-1)))
	if err != nil {
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == errWrongLastSequence {
			return ErrOutOfStep
		}
		return wire.Errorf(wire.Unavailable, "nats", "cannot publish item %d: %w", number, err)
	}
	if ack.Sequence != uint64(number) {
		return ErrOutOfStep
	}
	return nil
}

// Last returns the wire number of the newest item on the stream, 0 if it is
// empty.
func (b *Bus) Last(ctx context.Context) (int64, error) {
	info, err := b.stream.Info(ctx)
	if err != nil {
		return 0, wire.Errorf(wire.Unavailable, "nats", "cannot read the stream: %w", err)
	}
	return int64(info.State.LastSeq), nil
}

// Follow calls f for every item with a number above after, in order and without
// gaps, then for each new one as it comes, until ctx ends or f returns an
// error, which it returns. Lost connections are made up for. The items have no ID.
func (b *Bus) Follow(ctx context.Context, after int64, f func(Item) error) error {
	for ctx.Err() == nil {
		err := b.follow(ctx, &after, f)
		if stop, ok := errors.AsType[*stopError](err); ok {
			return stop.err
		}
		if ctx.Err() != nil {
			break
		}
		b.log.Warn("bus: following again", "after", after, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	return ctx.Err()
}

// stopError marks an error that came from f.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }

// follow reads until the consumer fails. The consumer is a new one each time,
// placed by number: it remembers nothing that could differ from the store.
func (b *Bus) follow(ctx context.Context, after *int64, f func(Item) error) error {
	consumer, err := b.js.OrderedConsumer(ctx, streamName, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(*after + 1),
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for {
		m, err := messages.Next()
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		number := int64(meta.Sequence.Stream)
		if number <= *after {
			continue
		}
		it := Item{Number: number, Kill: m.Subject() == killSubject, Payload: m.Data()}
		if key := m.Headers().Get(keyHeader); key != "" {
			if it.Key, err = base64.StdEncoding.DecodeString(key); err != nil {
				b.log.Warn("bus: the key beside an item cannot be read", "number", number, "error", err)
				it.Key = nil
			}
		}
		if err := f(it); err != nil {
			return &stopError{err}
		}
		*after = number
	}
}

// Wake tells whoever listens to a topic, in any process, that there is work.
// Wake-ups may be lost: whoever listens also looks by itself now and then.
func (b *Bus) Wake(topic string) {
	if err := b.conn.Publish("wake."+topic, nil); err != nil && !b.conn.IsClosed() {
		b.log.Warn("bus: wake-up lost", "topic", topic, "error", err)
	}
}

// OnWake returns a channel that receives after each wake-up on the topic;
// several that come together are one. The function ends it.
func (b *Bus) OnWake(topic string) (<-chan struct{}, func(), error) {
	c := make(chan struct{}, 1)
	sub, err := b.conn.Subscribe("wake."+topic, func(*nats.Msg) {
		select {
		case c <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, nil, wire.Errorf(wire.Unavailable, "nats", "cannot listen on the bus: %w", err)
	}
	var once sync.Once
	return c, func() { once.Do(func() { _ = sub.Unsubscribe() }) }, nil
}

// serverLog passes on what the embedded server has to say.
type serverLog struct{ log *slog.Logger }

func (l serverLog) say(level slog.Level, format string, args []any) {
	l.log.Log(context.Background(), level, "bus: "+strings.TrimSpace(fmt.Sprintf(format, args...)))
}
func (l serverLog) Noticef(f string, a ...any) { l.say(slog.LevelDebug, f, a) }
func (l serverLog) Warnf(f string, a ...any)   { l.say(slog.LevelWarn, f, a) }
func (l serverLog) Errorf(f string, a ...any)  { l.say(slog.LevelError, f, a) }
func (l serverLog) Fatalf(f string, a ...any)  { l.say(slog.LevelError, f, a) }
func (l serverLog) Debugf(f string, a ...any)  { l.say(slog.LevelDebug, f, a) }
func (l serverLog) Tracef(f string, a ...any)  { l.say(slog.LevelDebug, f, a) }
