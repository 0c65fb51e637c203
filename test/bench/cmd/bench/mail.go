package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/smtpsink"
	"github.com/wireroom/wireroom/test/bench/wiresend"
)

// mailRow is one measurement of letters.
type mailRow struct {
	Side        string  `json:"side"` // ours, other, limit
	Name        string  `json:"name"`
	Letters     int     `json:"letters"`
	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"`
	Rate        float64 `json:"rate"`     // letters a second
	CPUEach     float64 `json:"cpu_each"` // µs of the sender, a letter
	SinkEach    float64 `json:"sink_each"`
	Peak        int64   `json:"peak"`   // bytes of the sender
	Others      float64 `json:"others"` // processors busy beside sender and sink
	Size        float64 `json:"size"`   // bytes of a letter
	ToOther     float64 `json:"to_other,omitempty"`
	ToLimit     float64 `json:"to_limit,omitempty"`
	ToPlain     float64 `json:"to_plain,omitempty"` // of prepared ones: how many times as long as without signatures
	Note        string  `json:"note,omitempty"`

	limits []string // names of the limits to compare with, one after the other
	timed  bool     // the rate says something
	sign   string   // as of its step
	sink   string   // flags of its relay
	secure bool
	// openSSL says that RSA was the system's library's.
	openSSL bool
}

const ours, other, limit = "ours", "other", "limit"

// mailStep is how a measurement of ours is made.
type mailStep struct {
	name    string
	letters int
	sign    string
	sink    []string // its flags
	secure  bool     // over STARTTLS
	faults  bool
	limits  []string
	runs    int // at least
}

const (
	limitData = "constant letter, DATA in one flight"
	limitBDAT = "constant letter, BDAT"
)

func limitSignName(kind string) string { return "signatures alone, " + kind }

// mail measures letters. What is compared is made one after the other in each turn.
// Prepared ones come before those without signatures, for to prepare them takes half a
// minute; and ours by DATA before the limits and net/smtp, who send the letter of ours
// that was kept.
func (s *stand) mail() error {
	n, signed, noChunking := s.letters, s.signedLetters, []string{"-no-chunking"}
	our := func(step mailStep) measurement[mailRow] {
		return measurement[mailRow]{max(s.runs, step.runs), named(step.name, func() (mailRow, error) { return s.ourMail(step) })}
	}
	constant := "-constant=" + s.constantLetter()
	beside := func(side, name string, letters, connections int, sink []string, args ...string) measurement[mailRow] {
		row := mailRow{Side: side, Name: name, Letters: letters, Connections: connections, timed: true}
		return measurement[mailRow]{max(s.runs, goalRuns), named(name, func() (mailRow, error) { return s.othersMail(row, sink, args) })}
	}
	alone := func(kind string, runs int) measurement[mailRow] { // as often as the letters held against it
		return measurement[mailRow]{max(s.runs, runs), named(limitSignName(kind), func() (mailRow, error) { return s.signatures(kind) })}
	}
	found, err := inTurns([]measurement[mailRow]{
		our(mailStep{name: "both, prepared, DATA", letters: n, sign: "prepared", sink: noChunking, limits: []string{limitData}, runs: goalRuns}),
		our(mailStep{name: "relay signs, DATA", letters: n, sign: "none", sink: noChunking, limits: []string{limitData}, runs: goalRuns}),
		beside(limit, limitData, n, 2*s.connections, noChunking, "limit-mail", constant),
		beside(other, "wneessen/go-mail, html/template", s.otherLetters, s.otherConnections, nil, "other-mail"),
		our(mailStep{name: "both, prepared, BDAT", letters: n, sign: "prepared", limits: []string{limitBDAT}, runs: goalRuns}),
		our(mailStep{name: "relay signs, BDAT", letters: n, sign: "none", limits: []string{limitBDAT}, runs: goalRuns}),
		beside(limit, limitBDAT, n, s.connections, nil, "limit-mail", "-chunking", constant),
		beside(other, "net/smtp, constant letter", s.otherLetters, s.otherConnections, nil, "other-mail", constant),
		our(mailStep{name: "relay signs, BDAT, STARTTLS", letters: n, sign: "none", secure: true, limits: []string{limitBDAT}}),
		our(mailStep{name: "Ed25519", letters: n, sign: "ed25519", limits: []string{limitBDAT, limitSignName("ed25519")}}), alone("ed25519", 1),
		our(mailStep{name: "RSA-2048", letters: signed, sign: "rsa", limits: []string{limitBDAT, limitSignName("rsa")}, runs: goalRuns}), alone("rsa", goalRuns),
		our(mailStep{name: "RSA-2048 by Go", letters: signed / 4, sign: "rsa-go", limits: []string{limitBDAT, limitSignName("rsa-go")}}), alone("rsa-go", 1),
		our(mailStep{name: "Ed25519 and RSA-2048", letters: signed, sign: "both", limits: []string{limitBDAT, limitSignName("both")}}), alone("both", 1),
		our(mailStep{name: "5 % 451, 2 % 550, 1 % cut off", letters: signed, sign: "none", faults: true, sink: []string{"-temp=.05", "-perm=.02", "-drop=.01"}}),
	})
	if err != nil {
		return err
	}
	s.out.Mail = mailRows(found)
	s.sizes()
	return nil
}

