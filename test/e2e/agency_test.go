package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/test/e2e/rig"
)

// agency is a news agency: it shows its stories as a NewsML-G2 message, and is the
// hub that tells of them.
type agency struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	message string
	served  int // whole messages
	same    int // answers of 304
	hub     url.Values
}

func openAgency(t *testing.T) *agency {
	a := &agency{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /news.xml", a.news)
	mux.HandleFunc("POST /hub", a.subscribe)
	a.Server = httptest.NewServer(mux)
	t.Cleanup(a.Close)
	return a
}

func (a *agency) news(w http.ResponseWriter, q *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sum := sha256.Sum256([]byte(a.message))
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Link", "<"+a.URL+`/hub>; rel="hub", <`+a.URL+`/news.xml>; rel="self"`)
	if q.Header.Get("If-None-Match") == tag {
		a.same++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	a.served++
	w.Header().Set("Content-Type", "application/vnd.iptc.g2.newsmessage+xml")
	fmt.Fprint(w, a.message)
}

// subscribe takes a subscription, and asks whether it was meant (WebSub §5.3).
func (a *agency) subscribe(w http.ResponseWriter, q *http.Request) {
	if err := q.ParseForm(); err != nil {
		a.t.Error(err)
	}
	w.WriteHeader(http.StatusAccepted)
	form := q.PostForm
	go func() {
		ask := url.Values{"hub.mode": {form.Get("hub.mode")}, "hub.topic": {form.Get("hub.topic")}, "hub.challenge": {"meant?"}, "hub.lease_seconds": {"86400"}}
		resp, err := http.Get(form.Get("hub.callback") + "?" + ask.Encode())
		if err != nil {
			return
		}
		defer resp.Body.Close()
		answer := make([]byte, 10)
		n, _ := resp.Body.Read(answer)
		if resp.StatusCode == http.StatusOK && string(answer[:n]) == "meant?" {
			a.mu.Lock()
			a.hub = form
			a.mu.Unlock()
		}
	}()
}

// tell sends what is shown to the subscriber, signed.
func (a *agency) tell(secret string) int {
	a.t.Helper()
	a.mu.Lock()
	form, body := a.hub, a.message
	a.mu.Unlock()
	if secret == "" {
		secret = form.Get("hub.secret")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, form.Get("hub.callback"), strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// subscribed waits until the wire has subscribed.
func (a *agency) subscribed() {
	a.t.Helper()
	rig.Wait(a.t, 20*time.Second, "a subscription", func() error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.hub == nil {
			return rig.ErrNotYet
		}
		return nil
	})
}

// counts are how often the whole message was served, and how often nothing.
func (a *agency) counts() (served, same int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.served, a.same
}

// dispatch is one story of the agency, in one language.
type dispatch struct {
	rig.Text
	id       string
	version  int
	status   string    // "usable" unless given
	signal   string    // "correction", …
	embargo  time.Time // none if zero
	subjects []string
}

// message is a NewsML-G2 message of stories, with a package for each of those of
// the same id.
func message(all ...dispatch) string {
	var items, packages strings.Builder
	languages := map[string][]string{}
	var order []string
	for _, d := range all {
		if languages[d.id] == nil {
			order = append(order, d.id)
		}
		languages[d.id] = append(languages[d.id], d.Language)
		status, more, about := d.status, "", ""
		if status == "" {
			status = "usable"
		}
		if !d.embargo.IsZero() {
			more = "<embargoed>" + d.embargo.UTC().Format(time.RFC3339) + "</embargoed>"
		}
		after := ""
		if d.signal != "" {
			after = `<signal qcode="sig:` + d.signal + `"/>`
		}
		for _, s := range d.subjects {
			about += `<subject qcode="` + s + `"/>`
		}
		fmt.Fprintf(&items, `<newsItem standard="NewsML-G2" standardversion="2.35" conformance="power" guid="urn:kabar:%s:%s" version="%d" xml:lang="%s"><catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"/><itemMeta><itemClass qcode="ninat:text"/><provider literal="kabar"/><versionCreated>2026-11-23T11:%02d:00Z</versionCreated>%s<pubStatus qcode="stat:%s"/>%s</itemMeta><contentMeta><language tag="%s"/>%s<headline>%s</headline></contentMeta><contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>%s</p></body></html></inlineXML></contentSet></newsItem>`,
			d.id, d.Language, d.version, d.Language, d.version, more, status, after, d.Language, about, d.Headline, strings.Join(d.Body, "</p><p>"))
	}
	for _, id := range order {
		if len(languages[id]) < 2 {
			continue
		}
		fmt.Fprintf(&packages, `<packageItem standard="NewsML-G2" standardversion="2.35" conformance="power" guid="urn:kabar:%s" version="1"><itemMeta><itemClass qcode="ninat:composite"/><provider literal="kabar"/><versionCreated>2026-11-23T11:00:00Z</versionCreated></itemMeta><groupSet root="g"><group id="g" role="group:main">`, id)
		slices.Sort(languages[id])
		for _, language := range languages[id] {
			fmt.Fprintf(&packages, `<itemRef residref="urn:kabar:%s:%s"/>`, id, language)
		}
		packages.WriteString(`</group></groupSet></packageItem>`)
	}
	return `<?xml version="1.0" encoding="UTF-8"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2026-11-23T12:00:00Z</sent></header><itemSet>` + items.String() + packages.String() + `</itemSet></newsMessage>`
}

// show has the agency show stories.
func (a *agency) show(all ...dispatch) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.message = message(all...)
}
