package hooksink

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Options say how the endpoints behave. Shares are of the endpoints, from 0 to
// 1; which ones have a share depends on their numbers alone, so that every run
// is the same.
type Options struct {
	Endpoints int // at most 62,500
	Port      int // 0: a free one
	TLS       *tls.Config

	Hang  float64 // take the request and never answer
	Fail  float64 // answer 500
	Reset float64 // reset the connection
	// Recover is how many requests failing and resetting endpoints are ill for;
	// 0: for good.
	Recover int

	Delay time.Duration // before healthy ones answer
}

// Condition is what an endpoint is like.
type Condition int

// The conditions.
const (
	Healthy Condition = iota
	Hanging
	Failing
	Resetting
)

// Sink is a running server. It is safe for concurrent use.
type Sink struct {
	options   Options
	listener  net.Listener
	endpoints []endpoint
	closed    atomic.Bool

	connections, bytes, strange atomic.Int64
	since                       atomic.Int64 // ns of Unix time; of Reset

	mu   sync.Mutex
	open map[net.Conn]bool
}

// endpoint is what is known of one.
type endpoint struct {
	condition       Condition
	key             []byte
	first, last     atomic.Int64 // ns of Unix time at which it took a delivery
	requests, taken atomic.Int64
	forged          atomic.Int64 // signatures that were wrong
	mu              sync.Mutex
	newest          string // id of the newest delivery
	repeated        int64  // deliveries that came again under the same id
}

// most endpoints: 250 × 250 addresses.
const maxEndpoints = 250 * 250

// Address is that of an endpoint: 127.2.x.y.
func Address(i int) net.IP { return net.IPv4(127, 2, byte(i/250), byte(i%250+1)).To4() }

// URL is where an endpoint takes deliveries, on a server's port.
func URL(i, port int, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s:%d/h/%d", scheme, Address(i), port, i)
}

func key(i int) []byte {
	sum := sha256.Sum256([]byte("endpoint " + strconv.Itoa(i)))
	return sum[:24]
}

// Secret is that of an endpoint, as Standard Webhooks writes it.
func Secret(i int) string { return "whsec_" + base64.StdEncoding.EncodeToString(key(i)) }

// conditionOf spreads shares evenly over numbers: the finalizer of SplitMix64.
func (o *Options) conditionOf(i int) Condition {
	x := (uint64(i) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	chance := float64(x>>11) / (1 << 53)
	for condition, share := range []float64{Hanging: o.Hang, Failing: o.Fail, Resetting: o.Reset} {
		if chance < share {
			return Condition(condition)
		}
		chance -= share
	}
	return Healthy
}

// Open starts the endpoints. Close ends them.
func Open(o Options) (*Sink, error) {
	if o.Endpoints < 1 || o.Endpoints > maxEndpoints {
		return nil, fmt.Errorf("hooksink: %d endpoints; 1 to %d can be had", o.Endpoints, maxEndpoints)
	}
	// One socket for all addresses, bound to the loopback device, so that nobody
	// else can reach it.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if outer := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
		}); outer != nil {
			return outer
		}
		return err
	}}
	l, err := config.Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", o.Port))
	if err != nil {
		return nil, err
	}
	s := &Sink{options: o, listener: l, endpoints: make([]endpoint, o.Endpoints), open: map[net.Conn]bool{}}
	for i := range s.endpoints {
		s.endpoints[i].condition, s.endpoints[i].key = o.conditionOf(i), key(i)
	}
	s.Reset()
	go s.accept()
	return s, nil
}

// Port is the one of all endpoints.
func (s *Sink) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close stops listening and cuts every connection.
func (s *Sink) Close() error {
	s.closed.Store(true)
	err := s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.Close()
	}
	return err
}

func (s *Sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			if s.closed.Load() {
				return
			}
			time.Sleep(time.Millisecond) // out of descriptors; some will come back
			continue
		}
		if a, ok := c.LocalAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			c.Close()
			continue
		}
		s.connections.Add(1)
		s.mu.Lock()
		s.open[c] = true
		s.mu.Unlock()
		go func() {
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		}()
	}
}

// Reset forgets what was counted; times count from now.
func (s *Sink) Reset() {
	for i := range s.endpoints {
		e := &s.endpoints[i]
		for _, n := range []*atomic.Int64{&e.first, &e.last, &e.requests, &e.taken, &e.forged} {
			n.Store(0)
		}
		e.mu.Lock()
		e.newest, e.repeated = "", 0
		e.mu.Unlock()
	}
	s.connections.Store(0)
	s.bytes.Store(0)
	s.strange.Store(0)
	s.since.Store(time.Now().UnixNano())
}
