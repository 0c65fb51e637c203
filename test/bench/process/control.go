package process

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Control is the address of a child's control: http://host:port.
type Control string

// From asks a path to count from a time.
func From(path string, at time.Time) string {
	return path + "?from=" + strconv.FormatInt(at.UnixNano(), 10)
}

// Get asks and reads the answer.
func (c Control) Get(ctx context.Context, path string, answer any) error {
	return c.do(ctx, http.MethodGet, path, answer)
}

// Post has something done and reads the answer.
func (c Control) Post(ctx context.Context, path string, answer any) error {
	return c.do(ctx, http.MethodPost, path, answer)
}

// Reset makes the sink forget what it counted.
func (c Control) Reset(ctx context.Context) error {
	var nothing struct{}
	return c.do(ctx, http.MethodPost, "/reset", &nothing)
}

func (c Control) do(ctx context.Context, method, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, string(c)+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s%s: %s: %s", c, path, response.Status, bytes.TrimSpace(body[:min(len(body), 500)]))
	}
	return json.Unmarshal(body, answer)
}

// Answer answers a request to a control, with what went wrong if something did.
func Answer(w http.ResponseWriter, answer any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the asker is gone
}
