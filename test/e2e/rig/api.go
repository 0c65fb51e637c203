package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// API speaks to a wire over HTTP, with the words of its public description and
// types of its own.
type API struct {
	URL  string
	Key  string
	http *http.Client
}

// NewAPI returns a speaker for an address and a key.
func NewAPI(url, key string) API {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	return API{strings.TrimRight(url, "/"), key, &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// Document is one file of a submission.
type Document struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// Submission is what is handed in.
type Submission struct {
	Documents []Document `json:"documents"`
	Language  string     `json:"language,omitempty"`
	ReleaseAt string     `json:"release_at,omitempty"`
	Zone      string     `json:"zone,omitempty"`
	Clear     bool       `json:"clear,omitempty"`
}

// At sets the clear time of a submission, to the second.
func (s Submission) At(t time.Time) Submission {
	s.ReleaseAt, s.Zone = t.UTC().Format(wire.LocalLayout), "UTC"
	return s
}

// Release is a release as the desk shows it.
type Release struct {
	ID       wire.ReleaseID `json:"id"`
	State    wire.State     `json:"state"`
	Revision int64          `json:"revision"`
	Items    []struct {
		Number    int64       `json:"number"`
		Language  string      `json:"language"`
		Version   int         `json:"version"`
		Action    wire.Action `json:"action"`
		ClearTime time.Time   `json:"clear_time"`
		URL       string      `json:"url"`
	} `json:"items"`
}

// Refusal is an answer with an error status.
type Refusal struct {
	Status int
	Body   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("the wire answered %d: %s", r.Status, r.Body) }

// Publish hands in and clears. The same request key again is the same release.
func (a API) Publish(ctx context.Context, s Submission, request string) (Release, error) {
	s.Clear = true
	var r Release
	err := a.call(ctx, http.MethodPost, "/v1/releases", s, &r, request)
	return r, err
}

// Act asks for a verb. With a revision it is refused unless the release still
// has it; content is that of a correction, nil for none.
func (a API) Act(ctx context.Context, id wire.ReleaseID, verb wire.Verb, revision int64, reason string, content *Submission) (Release, error) {
	in := struct {
		Revision int64       `json:"revision,omitempty"`
		Reason   string      `json:"reason,omitempty"`
		Content  *Submission `json:"content,omitempty"`
	}{revision, reason, content}
	var r Release
	err := a.call(ctx, http.MethodPost, fmt.Sprintf("/v1/releases/%s/%s", id, verb), in, &r, "")
	return r, err
}

// Release returns where a release stands.
func (a API) Release(ctx context.Context, id wire.ReleaseID) (Release, error) {
	var r Release
	err := a.call(ctx, http.MethodGet, "/v1/releases/"+string(id), nil, &r, "")
	return r, err
}

// List returns the releases in a state, 500 at most.
func (a API) List(ctx context.Context, state wire.State) ([]Release, error) {
	var found struct {
		Releases []Release `json:"releases"`
	}
	err := a.call(ctx, http.MethodGet, "/v1/releases?limit=500&state="+string(state), nil, &found, "")
	return found.Releases, err
}

// Audit returns what was done to a release as text, for a failure to show.
func (a API) Audit(ctx context.Context, id wire.ReleaseID) string {
	var raw json.RawMessage
	if err := a.call(ctx, http.MethodGet, "/v1/releases/"+string(id)+"/audit", nil, &raw, ""); err != nil {
		return err.Error()
	}
	return string(raw)
}

// Items returns everything on the wire after a number, in order.
func (a API) Items(ctx context.Context, after int64) ([]wire.Item, error) {
	var all []wire.Item
	for {
		var page struct {
			Items []wire.Item `json:"items"`
			Next  int64       `json:"next"`
		}
		if err := a.call(ctx, http.MethodGet, fmt.Sprintf("/v1/items?limit=500&after=%d", after), nil, &page, ""); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if len(page.Items) == 0 {
			return all, nil
		}
		after = page.Next
	}
}

// Subscribe saves a search and returns the number of the subscription.
func (a API) Subscribe(ctx context.Context, in map[string]any) (int64, error) {
	var out struct {
		Subscription int64 `json:"subscription"`
	}
	err := a.call(ctx, http.MethodPost, "/v1/subscriptions", in, &out, "")
	return out.Subscription, err
}

// Unsubscribe ends a subscription.
func (a API) Unsubscribe(ctx context.Context, subscription int64) error {
	var out struct{}
	return a.call(ctx, http.MethodDelete, fmt.Sprintf("/v1/subscriptions/%d", subscription), nil, &out, "")
}

// Get fetches a page of the wire, by path or by its whole address, without a
// key, as any reader would.
func (a API) Get(ctx context.Context, address string) (status int, body string, err error) {
	if u, err := url.Parse(address); err == nil && u.Host == "" {
		address = a.URL + address
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	return resp.StatusCode, string(raw), err
}

func (a API) call(ctx context.Context, method, path string, in, out any, request string) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+a.Key)
	if request != "" {
		req.Header.Set("Idempotency-Key", request)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		return &Refusal{resp.StatusCode, string(raw)}
	}
	return json.Unmarshal(raw, out)
}
