package receivers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Endpoints are many webhook endpoints behind one loopback port: /hook/1,
// /hook/2 … Each verifies the signature of the Standard Webhooks scheme with a
// secret of its own and counts what it gets by webhook-id.
type Endpoints struct {
	Tally   *Tally
	Refused atomic.Int64 // requests whose signature did not verify
	Open    atomic.Int64 // connections; with none, nothing that was sent is still to be counted

	// OnDelivery, if set before the first request, sees each body that
	// verified, with how often this delivery has come.
	OnDelivery func(endpoint int, id string, body []byte, times int)

	secret func(endpoint int) string
	server *http.Server
	addr   string
}

// OpenEndpoints listens on addr, "127.0.0.1:0" for a free port. secret gives
// the whsec_ secret of an endpoint.
func OpenEndpoints(addr string, secret func(endpoint int) string) (*Endpoints, error) {
	e := &Endpoints{Tally: NewTally(), secret: secret}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	e.addr = l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook/{endpoint}", e.take)
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			e.Open.Add(1)
		case http.StateClosed, http.StateHijacked:
			e.Open.Add(-1)
		}
	}}
	go func() { _ = e.server.Serve(l) }()
	return e, nil
}

// Base is the address before /hook/N.
func (e *Endpoints) Base() string { return "http://" + e.addr }

// Close ends the endpoints.
func (e *Endpoints) Close() error { return e.server.Close() }

func (e *Endpoints) take(w http.ResponseWriter, r *http.Request) {
	endpoint, err := strconv.Atoi(r.PathValue("endpoint"))
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxMail))
	if errors.Join(err, readErr) != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	id := r.Header.Get("Webhook-Id")
	if !Verify(e.secret(endpoint), id, r.Header.Get("Webhook-Timestamp"), r.Header.Get("Webhook-Signature"), body) {
		e.Refused.Add(1)
		http.Error(w, "the signature does not verify", http.StatusUnauthorized)
		return
	}
	times := e.Tally.Add(strconv.Itoa(endpoint) + " " + id)
	if e.OnDelivery != nil {
		e.OnDelivery(endpoint, id, body, times)
	}
	w.WriteHeader(http.StatusNoContent)
}

// Verify checks a signature as the Standard Webhooks specification says: HMAC
// with SHA-256 over id.timestamp.body, any of the space-separated v1 ones.
func Verify(secret, id, timestamp, signatures string, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || id == "" {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for _, s := range strings.Fields(signatures) {
		version, encoded, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if err == nil && version == "v1" && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}
