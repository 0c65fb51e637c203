package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	leaseTime   = 10 * 24 * time.Hour
	renewBefore = 24 * time.Hour
	askAgain    = 10 * time.Minute // where a hub does not confirm
)

var (
	linkTag   = regexp.MustCompile(`<(?:[A-Za-z0-9]+:)?link\b[^>]*>`)
	linkAttr  = regexp.MustCompile(`\b(rel|href)\s*=\s*["']([^"']*)["']`)
	jsonHub   = regexp.MustCompile(`"type"\s*:\s*"WebSub"\s*,\s*"url"\s*:\s*"([^"\\]+)"`)
	linkEntry = regexp.MustCompile(`<([^>]*)>\s*;([^,]*)`)
)

// discover finds the hub and the topic that a feed names (WebSub §4): in the
// header of the answer, else in the feed.
func discover(resp *http.Response, raw []byte) (hub, topic string) {
	add := func(rel, href string) {
		to, err := resp.Request.URL.Parse(href)
		if err != nil || to.Scheme != "https" && to.Scheme != "http" {
			return
		}
		for _, r := range strings.Fields(rel) {
			switch {
			case r == "hub" && hub == "":
				hub = to.String()
			case r == "self" && topic == "":
				topic = to.String()
			}
		}
	}
	for _, header := range resp.Header.Values("Link") {
		for _, m := range linkEntry.FindAllStringSubmatch(header, 20) {
			if _, rel, ok := strings.Cut(m[2], "rel="); ok {
				rel, _, _ = strings.Cut(rel, ";")
				add(strings.Trim(strings.TrimSpace(rel), `"`), m[1])
			}
		}
	}
	head := string(raw[:min(len(raw), 64<<10)])
	for _, tag := range linkTag.FindAllString(head, 50) {
		attributes := map[string]string{}
		for _, m := range linkAttr.FindAllStringSubmatch(tag, 10) {
			attributes[m[1]] = m[2]
		}
		add(attributes["rel"], attributes["href"])
	}
	if m := jsonHub.FindStringSubmatch(head); m != nil {
		add("hub", m[1])
	}
	if topic == "" {
		topic = resp.Request.URL.String()
	}
	return hub, topic
}

func secretName(id wire.ProviderID, token string) string { return "websub/" + string(id) + "/" + token }

// subscribe asks the hub that a feed names for what is new, if that is wanted,
// unless it was asked lately or its lease lasts. That it does not answer is no
// failure of the feed: it is pulled as before.
func (x *Intake) subscribe(ctx context.Context, p *wire.Provider, hub, topic string) {
	if !wanted(p) || hub == "" || x.Callback == nil || !x.mayAsk(p.ID) {
		return
	}
	var token, secret string
	err := x.Store.Write(ctx, func(tx *store.Tx) error {
		token = ""
		s, err := tx.ProviderState(p.ID)
		now := x.Now()
		same := s.Hub == hub && s.Topic == topic && s.Token != ""
		if err != nil || same && s.Lease.After(now.Add(renewBefore)) {
			return err
		}
		if !same {
			s.Hub, s.Topic, s.Token, s.Lease = hub, topic, wire.NewToken(), time.Time{}
			secret = newSecret()
			if s.Secret, err = x.Keys.Seal(secretName(p.ID, s.Token), []byte(secret)); err != nil {
				return err
			}
		} else {
			plain, err := x.Keys.Open(secretName(p.ID, s.Token), s.Secret)
			if err != nil {
				return err
			}
			secret = string(plain)
		}
		token = s.Token
		return tx.PutProviderState(s) // before the hub asks whether it was meant
	})
	if err != nil || token == "" {
		if err != nil && ctx.Err() == nil {
			x.Log.Error("cannot note a subscription at a hub", "provider", p.ID, "error", err)
		}
		return
	}
	x.nowAsked(p.ID)
	form := url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {x.Callback(token)}, "hub.secret": {secret},
		"hub.lease_seconds": {strconv.Itoa(int(leaseTime / time.Second))},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		var answer *http.Response
		if answer, err = x.Client.Do(req); err == nil {
			answer.Body.Close()
			if answer.StatusCode/100 != 2 {
				err = wire.Errorf(wire.Unavailable, "hub", "answers %s", answer.Status)
			}
		}
	}
	if err != nil && ctx.Err() == nil {
		x.Log.Warn("cannot subscribe at a provider's hub; its feed is pulled as before", "provider", p.ID, "error", withoutAddress(err))
	}
}

