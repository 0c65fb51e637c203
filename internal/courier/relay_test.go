package courier_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var site = format.Site{BaseURL: "https://wire.example", Name: "Wire"}

// hands are those of a clock that the test moves.
type hands struct{ moved atomic.Int64 }

func (h *hands) now() time.Time { return time.Now().UTC().Add(time.Duration(h.moved.Load())) }

// relay is a real SMTP server. fault, if set, is asked before a letter to an
// address is taken for the nth time; it may close the connection.
type relay struct {
	listener net.Listener
	mu       sync.Mutex
	asked    map[string]int
	taken    map[string]int // by Message-ID and address
	fault    func(c *smtp.Conn, to string, n int) error
}

type session struct {
	*relay
	conn *smtp.Conn
	to   string
}

func (s *session) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *session) Reset()                                    {}
func (s *session) Logout() error                             { return nil }
func (r *relay) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{relay: r, conn: c}, nil
}

func (s *session) Data(body io.Reader) error {
	read := bufio.NewReader(body)
	header, err := textproto.NewReader(read).ReadMIMEHeader()
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, read); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		s.asked[s.to]++
		if err := s.fault(s.conn, s.to, s.asked[s.to]); err != nil {
			return err
		}
	}
	s.taken[header.Get("Message-Id")+" "+s.to]++
	return nil
}

func serve(t testing.TB) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, asked: map[string]int{}, taken: map[string]int{}}
	server := smtp.NewServer(r)
	server.Domain, server.ErrorLog = "localhost", quiet{}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return r
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// wireWith puts one story on the wire for n readers of letters.
func wireWith(t testing.TB, h *hands, n int) (*store.Store, wire.ReleaseID) {
	t.Helper()
	s := storetest.SQLite(t, store.WithClock(h.now))
	subs := make([]wire.Subscription, n)
	for i := range subs {
		subs[i] = wire.Subscription{Query: "sector:energy", Channel: wire.ByMail, Address: fmt.Sprintf("reader%06d@press.example", i), Secret: wire.NewToken()}
	}
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Priority: wire.Ordinary, Sectors: []string{"energy"}},
		Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant"}}}
	for range 24 { // some 5 KB of text, so a letter of 15 to 20
		r.Editions[0].Body = append(r.Editions[0].Body, wire.P(strings.Repeat("The plant will make parts for turbines. ", 5)))
	}
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.AddSubscriptions(subs); err != nil {
			return err
		}
		it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
		return tx.AddItem(&it, func(*wire.Item) {})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, r.ID
}

func run(t testing.TB, s *store.Store, h *hands, channels map[wire.Channel]courier.Channel) (*courier.Courier, func()) {
	t.Helper()
	start := time.Now()
	c := courier.New(courier.Options{Store: s, Channels: channels, Now: h.now, Since: func() time.Duration { return time.Since(start) },
		Process: wire.NewToken(), Sole: true, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return c, stop
}

// await waits until the first item's letters are as the test wants them.
func await(t testing.TB, c *courier.Courier, id wire.ReleaseID, ok func(courier.ChannelReport) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		r, err := c.Report(ctx, id)
		if err == nil && len(r.Items[0].Channels) > 0 && ok(r.Items[0].Channels[0]) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("never came about; the report is %+v, %v", r, err)
		}
		time.Sleep(5 * time.Millisecond) // yields to the courier; nothing depends on how long
	}
}

func letters(t testing.TB, r *relay, h *hands, signed bool, connections int) *mail.Relays {
	t.Helper()
	sender := &mail.Sender{From: "wire@wire.example", Site: site}
	if signed {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sender.Signers = []mail.Signer{{Key: key, Selector: "a"}}
	}
	relays, err := mail.OpenRelays(sender, []string{fmt.Sprintf("smtp://%s?connections=%d", r.listener.Addr(), connections)})
	if err != nil {
		t.Fatal(err)
	}
	return relays
}

