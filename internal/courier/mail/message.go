package mail

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Signer is a DKIM key with the selector under which its public half stands in
// the DNS.
type Signer struct {
	Key      crypto.Signer
	Selector string
}

// Sender is how the wire writes letters.
type Sender struct {
	From    string // address
	Site    format.Site
	Signers []Signer // none: letters are not signed
	Now     func() time.Time
}

// domain is that of the sender's address: it signs, and makes message ids.
func (s *Sender) domain() string {
	_, domain, _ := strings.Cut(s.From, "@")
	return domain
}

// messageID is the same for every attempt to bring one item to one
// subscription, so that a receiver can drop a copy.
func (s *Sender) messageID(number int64, id wire.SubscriptionID) string {
	return fmt.Sprintf("<%d.%d@%s>", number, id, s.domain())
}

// letters are the letters of one item.
type letters struct {
	sender   *Sender
	cargo    courier.Consignment
	template *letter.Template
	shared   []byte // headers that are the same for everyone
}

func (s *Sender) compose(c courier.Consignment) *letters {
	it := c.Item
	l := &letters{sender: s, cargo: c, template: letter.Compose(it, c.Headline, s.Site, locale.For(it.Language))}
	var b bytes.Buffer
	header(&b, "From", (&mail.Address{Name: s.Site.Name, Address: s.From}).String())
	header(&b, "Subject", encode(l.template.Subject))
	header(&b, "Date", s.Now().UTC().Format(time.RFC1123Z))
	header(&b, "MIME-Version", "1.0")
	header(&b, "Content-Language", it.Language)
	// RFC 3834 §5: nobody's holiday notice is wanted.
	header(&b, "Auto-Submitted", "auto-generated")
	// RFC 2919: the list is the wire in this language.
	header(&b, "List-Id", fmt.Sprintf("%s <%s.wire.%s>", quotePhrase(s.Site.Name), strings.ToLower(it.Language), s.domain()))
	header(&b, "X-Wire-Number", fmt.Sprint(it.Number))
	l.shared = b.Bytes()
	return l
}

// quotePhrase makes a display name of a text; RFC 2919 §3 wants a phrase.
func quotePhrase(name string) string {
	return strings.TrimSuffix((&mail.Address{Name: name, Address: "x@x"}).String(), " <x@x>")
}

// message is the whole letter to one subscription, CRLF throughout, signed.
func (l *letters) message(s wire.Subscription) ([]byte, error) {
	unsubscribe := l.sender.Site.UnsubscribeURL(s.Secret)
	text, html := l.template.Render(unsubscribe, l.cargo.Why(s.ID))
	it := l.cargo.Item
	id := l.sender.messageID(it.Number, s.ID)

	b := bytes.NewBuffer(make([]byte, 0, 2*(len(text)+len(html))+4096))
	b.Write(l.shared)
	header(b, "To", (&mail.Address{Address: s.Address}).String())
	header(b, "Message-ID", id)
	if n := len(l.cargo.Earlier); n > 0 {
		// RFC 5322 §3.6.4: amendments thread under what they amend.
		var refs []string
		for _, earlier := range l.cargo.Earlier[max(0, n-10):] {
			refs = append(refs, l.sender.messageID(earlier, s.ID))
		}
		header(b, "In-Reply-To", refs[len(refs)-1])
		header(b, "References", strings.Join(refs, "\r\n "))
	}
	// RFC 8058 §3.1: an https address that a single POST ends the subscription
	// at, both headers under the signature; RFC 2369 §3.2.
	header(b, "List-Unsubscribe", fmt.Sprintf("<%s>,\r\n <mailto:%s?subject=unsubscribe%%20%s>", unsubscribe, l.sender.From, s.Secret))
	header(b, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	boundary := fmt.Sprintf("=_%d.%d.%s", it.Number, s.ID, it.ID)
	header(b, "Content-Type", "multipart/alternative;\r\n boundary=\""+boundary+"\"")
	b.WriteString("\r\n")
	part(b, boundary, "text/plain", text)
	part(b, boundary, "text/html", html)
	b.WriteString("--" + boundary + "--\r\n")
	return l.sender.sign(b.Bytes())
}

// part writes one alternative in base64, which keeps every line short whatever
// the script (RFC 5322 §2.1.1).
func part(b *bytes.Buffer, boundary, kind, content string) {
	b.WriteString("--" + boundary + "\r\nContent-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	// RFC 2046 §4.1.1: line breaks of text are CRLF.
	raw := []byte(strings.ReplaceAll(content, "\n", "\r\n"))
	const line = 57 // bytes that make 76 characters
	var encoded [76]byte
	for len(raw) > 0 {
		n := min(line, len(raw))
		base64.StdEncoding.Encode(encoded[:], raw[:n])
		b.Write(encoded[:base64.StdEncoding.EncodedLen(n)])
		b.WriteString("\r\n")
		raw = raw[n:]
	}
}

func header(b *bytes.Buffer, name, value string) { b.WriteString(name + ": " + value + "\r\n") }

// encode makes a header value of any text: RFC 2047 words of at most 75
// characters, none of which splits a character, on lines of their own.
func encode(s string) string {
	return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(s), " ")), "?= =?", "?=\r\n =?")
}

// signed are the headers the signature covers. RFC 8058 §4 wants both list
// headers among them.
var signed = []string{"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type", "Content-Language",
	"Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Wire-Number"}

// sign puts a DKIM signature of each key before the message.
func (s *Sender) sign(message []byte) ([]byte, error) {
	unsigned := message
	for _, key := range s.Signers {
		signer, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: s.domain(), Selector: key.Selector, Signer: key.Key, Hash: crypto.SHA256,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed, HeaderKeys: signed,
		})
		if err != nil {
			return nil, err
		}
		if _, err := signer.Write(unsigned); err != nil {
			return nil, err
		}
		if err := signer.Close(); err != nil {
			return nil, err
		}
		message = append([]byte(signer.Signature()), message...)
	}
	return message, nil
}