// constantLetter is where a letter of ours is kept that others send.
func (s *stand) constantLetter() string { return filepath.Join(s.dir, "letter.eml") }

// withRelay runs f with a fresh sink.
func (s *stand) withRelay(flags []string, f func(relay string, control process.Control) error) error {
	var at ready
	server, err := process.Start(s.ctx, &at, nil, append([]string{"smtpsink"}, flags...)...)
	if err != nil {
		return err
	}
	defer server.Stop()
	return f(at.Relay, process.Control(at.Control))
}

// directory copies a database with so many contacts, which is made once.
func (s *stand) directory(contacts int) (string, error) {
	made, ok := s.made[contacts]
	if !ok {
		made = filepath.Join(s.dir, fmt.Sprintf("directory-%d.db", contacts))
		progress("importing %d contacts", contacts)
		var nothing struct{}
		if err := s.sender.Run(s.ctx, &nothing, nil, "run-store", "-database=sqlite:"+made, fmt.Sprintf("-contacts=%d", contacts)); err != nil {
			return "", err
		}
		s.made[contacts] = made
	}
	path := filepath.Join(s.dir, "wire.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + suffix) // of the measurement before
	}
	from, err := os.Open(made)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return path, errors.Join(err, to.Sync(), to.Close())
}

// ourMail measures the courier once.
func (s *stand) ourMail(step mailStep) (mailRow, error) {
	row := mailRow{Side: ours, Name: step.name, Letters: step.letters, Connections: s.connections, limits: step.limits, timed: !step.faults,
		sign: step.sign, sink: strings.Join(step.sink, " "), secure: step.secure}
	database, err := s.directory(step.letters)
	if err != nil {
		return row, err
	}
	progress("letters: %s, %d", step.name, step.letters)
	var env []string
	flags := step.sink
	if step.secure {
		authority := filepath.Join(s.dir, "relay.pem")
		flags, env = append(flags, "-tls="+authority), []string{"SSL_CERT_FILE=" + authority}
	}
	keys, err := os.MkdirTemp(s.dir, "keys-")
	if err != nil {
		return row, err
	}
	return row, s.withRelay(flags, func(relay string, control process.Control) error {
		args := s.profiled("mail "+step.name, []string{"run-mail", "-database=sqlite:" + database, "-relay=" + relay, "-keys=" + keys,
			fmt.Sprintf("-letters=%d", step.letters), fmt.Sprintf("-connections=%d", s.connections), "-sign=" + step.sign, fmt.Sprintf("-faults=%t", step.faults)})
		var before, after smtpsink.Stats
		if err := control.Get(s.ctx, "/stats", &before); err != nil {
			return err
		}
		var r wiresend.MailResult
		if err := s.sender.Run(s.ctx, &r, env, args...); err != nil {
			return err
		}
		if err := control.Get(s.ctx, "/stats", &after); err != nil {
			return err
		}
		row.fill(r.Seconds, r.CPU, r.Peak, r.Others, after.CPU-before.CPU, &after)
		row.note(step, &r)
		row.openSSL = r.OpenSSL
		return s.judgeMail(&row, step, &r, control)
	})
}

