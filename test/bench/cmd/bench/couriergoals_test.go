package main

import (
	"bytes"
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
			{Side: ours, Name: "both, prepared, DATA", sign: "prepared", sink: "-no-chunking", timed: true, Rate: 40_000, Peak: 150e6},
			{Side: ours, Name: "both, prepared, BDAT", sign: "prepared", timed: true, Rate: 50_000, Peak: 100e6},
			{Side: ours, Name: "5 % 451", sign: "none", Rate: 1},
			{Side: other, Name: "go-mail", timed: true, Rate: 1},
		},
		Hooks: []hookRow{
			{Side: ours, Name: "HTTP, cold", Endpoints: 10, Healthy: 10, Last: 1},
			{Side: ours, Name: "TLS, preconnected", Endpoints: 10, Healthy: 10, Last: .61},
			{Side: ours, Name: "10 % hang, 5 % fail, cold", Endpoints: 10, Healthy: 8, Last: 1.2},
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

// Letters in TLS are slower: what is prepared and goes out in the open is not held
// against them.
func TestPreparedLettersAreHeldAgainstTheSameConnection(t *testing.T) {
	var g goals
	g.mail([]mailRow{
		{Side: ours, Name: "relay signs, BDAT", sign: "none", timed: true, Rate: 55_000},
		{Side: ours, Name: "relay signs, BDAT, STARTTLS", sign: "none", timed: true, secure: true, Rate: 37_000},
		{Side: ours, Name: "both, prepared, BDAT", sign: "prepared", timed: true, Rate: 44_000},
	})
	for _, one := range g {
		if strings.Contains(one.Name, "times as long") && one.Figure == 1.25 && !one.Reached {
			return
		}
	}
	t.Errorf("goals are %+v", g)
}
