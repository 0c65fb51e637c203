package process

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Control is the address of a sink's control: http://host:port.
type Control string

// From asks a path to count from a time.
func From(path string, at time.Time) string {
	return path + "?from=" + strconv.FormatInt(at.UnixNano(), 10)
}

// Get asks and reads the answer.
func (c Control) Get(ctx context.Context, path string, answer any) error {
	return c.do(ctx, http.MethodGet, path, answer)
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
		return fmt.Errorf("%s%s: %s", c, path, response.Status)
	}
	return json.Unmarshal(body, answer)
}
