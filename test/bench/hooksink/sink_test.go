package hooksink

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, o Options) *Sink {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// post delivers to an endpoint over a client's connections, signed with a
// secret, and returns the status; 0 if there was no answer.
func post(t *testing.T, client *http.Client, s *Sink, endpoint int, id, secret string) int {
	t.Helper()
	body := []byte(`{"type":"item.publish"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, URL(endpoint, s.Port(), false), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.1.%s", id, body)
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", "1")
	request.Header.Set("webhook-signature", "v1,bm8= v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response.StatusCode
}

func newClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{}}
}

func TestDeliveriesAreCountedAndTheirSignaturesChecked(t *testing.T) {
	s := open(t, Options{Endpoints: 300})
	client := newClient(10 * time.Second)
	for _, i := range []int{0, 249, 250, 299} { // 127.2.0.1, 127.2.0.250, 127.2.1.1, 127.2.1.50
		if status := post(t, client, s, i, "a", Secret(i)); status != 204 {
			t.Fatalf("endpoint %d answers %d", i, status)
		}
	}
	post(t, client, s, 0, "b", Secret(0))   // another delivery
	post(t, client, s, 0, "b", Secret(0))   // the same again
	post(t, client, s, 249, "b", Secret(0)) // forged
	if status := post(t, client, s, 300, "a", Secret(300)); status != 404 {
		t.Errorf("an endpoint that is not there answers %d", status)
	}
	x := s.Stats(0)
	if x.Healthy != 300 || x.Served != 4 || x.Missing != 296 || x.Repeated != 1 || x.Forged != 1 || x.Strange != 1 || x.Requests != 7 || x.Connections != 5 {
		t.Errorf("%+v", x)
	}
	if x.Last <= 0 || x.Median > x.Last {
		t.Errorf("median after %v s, last after %v s", x.Median, x.Last)
	}
	s.Reset()
	if x := s.Stats(0); x.Served != 0 || x.Requests != 0 || x.Forged != 0 {
		t.Errorf("after the reset %+v", x)
	}
}

func TestEndpointsAreIllAsTheyAreToldAndTheSameInEveryRun(t *testing.T) {
	const n = 200
	o := Options{Endpoints: n, Hang: .10, Fail: .10, Reset: .10, Recover: 1}
	s, again := open(t, o), open(t, o)
	client := newClient(200 * time.Millisecond)
	seen := map[Condition]int{}
	hung := false
	for i := range n {
		condition := s.endpoints[i].condition
		if again.endpoints[i].condition != condition {
			t.Fatalf("endpoint %d is not what it was", i)
		}
		seen[condition]++
		if condition == Hanging {
			if hung { // one is enough to wait for
				continue
			}
			hung = true
		}
		want := map[Condition]int{Healthy: 204, Hanging: 0, Failing: 500, Resetting: 0}[condition]
		if status := post(t, client, s, i, "a", Secret(i)); status != want {
			t.Errorf("endpoint %d (%d) answers %d, want %d", i, condition, status, want)
		}
		if condition == Failing || condition == Resetting {
			if status := post(t, client, s, i, "a", Secret(i)); status != 204 {
				t.Errorf("endpoint %d is not well at the second request: %d", i, status)
			}
		}
	}
	for _, condition := range []Condition{Hanging, Failing, Resetting} {
		if seen[condition] < n/20 || seen[condition] > n/5 {
			t.Errorf("%d of %d are %d, want about %d", seen[condition], n, condition, n/10)
		}
	}
	if x := s.Stats(0); x.Missing != 0 || x.Forged != 0 || x.Healthy != seen[Healthy] {
		t.Errorf("%+v", x)
	}
}
