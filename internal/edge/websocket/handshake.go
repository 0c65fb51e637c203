package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Asked reports whether a request asks for a WebSocket.
func Asked(r *http.Request) bool {
	return r.Method == http.MethodGet && has(r.Header, "Connection", "upgrade") && has(r.Header, "Upgrade", "websocket")
}

// Accept returns the fields of the answer to a request for a WebSocket (RFC 6455
// §4.2.2), and whether messages may be compressed. An Invalid error says what was
// wrong; the answer to that is 400, or 426 with Sec-WebSocket-Version: 13.
func Accept(r *http.Request) (answer http.Header, compressed bool, err error) {
	if !Asked(r) || r.ProtoMajor != 1 || r.ProtoMinor < 1 {
		return nil, false, wire.Errorf(wire.Invalid, "Upgrade", "ask for the protocol websocket, over HTTP/1.1")
	}
	if v := r.Header.Get("Sec-WebSocket-Version"); v != "13" {
		return nil, false, wire.Errorf(wire.Invalid, "Sec-WebSocket-Version", "%q is not the version of RFC 6455, which is 13", v)
	}
	key := r.Header.Get("Sec-WebSocket-Key")
	if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 {
		return nil, false, wire.Errorf(wire.Invalid, "Sec-WebSocket-Key", "must be 16 bytes in base64")
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	answer = http.Header{}
	answer.Set("Upgrade", "websocket")
	answer.Set("Connection", "Upgrade")
	answer["Sec-WebSocket-Accept"] = []string{base64.StdEncoding.EncodeToString(sum[:])}
	if compressed = deflateOffered(r.Header); compressed {
		answer["Sec-WebSocket-Extensions"] = []string{"permessage-deflate; server_no_context_takeover; client_no_context_takeover"}
	}
	return answer, compressed, nil
}

// deflateOffered reports whether one of the offers of permessage-deflate can be
// met. One that limits our window cannot (RFC 7692 §7.1.2.1): what is compressed
// once goes to everyone.
func deflateOffered(h http.Header) bool {
	for _, value := range h.Values("Sec-WebSocket-Extensions") {
		for offer := range strings.SplitSeq(value, ",") {
			parameters := strings.Split(offer, ";")
			if strings.TrimSpace(parameters[0]) != "permessage-deflate" {
				continue
			}
			fits := true
			for _, p := range parameters[1:] {
				name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
				switch name {
				case "server_no_context_takeover", "client_no_context_takeover", "client_max_window_bits":
				case "server_max_window_bits":
					fits = fits && strings.Trim(value, `"`) == "15"
				default:
					fits = false
				}
			}
			if fits {
				return true
			}
		}
	}
	return false
}

// has reports whether a field lists a token, in any case of letters.
func has(h http.Header, field, token string) bool {
	for _, value := range h.Values(field) {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}
