package faults

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/demo/receivers"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// arrivals counts what receivers got, by id and receiver, and in which life of
// the wire. It is safe for concurrent use.
type arrivals struct {
	came chan struct{} // told of each, if it is listened to

	mu      sync.Mutex
	life    int            // of the wire, from 0
	last    map[string]int // the life in which it came last
	doubled int
	repeats []int // how much of what came in a life came again
}

func newArrivals() *arrivals {
	return &arrivals{came: make(chan struct{}, 1), last: map[string]int{}, repeats: []int{0}}
}

func (a *arrivals) note(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if life, again := a.last[what]; again {
		a.doubled++
		a.repeats[life]++
	}
	a.last[what] = a.life
	select {
	case a.came <- struct{}{}:
	default:
	}
}

// nextLife begins when the wire is started again.
func (a *arrivals) nextLife() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.life++
	a.repeats = append(a.repeats, 0)
}

func (a *arrivals) counts() (distinct, doubled int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.last), a.doubled
}

// most is how much of what came in one life came again, at the most.
func (a *arrivals) most() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Max(a.repeats)
}

// postOffice is a relay that counts every letter by Message-ID and recipient.
type postOffice struct {
	*arrivals
	address string
	server  *smtp.Server
	down    atomic.Bool // it takes no letters at all
	open    atomic.Int64
}

// entrance counts the connections that are open.
type entrance struct {
	net.Listener
	open *atomic.Int64
}

func (e entrance) Accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	e.open.Add(1)
	return &visit{Conn: c, leave: sync.OnceFunc(func() { e.open.Add(-1) })}, nil
}

type visit struct {
	net.Conn
	leave func()
}

func (v *visit) Close() error {
	defer v.leave()
	return v.Conn.Close()
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{arrivals: newArrivals(), address: l.Addr().String()}
	p.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if p.down.Load() {
			return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closed for an hour"}
		}
		return &counter{office: p}, nil
	}))
	p.server.Domain, p.server.MaxMessageBytes, p.server.ErrorLog = "localhost", 8<<20, silence{}
	go p.server.Serve(entrance{l, &p.open})
	t.Cleanup(func() { p.server.Close() })
	return p
}

type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}

// counter is one connection to a post office.
type counter struct {
	office *postOffice
	to     string
}

func (c *counter) Mail(string, *smtp.MailOptions) error {
	if c.office.down.Load() {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closed for an hour"}
	}
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error { c.to = to; return nil }
func (c *counter) Reset()                                    {}
func (c *counter) Logout() error                             { return nil }

func (c *counter) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	c.office.note(header.Get("Message-Id") + " " + c.to)
	return nil
}

// connections to the post office, each with one letter under way at most.
const connections = 8

// readersOnDisk opens a data folder with so many readers of everything.
func readersOnDisk(t *testing.T, data string, n int) {
	t.Helper()
	var all []rig.Subscriber
	for i := range n {
		all = append(all, rig.Subscriber{Contact: fmt.Sprintf("Reporter %d", i), Email: fmt.Sprintf("r%d@desk.example", i), Country: "GB", Language: "en", Query: "lang:en"})
	}
	onDisk(t, data, all)
}

// onDisk opens a data folder with subscribers.
func onDisk(t *testing.T, data string, all []rig.Subscriber) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "directory.jsonl")
	if err := os.WriteFile(file, rig.JSONLines(all), 0o600); err != nil {
		t.Fatal(err)
	}
	rig.Command(t, "import", file, "--data", data)
}

