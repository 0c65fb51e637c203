package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/wire"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func sender(t testing.TB) (*Sender, map[string]string) {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &Sender{From: "wire@wire.example", Site: format.Site{BaseURL: "https://wire.example", Name: "Exámple Wire"},
		Signers: []Signer{{ed, "wireroom-ed25519"}, {rsaKey, "wireroom-rsa"}}}
	records := map[string]string{}
	for _, k := range s.Signers {
		record, err := seal.DKIMRecord(k.Key)
		if err != nil {
			t.Fatal(err)
		}
		records[k.Selector+"._domainkey.wire.example"] = record
	}
	return s, records
}

func consignment(action wire.Action) courier.Consignment {
	it := &wire.Item{Number: 7, ID: "itemid", Release: wire.ReleaseID(strings.Repeat("a", 26)), Version: 1, Action: action, ClearTime: at,
		Facets:  wire.Facets{Organisation: "شركة الواحة"},
		Edition: wire.Edition{Language: "ar", Headline: "شركة الواحة للطاقة توقّع عقداً بقيمة كبيرة جداً لتطوير محطة شمسية في شمال البلاد هذا العام", Body: []wire.Block{wire.P("أعلنت الشركة اليوم.")}}}
	c := courier.Consignment{Item: it, Headline: it.Headline, Why: func(wire.SubscriptionID) string { return `lang:ar, "شمسية"` }}
	if action != wire.Publish {
		it.Version, it.Number, it.Supersede, c.Earlier = 3, 9, 8, []int{1, 2}
	}
	return c
}

var reader = wire.Subscription{ID: 42, Channel: wire.ByMail, Address: "layla.1@press.example", Secret: "abcdefghijklmnopqrstuvwxyz"}

func compose(t testing.TB, s *Sender, c courier.Consignment) []byte {
	t.Helper()
	m, err := s.compose(c).append(nil, &scratch{}, &reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestALetterHasWhatCarefulProvidersAskFor(t *testing.T) {
	s, records := sender(t)
	raw := compose(t, s, consignment(wire.Publish))
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Fatalf("line %d has %d bytes or a bare line break", i, len(line))
		}
		for _, b := range line {
			if b >= 0x80 {
				t.Fatalf("line %d is not ASCII", i)
			}
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<aaaaaaaaaaaaaaaaaaaaaaaaaa.ar.1.42@wire.example>", "To": "<layla.1@press.example>", "Auto-Submitted": "auto-generated", "Content-Language": "ar",
		"List-Unsubscribe":      "<https://wire.example/u/abcdefghijklmnopqrstuvwxyz>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Id": "=?utf-8?q?Ex=C3=A1mple_Wire?= <ar.wire.wire.example>",
		"In-Reply-To": "", "References": "", "X-Wire-Number": "7",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != consignment(wire.Publish).Headline {
		t.Errorf("subject %q, %v", subject, err)
	}
	for _, word := range strings.Fields(m.Header.Get("Subject")) {
		if len(word) > 75 {
			t.Errorf("an encoded word of %d characters", len(word)) // RFC 2047 §2
		}
	}
	text, html := parts(t, m)
	if !strings.Contains(text, "أعلنت الشركة اليوم.") || !strings.Contains(text, `lang:ar, "شمسية"`) || !strings.Contains(text, "https://wire.example/u/abcdefghijklmnopqrstuvwxyz") {
		t.Errorf("text:\n%s", text)
	}
	if !strings.Contains(html, `dir="rtl"`) || !strings.Contains(html, "&#34;شمسية&#34;") || !strings.Contains(html, `href="https://wire.example/u/abcdefghijklmnopqrstuvwxyz"`) {
		t.Errorf("html:\n%s", html)
	}
	verify(t, raw, records, 2)
}

func TestADigestIsOneLetterAboutSeveralReleases(t *testing.T) {
	s, records := sender(t)
	first, second := *consignment(wire.Publish).Item, *consignment(wire.Publish).Item
	second.Release, second.Headline = wire.ReleaseID(strings.Repeat("b", 26)), "محطة أخرى"
	it := &wire.Item{Number: -5, Release: "digest-5", Version: 1, Action: wire.Publish, ClearTime: at}
	it.Language = "ar"
	raw := compose(t, s, courier.Consignment{Item: it, Digest: []wire.Item{first, second}})
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if id := m.Header.Get("Message-Id"); id != "<digest-5.ar.1.42@wire.example>" {
		t.Error(id)
	}
	if m.Header.Get("X-Wire-Number") != "" {
		t.Error("a digest has no wire number")
	}
	text, html := parts(t, m)
	for _, want := range []string{first.Headline, second.Headline, "https://wire.example/u/abcdefghijklmnopqrstuvwxyz"} {
		if !strings.Contains(text, want) || !strings.Contains(html, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	verify(t, raw, records, 2)
}

// verify checks every signature with a verifier that knows the DNS of the test.
func verify(t *testing.T, raw []byte, records map[string]string, want int) {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if r, ok := records[name]; ok {
			return []string{r}, nil
		}
		return nil, errors.New("no such record")
	}})
	if err != nil || len(found) != want {
		t.Fatalf("%d signatures, %v", len(found), err)
	}
	for _, v := range found {
		covered := strings.ToLower(strings.Join(v.HeaderKeys, " "))
		if v.Err != nil || !strings.Contains(covered, "list-unsubscribe-post") || !strings.Contains(covered, "list-unsubscribe ") {
			t.Errorf("%s: %v, covers %s", v.Domain, v.Err, covered)
		}
	}
}

// Letters of every length and in either encoding verify: what is long is lent to
// the flight and not copied, what is short is copied.
func TestLettersOfEveryLengthVerify(t *testing.T) {
	s, records := sender(t)
	for _, text := range []string{"أعلنت الشركة اليوم. ", "From  here on =  the dock in Łódź is open. . .\t"} {
		lettersVerify(t, s, records, text)
	}
}

func lettersVerify(t *testing.T, s *Sender, records map[string]string, text string) {
	t.Helper()
	for _, paragraphs := range []int{0, 3, 40, 200} {
		c := consignment(wire.Publish)
		for range paragraphs {
			c.Item.Body = append(c.Item.Body, wire.P(strings.Repeat(text, 5)))
		}
		l := s.compose(c)
		foreseen, err := l.foresee(&scratch{}, &reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range [][]byte{nil, foreseen} {
			var f flight
			f.own = append(f.own, "MAIL FROM:<>\r\n"...) // what travels before it is not of it
			before := f.end()
			if err := l.write(&f, &scratch{}, &reader, made); err != nil {
				t.Fatal(err)
			}
			var raw []byte
			f.parts(before, func(b []byte) { raw = append(raw, b...) })
			verify(t, raw, records, 2)
			var sent bytes.Buffer
			if err := f.writeTo(&sent); err != nil || !bytes.Equal(sent.Bytes(), f.appendTo(nil)) || sent.Len() != f.len() || !bytes.HasSuffix(sent.Bytes(), raw) {
				t.Errorf("%d paragraphs: %d bytes sent of %d, %v", paragraphs, sent.Len(), f.len(), err)
			}
		}
	}
}

func TestAChangedLetterDoesNotVerify(t *testing.T) {
	s, records := sender(t)
	raw := bytes.Replace(compose(t, s, consignment(wire.Publish)), []byte("/u/abc"), []byte("/u/abd"), 1)
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return []string{records[name]}, nil }})
	if err != nil || len(found) != 2 || found[0].Err == nil || found[1].Err == nil {
		t.Errorf("%+v, %v", found, err)
	}
}

