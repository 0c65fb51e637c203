package websub

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of what subscribers may ask for (WebSub §5.1, §5.3).
const (
	maxSecret    = 199 // bytes: "less than 200"
	maxAddress   = 2048
	defaultLease = 10 * 24 * time.Hour
	minLease     = 5 * time.Minute
	maxLease     = 30 * 24 * time.Hour
	// maxVerifying bounds how many verifications are under way, and maxVerifyingAt
	// how many with one host: whoever floods the hub with requests makes it call
	// nobody in return, and whoever lets it wait does not keep it from others.
	maxVerifying   = 256
	maxVerifyingAt = 4
	verifyTime     = 10 * time.Second
	// maxThere and maxAll bound the subscriptions in force, at one origin and at
	// all: each is a whole feed to send at every change.
	maxThere = 1_000
	maxAll   = 50_000
)

// Hub takes subscription requests. It is safe for concurrent use.
type Hub struct {
	Store   *store.Store
	Client  *http.Client            // as webhook.Client returns it
	IsTopic func(topic string) bool // one of the wire's feeds
	Now     func() time.Time
	Log     *slog.Logger
	// Sealer keeps secrets from whoever reads the database; nil: they are stored
	// as they are.
	Sealer sealed.Sealer

	callers *callers
}

// NewHub completes a hub.
func NewHub(h Hub) *Hub {
	h.callers = &callers{at: map[string]int{}}
	h.callers.idle = sync.NewCond(&h.callers.mu)
	return &h
}

// Wait waits until no verification is under way.
func (h *Hub) Wait() {
	c := h.callers
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.all > 0 {
		c.idle.Wait()
	}
}

// request is what a subscriber asks for.
type request struct {
	mode, topic, callback, secret string
	host, origin                  string // of the callback
	lease                         time.Duration
}

// ServeHTTP answers a request with 202 and verifies it afterwards; the answer
// tells nothing of how that goes (WebSub §5.2).
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a hub takes subscription requests by POST", http.StatusMethodNotAllowed)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the request is not a form", http.StatusBadRequest)
		return
	}
	q, err := h.read(r.PostForm)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !h.callers.begin(q.host) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "the hub is busy; try again", http.StatusServiceUnavailable)
		return
	}
	ctx := context.WithoutCancel(r.Context())
	go func() {
		defer h.callers.end(q.host)
		if err := h.settle(ctx, q); err != nil {
			h.Log.Warn("websub: a request could not be settled", "topic", q.topic, "mode", q.mode, "error", err)
		}
	}()
	w.WriteHeader(http.StatusAccepted)
}

// callers are the verifications under way, by the host that is asked. It is safe
// for concurrent use.
type callers struct {
	mu   sync.Mutex
	at   map[string]int
	all  int
	idle *sync.Cond // told when there is none
}

func (c *callers) begin(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= maxVerifying || c.at[host] >= maxVerifyingAt {
		return false
	}
	c.all++
	c.at[host]++
	return true
}

func (c *callers) end(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all--; c.all == 0 {
		c.idle.Broadcast()
	}
	if c.at[host]--; c.at[host] == 0 {
		delete(c.at, host)
	}
}

// read checks a request. Parameters nobody knows are ignored (§5.1).
func (h *Hub) read(form url.Values) (request, error) {
	q := request{mode: form.Get("hub.mode"), topic: form.Get("hub.topic"), callback: form.Get("hub.callback"), secret: form.Get("hub.secret"), lease: defaultLease}
	bad := func(format string, args ...any) (request, error) {
		return q, wire.Errorf(wire.Invalid, "", format, args...)
	}
	if q.mode != "subscribe" && q.mode != "unsubscribe" {
		return bad("hub.mode must be subscribe or unsubscribe")
	}
	if !h.IsTopic(q.topic) {
		return bad("hub.topic is not a feed of this wire")
	}
	u, err := url.Parse(q.callback)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" || len(q.callback) > maxAddress || !storable(q.callback) {
		return bad("hub.callback must be an http or https address without a name or password")
	}
	q.host, q.origin = strings.ToLower(u.Hostname()), u.Scheme+"://"+u.Host
	if len(q.secret) > maxSecret || !storable(q.secret) {
		return bad("hub.secret must be text shorter than 200 bytes")
	}
	if s := form.Get("hub.lease_seconds"); s != "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil || seconds < 1 {
			return bad("hub.lease_seconds must be a number from 1 on")
		}
		q.lease = min(max(time.Duration(min(seconds, int64(maxLease/time.Second)))*time.Second, minLease), maxLease)
	}
	return q, nil
}