// fill computes the figures that all measurements have.
func (r *mailRow) fill(seconds, cpu float64, peak int64, others, sinkCPU float64, sink *smtpsink.Stats) {
	n := float64(r.Letters)
	r.Seconds, r.Rate, r.CPUEach, r.SinkEach = seconds, n/seconds, cpu/n*1e6, sinkCPU/n*1e6
	r.Peak, r.Others = peak, max(0, others-sinkCPU/seconds)
	r.Size = float64(sink.Bytes) / float64(max(sink.Letters, 1))
}

func (r *mailRow) note(step mailStep, m *wiresend.MailResult) {
	switch {
	case step.sign == "prepared":
		r.Note = fmt.Sprintf("prepared ahead in %.1f s, %.0f µs a letter", m.Ahead, m.AheadCPU/float64(r.Letters)*1e6)
	case step.sign == "rsa", step.sign == "both":
		r.Note = map[bool]string{true: "RSA by OpenSSL", false: "RSA by Go: built without the tag libcrypto, or no OpenSSL 3"}[m.OpenSSL]
	case step.faults:
		r.Note = fmt.Sprintf("%d accepted, %d refused; the clock was moved on by %.0f min to retries", m.Accepted, m.Failed, m.Moved/60)
	}
}

// judgeMail holds what the sink counted against what the ledger says, looks at
// letters that arrived, and keeps one without signatures as the constantLetter.
func (s *stand) judgeMail(row *mailRow, step mailStep, r *wiresend.MailResult, control process.Control) error {
	var v smtpsink.Verdict
	if err := control.Get(s.ctx, "/verify?n="+strconv.Itoa(step.letters), &v); err != nil {
		return err
	}
	if v.Once != step.letters-v.Refused || v.Doubled != 0 || v.Missing != 0 || v.Others != 0 {
		s.wrong(row.Name, "of %d readers %d got one letter, %d several, %d none, and %d who are no readers got one", step.letters, v.Once, v.Doubled, v.Missing, v.Others)
	}
	if r.Matched != step.letters || r.Accepted != v.Once+v.Doubled || r.Failed != v.Refused {
		s.wrong(row.Name, "the ledger says %d accepted and %d failed of %d, the relay took %d and refused %d", r.Accepted, r.Failed, r.Matched, v.Once+v.Doubled, v.Refused)
	}
	if r.SignedLate != 0 {
		s.wrong(row.Name, "%d signatures were made after the clear", r.SignedLate)
	}
	var kept [][]byte
	if err := control.Get(s.ctx, "/kept", &kept); err != nil {
		return err
	}
	if len(kept) == 0 {
		s.wrong(row.Name, "no letter was kept to be looked at")
		return nil
	}
	for _, letter := range kept {
		if err := checkLetter(letter, r.Keys); err != nil {
			s.wrong(row.Name, "a letter that arrived: %v", err)
			break
		}
	}
	if step.sign != "none" || step.faults {
		return nil
	}
	return os.WriteFile(s.constantLetter(), kept[0], 0o600)
}

// signatures measures signing alone.
func (s *stand) signatures(kind string) (mailRow, error) {
	row := mailRow{Side: limit, Name: limitSignName(kind), timed: true}
	progress("limit: %s", row.Name)
	var r others.Result
	if err := process.Run(s.ctx, &r, nil, "limit-sign", "-sign="+kind, fmt.Sprintf("-hands=%d", s.connections)); err != nil {
		return row, err
	}
	row.Letters = r.Done
	row.fill(r.Seconds, r.CPU, r.Peak, r.Others, 0, &smtpsink.Stats{})
	return row, nil
}

