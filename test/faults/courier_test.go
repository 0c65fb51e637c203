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

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// postOffice is a relay that counts every letter by Message-ID and recipient.
type postOffice struct {
	address string
	server  *smtp.Server
	down    atomic.Bool // it takes no letters at all

	mu      sync.Mutex
	times   map[string]int
	letters int
	doubled int
	came    chan struct{} // told of letters, if it listens
}

func openPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{address: l.Addr().String(), times: map[string]int{}, came: make(chan struct{}, 1)}
	p.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if p.down.Load() {
			return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closed for an hour"}
		}
		return &counter{office: p}, nil
	}))
	p.server.Domain, p.server.MaxMessageBytes, p.server.ErrorLog = "localhost", 8<<20, silence{}
	go p.server.Serve(l)
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
	c.office.take(header.Get("Message-Id") + " " + c.to)
	return nil
}

func (p *postOffice) take(letter string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters++
	if p.times[letter]++; p.times[letter] > 1 {
		p.doubled++
	}
	select {
	case p.came <- struct{}{}:
	default:
	}
}

func (p *postOffice) counts() (distinct, doubled int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.times), p.doubled
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

// A crash in the midst of the letters of one release, again and again: whoever
// has no receipt gets the letter again under the same Message-ID, which can
// only be those under way and those whose receipts were not on disk yet.
func TestACourierThatIsKilledAgainAndAgainLosesNoLetter(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the wire a hundred times; not in -short")
	}
	const kills, readers, bound = 100, 3000, connections + 100
	random := seed(t)
	office := openPostOffice(t)
	data, address := t.TempDir(), rig.FreeAddress(t)
	readersOnDisk(t, data, readers)
	journal := &rig.Journal{}
	launch := func() *rig.Wire {
		return rig.Launch(t, rig.Options{Data: data, HTTP: address, Args: []string{"--smtp", fmt.Sprintf("smtp://%s?connections=%d", office.address, connections)}}, journal)
	}
	var ids []wire.ReleaseID
	var perKill []int
	var resumed []time.Duration
	for kill := range kills {
		w := launch()
		if err := w.Ready(60 * time.Second); err != nil {
			t.Fatal(err)
		}
		ready := time.Now()
		had, before := office.counts()
		if kill == 0 || had > len(ids)*readers*4/5 {
			ids = append(ids, publishOne(t, w, fmt.Sprintf("kill-%d", kill)))
			ready = time.Time{}
		}
		select {
		case <-office.came: // perhaps of the process before
		default:
		}
		select {
		case <-office.came:
			if !ready.IsZero() {
				resumed = append(resumed, time.Since(ready))
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no letter comes after the restart\n%s", journal.Tail(20))
		}
		time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
		w.Kill()
		_, doubled := office.counts()
		perKill = append(perKill, doubled-before)
	}
	w := launch()
	if err := w.Ready(60 * time.Second); err != nil {
		t.Fatal(err)
	}
	_, before := office.counts()
	matched, accepted := settled(t, w, 60*time.Second, ids...)
	distinct, doubled := office.counts()
	perKill = append(perKill, doubled-before)
	slices.Sort(resumed)
	t.Logf("kill -9 × %d in the midst of %d letters: lost %d, doubled %d, at most %d a kill (bound %d); first letter after a restart's readiness: median %v, last %v",
		kills, matched, matched-distinct, doubled, slices.Max(perKill), bound, resumed[len(resumed)/2].Round(time.Millisecond), resumed[len(resumed)-1].Round(time.Millisecond))
	if matched != len(ids)*readers || accepted != matched || distinct != matched {
		t.Errorf("%d readers, matched %d, accepted %d, arrived %d", len(ids)*readers, matched, accepted, distinct)
	}
	if most := slices.Max(perKill); most > bound {
		t.Errorf("a kill doubled %d letters, more than were under way or unwritten", most)
	}
	w.Stop(20 * time.Second)
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
	if matched != len(ids)*readers || accepted != matched || distinct != matched || doubled > connections+100 {
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
