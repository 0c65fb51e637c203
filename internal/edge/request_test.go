package edge

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestAWrongRequestIsToldWhichParameter(t *testing.T) {
	for _, c := range []struct{ name, query, lastID, location, word string }{
		{"language", "lang=en,deutsch_de!", "", "query.lang", "deutsch_de!"},
		{"country", "country=SG,QQ", "", "query.country", "QQ"},
		{"priority", "priority=high", "", "query.priority", "flash"},
		{"one of several", "sector=energy&lang=en&q=(", "", "query.q", ""},
		{"two queries", "q=a&q=b", "", "query.q", "OR"},
		{"format", "format=newsml", "", "query.format", "headline"},
		{"after", "after=yesterday", "", "query.after", "wire number"},
		{"negative", "after=-1", "", "query.after", "wire number"},
		{"place", "after=5", "abc", "header.Last-Event-ID", "wire number"},
		{"unknown", "language=en", "", "query.language", "lang, country"},
		{"too many", "ticker=" + strings.Join(manyTickers(), ","), "", "query.ticker", "500"},
		{"too long", "q=" + strings.Repeat("a", 20_000), "", "query.q", "16384"},
		{"malformed", "lang=%zz", "", "", "well-formed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // of one that is not refused
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/stream", nil)
			r.URL.RawQuery = c.query
			r.Header.Set("Last-Event-ID", c.lastID)
			w := httptest.NewRecorder()
			New(Options{History: &tape{}}).ServeHTTP(w, r)
			var p problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v in %s", err, w.Body)
			}
			location := ""
			if len(p.Errors) > 0 {
				location = p.Errors[0].Location
			}
			if w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" || p.Status != 400 || p.Title != "Bad Request" || location != c.location || !strings.Contains(p.Detail, c.word) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func manyTickers() []string {
	var all []string
	for i := range maxValues + 1 {
		all = append(all, strconv.Itoa(i))
	}
	return all
}

func TestOnlyGetIsAnswered(t *testing.T) {
	w := httptest.NewRecorder()
	New(Options{History: &tape{}}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/stream", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "GET" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestFiltersAreReadFromParameters(t *testing.T) {
	read := func(query string) string {
		t.Helper()
		ask, err := New(Options{History: &tape{}, Parameters: []string{"token"}}).read(httptest.NewRequest(http.MethodGet, "/v1/stream?"+query, nil))
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return ask.query.String()
	}
	if a, b := read("lang=en,ar&sector=energy"), read("sector=energy&lang=ar&lang=+en+&lang=&q=&token=x"); a != b {
		t.Errorf("the same filter is %q and %q", a, b)
	}
	if got := strings.Join(split("org", []string{"Halden Power, Inc.", " B ", "B"}), "|"); got != "B|Halden Power, Inc." {
		t.Errorf("organisations: %q", got)
	}
}

func FuzzRequest(f *testing.F) {
	for _, s := range []string{"", "lang=en,ar", "q=(", "q=%22a+b%22+OR+NOT+c", "after=7&format=headline", "lang=%zz", "org=a,b&org=c", "ticker=,,,&subject=04000000"} {
		f.Add(s, "7")
	}
	e := New(Options{History: &tape{}})
	f.Fuzz(func(t *testing.T, query, lastID string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/v1/stream", RawQuery: query}, Header: http.Header{"Last-Event-Id": {lastID}}}
		ask, err := e.read(r)
		switch {
		case err != nil && wire.KindOf(err) != wire.Invalid:
			t.Errorf("%q: %v", query, err)
		case err == nil && ask.query == nil, err == nil && ask.after < 0:
			t.Errorf("%q: %+v", query, ask)
		}
	})
}

func sample() wire.Item {
	r := story("en", "Halden Power opens its first “tidal” turbine\u2028<today>", "energy")
	r.ID, r.Priority = "aaaaaaaaaaaaaaaaaaaaaaaaaa", wire.Urgent
	at := time.Date(2026, 5, 5, 8, 30, 0, 123456000, time.UTC)
	it := wire.NewItem(r, &r.Editions[0], wire.Correct, &wire.Item{Number: 40, Version: 1, First: at}, at, wire.Amendment{Reason: "The place was wrong."})
	it.ID, it.Number = "bbbbbbbbbbbbbbbbbbbbbbbbbb", 42
	return it
}

func TestHeadlineFramesAreStable(t *testing.T) {
	e := New(Options{History: &tape{}, Site: format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}})
	got := (&entry{item: sample()}).frame(e, view{headlineEncoding, frame.Events})
	got = append(got, frame.Events.Place(57)...)
	got = append(got, frame.Events.Reset(99, 57, "")...)
	got = append(got, frame.Events.Goodbye(2317*time.Millisecond, true)...)
	const golden = "testdata/frames.txt"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNinjsFramesHoldTheDocumentInOneLine(t *testing.T) {
	e := New(Options{History: &tape{}, Site: format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}})
	it := sample()
	lines := strings.Split(string((&entry{item: it}).frame(e, view{ninjsEncoding, frame.Events})), "\n")
	if len(lines) != 5 || lines[0] != "id: 42" || lines[1] != "event: item" || lines[3]+lines[4] != "" {
		t.Fatalf("%q", lines)
	}
	doc, err := ninjs.Encode(&it, e.o.Site)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(doc, &a) != nil || json.Unmarshal([]byte(strings.TrimPrefix(lines[2], "data: ")), &b) != nil {
		t.Fatalf("no JSON: %s", lines[2])
	}
	if string(wireJSON(t, a)) != string(wireJSON(t, b)) {
		t.Error("the frame is not the document")
	}
}

func wireJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnItemThatCannotBeRenderedIsSentAsHeadline(t *testing.T) {
	e := New(Options{History: &tape{}})
	e.render = func(encoding, *wire.Item) ([]byte, error) { return nil, errors.New("no") }
	if got := string((&entry{item: sample()}).frame(e, view{ninjsEncoding, frame.Events})); !strings.Contains(got, `"headline":"Halden Power`) {
		t.Error(got)
	}
}