func parts(t *testing.T, m *netmail.Message) (text, html string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		var from io.Reader = p // NextPart has taken quoted-printable off
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			from = base64.NewDecoder(base64.StdEncoding, p)
		}
		raw, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			text = string(raw)
		} else {
			html = string(raw)
		}
	}
}

func TestAmendmentsThreadUnderWhatTheyAmend(t *testing.T) {
	s, _ := sender(t)
	m, err := netmail.ReadMessage(bytes.NewReader(compose(t, s, consignment(wire.Correct))))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Header.Get("In-Reply-To"); got != "<aaaaaaaaaaaaaaaaaaaaaaaaaa.ar.2.42@wire.example>" {
		t.Errorf("In-Reply-To %s", got)
	}
	if got := m.Header.Get("References"); got != "<aaaaaaaaaaaaaaaaaaaaaaaaaa.ar.1.42@wire.example> <aaaaaaaaaaaaaaaaaaaaaaaaaa.ar.2.42@wire.example>" {
		t.Errorf("References %s", got)
	}
}

func TestHostileTextCannotBreakOutOfAHeader(t *testing.T) {
	s, _ := sender(t)
	c := consignment(wire.Publish)
	c.Item.Headline = "Plant\r\nBcc: everyone@x.example\r\n\r\n<script>"
	m, err := netmail.ReadMessage(bytes.NewReader(compose(t, s, c)))
	if err != nil || m.Header.Get("Bcc") != "" {
		t.Fatalf("Bcc %q, %v", m.Header.Get("Bcc"), err)
	}
	if _, html := parts(t, m); strings.Contains(html, "<script>") {
		t.Error("markup got through")
	}
}

