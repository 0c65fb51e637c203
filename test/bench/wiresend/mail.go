package wiresend

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/courier/mail/libcrypto"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
)

// Signs are the ways of signing letters that can be measured.
var Signs = []string{"none", "ed25519", "rsa", "rsa-go", "both", "prepared"}

// MailOptions say what a measurement of letters does.
type MailOptions struct {
	Database    string // with a directory of so many contacts
	Relay       string // host:port
	Letters     int
	Connections int
	// Sign is how letters are signed: none (the relay does it), ed25519, rsa (by
	// OpenSSL where this binary and machine have it), rsa-go, both, or prepared:
	// by both, before the clear time.
	Sign string
	Keys string // folder for keys; needed for prepared
	// Faults: the relay refuses and puts off; the clock is moved on to retries.
	Faults bool
}

// MailResult is what came of it. Times are in seconds.
type MailResult struct {
	Seconds  float64           `json:"seconds"` // from the item on the wire to the last receipt on disk
	CPU      float64           `json:"cpu"`     // in that time, of this process
	Peak     int64             `json:"peak"`    // bytes of memory at the most, since this process began
	Others   float64           `json:"others"`  // processors that were busy in that time beside this process
	Matched  int               `json:"matched"`
	Accepted int               `json:"accepted"`
	Failed   int               `json:"failed"`
	OpenSSL  bool              `json:"openssl"`         // RSA was done by it
	Keys     map[string]string `json:"keys,omitempty"`  // name in the DNS → TXT record
	Ahead    float64           `json:"ahead,omitempty"` // what was prepared before the clear took so long
	AheadCPU float64           `json:"ahead_cpu"`       // and so much processor time
	// SignedLate is how many signatures were made after the clear though they had
	// been prepared.
	SignedLate int     `json:"signed_late"`
	Moved      float64 `json:"moved,omitempty"` // by how much the clock was moved on to retries
}

// pen counts signatures.
type pen struct {
	crypto.Signer
	signed *atomic.Int64
}

func (p pen) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	defer p.signed.Add(1)
	return p.Signer.Sign(r, digest, o)
}

// signers makes fresh keys of the kinds.
func signers(o *MailOptions, result *MailResult, signed *atomic.Int64) ([]mail.Signer, error) {
	kinds := map[string][]string{"none": {}, "ed25519": {"ed25519"}, "rsa": {"rsa"}, "rsa-go": {"rsa"}, "both": {"ed25519", "rsa"}, "prepared": {"ed25519", "rsa"}}[o.Sign]
	if kinds == nil {
		return nil, fmt.Errorf("wiresend: there is no way %q of signing; there are %v", o.Sign, Signs)
	}
	result.Keys = map[string]string{}
	var all []mail.Signer
	for _, kind := range kinds {
		var key crypto.Signer
		var err error
		if kind == "rsa" {
			key, err = rsa.GenerateKey(rand.Reader, 2048)
		} else {
			_, key, err = ed25519.GenerateKey(rand.Reader)
		}
		if err != nil {
			return nil, err
		}
		record, err := seal.DKIMRecord(key)
		if err != nil {
			return nil, err
		}
		result.Keys[kind+"._domainkey.wire.example"] = record
		if kind == "rsa" && o.Sign != "rsa-go" {
			key, result.OpenSSL = libcrypto.Faster(key)
		}
		if o.Sign == "prepared" {
			key = pen{key, signed}
		}
		all = append(all, mail.Signer{Key: key, Selector: kind})
	}
	return all, nil
}

// ahead is how long before its clear time a release is prepared here; the clock
// is then moved to it.
const ahead = time.Hour

