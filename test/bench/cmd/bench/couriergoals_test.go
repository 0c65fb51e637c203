package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestEachFigureIsHeldAgainstItsGoal(t *testing.T) {
	r := results{
		Mail: []mailRow{
			{Side: ours, Name: "relay signs, DATA", sign: "none", sink: "-no-chunking", timed: true, Rate: 43_000, ToOther: 11.9, CPUEach: 25, Peak: 151e6},
			{Side: ours, Name: "relay signs, BDAT", sign: "none", timed: true, Rate: 60_000, ToOther: 12, CPUEach: 20, Peak: 100e6},
			{Side: ours, Name: "relay signs, BDAT, STARTTLS", sign: "none", timed: true, secure: true, Rate: 1},
			{Side: ours, Name: "RSA-2048", sign: "rsa", openSSL: true, timed: true, Rate: 4499},
			{Side: ours, Name: "both, prepared, DATA", sign: "prepared", timed: true, Rate: 40_000, ToPlain: 1.07, Peak: 150e6},
			{Side: ours, Name: "both, prepared, BDAT", sign: "prepared", timed: true, Rate: 50_000, ToPlain: 1.2, Peak: 100e6},
			{Side: ours, Name: "5 % 451", sign: "none", Rate: 1},
			{Side: other, Name: "go-mail", timed: true, Rate: 1},
		},
		Hooks: []hookRow{
			{Side: ours, Name: "HTTP, cold", Endpoints: 10, Healthy: 10, Last: 1},
			{Side: ours, Name: "TLS, preconnected", Endpoints: 10, Healthy: 10, Last: .61},
			{Side: ours, Name: "10 % hang, 5 % fail, cold", Endpoints: 10, Healthy: 8, Last: 1.3, ToHealthy: 1.2},
			{Side: other, Name: "HTTP, cold", Endpoints: 10, Healthy: 10, Last: 9},
		},
		Ledger: []ledgerRow{
			{Engine: "sqlite", Name: "planned", Value: 2, Unit: "ms", of: ofPlan}, {Engine: "sqlite", Name: "size", Value: 12.5, Unit: "bytes", of: ofSize},
			{Engine: "sqlite", Name: "report", Value: 10, Unit: "ms", of: ofReport}, {Engine: "sqlite", Name: "receipts", Value: 1, Unit: "a second"},
		},
	}
	r.setGoals()
	var is []string
	for _, g := range r.Goals {
		verdict := "MISSED"
		if g.Reached {
			verdict = "reached"
		}
		is = append(is, g.Name+" "+figure(g.Figure)+" "+verdict)
	}
	want := []string{
		"letters, relay signs, DATA: a release of 86,000 2.00 reached",
		"letters, relay signs, DATA: times as quick as go-mail 11.9 MISSED",
		"letters, relay signs, DATA: processor time of the sender a letter 25.0 reached",
		"letters, relay signs, DATA: most memory of the sender 151 MISSED",
		"letters, relay signs, BDAT: a release of 86,000 1.43 reached",
		"letters, relay signs, BDAT: times as quick as go-mail 12.0 reached",
		"letters, relay signs, BDAT: processor time of the sender a letter 20.0 reached",
		"letters, relay signs, BDAT: most memory of the sender 100 reached",
		"letters, RSA-2048: signed on the way by the system's library 4,499 MISSED",
		"letters, both, prepared, DATA: times as long as without signatures 1.07 reached",
		"letters, both, prepared, DATA: most memory of the sender 150 reached",
		"letters, both, prepared, BDAT: times as long as without signatures 1.20 MISSED",
		"letters, both, prepared, BDAT: most memory of the sender 100 reached",
		"webhooks, HTTP, cold: the last healthy endpoint 1.00 reached",
		"webhooks, TLS, preconnected: the last healthy endpoint 0.61 MISSED",
		"webhooks, 10 % hang, 5 % fail, cold: the last healthy one, times as late as where all are 1.20 MISSED",
		"ledger, sqlite: planned 2.00 reached",
		"ledger, sqlite: size 12.5 MISSED",
		"ledger, sqlite: report 10.0 reached",
	}
	if got := strings.Join(is, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	var out bytes.Buffer
	printCourierGoals(&out, r.Goals, (&options{letters: 10, endpoints: goalEndpoints, deliveries: goalDeliveries}).goalSizes())
	if said := out.String(); !strings.Contains(said, "meant for other sizes: 10 letters for 86000") || strings.Count(said, "MISSED") != 7 {
		t.Errorf("printed\n%s", said)
	}
}

// A letter that others send may be shorter than ours with its signatures, but
// never so much longer that we are flattered.
func TestLettersThatAreComparedAreOfOneSize(t *testing.T) {
	for _, c := range []struct {
		sign   string
		ours   float64
		theirs float64
		wrong  bool
	}{{"none", 20_000, 20_000, false}, {"none", 20_000, 21_000, true}, {"none", 20_000, 19_000, true}, {"prepared", 21_000, 20_000, false}, {"prepared", 20_000, 21_000, true}} {
		if got := sizesDiffer(c.sign, c.ours, c.theirs); got != c.wrong {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Ratios are of runs in one turn, and the middle one counts. Letters in TLS are slower,
// and one who sends by DATA is not held against BDAT.
func TestLettersAreHeldAgainstWhatWasMeasuredInTheSameTurn(t *testing.T) {
	runs := func(row mailRow, rates ...float64) (all []mailRow) {
		for i, rate := range rates {
			row.Rate, row.Seconds, row.CPUEach = rate, 1000/rate, float64(i)
			all = append(all, row)
		}
		return all
	}
	our := func(name, sign, sink string, secure bool, limits ...string) mailRow {
		return mailRow{Side: ours, Name: name, sign: sign, sink: sink, secure: secure, timed: true, limits: limits}
	}
	rows := mailRows([][]mailRow{
		runs(mailRow{Side: limit, Name: "signatures"}, 50, 100, 10),
		runs(our("prepared", "prepared", "", false, "send"), 80, 40, 10),
		runs(our("secure", "none", "", true, "send"), 50),
		runs(our("other way", "none", "-no-chunking", false, "send"), 60),
		runs(our("plain", "none", "", false, "send"), 100, 60, 11),
		runs(mailRow{Side: other, Name: "usual"}, 10, 5, 2), runs(mailRow{Side: other, Name: "another"}, 1),
		runs(mailRow{Side: limit, Name: "send"}, 200, 100, 22),
		runs(our("signed", "rsa", "", false, "send", "signatures"), 40, 40),
		runs(our("unknown limit", "rsa", "", false, "send", "nothing"), 40),
	})
	want := []struct {
		name                                  string
		rate, cost, toOther, toLimit, toPlain float64
	}{
		{"prepared", 40, 1, 8, 4. / 10, 100. / 80}, {"secure", 50, 0, 5, .25, 0}, {"other way", 60, 0, 6, .3, 0}, {"plain", 60, 1, 10, .5, 0},
		{"signed", 40, 1, 8, 1, 0}, {"unknown limit", 40, 0, 4, 0, 0},
		{"usual", 5, 1, 0, 0, 0}, {"another", 1, 0, 0, 0, 0}, {"signatures", 50, 1, 0, 0, 0}, {"send", 100, 1, 0, 0, 0},
	}
	for i, w := range want {
		r := rows[i]
		if r.Name != w.name || r.Rate != w.rate || r.CPUEach != w.cost || !near(r.ToOther, w.toOther) || !near(r.ToLimit, w.toLimit) || !near(r.ToPlain, w.toPlain) {
			t.Errorf("row %d is %+v, want %+v", i, r, w)
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestWebhooksAreHeldAgainstWhatWasMeasuredInTheSameTurn(t *testing.T) {
	row := func(side, kind, round string, healthy int, last float64) hookRow {
		return hookRow{Side: side, kind: kind + ", " + round, limit: kind + ", " + round, round: round, Endpoints: 10, Healthy: healthy, Last: last}
	}
	both := func(side, kind string, healthy int, cold, warm float64) []hookRow {
		return []hookRow{row(side, kind, "cold", healthy, cold), row(side, kind, "warm", healthy, warm)}
	}
	ahead := row(ours, "TLS", "cold", 10, .5)
	ahead.ahead, ahead.limit = true, "TLS, warm"
	rows := hookRows(byRound([][][]hookRow{
		{both(ours, plainHooks, 10, 1, .2), both(ours, plainHooks, 10, 2, .4), both(ours, plainHooks, 10, 3, .9)},
		{both(ours, "bad", 8, 1.2, .2), both(ours, "bad", 8, 2.2, .3), both(ours, "bad", 8, 4.5, .9)},
		{both(limit, plainHooks, 10, .5, .1), both(limit, plainHooks, 10, .5, .1), both(limit, plainHooks, 10, 3, .9)},
		{both(other, plainHooks, 10, 2, .4), both(other, plainHooks, 10, 2, .4), both(other, plainHooks, 10, 9, 1.8)},
		{{row(other, "bad", "cold", 8, 30)}},
		{{ahead}}, {both(limit, "TLS", 10, 3, .3)}, {both(other, "TLS", 10, 4, .4)},
	}))
	want := []struct {
		last, toOther, toLimit, toHealthy float64
	}{
		{2, 2, .5, 0}, {.4, 2, .5, 0},
		{2.2, 25, 0, 1.2}, {.3, 150, 0, 1},
		{.5, 8, .6, 0},
	}
	for i, w := range want {
		r := rows[i]
		if r.Side != ours || r.Last != w.last || !near(r.ToOther, w.toOther) || !near(r.ToLimit, w.toLimit) || !near(r.ToHealthy, w.toHealthy) {
			t.Errorf("row %d is %+v, want %+v", i, r, w)
		}
	}
	if len(rows) != 5+5+4 {
		t.Errorf("%d rows", len(rows))
	}
}
