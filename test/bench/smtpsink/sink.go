package smtpsink

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a sink behaves. The zero value takes everything at once.
type Options struct {
	Listen  string // host:port on loopback; "" is a free port of 127.0.0.1
	Highest int    // numbers of recipients counted in an array; 0: 1<<20
	TLS     *tls.Config
	Faults  Faults

	NoPipelining bool // do not offer PIPELINING, nor CHUNKING
	NoChunking   bool // do not offer CHUNKING

	MaxConnections int // answer 421 to further ones; 0: no bound
	MaxLetters     int // of one connection, then 421; 0: no bound

	DelayGreeting time.Duration // before the greeting
	DelayCommand  time.Duration // before the answers to a flight of commands
	DelayLetter   time.Duration // before the answer to a letter

	KeepEvery int // keep each so-manieth letter whole, to be looked at; 0: 1,000
}

// Sink is a running server. It is safe for concurrent use.
type Sink struct {
	options  Options
	listener net.Listener
	closed   atomic.Bool

	mu          sync.Mutex
	connections map[net.Conn]bool

	counts
}

// most kept letters; they are there to be looked at, not to be stored.
const maxKept = 200

// counts is what the sink has seen. The numbered recipients are in arrays, so
// that connections do not wait for each other.
type counts struct {
	opened, open, letters, recipients, bytes   atomic.Int64
	deferred, refused, dropped, droppedTaken   atomic.Int64
	misunderstood, turnedAway, handshakeFailed atomic.Int64
	first, last                                atomic.Int64 // ns of Unix time

	taken  []atomic.Uint32 // letters by number of the recipient
	tries  []atomic.Uint32 // RCPT commands by number of the recipient
	drops  []atomic.Uint32 // connections cut by number of the recipient
	nobody []atomic.Bool   // numbers of recipients that were refused

	others struct {
		sync.Mutex
		taken, tries, drops map[string]uint32
	}
	kept struct {
		sync.Mutex
		letters [][]byte
		last    []byte
	}
}

// Open starts a sink. Close ends it.
func Open(o Options) (*Sink, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Highest == 0 {
		o.Highest = 1 << 20
	}
	if o.KeepEvery == 0 {
		o.KeepEvery = 1000
	}
	if o.NoPipelining {
		o.NoChunking = true // it would be no use without
	}
	if err := onLoopback(o.Listen); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	s := &Sink{options: o, listener: l, connections: map[net.Conn]bool{}}
	s.taken = make([]atomic.Uint32, o.Highest)
	s.tries = make([]atomic.Uint32, o.Highest)
	s.drops = make([]atomic.Uint32, o.Highest)
	s.nobody = make([]atomic.Bool, o.Highest)
	s.Reset()
	go s.accept()
	return s, nil
}

// onLoopback refuses to listen where others could reach it.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("smtpsink: listens on loopback addresses only")
	}
	return nil
}

// Addr is where it listens.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Close stops listening and cuts every connection.
func (s *Sink) Close() error {
	s.closed.Store(true)
	err := s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.connections {
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
		s.mu.Lock()
		s.connections[c] = true
		s.mu.Unlock()
		go func() {
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.connections, c)
			s.mu.Unlock()
		}()
	}
}

// Reset forgets everything that was counted.
func (s *Sink) Reset() {
	for _, n := range []*atomic.Int64{
		&s.opened, &s.letters, &s.recipients, &s.bytes, &s.deferred, &s.refused, &s.dropped, &s.droppedTaken,
		&s.misunderstood, &s.turnedAway, &s.handshakeFailed, &s.first, &s.last,
	} {
		n.Store(0)
	}
	for i := range s.taken {
		s.taken[i].Store(0)
		s.tries[i].Store(0)
		s.drops[i].Store(0)
		s.nobody[i].Store(false)
	}
	s.others.Lock()
	s.others.taken, s.others.tries, s.others.drops = map[string]uint32{}, map[string]uint32{}, map[string]uint32{}
	s.others.Unlock()
	s.kept.Lock()
	s.kept.letters, s.kept.last = nil, nil
	s.kept.Unlock()
}

// numberOf reads the number in an address of letters, digits and a domain, such
// as j000123@outlet7.example; -1 if it has another form or is too high.
func (s *Sink) numberOf(address []byte) int {
	i := 0
	for i < len(address) && (address[i] < '0' || address[i] > '9') {
		if address[i] == '@' {
			return -1
		}
		i++
	}
	n, begins := 0, i
	for i < len(address) && address[i] >= '0' && address[i] <= '9' && n < len(s.taken) {
		n = 10*n + int(address[i]-'0')
		i++
	}
	if i == begins || i == len(address) || address[i] != '@' || n >= len(s.taken) {
		return -1
	}
	return n
}

// add counts up what is known of a recipient and returns the new count.
func (s *Sink) add(r *recipient, numbered []atomic.Uint32, others func() map[string]uint32) uint32 {
	if r.number >= 0 {
		return numbered[r.number].Add(1)
	}
	s.others.Lock()
	defer s.others.Unlock()
	m := others()
	m[string(r.address)]++
	return m[string(r.address)]
}

func (s *Sink) tried(r *recipient) uint32 {
	return s.add(r, s.tries, func() map[string]uint32 { return s.others.tries })
}

func (s *Sink) cut(r *recipient) uint32 {
	return s.add(r, s.drops, func() map[string]uint32 { return s.others.drops })
}

// take counts a letter as taken for its recipients.
func (s *Sink) take(to []recipient, size int) (letter int64) {
	now := time.Now().UnixNano()
	s.first.CompareAndSwap(0, now)
	s.last.Store(now)
	s.bytes.Add(int64(size))
	s.recipients.Add(int64(len(to)))
	for i := range to {
		s.add(&to[i], s.taken, func() map[string]uint32 { return s.others.taken })
	}
	return s.letters.Add(1)
}

// keeps reports whether the next letter is one to be kept.
func (s *Sink) keeps() bool { return s.letters.Load()%int64(s.options.KeepEvery) == 0 }

func (s *Sink) keep(letter []byte) {
	s.kept.Lock()
	defer s.kept.Unlock()
	s.kept.last = append([]byte(nil), letter...)
	if len(s.kept.letters) < maxKept {
		s.kept.letters = append(s.kept.letters, s.kept.last)
	}
}
