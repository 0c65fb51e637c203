package mail

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// chunking is a strict server that takes BDAT.
func chunking(t *testing.T) *old {
	s := openOld(t)
	s.offers = []string{"250-PIPELINING", "250-CHUNKING"}
	return s
}

// fleet are addresses whose letters travel together: there is one connection, and a
// flight takes one more than the one before.
func fleet(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("a%d@x.example", i)
	}
	return all
}

// Letters in one flight have nothing to do with each other: whoever is refused leaves
// nothing behind for the next.
func TestLettersOfAFlightComeToTheirOwnEnds(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	server := chunking(t)
	relays, _ := open(t, s, server.url())
	addresses := fleet(60)
	for i := range addresses {
		if i%7 == 3 || i%7 == 4 {
			addresses[i] = "never" + addresses[i]
		}
	}
	var taken []string
	for _, address := range addresses {
		if !strings.HasPrefix(address, "never") {
			taken = append(taken, address)
		}
	}
	got := carry(t, relays, addresses...)
	for _, address := range addresses {
		want := wire.Accepted
		if strings.HasPrefix(address, "never") {
			want = wire.Failed
		}
		if got[address].Outcome != want {
			t.Errorf("%s: %+v, want %v", address, got[address], want)
		}
	}
	if !slices.Equal(server.letters, taken) || server.conns != 1 {
		t.Errorf("%v over %d connections", server.letters, server.conns)
	}
	if server.together == 0 {
		t.Error("every letter travelled by itself")
	}
}

// RFC 5321 §3.8: behind a 421 a relay looks at nothing, so who stands there loses no
// attempt. Where a connection is lost without a word, nobody knows.
func TestWhatStandsBehindAClosedConnectionGoesByAnother(t *testing.T) {
	for _, c := range []struct {
		at, says string
		nth      int // within a flight of several
		attempts int // that came to nothing; -1: of some of a flight
	}{
		{"MAIL", "421 4.3.2 closing", 8, 0},
		{"RCPT", "421 4.3.2 closing", 8, 1},
		{"BDAT", "421 4.3.2 closing", 8, 1},
		{"RSET", "421 4.3.2 closing", 2, 0},
		{"MAIL", closes, 8, -1},
		{"BDAT", closes, 8, -1},
	} {
		t.Run(c.at+" "+c.says, func(t *testing.T) {
			s, _ := sender(t)
			s.Signers = nil
			server := chunking(t)
			n := 0
			server.answer = func(verb, line string) string {
				if verb == c.at {
					if n++; n == c.nth {
						return c.says
					}
				}
				return ""
			}
			relays, _ := open(t, s, server.url())
			addresses := fleet(40)
			got := carry(t, relays, addresses...)
			lost := 0
			for _, address := range addresses {
				switch r := got[address]; {
				case r.Outcome == wire.Accepted:
					if i := slices.Index(server.letters, address); i < 0 || slices.Contains(server.letters[i+1:], address) {
						t.Errorf("%s did not arrive once", address)
					}
				case r.Outcome == wire.Deferred && r.After == courier.AtOnce:
					lost++
				default:
					t.Errorf("%s: %+v", address, r)
				}
			}
			if c.attempts >= 0 && lost != c.attempts || c.attempts < 0 && (lost < 1 || lost > mostFlown) {
				t.Errorf("%d attempts came to nothing", lost)
			}
			if server.conns != 2 {
				t.Errorf("%d connections", server.conns)
			}
		})
	}
}

// A relay that takes its time is sent fewer letters at once, so that who comes later, a
// kill among them, does not wait for those; one that is far away is not.
func TestASlowRelayIsSentFewerLettersAtOnce(t *testing.T) {
	type step struct {
		letters int
		took    time.Duration
		then    int
	}
	grows := []step{{1, far, 2}, {2, far, 3}, {3, far + quickTurn, 4}, {4, far, 5}, {2, far, 5}}
	var wary []step
	for range waryFor {
		wary = append(wary, step{2, far, 2})
	}
	for name, steps := range map[string][]step{
		"far away": grows,
		"slow":     slices.Concat(grows, []step{{5, far + quickTurn + 1, 2}}, wary, []step{{2, far, 3}, {3, time.Minute, 1}}),
		"full": append(slices.Collect(func(yield func(step) bool) {
			for n := 1; n < mostFlown && yield(step{n, far, n + 1}); n++ {
			}
		}), step{mostFlown, far, mostFlown}),
	} {
		c := &conversation{flown: 1}
		for i, step := range steps {
			if c.measure(step.letters, step.took); c.flown != step.then {
				t.Fatalf("%s, step %d: %d letters in a flight, want %d", name, i, c.flown, step.then)
			}
		}
	}
}

const far = 150 * time.Millisecond