// Mail brings letters of one release to everyone in the directory.
func Mail(ctx context.Context, o MailOptions) (*MailResult, error) {
	result := &MailResult{}
	var signed atomic.Int64
	keys, err := signers(&o, result, &signed)
	if err != nil {
		return nil, err
	}
	r := story.Release(story.OfLetter)
	scheduled := time.Now().UTC().Add(ahead).Truncate(time.Second)
	with := setup{database: o.Database, channel: wire.ByMail, impl: func(func() time.Time) (courier.Channel, error) {
		sender := &mail.Sender{From: story.From, Site: story.Site, Signers: keys}
		return mail.OpenRelays(sender, []string{fmt.Sprintf("smtp://%s?connections=%d", o.Relay, o.Connections)})
	}}
	var lifted atomic.Bool
	if o.Sign == "prepared" {
		r.Schedule.UTC = scheduled
		if with.sealer, err = seal.OpenKeyring(o.Keys); err != nil {
			return nil, err
		}
		with.upcoming = func(context.Context, time.Time) ([]wire.Item, error) {
			if lifted.Load() {
				return nil, nil
			}
			return []wire.Item{wire.NewItem(r, &r.Editions[0], wire.Publish, nil, scheduled, wire.Amendment{})}, nil
		}
		if err := addScheduled(ctx, o.Database, r); err != nil {
			return nil, err
		}
	}
	before, began := process.Used(), time.Now()
	office, err := open(ctx, with)
	if err != nil {
		return nil, err
	}
	defer office.close()
	if o.Sign == "prepared" {
		if err := prepared(ctx, &signed, int64(o.Letters*len(keys))); err != nil {
			return nil, err
		}
		result.Ahead, result.AheadCPU = time.Since(began).Seconds(), process.Used().CPU-before.CPU
		time.Sleep(settleTime)
		office.hands.move(scheduled.Sub(office.hands.now()) + time.Millisecond)
		lifted.Store(true)
	}
	already := signed.Load()
	if err := office.letters(ctx, r, &o, result); err != nil {
		return nil, err
	}
	result.SignedLate = int(signed.Load() - already)
	return result, nil
}

// retryTime is by how much the clock is moved on to retries: more than the first
// wait and its jitter, so that they come all at once.
const retryTime = 2 * time.Minute

// letters puts the release on the wire and waits for its receipts.
func (o *office) letters(ctx context.Context, r *wire.Release, with *MailOptions, result *MailResult) error {
	cpu, machine := process.Used().CPU, process.Machine()
	began, err := o.clear(ctx, r)
	if err != nil {
		return err
	}
	var idle func()
	if with.Faults {
		idle = func() { // those who were put off have their turn
			o.hands.move(retryTime)
			result.Moved += retryTime.Seconds()
			o.courier.Wake()
		}
	}
	ended, err := o.await(ctx, func(written map[string]int) bool { return written["accepted"]+written["failed"] >= with.Letters }, idle)
	if err != nil {
		return err
	}
	used := process.Used()
	result.Seconds, result.CPU, result.Peak = ended.Sub(began).Seconds(), used.CPU-cpu, used.Peak
	result.Others = (process.Machine() - machine - result.CPU) / result.Seconds
	counted, err := o.ledger(ctx, r.ID)
	if err != nil {
		return err
	}
	result.Matched, result.Accepted, result.Failed = counted.Matched, counted.Accepted, counted.Failed
	return nil
}

// addScheduled stores a release that waits for its time, as the desk would:
// what is prepared for one that is nowhere is thrown away.
func addScheduled(ctx context.Context, database string, r *wire.Release) error {
	s, err := store.Open(ctx, database)
	if err != nil {
		return err
	}
	defer s.Close()
	row := store.ReleaseRow{ID: r.ID, Revision: 1, State: wire.Scheduled, Content: []byte("sealed")}
	return s.Write(ctx, func(tx *store.Tx) error { return tx.InsertRelease(row, "") })
}

// settleTime is how long after the last signature what was prepared is on disk;
// that all of it was used is proved afterwards, as nothing more was signed.
const settleTime = 500 * time.Millisecond

// prepared waits until so many signatures were made ahead.
func prepared(ctx context.Context, signed *atomic.Int64, want int64) error {
	for signed.Load() < want {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
