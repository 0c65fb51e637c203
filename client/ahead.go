package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	askTime   = 30 * time.Second // for one request beside the stream
	readyWait = 10 * time.Second // within which a wire hears that a seal is kept, by lot
	readyMost = 64               // seals in one such message
)

// beside returns an address beside that of the stream, with the parameters that
// the caller's address had.
func (r *run) beside(path string) string {
	u, err := url.Parse(r.address)
	if err != nil {
		return path // Run has parsed it before
	}
	u.Path, u.RawQuery = strings.TrimSuffix(u.Path, "/v1/stream")+path, r.query
	return u.String()
}

// request asks the wire for something beside the stream and returns status and
// body, of at most the size of an event.
func (r *run) request(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.beside(path), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.authorize(req)
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	limit := int64(r.maxEvent())
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(answer)) > limit {
		err = ErrTooLong
	}
	return resp.StatusCode, answer, err
}

// learnKey asks for the wire's key, if nobody has said which it is.
func (r *run) learnKey(ctx context.Context) error {
	if len(r.Box.keys()) > 0 {
		return nil
	}
	status, body, err := r.request(ctx, http.MethodGet, "/v1/stream/key", nil)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound:
		return &StatusError{Status: status, Detail: "this wire sends nothing ahead; ask without a Box"}
	case status != http.StatusOK:
		return &errRetry{status: status}
	}
	var said struct {
		Protocol int
		Ed25519  []byte
	}
	if json.Unmarshal(body, &said) != nil || said.Protocol != 1 || len(said.Ed25519) != ed25519.PublicKeySize {
		return &StatusError{Status: status, Detail: fmt.Sprintf("with a key of protocol %d; this client speaks 1", said.Protocol)}
	}
	r.Box.learn(said.Ed25519)
	return nil
}

// ahead handles an event of what is sent ahead. It reports whether there is an
// item to hand over, which takes the place of the event. After an error the
// connection must end: the next one brings the item whole.
func (r *run) ahead(ctx context.Context, e *Event) (item bool, err error) {
	switch e.Type {
	case "seal":
		id, err := r.Box.Keep(e.Data)
		if err != nil {
			r.refuse(err)
			return false, nil
		}
		if id != "" {
			select {
			case r.ready <- id:
			default: // who says nothing is not counted; that is all
			}
		}
	case "void":
		r.refuse(r.Box.Void(e.Data))
	case "key":
		c, err := r.Box.Open(e.Data)
		if err == nil && c.Number != e.Number() {
			err = &SealError{"form", "the key has the place of another item"}
		}
		if err == nil {
			e.Type, e.Data, e.Ahead = "item", c.Data, true
			return true, nil
		}
		if !errors.Is(err, ErrNoSeal) {
			r.refuse(err)
		}
		return r.fetch(ctx, e)
	default:
		return true, nil
	}
	return false, nil
}

// refuse tells the caller what failed a check.
func (r *run) refuse(err error) {
	if err != nil && r.Refused != nil {
		r.Refused(err)
	}
}

// fetch gets an item in the open, in the place of its key. One that was withdrawn
// since is passed over: its kill follows.
func (r *run) fetch(ctx context.Context, e *Event) (item bool, err error) {
	number := e.Number()
	if number == 0 {
		return false, errors.New("client: a key came without a place on the wire")
	}
	status, body, err := r.request(ctx, http.MethodGet, "/v1/stream/items/"+strconv.FormatInt(number, 10), nil)
	switch {
	case err != nil:
		return false, err
	case status == http.StatusGone, status == http.StatusNotFound:
		return false, nil
	case status != http.StatusOK:
		return false, &errRetry{status: status}
	}
	e.Type, e.Data = "item", bytes.TrimRight(body, "\n")
	return true, nil
}

// announce tells the wire which seals are kept and checked, until ctx ends. A
// message is late by lot: thousands are sent a seal at one moment. It is a courtesy,
// so nothing follows from its failure.
func (r *run) announce(ctx context.Context) {
	for {
		var ids []string
		select {
		case <-ctx.Done():
			return
		case id := <-r.ready:
			ids = append(ids, id)
		}
		pause := time.NewTimer(rand.N(readyWait))
		for waiting := true; waiting && len(ids) < readyMost; {
			select {
			case <-ctx.Done():
				pause.Stop()
				return
			case id := <-r.ready:
				ids = append(ids, id)
			case <-pause.C:
				waiting = false
			}
		}
		pause.Stop()
		body, err := json.Marshal(map[string][]string{"ready": ids})
		if err == nil {
			_, _, _ = r.request(ctx, http.MethodPost, "/v1/stream/ready", body)
		}
	}
}
