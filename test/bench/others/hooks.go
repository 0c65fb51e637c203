package others

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/process"
)

// HookOptions say what a pool does.
type HookOptions struct {
	Control   string // URL of the sink's control
	Port      int    // of the endpoints
	TLS       bool
	Endpoints int
	Workers   int
	Size      int // bytes of a body
	Rounds    int
	Timeout   time.Duration // of a request
}

// HookRound is what came of one round.
type HookRound struct {
	Result
	Sink hooksink.Stats `json:"sink"` // of the round, CPU too
}

// Hooks posts to every endpoint with a pool of workers over net/http, in order,
// round after round in one process.
func Hooks(ctx context.Context, o HookOptions) ([]HookRound, error) {
	client := &http.Client{Timeout: o.Timeout, Transport: &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: 5 * time.Minute}}
	post := func(ctx context.Context, i int, id string, body []byte) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, hooksink.URL(i, o.Port, o.TLS), bytes.NewReader(body))
		if err != nil {
			return err
		}
		Sign(request.Header, i, id, body)
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode/100 != 2 {
			return fmt.Errorf("%s", response.Status)
		}
		return nil
	}
	return Rounds(ctx, o.Control, o.Rounds, func(round int) (done, failed int, err error) {
		body := Body(o.Size, round)
		id := "msg_" + strconv.Itoa(round)
		return Each(o.Endpoints, o.Workers, func(next func() int, done func(error)) error {
			for i := next(); i >= 0 && ctx.Err() == nil; i = next() {
				done(post(ctx, i, id+"."+strconv.Itoa(i), body))
			}
			return nil
		})
	})
}

// Rounds measures rounds against a sink.
func Rounds(ctx context.Context, address string, n int, round func(int) (done, failed int, err error)) ([]HookRound, error) {
	control := process.Control(address)
	var all []HookRound
	for i := range n {
		if err := control.Reset(ctx); err != nil {
			return nil, err
		}
		var before hooksink.Stats
		if err := control.Get(ctx, "/stats", &before); err != nil {
			return nil, err
		}
		began := time.Now()
		result, err := Measure(func() (int, int, error) { return round(i) })
		if err != nil {
			return nil, err
		}
		one := HookRound{Result: *result}
		if err := control.Get(ctx, process.From("/stats", began), &one.Sink); err != nil {
			return nil, err
		}
		one.Sink.CPU -= before.CPU
		all = append(all, one)
	}
	return all, nil
}

// Body is JSON of a size.
func Body(size, round int) []byte {
	head := `{"type":"item.publish","round":` + strconv.Itoa(round) + `,"data":"`
	return []byte(head + strings.Repeat("x", max(0, size-len(head)-2)) + `"}`)
}

// Sign sets the headers of Standard Webhooks for an endpoint.
func Sign(h http.Header, endpoint int, id string, body []byte) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hooksink.Secret(endpoint), "whsec_"))
	if err != nil {
		return // the sink will say that it is not signed
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