// publishOne puts one release on the wire.
func publishOne(t *testing.T, w *rig.Wire, request string) wire.ReleaseID {
	t.Helper()
	r, err := w.Publish(t.Context(), rig.Story(request, "en"), request)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// settled waits until every delivery of the releases is done, and returns how
// many were intended and accepted.
func settled(t *testing.T, w *rig.Wire, within time.Duration, ids ...wire.ReleaseID) (matched, accepted int) {
	t.Helper()
	for _, id := range ids {
		var r rig.Report
		rig.Wait(t, within, "the deliveries of "+string(id), func() (err error) {
			if r, err = w.Report(t.Context(), id); err == nil && !r.Settled() {
				err = fmt.Errorf("the report is %s", r)
			}
			return err
		})
		m, a := r.Accepted()
		matched, accepted = matched+m, accepted+a
	}
	return matched, accepted
}

// massacre kills a wire in the midst of its deliveries, again and again.
type massacre struct {
	kills, receivers int
	bound            int // copies a kill may make
	start            func(*rig.Journal) *rig.Wire
	open             *atomic.Int64 // connections at the receivers
	*arrivals
}

// run publishes to all receivers, kills, starts again and publishes more when most
// of that is served. Nobody may miss anything, and a kill may have repeated, under
// the same ids, only what was under way and what was not on disk yet.
func (m *massacre) run(t *testing.T, what string) {
	random := seed(t)
	journal := &rig.Journal{}
	var started, resumed []time.Duration // from start to readiness, from there to the first that came
	launch := func() *rig.Wire {
		began := time.Now()
		w := m.start(journal)
		if err := w.Ready(60 * time.Second); err != nil {
			t.Fatal(err)
		}
		started = append(started, time.Since(began))
		return w
	}
	var ids []wire.ReleaseID
	for kill := range m.kills {
		w := launch()
		ready := time.Now()
		had, _ := m.counts()
		if kill == 0 || had > len(ids)*m.receivers*4/5 {
			ids = append(ids, publishOne(t, w, fmt.Sprintf("kill-%d", kill)))
			ready = time.Time{}
		}
		select {
		case <-m.came: // perhaps of the process before
		default:
		}
		select {
		case <-m.came:
			if !ready.IsZero() {
				resumed = append(resumed, time.Since(ready))
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing comes after the restart\n%s", journal.Tail(20))
		}
		time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
		w.Kill()
		// What the dead one sent may lie unread: it is not of the next life.
		rig.Wait(t, 30*time.Second, "the receivers to read what was sent", func() error {
			if n := m.open.Load(); n > 0 {
				return fmt.Errorf("%d connections are open", n)
			}
			return nil
		})
		m.nextLife()
	}
	w := launch()
	matched, accepted := settled(t, w, 60*time.Second, ids...)
	distinct, doubled := m.counts()
	if len(resumed) == 0 {
		t.Fatal("no kill left anything to go on with: the run shows nothing")
	}
	t.Logf("kill -9 × %d in the midst of %d %s: lost %d, doubled %d, at most %d a kill (bound %d); from start to readiness %s; from there to the first %s",
		m.kills, matched, what, matched-distinct, doubled, m.most(), m.bound, spread(started), spread(resumed))
	if matched != len(ids)*m.receivers || accepted != matched || distinct != matched {
		t.Errorf("%d receivers, matched %d, accepted %d, arrived %d", len(ids)*m.receivers, matched, accepted, distinct)
	}
	if most := m.most(); most > m.bound {
		t.Errorf("a kill doubled %d %s, more than were under way or unwritten", most, what)
	}
	w.Stop(20 * time.Second)
}

// spread says how long things took.
func spread(times []time.Duration) string {
	slices.Sort(times)
	of := func(share float64) time.Duration {
		return times[int(share*float64(len(times)-1))].Round(time.Millisecond)
	}
	return fmt.Sprintf("median %v, 95 %% %v, worst %v", of(.5), of(.95), of(1))
}

// unwritten is how many receipts are known and not on disk at most.
const unwritten = 100

func TestACourierThatIsKilledAgainAndAgainLosesNoLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the wire a hundred times; not in -short")
	}
	office := openPostOffice(t)
	data, address := t.TempDir(), rig.FreeAddress(t)
	m := massacre{kills: 100, receivers: 3000, bound: connections + unwritten, open: &office.open, arrivals: office.arrivals}
	readersOnDisk(t, data, m.receivers)
	m.start = func(j *rig.Journal) *rig.Wire {
		return rig.Launch(t, rig.Options{Data: data, HTTP: address, Args: []string{"--smtp", fmt.Sprintf("smtp://%s?connections=%d", office.address, connections)}}, j)
	}
	m.run(t, "letters")
}

