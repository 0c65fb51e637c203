package mail

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

// A relay that takes its time is sent fewer letters at once, so that other connections
// can have those that would wait.
func TestASlowRelayIsSentFewerLettersAtOnce(t *testing.T) {
	c := &conversation{flown: 1}
	for i, step := range []struct {
		letters int
		took    time.Duration
		then    int
	}{
		{1, quickTurn, 2}, {1, 0, 2}, {2, 0, 3}, {3, quickTurn + 1, 1}, {1, time.Second, 1},
		{1, 0, 2}, {2, 0, 3}, {3, 0, 4}, {4, 0, 5}, {5, 0, 6}, {6, 0, 7}, {7, 0, 8}, {8, 0, 8}, {8, time.Minute, 4},
	} {
		if c.measure(step.letters, step.took); c.flown != step.then {
			t.Fatalf("step %d: %d letters in a flight, want %d", i, c.flown, step.then)
		}
	}
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
