package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/internal/wire/retryafter"
)

// maxAnswer bounds what is read of an answer, and drainTime for how long: its
// first line has said all that counts.
const (
	maxAnswer = 64 << 10
	drainTime = time.Second
)

// waits is the schedule: soon, for a restart; then over a day.
var waits = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour}

// Schedule is how long to wait after a number of attempts at an endpoint, with
// jitter, and false when it is time to give up.
func Schedule(attempts int) (time.Duration, bool) {
	if attempts > len(waits) {
		return 0, false
	}
	w := waits[max(attempts, 1)-1]
	return w + rand.N(w/4), true
}

// remaining is how long the schedule goes on after a number of attempts.
func remaining(attempts int) time.Duration {
	left := time.Duration(0)
	for i := max(attempts, 1); i <= len(waits); i++ {
		left += waits[i-1]
	}
	return left
}

// Within bounds what an endpoint asked for after a number of attempts: it may
// not put off the next one to after the schedule's end.
func Within(r courier.Result, attempts int) courier.Result {
	r.After = min(r.After, remaining(attempts))
	return r
}

// throttled is the least that an endpoint is left alone which says that it gets
// too much.
const throttled = time.Minute

// Do makes a request and says what the answer means: 2xx accepted, 410 gone for
// good, everything else, redirects included, to be tried again. Retry-After is
// taken from any of these; 429 without one means a minute.
func Do(client *http.Client, req *http.Request, now func() time.Time) courier.Result {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	return ask(client.Do, req.WithContext(ctx), now, cancel)
}

// ask is Do for a request that cancel ends, over what sends it.
func ask(send func(*http.Request) (*http.Response, error), req *http.Request, now func() time.Time, cancel func()) courier.Result {
	resp, err := send(req)
	if err != nil {
		if why := context.Cause(req.Context()); errors.Is(why, context.DeadlineExceeded) {
			err = why // and not that it was cut off
		}
		return courier.Result{Outcome: outcomeOf(err), Code: cause(err)}
	}
	drain(resp, cancel)
	code := strconv.Itoa(resp.StatusCode)
	switch {
	case resp.StatusCode/100 == 2:
		return courier.Result{Outcome: wire.Accepted, Code: code}
	case resp.StatusCode == http.StatusGone:
		return courier.Result{Outcome: wire.Failed, Code: code, Gone: true}
	}
	after := retryafter.Read(resp.Header.Get("Retry-After"), now(), remaining(1))
	if after == 0 && resp.StatusCode == http.StatusTooManyRequests {
		after = throttled + rand.N(throttled/4)
	}
	return courier.Result{Outcome: wire.Deferred, Code: code, After: after}
}

// drain reads what is left of an answer, so that the connection can be used
// again, within bounds of size and time.
func drain(resp *http.Response, cancel func()) {
	defer resp.Body.Close()
	if resp.ContentLength == 0 {
		return
	}
	over := time.AfterFunc(drainTime, cancel)
	defer over.Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
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
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate is not valid for the address"
	}
	return "connection lost"
}
