package frame

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Form is how frames look on a connection.
type Form uint8

// The forms.
const (
	Events      Form = iota // server-sent events
	EventsGzip              // the same with Content-Encoding gzip
	EventsZstd              // the same with Content-Encoding zstd
	Lines                   // a JSON object a line
	LinesGzip               // the same with Content-Encoding gzip
	LinesZstd               // the same with Content-Encoding zstd
	Socket                  // a JSON object a WebSocket message
	SocketFlate             // the same with permessage-deflate (RFC 7692)
	Forms       int  = iota // how many there are
)

// FormOf returns the form that a request of plain HTTP asks for in Accept and
// Accept-Encoding. Events without compression suit everyone.
func FormOf(r *http.Request) Form {
	form := Events
	for _, media := range []string{"application/jsonl", "application/x-ndjson", "application/x-jsonlines"} {
		if strings.Contains(r.Header.Get("Accept"), media) {
			form = Lines
		}
	}
	codings := acceptable(r.Header.Values("Accept-Encoding"))
	switch {
	// gzip first: browsers ask for both, and not all of them go on after the
	// first of several zstd frames.
	case slices.Contains(codings, "gzip"):
		return form + 1
	case slices.Contains(codings, "zstd"):
		return form + 2
	}
	return form
}

// acceptable are the codings of Accept-Encoding that are not refused by q=0
// (RFC 9110 §12.5.3).
func acceptable(values []string) []string {
	var codings []string
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			coding, parameters, _ := strings.Cut(part, ";")
			weight, _ := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
			if q, err := strconv.ParseFloat(weight, 64); err == nil && q == 0 {
				continue
			}
			codings = append(codings, strings.ToLower(strings.TrimSpace(coding)))
		}
	}
	return codings
}

// Header are the fields of an answer in this form that are its own.
func (f Form) Header() http.Header {
	h := http.Header{}
	switch f {
	case Events, EventsGzip, EventsZstd:
		h.Set("Content-Type", "text/event-stream")
	case Lines, LinesGzip, LinesZstd:
		h.Set("Content-Type", "application/jsonl")
	default:
		return h
	}
	switch f {
	case EventsGzip, LinesGzip:
		h.Set("Content-Encoding", "gzip")
	case EventsZstd, LinesZstd:
		h.Set("Content-Encoding", "zstd")
	}
	h.Set("Vary", "Accept, Accept-Encoding")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold frames back
	return h
}

// IsSocket reports whether the form is one of WebSocket messages.
func (f Form) IsSocket() bool { return f == Socket || f == SocketFlate }

// IsEvents reports whether the form is one of server-sent events.
func (f Form) IsEvents() bool { return f <= EventsZstd }