// mayAsk reports whether a hub was not asked lately, by this process.
func (x *Intake) mayAsk(id wire.ProviderID) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked, ok := x.asked[id]
	return !ok || x.Now().Sub(asked) >= askAgain
}

func (x *Intake) nowAsked(id wire.ProviderID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.asked[id] = x.Now()
}

func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return hex.EncodeToString(b) // below the 200 bytes of WebSub §5.1
}

// ServeHTTP is what hubs reach: the last part of the path is the token.
func (x *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	var state store.ProviderState
	var p wire.Provider
	err := x.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if state, err = tx.ProviderOfToken(token); err == nil {
			p, err = tx.Provider(state.Provider)
		}
		return err
	})
	switch {
	case wire.KindOf(err) == wire.NotFound || err == nil && !wire.ValidToken(token):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	case r.Method == http.MethodGet:
		x.confirm(w, r, &p, state)
	case r.Method == http.MethodPost && !wanted(&p):
		http.Error(w, "nothing is subscribed to here any more", http.StatusGone) // WebSub §7: the hub may delete the subscription
	case r.Method == http.MethodPost:
		x.pushed(w, r, &p, state)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// wanted reports whether the house wants what a provider's hub brings.
func wanted(p *wire.Provider) bool { return p.Push.WebSub && p.Pull != nil && !p.Removed }

// confirm answers a hub that asks whether a subscription was meant (WebSub
// §5.3).
func (x *Intake) confirm(w http.ResponseWriter, r *http.Request, p *wire.Provider, state store.ProviderState) {
	q := r.URL.Query()
	wanted := wanted(p)
	if mode := q.Get("hub.mode"); mode == "denied" {
		x.Log.Warn("a hub denies the subscription to a provider's feed; it is pulled as before", "provider", p.ID, "reason", q.Get("hub.reason"))
		return
	} else if q.Get("hub.topic") != state.Topic || mode == "subscribe" != wanted || mode != "subscribe" && mode != "unsubscribe" {
		http.NotFound(w, r)
		return
	}
	lease := leaseTime
	if seconds, err := strconv.Atoi(q.Get("hub.lease_seconds")); err == nil && seconds > 0 && seconds < int(leaseTime/time.Second) {
		lease = time.Duration(seconds) * time.Second
	}
	err := x.Store.Write(r.Context(), func(tx *store.Tx) error {
		s, err := tx.ProviderState(p.ID)
		if err != nil || s.Token != state.Token {
			return err
		}
		if s.Lease = x.Now().Add(lease); !wanted {
			s.Hub, s.Topic, s.Token, s.Secret, s.Lease = "", "", "", nil, time.Time{}
		}
		return tx.PutProviderState(s)
	})
	if err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, q.Get("hub.challenge"))
}

// pushed takes in what a hub brings, if its signature is right. One that is not
// is answered as if it was: who forges learns nothing (WebSub §7.1).
func (x *Intake) pushed(w http.ResponseWriter, r *http.Request, p *wire.Provider, state store.ProviderState) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBytes))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	secret, err := x.Keys.Open(secretName(p.ID, state.Token), state.Secret)
	if err != nil {
		x.Log.Error("cannot read the secret of a subscription", "provider", p.ID, "error", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	if !signed(r.Header.Get("X-Hub-Signature"), secret, raw) {
		x.Log.Warn("what came for a provider bears no right signature of its hub", "provider", p.ID)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	_, err = x.Take(r.Context(), p.ID, Delivery{Way: ByWebSub, Raw: raw})
	switch wire.KindOf(err) {
	case "", wire.Invalid, wire.Exhausted: // taken, or refused and noted
		w.WriteHeader(http.StatusAccepted)
	case wire.Conflict: // paused
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	default:
		x.Log.Error("cannot take in what a hub brings", "provider", p.ID, "error", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	}
}

// signed checks a signature of a hub. SHA-1 is no proof any more.
func signed(header string, secret, raw []byte) bool {
	method, value, _ := strings.Cut(header, "=")
	var h func() hash.Hash
	switch method {
	case "sha256":
		h = sha256.New
	case "sha384":
		h = sha512.New384
	case "sha512":
		h = sha512.New
	default:
		return false
	}
	given, err := hex.DecodeString(value)
	mac := hmac.New(h, secret)
	mac.Write(raw)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}