// 5 in 100 are put off, 2 refused, 1 cut off before the answer; and half way
// the courier is stopped and started anew.
// No letter is lost. Where a relay closes a connection with letters unread, its system
// throws away what the relay has answered and TCP has not sent yet, which is all but some
// ten lines: so what stood before in the same flight may come twice, under the same
// Message-ID, and nothing else does.
func TestARelayThatFaltersLosesNothing(t *testing.T) {
	t.Parallel()
	const n = 1000
	h := &hands{}
	s, id := wireWith(t, h, n)
	r := serve(t)
	cut := 0
	r.fault = func(c *smtp.Conn, to string, attempt int) error {
		var i int
		fmt.Sscanf(to, "reader%d@", &i)
		switch {
		case i%100 < 5 && attempt <= 2:
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}
		case i%100 < 7 && i%100 >= 5:
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		case i%100 == 7 && attempt == 1:
			cut++
			c.Conn().Close()
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	channels := map[wire.Channel]courier.Channel{wire.ByMail: letters(t, r, h, false, 8)}
	c, stop := run(t, s, h, channels)
	await(t, c, id, func(c courier.ChannelReport) bool { return c.Accepted > n/3 })
	stop()
	c, _ = run(t, s, h, channels)
	// Who was cut off is written to again at once.
	await(t, c, id, func(c courier.ChannelReport) bool { return c.Pending == 0 && c.Deferred == 50 })
	await(t, c, id, func(c courier.ChannelReport) bool {
		h.moved.Add(int64(time.Minute)) // retries become due as time passes
		return c.Accepted == 980 && c.Failed == 20 && c.Deferred == 0
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.taken) != 980 {
		t.Errorf("%d letters arrived, want 980", len(r.taken))
	}
	twice := 0
	for _, n := range r.taken {
		twice += n - 1
	}
	if most := cut * (mostFlown - 1); cut != n/100 || twice > most {
		t.Errorf("%d came again, at most %d may; %d connections were cut", twice, most, cut)
	}
}

// mostFlown is how many letters there are in a flight.
const mostFlown = 16

// One in ten endpoints hangs. The others have the item at once all the same,
// and the next item too.
func TestEndpointsThatHangDelayNoHealthyOne(t *testing.T) {
	t.Parallel()
	const n = 300
	hang := make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	healthy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	sick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(healthy.Close)
	t.Cleanup(sick.Close)
	t.Cleanup(release)
	h := &hands{}
	s, id := wireWith(t, h, 0)
	subs := make([]wire.Subscription, n)
	for i := range subs {
		server := healthy
		if i%10 == 0 {
			server = sick
		}
		subs[i] = wire.Subscription{Query: "sector:energy", Channel: wire.ByWebhook, Address: fmt.Sprintf("%s/%d", server.URL, i), Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSubscriptions(subs) }); err != nil {
		t.Fatal(err)
	}
	c, _ := run(t, s, h, map[wire.Channel]courier.Channel{wire.ByWebhook: webhook.New(site, webhook.Client(true), h.now)})
	began := time.Now()
	await(t, c, id, func(c courier.ChannelReport) bool { return c.Accepted == n*9/10 })
	if took := time.Since(began); took > 10*time.Second { // far below the 15 s that a hanging one holds
		t.Errorf("the healthy ones waited %v", took)
	}
	release() // or the end would wait for them
}

// go test -bench Letters -benchtime 86000x ./internal/courier
func BenchmarkLetters(b *testing.B) {
	for _, c := range []struct {
		name   string
		signed bool
	}{{"unsigned", false}, {"ed25519", true}} {
		b.Run(c.name, func(b *testing.B) {
			h := &hands{}
			s, id := wireWith(b, h, b.N)
			r := serve(b)
			relays := letters(b, r, h, c.signed, 16)
			var most atomic.Uint64
			sampled := make(chan struct{})
			b.ResetTimer()
			courier, stop := run(b, s, h, map[wire.Channel]courier.Channel{wire.ByMail: relays})
			go watchMemory(&most, sampled)
			await(b, courier, id, acceptedAll(b.N))
			b.StopTimer()
			close(sampled)
			stop()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
			b.ReportMetric(float64(most.Load())/1e6, "MB-in-use")
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.taken) != b.N {
				b.Errorf("%d letters arrived, want %d", len(r.taken), b.N)
			}
		})
	}
}

func acceptedAll(n int) func(courier.ChannelReport) bool {
	return func(c courier.ChannelReport) bool { return c.Accepted == n }
}

func watchMemory(most *atomic.Uint64, end <-chan struct{}) {
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most.Store(max(most.Load(), m.HeapInuse+m.StackInuse))
		select {
		case <-end:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}
