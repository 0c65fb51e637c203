package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Signer is a DKIM key, RSA or Ed25519, with the selector under which its public
// half stands in the DNS.
type Signer struct {
	Key      crypto.Signer
	Selector string
}

// signing signs the letters of one item with one key (RFC 6376, RFC 8463). What
// the letters share is put in canonical form and hashed once. It is safe for
// concurrent use.
//
// It relies on how letters are written: bodies are in relaxed canonical form as
// they are (no white space at ends of lines, none doubled, CRLF, no empty lines
// at the end), and headers have one space after the colon.
type signing struct {
	key    crypto.Signer
	size   int         // bytes of a signature
	public []byte      // half of the key
	shared []byte      // shared headers in canonical form, in the order they are signed
	body   hash.Cloner // of what all bodies begin with

	template []byte // the header as sent, with gaps
	relaxed  []byte // in canonical form, up to the body hash
	hashAt   int    // where the body hash stands in the template
	signAt   int    // where the signature begins
}

// sharedSigned and personalSigned are the headers under the signature, in the
// order in which letters have them. RFC 8058 §4 wants both list headers among
// them.
var (
	sharedSigned   = []string{"From", "Subject", "Date", "MIME-Version", "Content-Language", "Auto-Submitted", "List-Id", "List-Unsubscribe-Post", "Content-Type"}
	personalSigned = []string{"To", "Message-ID", "In-Reply-To", "References", "List-Unsubscribe"}
	// absent are headers that nobody may add on the way: naming one more than
	// there are makes sure that there is no other (RFC 6376 §5.4.2, §8.15).
	absent = []string{"From", "To", "Cc", "Subject", "Date", "Reply-To"}
)

// signatureLine is how many characters of a signature stand on a line.
const signatureLine = 72

func newSigning(domain string, signer Signer, shared []byte, threads bool, body []byte) *signing {
	s := &signing{key: signer.Key, shared: relax(nil, shared)}
	s.public, _ = x509.MarshalPKIXPublicKey(signer.Key.Public()) // of RSA and Ed25519 it always can
	algorithm := "rsa-sha256"
	if _, ok := signer.Key.Public().(ed25519.PublicKey); ok {
		algorithm, s.size = "ed25519-sha256", ed25519.SignatureSize
	} else {
		s.size = signer.Key.Public().(*rsa.PublicKey).Size()
	}
	begun := sha256.New().(hash.Cloner)
	begun.Write(body)
	s.body = begun

	names := append([]string{}, sharedSigned...)
	for _, name := range personalSigned {
		if threads || name != "In-Reply-To" && name != "References" {
			names = append(names, name)
		}
	}
	names = append(names, absent...)
	fields := []string{"v=1", "a=" + algorithm, "c=relaxed/relaxed", "d=" + domain, "s=" + signer.Selector, "h=" + strings.Join(names, ":"), "bh="}
	folded := strings.NewReplacer(":Auto-Submitted", ":\r\n Auto-Submitted", ":Message-ID", ":\r\n Message-ID").Replace(strings.Join(fields, ";\r\n "))
	s.relaxed = relax(nil, []byte("DKIM-Signature: "+folded+"\r\n"))
	s.relaxed = s.relaxed[:len(s.relaxed)-2]

	s.template = []byte("DKIM-Signature: " + folded)
	s.hashAt = len(s.template)
	s.template = append(s.template, bytes.Repeat([]byte{'='}, base64.StdEncoding.EncodedLen(sha256.Size))...)
	s.template = append(s.template, ";\r\n b="...)
	s.signAt = len(s.template)
	for n := base64.StdEncoding.EncodedLen(s.size); n > 0; n -= signatureLine {
		if s.signAt < len(s.template) {
			s.template = append(s.template, "\r\n "...)
		}
		s.template = append(s.template, bytes.Repeat([]byte{'='}, min(n, signatureLine))...)
	}
	s.template = append(s.template, "\r\n"...)
	return s
}

// relax puts headers in the relaxed canonical form of RFC 6376 §3.4.2: names in
// lower case, lines unfolded, white space single and none at the end.
func relax(dst, headers []byte) []byte {
	for len(headers) > 0 {
		end := 0
		for { // up to a line break that no fold follows
			i := bytes.Index(headers[end:], []byte("\r\n"))
			if i < 0 {
				end = len(headers)
				break
			}
			end += i + 2
			if end == len(headers) || headers[end] != ' ' && headers[end] != '\t' {
				break
			}
		}
		dst = relaxOne(dst, headers[:end])
		headers = headers[end:]
	}
	return dst
}

