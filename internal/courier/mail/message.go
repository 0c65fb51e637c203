package mail

import (
	"bytes"
	"fmt"
	"log/slog"
	"mime"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Sender is how the wire writes letters.
type Sender struct {
	From    string // address
	Site    format.Site
	Signers []Signer     // none: letters are not signed
	Log     *slog.Logger // nil: nothing is said
	// ReturnKey signs return paths, which somebody must take mail for, and for
	// unsubscribe@ beside them; none: what comes back goes to From.
	ReturnKey []byte
	// ReturnDomain is that of return paths; "" is the one of From. For SPF to
	// count under DMARC it must share its organisation with From (RFC 9989).
	ReturnDomain string
}

// domain is that of the sender's address: it signs, and makes message ids.
func (s *Sender) domain() string {
	_, domain, _ := strings.Cut(s.From, "@")
	return domain
}

// letters are the letters of one item: everything that is the same for all of
// them is written, encoded and hashed once. They are read-only and safe for
// concurrent use.
type letters struct {
	sender  *Sender
	item    *wire.Item
	why     func(wire.SubscriptionID) string
	reasons sync.Map // query → why: many subscribe by the same one

	shared     []byte // headers, as sent
	threads    []int  // versions that the letter refers to, oldest first
	text, html alternative
	end        []byte
	signings   []*signing
	digest     []byte // of everything above that is sent
}

// alternative is one part of a letter, encoded, which keeps every line short
// whatever the script (RFC 5322 §2.1.1). Head is what everyone has, in whole
// lines; what is left of it is encoded with the foot, of which pieces are what is
// fixed.
type alternative struct {
	how    encoding
	head   []byte
	rest   []byte
	part   *letter.Part
	pieces []string
}

// lateTime is how long after its scheduled time a release may be lifted and
// still have that time as the date of its letters.
const lateTime = time.Minute

// date is when an item's letters were written, as they say. Letters that were
// signed before the clear time carry the time the release was scheduled for;
// one that was held up long must not.
func date(it *wire.Item) time.Time {
	if !it.Action.Amends() && !it.Scheduled.IsZero() && it.ClearTime.Sub(it.Scheduled) < lateTime {
		return it.Scheduled
	}
	return it.ClearTime
}

// compose writes the letters of an item. It uses nothing that is known only
// after the clear, so that letters can be signed before: neither wire number
// nor item id stands under a signature.
func (s *Sender) compose(c courier.Consignment) *letters {
	it := c.Item
	var t *letter.Template
	if c.Digest != nil {
		t = letter.ComposeDigest(c.Digest, it.ClearTime, s.Site, locale.For(it.Language))
	} else {
		t = letter.Compose(it, c.Headline, s.Site, locale.For(it.Language))
	}
	boundary := fmt.Sprintf("=_%s.%d", it.Release, it.Version) // "=_" is in no encoded line (RFC 2045 §6.7)
	var b bytes.Buffer
	header(&b, "From", (&mail.Address{Name: s.Site.Name, Address: s.From}).String())
	header(&b, "Subject", encode(t.Subject))
	header(&b, "Date", date(it).UTC().Format(time.RFC1123Z))
	header(&b, "MIME-Version", "1.0")
	header(&b, "Content-Language", it.Language)
	// RFC 3834 §5: nobody's holiday notice is wanted.
	header(&b, "Auto-Submitted", "auto-generated")
	// RFC 2919: the list is the wire in this language.
	header(&b, "List-Id", fmt.Sprintf("%s <%s.wire.%s>", quotePhrase(s.Site.Name), strings.ToLower(it.Language), s.domain()))
	header(&b, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	header(&b, "Content-Type", "multipart/alternative;\r\n boundary=\""+boundary+"\"")
	l := &letters{
		sender: s, item: it, why: c.Why, shared: b.Bytes(), threads: c.Earlier[max(0, len(c.Earlier)-10):],
		text: alternate("--"+boundary+"\r\n", "text/plain", &t.Text),
		html: alternate("\r\n--"+boundary+"\r\n", "text/html", &t.HTML),
		end:  []byte("\r\n--" + boundary + "--\r\n"),
	}
	for _, signer := range s.Signers {
		l.signings = append(l.signings, newSigning(s.domain(), signer, l.shared, len(l.threads) > 0, l.text.head))
	}
	l.digest = l.summary()
	return l
}

// quotePhrase makes a display name of a text; RFC 2919 §3 wants a phrase.
func quotePhrase(name string) string {
	return strings.TrimSuffix((&mail.Address{Name: name, Address: "x@x"}).String(), " <x@x>")
}

func header(b *bytes.Buffer, name, value string) { b.WriteString(name + ": " + value + "\r\n") }

// encode makes a header value of any text: RFC 2047 words of at most 75
// characters, none of which splits a character, on lines of their own.
func encode(s string) string {
	return strings.ReplaceAll(mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(s), " ")), "?= =?", "?=\r\n =?")
}

func alternate(before, kind string, part *letter.Part) alternative {
	// RFC 2046 §4.1.1: line breaks of text are CRLF.
	raw := []byte(withCRLF(part.Head))
	how := shorter(raw)
	head := []byte(before + "Content-Type: " + kind + "; charset=utf-8\r\nContent-Transfer-Encoding: " + string(how) + "\r\n\r\n")
	head, rest := how.begin(head, raw)
	pieces := part.Fixed()
	for i, text := range pieces {
		pieces[i] = how.piece(withCRLF(text))
	}
	return alternative{how, head, rest, part, pieces}
}