// A relay that takes flights promptly needs few of its connections; each flight that is
// late brings one back.
func TestAPromptRelayIsAskedOverFewConnections(t *testing.T) {
	for connections, fewest := range map[int]int{1: 1, 2: 2, 3: 2, 32: 4, 100: 12} {
		r, err := readRelay(fmt.Sprint("smtp://relay.example?connections=", connections))
		if err != nil {
			t.Fatal(err)
		}
		used := func() (n int) {
			for !r.resting(n) {
				n++
			}
			return n
		}
		if used() != fewest {
			t.Errorf("%d of %d are used before anything is known, want %d", used(), connections, fewest)
		}
		for n := fewest; n < connections; n++ {
			waits := make(chan bool)
			go func() { waits <- r.ready(t.Context(), n) }()
			r.late()
			if !<-waits || used() != n+1 {
				t.Fatalf("%d of %d are used after one more flight that was late, want %d", used(), connections, n+1)
			}
		}
		r.late()
		if used() != connections {
			t.Errorf("%d of %d are used after flights that were late", used(), connections)
		}
		for n := connections; n > fewest; n-- {
			if used() != n {
				t.Errorf("%d of %d are used, want %d", used(), connections, n)
			}
			for range promptPart {
				r.prompt()
			}
		}
		for range promptPart {
			r.prompt()
		}
		if used() != fewest {
			t.Errorf("%d of %d are used, want %d", used(), connections, fewest)
		}
	}
}

// One that stops answering, or answers ever later, is asked over all of its connections
// again; so is one that takes no BDAT any more.
func TestARelayThatIsPromptNoMoreIsAskedOverAllConnections(t *testing.T) {
	s, _ := sender(t)
	s.Signers = nil
	const connections = 20
	for name, offers := range map[string][]string{"answers late": {"250-PIPELINING", "250-CHUNKING"}, "has no BDAT": {"250-PIPELINING"}} {
		t.Run(name, func(t *testing.T) {
			server := openOld(t, offers...)
			all := make(chan struct{})
			arrived := sync.OnceFunc(func() { close(all) })
			server.answer = func(verb, line string) string {
				if verb == "EHLO" && server.conns == connections {
					arrived()
				}
				return ""
			}
			server.before = func(verb string) {
				if verb == "MAIL" {
					<-all
				}
			}
			relays, _ := open(t, s, strings.Replace(server.url(), "=1", fmt.Sprint("=", connections), 1))
			addresses := fleet(400)
			for address, r := range carry(t, relays, addresses...) {
				if r.Outcome != wire.Accepted {
					t.Errorf("%s: %+v", address, r)
				}
			}
			if server.conns != connections || len(server.letters) != len(addresses) {
				t.Errorf("%d letters over %d connections", len(server.letters), server.conns)
			}
		})
	}
}

// idle is a source that has nothing until the work ends.
type idle struct{ work context.Context }

func (s idle) Next(wait bool) (courier.Parcel, bool) {
	if wait {
		<-s.work.Done()
	}
	return courier.Parcel{}, false
}

func (s idle) Beside() (courier.Parcel, bool) { return s.Next(false) }

// Whoever waits until the relay may be asked over one more connection, or at all, does not
// hold up the end: nothing of his is under way.
func TestWhoWaitsForARelayEndsWithTheWork(t *testing.T) {
	s, _ := sender(t)
	relays, _ := open(t, s, "smtp://one.example?connections=20", "smtp://two.example")
	relays.relays[1].rest()
	work, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for range relays.Workers() {
		workers.Go(func() { relays.Carry(work, t.Context(), idle{work}) })
	}
	cancel()
	workers.Wait()
}

// torn is a pen that fails at some letters.
type torn struct {
	crypto.Signer
	letters int
}

func (p *torn) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if p.letters++; p.letters%5 == 0 {
		return nil, errors.New("torn")
	}
	return p.Signer.Sign(r, digest, o)
}

// A letter that cannot be written is left out of its flight.
func TestALetterThatCannotBeWrittenHoldsUpNoOther(t *testing.T) {
	s, _ := sender(t)
	s.Signers = s.Signers[:1]
	s.Signers[0].Key = &torn{Signer: s.Signers[0].Key}
	server := chunking(t)
	relays, _ := open(t, s, server.url())
	addresses := fleet(40)
	got := carry(t, relays, addresses...)
	failed := 0
	for _, address := range addresses {
		if got[address].Outcome == wire.Failed && got[address].Code == errUnwritten.Error() {
			failed++
		} else if got[address].Outcome != wire.Accepted || !slices.Contains(server.letters, address) {
			t.Errorf("%s: %+v", address, got[address])
		}
	}
	if failed != len(addresses)/5 || len(server.letters) != len(addresses)-failed || server.conns != 1 {
		t.Errorf("%d could not be written, %d arrived, over %d connections", failed, len(server.letters), server.conns)
	}
}

// Over a connection that was idle the envelope goes ahead of such a letter; it meets no
// other.
func TestALetterThatCannotBeWrittenLeavesNoEnvelopeBehind(t *testing.T) {
	s, _ := sender(t)
	s.Signers = s.Signers[:1]
	s.Signers[0].Key = &torn{Signer: s.Signers[0].Key, letters: 3} // the second fails
	server := chunking(t)
	relays, shipment := open(t, s, server.url())
	w := relays.newCarrier(t.Context(), relays.relays[0], 0, alone{})
	defer w.hangUp()
	var got []wire.Outcome
	for range 3 {
		p := courier.NewParcel(shipment, reader, 1, func(r courier.Result) { got = append(got, r.Outcome) }, func(time.Duration) { t.Error("given back") })
		if w.prepare(p) {
			w.deliver()
		}
	}
	if !slices.Equal(got, []wire.Outcome{wire.Accepted, wire.Failed, wire.Accepted}) || server.conns != 2 {
		t.Errorf("%v over %d connections: %v", got, server.conns, server.commands)
	}
}
