package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"hash"
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

// signed is what a signature needs: the body hash and its own bytes.
type signed struct {
	body      [sha256.Size]byte
	signature []byte
}

// sizeOf is how many bytes a prepared signature takes: body hash and signature.
func (s *signing) sizeOf() int { return sha256.Size + s.size }

// signature returns the signature for a letter with these personal headers,
// whose body goes on with rest: from prepared, if there is one, whose remainder
// is returned, or made now.
func (s *signing) signature(prepared, personal, rest []byte) (signed, []byte, error) {
	var made signed
	if n := s.sizeOf(); len(prepared) >= n {
		copy(made.body[:], prepared)
		made.signature = prepared[sha256.Size:n]
		return made, prepared[n:], nil
	}
	h, err := s.body.Clone()
	if err != nil {
		return made, nil, err
	}
	h.Write(rest)
	h.Sum(made.body[:0])
	made.signature, err = s.sign(made.body, personal)
	return made, nil, err
}

// sign signs the headers and a body hash, RFC 6376 §3.7.
func (s *signing) sign(body [sha256.Size]byte, personal []byte) ([]byte, error) {
	data := make([]byte, 0, len(s.shared)+len(personal)+len(s.relaxed)+64)
	data = append(data, s.shared...)
	data = relax(data, personal)
	data = append(data, s.relaxed...)
	data = base64.StdEncoding.AppendEncode(data, body[:])
	data = append(data, "; b="...)
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
func (s *signing) fill(header []byte, made signed) {
	base64.StdEncoding.Encode(header[s.hashAt:], made.body[:])
	var encoded [1024]byte // RSA keys of up to 6,144 bits
	b := base64.StdEncoding.AppendEncode(encoded[:0], made.signature)
	at := s.signAt
	for len(b) > 0 {
		n := copy(header[at:], b[:min(len(b), signatureLine)])
		b = b[n:]
		at += n + len("\r\n ")
	}
}