// othersMail measures what the courier is compared with. Limits, and others with a
// constant letter, need one of ours.
func (s *stand) othersMail(row mailRow, sink, args []string) (mailRow, error) {
	progress("letters: %s, %d", row.Name, row.Letters)
	return row, s.withRelay(sink, func(relay string, control process.Control) error {
		args = append(append([]string{}, args...), "-relay="+relay, fmt.Sprintf("-letters=%d", row.Letters), fmt.Sprintf("-connections=%d", row.Connections))
		var before, after smtpsink.Stats
		if err := control.Get(s.ctx, "/stats", &before); err != nil {
			return err
		}
		var r others.Result
		if err := process.Run(s.ctx, &r, nil, args...); err != nil {
			return err
		}
		if err := control.Get(s.ctx, "/stats", &after); err != nil {
			return err
		}
		row.fill(r.Seconds, r.CPU, r.Peak, r.Others, after.CPU-before.CPU, &after)
		var v smtpsink.Verdict
		if err := control.Get(s.ctx, "/verify?n="+strconv.Itoa(row.Letters), &v); err != nil {
			return err
		}
		if v.Once != row.Letters {
			s.wrong(row.Name, "of %d readers %d got one letter", row.Letters, v.Once)
		}
		return nil
	})
}

// sizeTolerance is by how much letters that are compared may differ in length;
// ours have more headers.
const sizeTolerance = .03

// sizesDiffer reports whether a letter of others is no fair one beside ours: of
// another size, or, where ours are signed and theirs are not, longer than ours.
func sizesDiffer(sign string, ours, theirs float64) bool {
	longer := ratio(theirs, ours) - 1
	return longer > sizeTolerance || sign == "none" && longer < -sizeTolerance
}

// mailRows are the rows of the table, ours first: of the runs of each measurement the
// one in the middle. How many times as quick it is as others, as the limit and as
// letters without signatures is said of runs in the same turn, and is in the middle of
// those, too.
func mailRows(found [][]mailRow) []mailRow {
	seconds, rate, cost := func(r mailRow) float64 { return r.Seconds }, func(r mailRow) float64 { return r.Rate }, func(r mailRow) float64 { return r.CPUEach }
	usual := runsOf(found, func(r mailRow) bool { return r.Side == other })
	return bySide(found, func(r mailRow) string { return r.Side }, func(runs []mailRow) mailRow {
		row := middle(runs, seconds)
		row.CPUEach = cost(middle(runs, cost)) // goals ask for it by itself
		if row.Side == ours && row.timed {
			row.ToOther, row.ToLimit = timesIn(runs, usual, rate), timesIn(runs, together(found, row.limits), rate)
			if row.sign == "prepared" {
				row.ToPlain = timesIn(runsOf(found, row.isPlain), runs, rate)
			}
		}
		return row
	})
}

// isPlain reports whether letters go the same way as these, and nobody signs them.
func (r *mailRow) isPlain(o mailRow) bool {
	return o.Side == ours && o.sign == "none" && o.timed && o.sink == r.sink && o.secure == r.secure
}

// together are runs in which a letter takes as long as in each of several limits
// together; nil if one is missing.
func together(found [][]mailRow, limits []string) (all []mailRow) {
	for i, name := range limits {
		runs := runsOf(found, func(r mailRow) bool { return r.Side == limit && r.Name == name })
		if i == 0 {
			all = slices.Clone(runs)
			continue
		}
		all = all[:min(len(all), len(runs))]
		for turn := range all {
			all[turn].Rate = 1 / (ratio(1, all[turn].Rate) + ratio(1, runs[turn].Rate))
		}
	}
	return all
}

// sizes takes note of letters that are compared and are not of one size.
func (s *stand) sizes() {
	usual := s.out.Mail[slices.IndexFunc(s.out.Mail, func(r mailRow) bool { return r.Side == other })]
	for _, r := range s.out.Mail {
		if r.Side == ours && r.timed && sizesDiffer(r.sign, r.Size, usual.Size) {
			s.wrong(r.Name, "letters of %.0f bytes are compared with letters of %.0f", r.Size, usual.Size)
		}
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