func withCRLF(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// scratch is the memory in which one letter after another is written: what is
// personal in it, before it is encoded.
type scratch struct {
	headers  []byte
	reason   []byte
	gathered []byte // the personal end of an alternative
	personal []byte // one text of it
	key      []byte // says what was signed
	flight   flight // of a letter in one piece
	made     signatures
	signed   []byte // what one of them covers
}

// finish writes what is personal in an alternative, after its head. An address and
// a reason have no line breaks.
func (a *alternative) finish(dst []byte, x *scratch, unsubscribe, why string) []byte {
	b := append(x.gathered[:0], a.rest...)
	for place, text := range a.part.Foot(unsubscribe, why) {
		if place == letter.Personal {
			x.personal = append(x.personal[:0], text...)
			b = a.how.appendRaw(b, x.personal)
		} else {
			b = a.how.append(b, a.pieces[place])
		}
	}
	x.gathered = b
	return a.how.end(dst, b)
}

// reason is what of a subscription matched.
func (l *letters) reason(s *wire.Subscription) string {
	if why, ok := l.reasons.Load(s.Query); ok {
		return why.(string)
	}
	if l.why == nil {
		return "" // of a digest
	}
	why := strings.Join(strings.Fields(l.why(s.ID)), " ")
	l.reasons.Store(s.Query, why)
	return why
}

// append is write in one piece, behind dst.
func (l *letters) append(dst []byte, x *scratch, s *wire.Subscription, foreseen []byte) ([]byte, error) {
	x.flight.reset()
	if err := l.write(&x.flight, x, s, foreseen); err != nil {
		return dst, err
	}
	return x.flight.appendTo(dst), nil
}

// write writes the whole letter to one subscription: CRLF throughout, no line
// that begins with a dot, signed. foreseen are its signatures, if they were made
// before (see foresee) and still fit; else they are made now.
func (l *letters) write(f *flight, x *scratch, s *wire.Subscription, foreseen []byte) error {
	unsubscribe, why := l.sender.Site.UnsubscribeURL(s.Secret), l.reason(s)
	x.headers, x.reason = l.appendPersonal(x.headers[:0], s, unsubscribe), append(x.reason[:0], why...)
	// The number is only known after the clear, so it cannot be signed.
	if l.item.Number > 0 { // it is no digest
		f.own = append(f.own, "X-Wire-Number: "...)
		f.own = append(strconv.AppendInt(f.own, l.item.Number, 10), "\r\n"...)
	}
	signature := len(f.own)
	for _, one := range l.signings {
		f.own = append(f.own, one.template...)
	}
	f.own = append(append(append(f.own, l.shared...), x.headers...), "\r\n"...)
	f.borrow(l.text.head)
	personal := f.end()
	f.own = l.text.finish(f.own, x, unsubscribe, why)
	f.borrow(l.html.head)
	f.own = l.html.finish(f.own, x, unsubscribe, why)
	f.own = append(f.own, l.end...)
	if len(l.signings) == 0 {
		return nil
	}
	made, err := l.sign(x, f, personal, foreseen)
	if err != nil {
		return err
	}
	x.made = made
	for _, one := range l.signings {
		one.fill(f.own[signature:], made.body, made.next(one.size))
		signature += len(one.template)
	}
	return nil
}

// appendPersonal writes the headers that only this letter has.
func (l *letters) appendPersonal(b []byte, s *wire.Subscription, unsubscribe string) []byte {
	b = append(append(append(b, "To: <"...), s.Address...), ">\r\nMessage-ID: "...)
	b = append(l.appendID(b, l.item.Version, s.ID), "\r\n"...)
	if n := len(l.threads); n > 0 {
		// RFC 5322 §3.6.4: amendments thread under what they amend.
		b = append(b, "In-Reply-To: "...)
		b = append(l.appendID(b, l.threads[n-1], s.ID), "\r\nReferences:"...)
		for _, version := range l.threads {
			b = l.appendID(append(b, "\r\n "...), version, s.ID)
		}
		b = append(b, "\r\n"...)
	}
	// RFC 8058 §3.1: an https address that a single POST ends the subscription
	// at, both headers under the signature; RFC 2369 §3.2.
	b = append(append(append(b, "List-Unsubscribe: <"...), unsubscribe...), '>')
	if len(l.sender.ReturnKey) > 0 {
		b = append(append(b, ",\r\n <mailto:unsubscribe@"...), l.sender.returnDomain()...)
		b = append(append(append(b, "?subject=unsubscribe%20"...), s.Secret...), '>')
	}
	return append(b, "\r\n"...)
}

// appendID writes a Message-ID. It is the same for every attempt to bring one
// version of an edition to one subscription, so that a receiver can drop a copy.
func (l *letters) appendID(b []byte, version int, id wire.SubscriptionID) []byte {
	b = append(append(append(append(b, '<'), l.item.Release...), '.'), l.item.Language...)
	b = strconv.AppendInt(append(b, '.'), int64(version), 10)
	b = strconv.AppendInt(append(b, '.'), int64(id), 10)
	return append(append(append(b, '@'), l.sender.domain()...), '>')
}