func relaxOne(dst, field []byte) []byte {
	colon := bytes.IndexByte(field, ':')
	for _, c := range field[:colon] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	dst = append(dst, ':')
	space := false
	begun := len(dst)
	for _, c := range field[colon+1:] {
		switch c {
		case ' ', '\t', '\r', '\n':
			space = true
		default:
			if space && len(dst) > begun {
				dst = append(dst, ' ')
			}
			space = false
			dst = append(dst, c)
		}
	}
	return append(dst, "\r\n"...)
}

// signatures are those of one letter.
type signatures struct {
	body []byte // SHA-256 of the body
	rest []byte // of each key, one after the other
}

func (s *signatures) next(size int) []byte {
	one := s.rest[:size]
	s.rest = s.rest[size:]
	return one
}

// keySize is how many bytes say which letter signatures were made for.
const keySize = 8

// key says which letter has been written: check sums of all that its signatures
// cover, as a digest what all letters share; the address that ends the subscription
// is among the headers. They need to tell letters of one reader apart that differ by
// chance, as when an address was changed: what is compared with them lies under a
// seal, and taking one for the other costs that letter its signature.
func (l *letters) key(x *scratch) []byte {
	one, other := uint32(0), uint32(0)
	for _, part := range [][]byte{l.digest, x.headers, x.reason} {
		one, other = crc32.Update(one, castagnoli, part), crc32.Update(other, crc32.IEEETable, part)
	}
	x.key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(x.key[:0], one), other)
	return x.key
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summary is a digest of what all letters of an item share, keys among it.
func (l *letters) summary() []byte {
	h := sha256.New()
	for _, part := range [][]byte{l.shared, l.text.head, l.text.rest, l.html.head, l.html.rest, l.end} {
		h.Write(part)
	}
	for _, piece := range slices.Concat(l.text.pieces, l.html.pieces) {
		h.Write([]byte(piece))
	}
	for _, one := range l.signings {
		h.Write(one.template)
		h.Write(one.public)
	}
	return h.Sum(nil)
}

// sign returns the signatures of the letter that x and f hold, whose body goes on
// after what all share from personal on in f: foreseen ones, if they were made for
// this very letter, or new ones.
func (l *letters) sign(x *scratch, f *flight, personal mark, foreseen []byte) (signatures, error) {
	size := keySize + sha256.Size
	for _, one := range l.signings {
		size += one.size
	}
	if len(foreseen) == size && bytes.Equal(foreseen[:keySize], l.key(x)) {
		foreseen = foreseen[keySize:]
		return signatures{foreseen[:sha256.Size], foreseen[sha256.Size:]}, nil
	}
	var made signatures
	h, err := l.signings[0].body.Clone()
	if err != nil {
		return made, err
	}
	f.parts(personal, func(b []byte) { h.Write(b) })
	made.body = h.Sum(nil)
	for _, one := range l.signings {
		signature, err := one.sign(x, made.body)
		if err != nil {
			return made, err
		}
		made.rest = append(made.rest, signature...)
	}
	return made, nil
}

// foresee makes the signatures of a letter before it is sent: what append takes
// as foreseen. nil if letters are not signed.
func (l *letters) foresee(x *scratch, s *wire.Subscription) ([]byte, error) {
	if len(l.signings) == 0 {
		return nil, nil
	}
	x.flight.reset()
	if err := l.write(&x.flight, x, s, nil); err != nil {
		return nil, err
	}
	made := bytes.Clone(l.key(x))
	made = append(made, x.made.body...)
	return append(made, x.made.rest...), nil
}

// sign signs the headers of the letter in x and a body hash, RFC 6376 §3.7.
func (s *signing) sign(x *scratch, body []byte) ([]byte, error) {
	data := append(x.signed[:0], s.shared...)
	data = relax(data, x.headers)
	data = append(data, s.relaxed...)
	data = base64.StdEncoding.AppendEncode(data, body)
	data = append(data, "; b="...)
	x.signed = data
	digest := sha256.Sum256(data)
	options := crypto.SignerOpts(crypto.SHA256)
	if _, ok := s.key.Public().(ed25519.PublicKey); ok {
		options = crypto.Hash(0) // RFC 8463 §3: PureEdDSA over the digest
	}
	signature, err := s.key.Sign(rand.Reader, digest[:], options)
	if err == nil && len(signature) != s.size {
		err = wire.Errorf(wire.Unavailable, "dkim", "the key gave a signature of %d bytes", len(signature))
	}
	return signature, err
}

// fill writes a signature into the gaps of the header.
func (s *signing) fill(header, body, signature []byte) {
	base64.StdEncoding.Encode(header[s.hashAt:], body)
	for at := s.signAt; len(signature) > 0; at += signatureLine + len("\r\n ") {
		n := min(len(signature), signatureLine/4*3)
		base64.StdEncoding.Encode(header[at:], signature[:n])
		signature = signature[n:]
	}
}
