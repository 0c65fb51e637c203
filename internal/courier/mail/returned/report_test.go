package returned

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const letterPath = "returns+tfrwqaaaaaaaaaaaaaaaaaaaaa@wire.example"

func TestWhatComesBackIsRead(t *testing.T) {
	for file, want := range map[string]Report{
		"postfix":            {Bounce, "5.1.1", "550 5.1.1 <layla@press.example>: Recipient address rejected: User unknown in virtual mailbox table", letterPath},
		"full":               {Bounce, "5.2.2", "552 5.2.2 Mailbox full", letterPath},
		"delayed":            {Delay, "4.4.1", "451 4.4.1 no answer", ""},
		"international":      {Bounce, "5.1.2", "550 5.1.2 ドメインがありません", ""},
		"complaint":          {Complaint, "", "abuse", letterPath},
		"complaint-enclosed": {Complaint, "", "abuse", letterPath},
		"notspam":            {Notice, "", "not-spam", letterPath},
		"qmail":              {Bounce, "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)", ""},
		"holiday":            {Kind: Reply},
		"person":             {Kind: Other},
		"relayed":            {Notice, "2.0.0", "", ""},
		"torn":               {Bounce, "5.0.0", "", ""},
	} {
		t.Run(file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", file+".eml"))
			if err != nil {
				t.Fatal(err)
			}
			for name, sent := range map[string][]byte{"lines": raw, "network lines": bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))} {
				if got, err := Parse(bytes.NewReader(sent), ""); err != nil || got != want {
					t.Errorf("%s:\n%+v, %v\nwant\n%+v", name, got, err, want)
				}
			}
		})
	}
	if _, err := Parse(strings.NewReader("no message"), ""); err == nil {
		t.Error("what is no message is read as one")
	}
}

// Whoever answers writes dates and paragraphs; only a server's words are a bounce.
func TestAnAnswerIsNoBounce(t *testing.T) {
	const daemon = "From: Mail Delivery System <Mailer-Daemon@mx.example>\n"
	for _, c := range []struct {
		name, from, message string
		want                Report
	}{
		{"a holiday until a date", "", "From: Jo <jo@press.example>\nAuto-Submitted: auto-generated\n\nIch bin bis 5.1.27 nicht im Haus.\n", Report{Kind: Reply}},
		{"a paragraph", "jo@press.example", "From: Jo <jo@press.example>\n\nSee section 5.2.1 of our terms.\n", Report{Kind: Other}},
		{"an address", "", "From: Jo <jo@press.example>\nAuto-Submitted: no\n\nWe are at 5.9.10.11 now.\n", Report{Kind: Other}},
		{"a reader who quotes a server", "jo@press.example", "From: Jo <jo@press.example>\n\nI got 550 5.1.1 from you.\n", Report{Kind: Other}},
		{"a reader who calls himself a server", "jo@press.example", daemon + "\n550 5.1.1 nobody\n", Report{Kind: Other}},
		{"a server's date", "", daemon + "\nClosed until 5.1.27.\n", Report{Kind: Other}},
		{"a server", "", daemon + "Auto-Submitted: auto-replied\n\n  RCPT TO:<jo@press.example>:\n  550 5.1.1 User unknown\n", Report{Kind: Bounce, Status: "5.1.1", Said: "550 5.1.1 User unknown"}},
		{"a server by name", "MAILER-DAEMON@mx.example", "From: postmaster@mx.example\n\n<mx.example #5.2.2 smtp;552 5.2.2 full>\n", Report{Kind: Bounce, Status: "5.2.2", Said: "<mx.example #5.2.2 smtp;552 5.2.2 full>"}},
	} {
		if got, err := Parse(strings.NewReader(c.message), c.from); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestWhatNoReaderReportedIsNoComplaint(t *testing.T) {
	for kind, want := range map[string]Kind{"abuse": Complaint, "fraud": Complaint, "opt-out": Complaint, "new-type": Complaint, "Not-Spam": Notice, "auth-failure": Notice, "virus": Notice} {
		r, err := Parse(strings.NewReader("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: "+kind+"\nVersion: 1\n\n--b--\n"), "fbl@mx.example")
		if err != nil || r.Kind != want {
			t.Errorf("%s: %+v, %v", kind, r, err)
		}
	}
}

func TestOfSeveralGroupsTheWorstCounts(t *testing.T) {
	status := func(groups ...string) Report {
		r, err := Parse(strings.NewReader("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"+strings.Join(groups, "\n\n")+"\n--b--\n"), "")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	failed, delayed, delivered := "Action: failed\nStatus: 5.1.1", "Action: delayed\nStatus: 4.2.2", "Action: delivered\nStatus: 2.1.5"
	for _, c := range []struct {
		groups []string
		want   Report
	}{
		{[]string{delivered, failed, delayed}, Report{Kind: Bounce, Status: "5.1.1"}},
		{[]string{delayed, delivered}, Report{Kind: Delay, Status: "4.2.2"}},
		{[]string{"Status: 5.7.1"}, Report{Kind: Bounce, Status: "5.7.1"}}, // without an action
		{[]string{"Action: failed"}, Report{Kind: Bounce, Status: "5.0.0"}},
		{[]string{"Action: failed\nStatus: 4.4.7 (expired)"}, Report{Kind: Bounce, Status: "4.4.7"}},
	} {
		if got := status(c.groups...); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.groups, got, c.want)
		}
	}
}

func TestPartsInPartsEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("Content-Type: multipart/mixed; boundary=b0\n\n")
	for i := range 1000 {
		b.WriteString("--b" + strings.Repeat("x", i%50) + "\nContent-Type: multipart/mixed; boundary=b" + strings.Repeat("x", (i+1)%50) + "\n\n")
	}
	if r, err := Parse(strings.NewReader(b.String()), ""); err != nil || r.Kind != Other {
		t.Errorf("%+v, %v", r, err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Parse(bytes.NewReader(raw), "")
		if err != nil {
			return
		}
		if !utf8.ValidString(r.Said) || strings.ContainsAny(r.Said, "\r\n\t\x00") || utf8.RuneCountInString(r.Said) > maxSaid {
			t.Errorf("said %q", r.Said)
		}
		if r.Kind == Bounce && !status.MatchString(r.Status) {
			t.Errorf("a bounce with status %q", r.Status)
		}
	})
}
