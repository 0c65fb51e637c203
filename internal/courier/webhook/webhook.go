// Package webhook delivers items to outlets' endpoints, signed by the Standard
// Webhooks scheme.
//
// It owns the request and its signature, and refuses to be led to addresses
// that outlets have no business with. When to try again is its schedule; that
// it happens is the courier's matter.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

// timeout bounds one attempt; the specification advises 15 to 30 s.
const timeout = 15 * time.Second

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// Client returns an HTTP client for addresses that strangers chose: it follows
// no redirect, uses no proxy, and connects only to public addresses, checked
// after the name was resolved, for the address that is really connected to.
// allowPrivate lifts that for receivers in house.
func Client(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if !allowPrivate {
		guard := ssrf.New(ssrf.WithPorts(80, 443, 8080, 8443))
		dialer.Control = func(network, address string, c syscall.RawConn) error {
			if err := guard.Safe(network, address, c); err != nil {
				return errRefused
			}
			return nil
		}
	}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			MaxIdleConns: 10_000, MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Minute,
			TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: maxAnswer,
		},
	}
}

var errRefused = errors.New("the address is not a public one")

// Webhooks is the channel. It is safe for concurrent use.
type Webhooks struct {
	site   format.Site
	client *http.Client
	now    func() time.Time
}

// New makes the channel over a client as Client returns it.
func New(site format.Site, client *http.Client, now func() time.Time) *Webhooks {
	return &Webhooks{site, client, now}
}

// Workers is how many requests may be under way: enough that endpoints which
// hang do not hold up those which do not.
func (h *Webhooks) Workers() int { return 1024 }

// Ward is how many endpoints that failed last time are asked at a time.
func (h *Webhooks) Ward() int { return 128 }

// waits is the schedule: soon, for a restart; then over a day.
var waits = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour}

// Wait is the schedule, with jitter.
func (h *Webhooks) Wait(attempts int) (time.Duration, bool) { return Schedule(attempts) }

// Schedule is how long to wait after a number of attempts at an endpoint, and
// false when it is time to give up.
func Schedule(attempts int) (time.Duration, bool) {
	if attempts > len(waits) {
		return 0, false
	}
	w := waits[max(attempts, 1)-1]
	return w + rand.N(w/4), true
}

// Prepare renders the body of an item once.
func (h *Webhooks) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	data, err := ninjs.Encode(c.Item, h.site)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{"item." + string(c.Item.Action), c.Item.ClearTime, data})
	if err != nil {
		return nil, err
	}
	return &shipment{h, c.Item, body}, nil
}

type shipment struct {
	*Webhooks
	item *wire.Item
	body []byte
}

// Deliver makes one request. Any 2xx is acceptance.
func (s *shipment) Deliver(ctx context.Context, sub wire.Subscription, _ int) courier.Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Address, bytes.NewReader(s.body))
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the address of the endpoint cannot be used"}
	}
	id := string(s.item.ID) + "." + strconv.FormatInt(int64(sub.ID), 10)
	at := s.now()
	signature, err := Sign(sub.Secret, id, at, s.body)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the secret of the endpoint cannot be used"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Wireroom")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	return Do(s.client, req, s.now)
}

// Sign returns the Webhook-Signature of a body: HMAC with SHA-256 over
// id.timestamp.body under each whsec_ secret; several, separated by spaces,
// while one is being replaced.
func Sign(secrets, id string, at time.Time, body []byte) (string, error) {
	var signatures []string
	for _, secret := range strings.Fields(secrets) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) == 0 {
			return "", wire.Errorf(wire.Invalid, "secret", "is not whsec_ and base64")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if len(signatures) == 0 {
		return "", wire.Errorf(wire.Invalid, "secret", "is missing")
	}
	return strings.Join(signatures, " "), nil
}

// Do makes a request and says what the answer means: 2xx accepted, 410 gone for
// good, everything else, redirects included, to be tried again.
func Do(client *http.Client, req *http.Request, now func() time.Time) courier.Result {
	resp, err := client.Do(req)
	if err != nil {
		return courier.Result{Outcome: outcomeOf(err), Code: cause(err)}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
	code := strconv.Itoa(resp.StatusCode)
	switch {
	case resp.StatusCode/100 == 2:
		return courier.Result{Outcome: wire.Accepted, Code: code}
	case resp.StatusCode == http.StatusGone:
		return courier.Result{Outcome: wire.Failed, Code: code, Gone: true}
	}
	return courier.Result{Outcome: wire.Deferred, Code: code, After: retryAfter(resp.Header.Get("Retry-After"), now())}
}

// maxRetryAfter bounds what an endpoint may ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads RFC 9110 §10.2.3: seconds or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

func outcomeOf(err error) wire.Outcome {
	if errors.Is(err, errRefused) {
		return wire.Failed // it will not become public by waiting
	}
	return wire.Deferred
}

// cause says what went wrong without the address, which may hold a secret.
func cause(err error) string {
	var timeoutError interface{ Timeout() bool }
	switch {
	case errors.Is(err, errRefused):
		return errRefused.Error()
	case errors.As(err, &timeoutError) && timeoutError.Timeout():
		return "timed out"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name does not resolve"
	}
	return "connection lost"
}
