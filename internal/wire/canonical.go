package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
)

// Canonical returns the RFC 8785 (JSON Canonicalization Scheme) form of v:
// members sorted by UTF-16 code units, no insignificant space, minimal escapes.
// The domain holds no floating-point numbers; one makes Canonical panic, being
// a programming error, not input.
func Canonical(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("wire: canonical form of %T: %v", v, err))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		panic(fmt.Sprintf("wire: canonical form of %T: %v", v, err))
	}
	return appendCanonical(make([]byte, 0, len(raw)), tree)
}

// Hash is the SHA-256 of Canonical(v) in lower-case hex.
func Hash(v any) string {
	sum := sha256.Sum256(Canonical(v))
	return hex.EncodeToString(sum[:])
}

func appendCanonical(out []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return fmt.Appendf(out, "%t", v)
	case json.Number:
		if bytes.ContainsAny([]byte(v), ".eE") {
			panic("wire: canonical form has no floating-point numbers: " + v.String())
		}
		return append(out, v...)
	case string:
		return appendCanonicalString(out, v)
	case []any:
		out = append(out, '[')
		for i, e := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendCanonical(out, e)
		}
		return append(out, ']')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		// RFC 8785 §3.2.3: sorted by UTF-16 code units, not by bytes.
		slices.SortFunc(keys, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		out = append(out, '{')
		for i, k := range keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendCanonicalString(out, k)
			out = append(out, ':')
			out = appendCanonical(out, v[k])
		}
		return append(out, '}')
	default:
		panic(fmt.Sprintf("wire: canonical form of %T", v))
	}
}

// appendCanonicalString escapes as RFC 8785 §3.2.2.2 demands: the two-letter
// escapes where JSON has them, \u00xx for other control characters, all else
// as it is.
func appendCanonicalString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch r {
		case '"':
			out = append(out, '\\', '"')
		case '\\':
			out = append(out, '\\', '\\')
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			if r < 0x20 {
				out = fmt.Appendf(out, "\\u%04x", r)
			} else {
				out = append(out, string(r)...)
			}
		}
	}
	return append(out, '"')
}