// storable reports whether both databases take a text.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// errFull says that a subscription would be one too many.
var errFull = errors.New("the hub has too many subscriptions")

// settle verifies what was asked for, and makes it so. Until then what was
// before stays in force (§5.3).
func (h *Hub) settle(ctx context.Context, q request) error {
	if !h.confirmed(ctx, q) {
		return nil // not meant, or not the subscriber's own
	}
	err := h.Store.Write(ctx, func(tx *store.Tx) error { return h.enter(tx, q) })
	if errors.Is(err, errFull) {
		h.Log.Warn("websub: a subscription was denied", "host", q.host, "reason", err)
		return h.deny(ctx, q.topic, q.callback, errFull.Error())
	}
	return err
}

// enter makes it so.
func (h *Hub) enter(tx *store.Tx, q request) error {
	s, err := tx.WebSubSubscription(q.topic, q.callback)
	found := err == nil
	if err != nil && wire.KindOf(err) != wire.NotFound {
		return err
	}
	if q.mode == "unsubscribe" {
		if !found || s.Paused {
			return nil
		}
		return tx.Pause(s, "its subscriber", "")
	}
	now := h.Now()
	if inForce := found && !s.Paused && s.Expires > now.UnixMicro(); !inForce {
		there, all, err := tx.CountWebSub(q.origin, now)
		if err != nil {
			return err
		}
		if there >= maxThere || all >= maxAll {
			return errFull
		}
	}
	s.Query, s.Address, s.Secret, s.Channel, s.Paused = q.topic, q.callback, q.secret, wire.ByWebSub, false
	s.Expires = now.Add(q.lease).UnixMicro()
	if err := sealed.Seal(h.Sealer, &s); err != nil {
		return err
	}
	if found {
		return tx.UpdateSubscription(s)
	}
	return tx.AddSubscriptions([]wire.Subscription{s})
}

// Deny ends a subscription and tells its subscriber why (§5.2); NotFound if
// there is none. Nobody waits for what the subscriber answers.
func (h *Hub) Deny(ctx context.Context, topic, callback, reason string) error {
	err := h.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.WebSubSubscription(topic, callback)
		if err != nil || s.Paused {
			return err
		}
		return tx.Pause(s, "", reason)
	})
	if err != nil {
		return err
	}
	return h.deny(ctx, topic, callback, reason)
}

// deny tells a subscriber that it gets nothing, or nothing more.
func (h *Hub) deny(ctx context.Context, topic, callback, reason string) error {
	resp, err := h.get(ctx, callback, url.Values{"hub.mode": {"denied"}, "hub.topic": {topic}, "hub.reason": {reason}})
	if err != nil {
		return nil // it is denied, whether it hears of it or not
	}
	return resp.Body.Close()
}

// get asks a callback. What the subscriber has in its query stays there (§5.3).
// The caller closes the body.
func (h *Hub) get(ctx context.Context, callback string, query url.Values) (*http.Response, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return nil, err
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query.Encode(), "&")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "Wireroom")
	return h.Client.Do(req)
}

// confirmed asks the callback whether it meant it: a 2xx answer that repeats
// the challenge, and nothing else, is a yes (§5.3).
func (h *Hub) confirmed(ctx context.Context, q request) bool {
	ctx, cancel := context.WithTimeout(ctx, verifyTime)
	defer cancel()
	challenge := wire.NewToken()
	query := url.Values{"hub.mode": {q.mode}, "hub.topic": {q.topic}, "hub.challenge": {challenge}}
	if q.mode == "subscribe" {
		query.Set("hub.lease_seconds", strconv.Itoa(int(q.lease/time.Second)))
	}
	resp, err := h.get(ctx, q.callback, query)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	return err == nil && resp.StatusCode/100 == 2 && subtle.ConstantTimeCompare(body, []byte(challenge)) == 1
}