func TestARelaysAnswerDecides(t *testing.T) {
	s, _ := sender(t)
	srv := serve(t)
	srv.rcpt = func(to string) error {
		switch {
		case strings.HasPrefix(to, "later"):
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
		case strings.HasPrefix(to, "never"):
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}
	relays, _ := open(t, s, srv.url()+"?connections=1")
	want := map[string]courier.Result{
		"now@x.example":   {Outcome: wire.Accepted, Code: "250"},
		"later@x.example": {Outcome: wire.Deferred, Code: "451 4.7.1 greylisted"},
		"never@x.example": {Outcome: wire.Failed, Code: "550 5.1.1 no such user"},
		"again@x.example": {Outcome: wire.Accepted, Code: "250"},
	}
	if got := carry(t, relays, "now@x.example", "later@x.example", "never@x.example", "again@x.example"); !maps.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if srv.got["now@x.example"] != 1 || srv.got["later@x.example"] != 0 || srv.conns != 1 {
		t.Errorf("got %v over %d connections", srv.got, srv.conns)
	}
}

func TestAPasswordIsNotSentInTheClear(t *testing.T) {
	c := &conversation{extensions: map[string]string{"AUTH": "PLAIN"}}
	err := c.login(&relay{host: "mail.example", user: "u", pass: "geheim"})
	if err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("err = %v", err)
	}
}

func TestAddressesOfRelaysAreChecked(t *testing.T) {
	for _, bad := range []string{"mail.example", "http://mail.example", "smtp://", "smtp://h?weight=0", "smtp://h?connections=many"} {
		if _, err := OpenRelays(&Sender{}, []string{bad}); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func BenchmarkLetter(b *testing.B) {
	s, _ := sender(b)
	c := consignment(wire.Publish)
	for range 12 {
		c.Item.Body = append(c.Item.Body, wire.P(strings.Repeat("أعلنت الشركة اليوم أن المحطة ستبدأ العمل. ", 5)))
	}
	for name, signers := range map[string][]Signer{"unsigned": nil, "ed25519": s.Signers[:1], "rsa": s.Signers[1:]} {
		b.Run(name, func(b *testing.B) {
			s.Signers = signers
			l := s.compose(c)
			var x scratch
			var m []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if m, err = l.append(m[:0], &x, &reader, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(m)))
		})
	}
}

// pen counts how often it signs.
type pen struct {
	crypto.Signer
	signed int
}

func (p *pen) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	p.signed++
	return p.Signer.Sign(r, digest, o)
}

// Signatures that were made before are used for the very letter they were made
// for, and for no other.
func TestSignaturesMadeBeforeFitOneLetterOnly(t *testing.T) {
	s, records := sender(t)
	p := &pen{Signer: s.Signers[0].Key}
	s.Signers[0].Key = p
	early := consignment(wire.Publish)
	early.Item.Number, early.Item.ID = 0, "" // not given yet
	foreseen, err := s.compose(early).foresee(&scratch{}, &reader)
	if err != nil {
		t.Fatal(err)
	}
	other := reader
	other.Secret = "bbcdefghijklmnopqrstuvwxyz"
	same, longer, retitled, otherwise := consignment(wire.Publish), consignment(wire.Publish), consignment(wire.Publish), consignment(wire.Publish)
	longer.Item.Body = append(longer.Item.Body, wire.P("."))
	retitled.Item.Headline += "."
	otherwise.Why = func(wire.SubscriptionID) string { return "lang:ar" }
	for _, c := range []struct {
		name     string
		c        courier.Consignment
		to       wire.Subscription
		foreseen []byte
		signs    int
	}{
		{"the same", same, reader, foreseen, 0},
		{"another reader", same, other, foreseen, 1},
		{"another text", longer, reader, foreseen, 1},
		{"another subject", retitled, reader, foreseen, 1},
		{"another reason", otherwise, reader, foreseen, 1},
		{"cut short", same, reader, foreseen[:len(foreseen)-1], 1},
		{"nothing made", same, reader, nil, 1},
	} {
		p.signed = 0
		raw, err := s.compose(c.c).append(nil, &scratch{}, &c.to, c.foreseen)
		if err != nil {
			t.Fatal(err)
		}
		verify(t, raw, records, 2)
		if p.signed != c.signs {
			t.Errorf("%s: signed %d times, want %d", c.name, p.signed, c.signs)
		}
	}
}

// A line that begins with a dot would have to be doubled (RFC 5321 §4.5.2);
// letters are written so that there is none, whatever stands in them.
func TestNoLineOfALetterBeginsWithADot(t *testing.T) {
	s, _ := sender(t)
	s.Signers = s.Signers[:1]
	rapid.Check(t, func(t *rapid.T) {
		c := courier.Consignment{Item: formattest.Draw(t), Why: func(wire.SubscriptionID) string { return rapid.String().Draw(t, "why") }}
		c.Item.Release = wire.ReleaseID(strings.Repeat("a", 26))
		raw, err := s.compose(c).append(nil, &scratch{}, &reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("\n.")) || bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) || bytes.ContainsFunc(raw, func(r rune) bool { return r > 126 }) {
			t.Fatalf("%q", raw)
		}
	})
}