// Of webhooks as many are under way as the process may have files for, so that
// whoever hangs holds up nobody: up to 8,000, and never fewer than 100.
func TestACourierThatIsKilledAgainAndAgainLosesNoWebhook(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the wire again and again; not in -short")
	}
	const underWay, files = 100, 2200
	hooks, err := receivers.OpenEndpoints("127.0.0.1:0", func(int) string { return rig.Secret })
	if err != nil {
		t.Fatal(err)
	}
	defer hooks.Close()
	came := newArrivals()
	hooks.OnDelivery = func(endpoint int, id string, _ []byte, _ int) { came.note(fmt.Sprint(endpoint, " ", id)) }
	data, address := t.TempDir(), rig.FreeAddress(t)
	m := massacre{kills: 40, receivers: 2000, bound: underWay + unwritten, open: &hooks.Open, arrivals: came}
	var all []rig.Subscriber
	for i := range m.receivers {
		all = append(all, rig.Subscriber{Outlet: fmt.Sprintf("Outlet %d", i), Kind: "newspaper", Webhook: fmt.Sprintf("%s/hook/%d", hooks.Base(), i+1), Secret: rig.Secret, Country: "GB", Language: "en", Query: "lang:en"})
	}
	onDisk(t, data, all)
	m.start = func(j *rig.Journal) *rig.Wire {
		return rig.Launch(t, rig.Options{Data: data, HTTP: address, Files: files}, j)
	}
	m.run(t, "webhooks")
	if n := hooks.Refused.Load(); n > 0 {
		t.Errorf("%d webhooks were not signed as they should be", n)
	}
}

// While the only relay takes nothing, letters wait; they go on when it is back,
// and nobody was given up.
func TestLettersWaitForARelayThatIsDown(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the wire; not in -short")
	}
	const readers = 3000
	office := openPostOffice(t)
	data := t.TempDir()
	readersOnDisk(t, data, readers)
	w := rig.Start(t, rig.Options{Data: data, Args: []string{"--smtp", fmt.Sprintf("smtp://%s?connections=%d", office.address, connections)}})
	first := publishOne(t, w, "before")
	rig.Wait(t, 20*time.Second, "a third of the letters", func() error {
		if n, _ := office.counts(); n < readers/3 {
			return fmt.Errorf("%d came", n)
		}
		return nil
	})
	office.down.Store(true)
	second := publishOne(t, w, "while it is down")
	rig.Wait(t, 20*time.Second, "the wire to notice", func() error {
		if len(w.Journal().Lines("a mail relay takes no letters")) == 0 {
			return errors.New("nothing in the log")
		}
		return nil
	})
	office.down.Store(false)
	matched, accepted := settled(t, w, 90*time.Second, first, second)
	distinct, doubled := office.counts()
	t.Logf("relay down and back: %d letters, arrived %d, doubled %d", matched, distinct, doubled)
	if matched != 2*readers || accepted != matched || distinct != matched || doubled != 0 {
		t.Errorf("matched %d, accepted %d, arrived %d, doubled %d", matched, accepted, distinct, doubled)
	}
	w.Stop(20 * time.Second)
}

// A full disk under everything: what cannot be stored is refused with an error
// that says so, nothing that was promised is lost, and the wire goes on by
// itself when there is space again.
func TestAFullDiskStopsNothingForGood(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the wire; not in -short")
	}
	const readers, size = 3000, 64 << 20
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): run as root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	office := openPostOffice(t)
	readersOnDisk(t, data, readers)
	w := rig.Start(t, rig.Options{Data: data, Args: []string{"--smtp", fmt.Sprintf("smtp://%s?connections=%d", office.address, connections)}})
	first := publishOne(t, w, "before")
	ballast := filepath.Join(data, "ballast")
	fill(t, ballast)
	refused := 0
	ids := []wire.ReleaseID{first}
	for i := range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		r, err := w.Publish(ctx, rig.Story(fmt.Sprintf("full-%d", i), "en"), fmt.Sprintf("full-%d", i))
		cancel()
		var refusal *rig.Refusal
		switch {
		case err == nil:
			ids = append(ids, r.ID) // there was room for it yet, and now it is promised
		case errors.As(err, &refusal) && bytes.Contains([]byte(refusal.Body), []byte("disk")):
			refused++
		default:
			t.Errorf("an error that does not say that the disk is full: %v", err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused: the disk was not full, and the run shows nothing")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	rig.Wait(t, 60*time.Second, "the wire to take releases again", func() error {
		r, err := w.Publish(t.Context(), rig.Story("after", "en"), "after")
		if err == nil {
			ids = append(ids, r.ID)
		}
		return err
	})
	matched, accepted := settled(t, w, 120*time.Second, ids...)
	distinct, doubled := office.counts()
	t.Logf("disk full: refused %d, accepted %d releases, %d letters, arrived %d, doubled %d", refused, len(ids), matched, distinct, doubled)
	if matched != len(ids)*readers || accepted != matched || distinct != matched || doubled > connections+unwritten {
		t.Errorf("matched %d, accepted %d, arrived %d, doubled %d", matched, accepted, distinct, doubled)
	}
	w.Stop(20 * time.Second)
}

// fill takes what is left of a disk.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}
