package site

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/wireroom/wireroom/internal/web/ui"
)

// sheet is an answer as it is sent, made once and sent to many.
type sheet struct {
	Status   int
	Type     string
	Language string
	Link     string    // header Link, "" for none
	Modified time.Time // of what it shows; zero where that says nothing
	Location string    // where a redirect leads; "" for none
	Place    string    // address of its own of one of several formats; "" for pages
	Chosen   bool      // another Accept may get another sheet
	Open     bool      // scripts of other sites may read it
	Body     []byte

	etag string
	gzip []byte
}

// press keeps sheets until the wire moves on. The wire number is the watermark:
// nothing that is shown here changes without a new one. It is read before a
// sheet is made, so a sheet can be newer than it claims, never older.
type press struct {
	off    bool
	making singleflight.Group // one maker per key and number

	mu     sync.Mutex
	number int64             // guarded by mu; all sheets are of this number
	sheets map[string]*sheet // guarded by mu
	size   int               // guarded by mu; bytes held
}

// maxPress bounds the memory of a press, in bytes. A full one starts anew: the
// pages that are asked for are back at once.
const maxPress = 64 << 20

// sheetCost is what a sheet takes besides its bodies, so that addresses made up
// by the thousand fill a press too.
const sheetCost = 512

func newPress(off bool) *press { return &press{off: off, sheets: map[string]*sheet{}} }

// print returns the sheet of a key at a wire number, making it if need be: once,
// however many ask at the moment a flash clears.
func (p *press) print(ctx context.Context, number int64, key string, make func(context.Context) (*sheet, error)) (*sheet, error) {
	p.mu.Lock()
	if p.number < number {
		p.number, p.size = number, 0
		clear(p.sheets)
	}
	found := p.sheets[key]
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	// Whoever came first may leave; the others wait for the same sheet.
	ctx = context.WithoutCancel(ctx)
	made, err, _ := p.making.Do(strconv.FormatInt(number, 10)+" "+key, func() (any, error) { return p.make(ctx, number, key, make) })
	if err != nil {
		return nil, err
	}
	return made.(*sheet), nil
}

func (p *press) make(ctx context.Context, number int64, key string, make func(context.Context) (*sheet, error)) (*sheet, error) {
	made, err := make(ctx)
	if err != nil {
		return nil, err
	}
	made.finish()
	if p.off {
		return made, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.number == number {
		cost := len(key) + len(made.Body) + len(made.gzip) + sheetCost
		if p.size += cost; p.size > maxPress {
			clear(p.sheets)
			p.size = cost
		}
		p.sheets[key] = made
	}
	return made, nil
}

// finish makes of a sheet's body what is sent beside it or in its place.
func (sh *sheet) finish() {
	sum := sha256.Sum256(sh.Body)
	sh.etag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	sh.gzip = ui.Gzip(sh.Body)
}

// send answers with the sheet of a key.
func (s *site) send(w http.ResponseWriter, r *http.Request, key string, make func(context.Context) (*sheet, error)) error {
	number, err := s.Archive.Last(r.Context())
	if err != nil {
		return err
	}
	sh, err := s.press.print(r.Context(), number, key, make)
	if err != nil {
		return err
	}
	s.write(w, r, sh)
	return nil
}

// write answers with a finished sheet, or says that the client has it already.
func (s *site) write(w http.ResponseWriter, r *http.Request, sh *sheet) {
	h := w.Header()
	// A kill must be seen at once by everyone, so every copy asks before it is
	// shown again; asking is cheap.
	h.Set("Cache-Control", "no-cache")
	vary := "Accept-Encoding"
	if sh.Chosen {
		vary = "Accept, Accept-Encoding"
	}
	h.Set("Vary", vary)
	if sh.Location != "" {
		h.Set("Location", sh.Location)
		w.WriteHeader(sh.Status)
		return
	}
	h.Set("Content-Type", sh.Type)
	if sh.Language != "" {
		h.Set("Content-Language", sh.Language)
	}
	if sh.Link != "" {
		h.Set("Link", sh.Link)
	}
	if sh.Open {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if sh.Place != "" {
		h.Set("Content-Location", sh.Place)
	}
	h.Set("ETag", sh.etag)
	dated := s.dated(sh)
	if dated {
		h.Set("Last-Modified", sh.Modified.UTC().Format(http.TimeFormat))
	}
	if sh.Status == http.StatusOK && unchanged(r, sh, dated) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := sh.Body
	if ui.AcceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = sh.gzip
	}
	w.WriteHeader(sh.Status)
	w.Write(body)
}

// dated reports whether a sheet's time may be told. Dates of HTTP are whole
// seconds: within the second of an item another may follow, and a reader who
// was told that second would be told later that nothing is new.
func (s *site) dated(sh *sheet) bool {
	return !sh.Modified.IsZero() && s.Now().Sub(sh.Modified.Truncate(time.Second)) >= 2*time.Second
}

// unchanged reports whether the client has the sheet already (RFC 9110 §13.1.2,
// §13.1.3): If-Modified-Since counts only where there is no If-None-Match.
func unchanged(r *http.Request, sh *sheet, dated bool) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(sh.etag, "W/") {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && dated && !sh.Modified.Truncate(time.Second).After(since)
}
