package websub

import (
	"context"
	"crypto/subtle"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

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
	// maxVerifying bounds how many verifications are under way: whoever floods
	// the hub with requests makes it call nobody in return.
	maxVerifying = 64
)

// Hub takes subscription requests. It is safe for concurrent use.
type Hub struct {
	Store   *store.Store
	Client  *http.Client            // as webhook.Client returns it
	IsTopic func(topic string) bool // one of the wire's feeds
	Now     func() time.Time
	Log     *slog.Logger
	verify  chan struct{}
}

// NewHub completes a hub.
func NewHub(h Hub) *Hub {
	h.verify = make(chan struct{}, maxVerifying)
	return &h
}

// request is what a subscriber asks for.
type request struct {
	mode, topic, callback, secret string
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
	select {
	case h.verify <- struct{}{}:
	default:
		w.Header().Set("Retry-After", "30")
		http.Error(w, "the hub is busy; try again", http.StatusServiceUnavailable)
		return
	}
	ctx := context.WithoutCancel(r.Context())
	go func() {
		defer func() { <-h.verify }()
		if err := h.settle(ctx, q); err != nil {
			h.Log.Warn("websub: a request could not be settled", "topic", q.topic, "mode", q.mode, "error", err)
		}
	}()
	w.WriteHeader(http.StatusAccepted)
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
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" || len(q.callback) > maxAddress {
		return bad("hub.callback must be an http or https address")
	}
	if len(q.secret) > maxSecret {
		return bad("hub.secret must be shorter than 200 bytes")
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

// settle verifies what was asked for, and makes it so. Until then what was
// before stays in force (§5.3).
func (h *Hub) settle(ctx context.Context, q request) error {
	if !h.confirmed(ctx, q) {
		return nil // not meant, or not the subscriber's own
	}
	return h.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.WebSubSubscription(q.topic, q.callback)
		found := err == nil
		if err != nil && wire.KindOf(err) != wire.NotFound {
			return err
		}
		if q.mode == "unsubscribe" {
			if !found || s.Paused {
				return nil
			}
			s.Paused = true
			return tx.UpdateSubscription(s)
		}
		s.Query, s.Address, s.Secret, s.Channel, s.Paused = q.topic, q.callback, q.secret, wire.ByWebSub, false
		s.Expires = h.Now().Add(q.lease).UnixMicro()
		if found {
			return tx.UpdateSubscription(s)
		}
		return tx.AddSubscriptions([]wire.Subscription{s})
	})
}

// confirmed asks the callback whether it meant it: a 2xx answer that repeats
// the challenge, and nothing else, is a yes (§5.3).
func (h *Hub) confirmed(ctx context.Context, q request) bool {
	u, err := url.Parse(q.callback)
	if err != nil {
		return false
	}
	challenge := wire.NewToken()
	query := url.Values{"hub.mode": {q.mode}, "hub.topic": {q.topic}, "hub.challenge": {challenge}}
	if q.mode == "subscribe" {
		query.Set("hub.lease_seconds", strconv.Itoa(int(q.lease/time.Second)))
	}
	// What the subscriber has in its query stays there (§5.3).
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query.Encode(), "&")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	resp, err := h.Client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	return err == nil && resp.StatusCode/100 == 2 && subtle.ConstantTimeCompare(body, []byte(challenge)) == 1
}
