package mail

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// encoding is how a part is brought into short lines of ASCII, which every relay
// passes on as they are (RFC 2045 §6).
type encoding string

const (
	inBase64 encoding = "base64"
	quoted   encoding = "quoted-printable"
)

// shorter is the encoding that makes less of a text: quoted-printable of what is
// mostly ASCII, a third less than base64 then; base64 of other scripts.
func shorter(raw []byte) encoding {
	if len(appendQuoted(nil, raw)) <= len(appendLines(nil, raw)) {
		return quoted
	}
	return inBase64
}

// begin encodes what many parts begin with, in whole lines. What is left of it
// must be encoded with what follows: it is the first that is gathered.
func (e encoding) begin(dst, raw []byte) (head, rest []byte) {
	if e == inBase64 {
		whole := len(raw) - len(raw)%line
		return appendLines(dst, raw[:whole]), raw[whole:]
	}
	return breakSoftly(appendQuoted(dst, raw)), nil
}

// piece encodes a text that stands in many parts, for append.
func (e encoding) piece(raw string) string {
	if e == inBase64 {
		return raw // its encoding depends on what stands before
	}
	return string(appendQuoted(nil, []byte(raw)))
}

// append puts behind what was gathered of a part what piece made, which begins a
// line.
func (e encoding) append(dst []byte, piece string) []byte {
	if e == quoted && len(piece) > 0 {
		dst = breakSoftly(dst)
	}
	return append(dst, piece...)
}

// appendRaw is append of a text as it is.
func (e encoding) appendRaw(dst, raw []byte) []byte {
	if e == quoted && len(raw) > 0 {
		return appendQuoted(breakSoftly(dst), raw)
	}
	return append(dst, raw...)
}

// end encodes what was gathered behind what begin left.
func (e encoding) end(dst, gathered []byte) []byte {
	if e == inBase64 {
		return appendLines(dst, gathered)
	}
	return append(dst, gathered...)
}

// breakSoftly has what follows begin a line.
func breakSoftly(dst []byte) []byte {
	if len(dst) == 0 || bytes.HasSuffix(dst, []byte("\r\n")) {
		return dst
	}
	return append(dst, softBreak...)
}

// line is how many bytes make a line of 76 characters, the longest that
// RFC 2045 §6.8 allows.
const line = 57

// appendLines writes base64 in lines.
func appendLines(dst, raw []byte) []byte {
	for len(raw) > 0 {
		n := min(line, len(raw))
		dst = base64.StdEncoding.AppendEncode(dst, raw[:n])
		dst = append(dst, "\r\n"...)
		raw = raw[n:]
	}
	return dst
}

// quotedLine is how many characters stand on a line before a soft break, RFC 2045
// §6.7 rule 5.
const (
	quotedLine = 75
	softBreak  = "=\r\n"
	hex        = "0123456789ABCDEF"
)

// literal are the characters that stand for themselves everywhere but at the
// beginning of a line.
var literal = func() (is [256]bool) {
	for c := '!'; c <= '~'; c++ {
		is[c] = c != '='
	}
	return is
}()

// appendQuoted writes text with CRLF line breaks in quoted-printable, RFC 2045
// §6.7. No line begins with a dot or with "From ", which relays and mailboxes
// change; white space is nowhere doubled or at the end of a line, so that the
// lines are in relaxed canonical form (see signing). A character is not divided
// between lines.
func appendQuoted(dst, raw []byte) []byte {
	column := 0
	for i := 0; i < len(raw); {
		if raw[i] == '\r' && i+1 < len(raw) && raw[i+1] == '\n' {
			dst = append(dst, "\r\n"...)
			column, i = 0, i+2
			continue
		}
		if column > 0 || raw[i] != '.' && !bytes.HasPrefix(raw[i:], []byte("From ")) {
			if n := plain(raw[i:], quotedLine-column); n > 0 {
				dst = append(dst, raw[i:i+n]...)
				column, i = column+n, i+n
				if column == quotedLine && !bytes.HasPrefix(raw[i:], []byte("\r\n")) && i < len(raw) {
					dst, column = append(dst, softBreak...), 0
				}
				continue
			}
		}
		_, size := utf8.DecodeRune(raw[i:])
		if column+3*size > quotedLine {
			dst, column = append(dst, softBreak...), 0
		}
		for _, c := range raw[i : i+size] {
			dst = append(dst, '=', hex[c>>4], hex[c&15])
		}
		column, i = column+3*size, i+size
	}
	return dst
}

// plain is how many bytes, of at most so many, stand for themselves: a space does
// before what does.
func plain(raw []byte, most int) int {
	n := 0
	for n < len(raw) && n < most {
		if !literal[raw[n]] && (raw[n] != ' ' || n+1 == len(raw) || !literal[raw[n+1]]) {
			break
		}
		n++
	}
	return n
}
