package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/edge/websocket"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	maxQuery  = 16 << 10 // bytes of the query string
	maxValues = 500      // values of the filter together
)

// SocketPath is where only WebSockets are served; StreamPath serves them too.
const (
	StreamPath = "/v1/stream"
	SocketPath = "/v1/ws"
)

// request is what a receiver asks for.
type request struct {
	view
	want                  // the filter alone, until it is known who asks
	handshake http.Header // of a WebSocket
	resume    bool        // there is a place to resume at
	after     int64       // the place
	holds     []string    // seals that the receiver has
}

// parameters are those of the filter, and how each is filled in.
var parameters = []struct {
	name  string
	field func(*match.Filter) *[]string
}{
	{"lang", func(f *match.Filter) *[]string { return &f.Languages }},
	{"country", func(f *match.Filter) *[]string { return &f.Countries }},
	{"sector", func(f *match.Filter) *[]string { return &f.Sectors }},
	{"subject", func(f *match.Filter) *[]string { return &f.Subjects }},
	{"org", func(f *match.Filter) *[]string { return &f.Organisations }},
	{"ticker", func(f *match.Filter) *[]string { return &f.Tickers }},
	{"priority", func(f *match.Filter) *[]string { return &f.Priorities }},
}

// read returns what a request asks for, or an Invalid error whose field is the
// parameter.
func (e *Edge) read(r *http.Request) (ask request, err error) {
	ask.form = frame.FormOf(r)
	if websocket.Asked(r) || r.URL.Path == SocketPath {
		ask.form = frame.Socket
		handshake, compressed, err := websocket.Accept(r)
		if err != nil {
			return ask, err
		}
		ask.handshake = handshake
		if compressed {
			ask.form = frame.SocketFlate
		}
	}
	if len(r.URL.RawQuery) > maxQuery {
		return ask, wire.Errorf(wire.Invalid, "q", "the parameters are longer than %d bytes; save the filter as a subscription or make it shorter", maxQuery)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return ask, wire.Errorf(wire.Invalid, "", "the parameters are not well-formed: %w", err)
	}
	for name := range values {
		if !e.knows(name) {
			return ask, wire.Errorf(wire.Invalid, name, "there is no such parameter; the filter is made of lang, country, sector, subject, org, ticker, priority and q")
		}
	}
	if ask.query, err = readFilter(values); err != nil {
		return ask, err
	}
	if ask.as, err = encodingOf(values.Get("format")); err != nil {
		return ask, err
	}
	if err := ask.readSeal(values); err != nil {
		return ask, err
	}
	// An EventSource reconnects to the address it was made with: the header is
	// the newer of the two (WHATWG HTML §9.2.3).
	place, name := r.Header.Get("Last-Event-ID"), "Last-Event-ID"
	if place == "" {
		place, name = values.Get("after"), "after"
	}
	if place == "" {
		return ask, nil
	}
	ask.resume = true
	if ask.after, err = strconv.ParseInt(place, 10, 64); err != nil || ask.after < 0 {
		return ask, wire.Errorf(wire.Invalid, name, "%q is no wire number; give the id of the last event you have, or 0 for everything", place)
	}
	return ask, nil
}

func (e *Edge) knows(name string) bool {
	return isFilter(name) || slices.Contains([]string{"format", "after", "seal", "holds"}, name) || slices.Contains(e.o.Parameters, name)
}

// isFilter reports whether a parameter is one of the filter.
func isFilter(name string) bool {
	for _, p := range parameters {
		if p.name == name {
			return true
		}
	}
	return name == "q"
}

// readFilter compiles the filter. match names a field of its own in errors; the
// receiver is told the parameter, found by trying each alone.
func readFilter(values url.Values) (*match.Query, error) {
	var whole match.Filter
	count := 0
	var alone []struct {
		name   string
		filter match.Filter
	}
	for _, p := range parameters {
		list := split(p.name, values[p.name])
		if len(list) == 0 {
			continue
		}
		if count += len(list); count > maxValues {
			return nil, wire.Errorf(wire.Invalid, p.name, "a filter can have at most %d values", maxValues)
		}
		if err := check(p.name, list); err != nil {
			return nil, err
		}
		var one match.Filter
		*p.field(&whole), *p.field(&one) = list, list
		alone = append(alone, struct {
			name   string
			filter match.Filter
		}{p.name, one})
	}
	switch text := values["q"]; len(text) {
	case 0:
	case 1:
		whole.Text = strings.TrimSpace(text[0])
		alone = append(alone, struct {
			name   string
			filter match.Filter
		}{"q", match.Filter{Text: whole.Text}})
	default:
		return nil, wire.Errorf(wire.Invalid, "q", "give one query; join several with OR")
	}
	query, err := match.FromFilter(whole)
	if err == nil {
		return query, nil
	}
	for _, a := range alone {
		if _, one := match.FromFilter(a.filter); one != nil {
			return nil, wire.Errorf(wire.Invalid, a.name, "%s", messageOf(one))
		}
	}
	return nil, wire.Errorf(wire.Invalid, "q", "%s", messageOf(err))
}

// split returns the values of a parameter: repeated or separated by commas, but
// for organisations, whose names have commas. Empty ones, as forms send them,
// say nothing. They come sorted, so that the same filter has the same canonical
// form.
func split(name string, values []string) []string {
	var list []string
	for _, v := range values {
		parts := []string{v}
		if name != "org" {
			parts = strings.Split(v, ",")
		}
		for _, part := range parts {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// check refuses values that no item can ever have: a receiver with a slip in the
// filter would otherwise wait in silence.
func check(name string, list []string) error {
	for _, v := range list {
		switch name {
		case "lang":
			if _, err := vocab.CanonicalTag(v); err != nil {
				return wire.Errorf(wire.Invalid, name, "%q is no language tag; it looks like en, ar or zh-Hans", v)
			}
		case "country":
			if code := strings.ToUpper(v); len(v) != 2 || vocab.CountryName(code, "en") == code {
				return wire.Errorf(wire.Invalid, name, "%q is no country code; it looks like SG", v)
			}
		case "priority":
			if !slices.Contains([]wire.Priority{wire.Flash, wire.Urgent, wire.Ordinary}, wire.Priority(strings.ToLower(v))) {
				return wire.Errorf(wire.Invalid, name, "%q is no priority; it is flash, urgent or ordinary", v)
			}
		}
	}
	return nil
}

// messageOf returns what of an error is meant for people outside.
func messageOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "is not understood"
}

// problem is RFC 9457 problem details; errors has the form the rest of the API
// uses.
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []problemError `json:"errors,omitempty"`
}

type problemError struct {
	Location string `json:"location"` // "query.lang", "header.Last-Event-ID"
	Message  string `json:"message"`
}

// refuse answers a request that is wrong.
func refuse(w http.ResponseWriter, status int, err error) {
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: messageOf(err)}
	var e *wire.Error
	if errors.As(err, &e) && e.Field != "" {
		p.Detail = fmt.Sprintf("%s: %s", e.Field, e.Message)
		location := "query." + e.Field
		if e.Field == "Last-Event-ID" {
			location = "header." + e.Field
		}
		p.Errors = []problemError{{Location: location, Message: e.Message}}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(p)
}
