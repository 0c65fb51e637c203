package conformance

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/wire"
)

// read is what testdata/mail_check.py finds in a message.
type read struct {
	File, Type, Text, HTML string
	Defects, Parts         []string
	Headers                map[string]string
	Long                   int
	ASCII, CRLF, Tampered  bool
	DKIM                   []signature
}

type signature struct {
	Domain, Selector, Algorithm, Error string
	Headers                            []string
	Valid                              bool
}

const reason = `lang:ar, "free & <fair> trade"`

func TestMailReadersSeeWhatTheWireSaid(t *testing.T) {
	needPython(t, "dkim, nacl", "python3-dkim python3-nacl")
	sender, dns := signedSender(t)
	dir := t.TempDir()
	box, err := mail.OpenMaildir(sender, dir)
	if err != nil {
		t.Fatal(err)
	}
	items := storyItems()
	for i := range items {
		post(t, box, &items[i])
	}
	args := []string{file(t, dir, "dns.json", dns)}
	for i := range items {
		it := &items[i]
		args = append(args, filepath.Join(dir, "new", fmt.Sprintf("%d.%d_42.wireroom", it.ClearTime.Unix(), it.Number)))
	}
	var verdicts []read
	ask(t, &verdicts, "mail_check.py", args...)
	if len(verdicts) != len(items) {
		t.Fatalf("%d letters were read, %d were written", len(verdicts), len(items))
	}
	for i, got := range verdicts {
		it := &items[i]
		t.Run(string(it.Action)+" in "+it.Language, func(t *testing.T) { compareLetter(t, got, it) })
	}
	t.Logf("%d letters with two signatures each", len(items))
}

// signedSender is a sender with both kinds of key, and the DNS records that
// publish them.
func signedSender(t *testing.T) (*mail.Sender, []byte) {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &mail.Sender{From: "wire@wire.example", Site: formattest.Site()}
	records := map[string]string{}
	for selector, key := range map[string]crypto.Signer{"ed25519": ed, "rsa": rs} {
		s.Signers = append(s.Signers, mail.Signer{Key: key, Selector: selector})
		if records[selector+"._domainkey.wire.example"], err = seal.DKIMRecord(key); err != nil {
			t.Fatal(err)
		}
	}
	dns, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	return s, dns
}

// headline is that of the story an item speaks about.
func headline(it *wire.Item) string { return formattest.Item(wire.Publish, it.Language).Headline }

func post(t *testing.T, box *mail.Maildir, it *wire.Item) {
	t.Helper()
	c := courier.Consignment{Item: it, Headline: headline(it), Why: func(wire.SubscriptionID) string { return reason }}
	if it.Supersede > 0 {
		c.Earlier = []int{it.Version - 1}
	}
	s, err := box.Prepare(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	to := wire.Subscription{ID: 42, Channel: wire.ByMail, Address: "reader@press.example", Secret: "abcdefghijklmnopqrstuvwxyz"}
	if r := s.Deliver(context.Background(), to, 1); r.Outcome != wire.Accepted {
		t.Fatalf("%+v", r)
	}
}

func compareLetter(t *testing.T, got read, it *wire.Item) {
	t.Helper()
	same := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}
	same("defects", got.Defects, []string{})
	same("type", got.Type, "multipart/alternative")
	same("parts", got.Parts, []string{"text/plain", "text/html"})
	if got.Long > 998 || !got.ASCII || !got.CRLF {
		t.Errorf("longest line %d, ASCII %v, CRLF %v", got.Long, got.ASCII, got.CRLF)
	}
	want := letter.Compose(it, headline(it), formattest.Site(), locale.For(it.Language)).Letter("https://wire.example/u/abcdefghijklmnopqrstuvwxyz", reason)
	same("subject", got.Headers["subject"], formattest.Fold(want.Subject))
	same("language", got.Headers["content-language"], it.Language)
	// Lines of a message end in CRLF (RFC 2046 §4.1.1), those of a letter in LF.
	same("text", strings.ReplaceAll(got.Text, "\r\n", "\n"), want.Text)
	same("HTML", strings.ReplaceAll(got.HTML, "\r\n", "\n"), want.HTML)
	if it.Supersede > 0 && !strings.Contains(got.Headers["references"], fmt.Sprintf("<%s.%s.%d.", it.Release, it.Language, it.Version-1)) {
		t.Errorf("it refers to %q", got.Headers["references"])
	}
	same("one-click header", got.Headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click")
	var algorithms []string
	for _, s := range got.DKIM {
		algorithms = append(algorithms, s.Algorithm)
		if !s.Valid || s.Domain != "wire.example" || s.Error != "" {
			t.Errorf("signature %+v", s)
		}
		for _, name := range []string{"from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post"} {
			if !slices.Contains(s.Headers, name) {
				t.Errorf("%s does not cover %s", s.Algorithm, name)
			}
		}
	}
	slices.Sort(algorithms)
	same("algorithms", algorithms, []string{"ed25519-sha256", "rsa-sha256"})
	same("verifies after tampering", got.Tampered, false)
}
