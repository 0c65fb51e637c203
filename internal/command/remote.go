package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// Remote says which wire a command speaks to: one named by address and key, or
// the one that runs on the data folder of this machine.
type Remote struct {
	Server string `help:"Address of the wire; without it, the one that runs on --data." placeholder:"URL"`
	Key    string `help:"API key for --server." env:"WIREROOM_KEY" placeholder:"KEY"`
}

// remote is a wire that can be spoken to.
type remote struct {
	url, key string
	http     *http.Client
	own      bool // it runs for this command alone, and ends with it
}

// connect finds the wire; NotFound if none runs on the data folder.
func (r Remote) connect(ctx context.Context, data string) (*remote, error) {
	c := &http.Client{Timeout: 60 * time.Second}
	if r.Server != "" {
		return &remote{url: strings.TrimRight(r.Server, "/"), key: r.Key, http: c}, nil
	}
	local, err := app.ReadLocal(data)
	if err != nil {
		return nil, err
	}
	found := &remote{url: local.URL, key: local.Key, http: c}
	if err := found.get(ctx, "/healthz", nil); err != nil {
		return nil, wire.Errorf(wire.NotFound, data, "the wireroom on this folder does not answer: start it with wireroom serve")
	}
	return found, nil
}

// question is one thing that a command asks of a wire, and how it prints the answer.
type question struct {
	method  string       // GET unless given
	path    string       // with its parameters
	in      any          // sent as JSON; nil for nothing
	request string       // key of the request; "" for none
	answer  any          // pointer to what the answer is decoded into
	json    bool         // the answer is printed as one JSON object
	print   func() error // else this prints it, once it is there
}

// ask finds the wire, asks it, and prints to out what it answers.
func (r Remote) ask(ctx context.Context, config app.Config, out io.Writer, q question) error {
	found, err := r.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	if err := found.call(ctx, cmp.Or(q.method, http.MethodGet), q.path, q.in, q.answer, q.request); err != nil {
		return err
	}
	if q.json {
		return json.NewEncoder(out).Encode(q.answer)
	}
	return q.print()
}

func (r *remote) get(ctx context.Context, path string, out any) error {
	return r.call(ctx, http.MethodGet, path, nil, out, "")
}

func (r *remote) post(ctx context.Context, path string, in, out any, request string) error {
	return r.call(ctx, http.MethodPost, path, in, out, request)
}

// pages has a list asked for, as many lines at a time as are still wanted, until
// there are no more or it has limit of them; 0 is all.
func pages(limit int, ask func(size int) (listed int, more bool, err error)) error {
	const most = 1000
	for listed := 0; ; {
		size := most
		if limit > 0 {
			size = min(most, limit-listed)
		}
		n, more, err := ask(size)
		if err != nil {
			return err
		}
		if listed += n; !more || limit > 0 && listed >= limit {
			return nil
		}
	}
}

// call makes one request and decodes the answer into out, unless that is nil.
func (r *remote) call(ctx context.Context, method, path string, in, out any, request string) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if request != "" {
		header.Set("Idempotency-Key", request)
	}
	answer, err := r.send(ctx, method, path, body, header)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send makes one request and returns the answer's body; an answer that is a
// problem is an error.
func (r *remote) send(ctx context.Context, method, path string, body []byte, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "server", "%q is not the address of a wire: %w", r.url, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "server", "cannot reach %s: %w", r.url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 {
		return nil, problem(resp)
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "server", "the answer of %s breaks off: %w", r.url, err)
	}
	return answer, nil
}

// problem turns problem details (RFC 9457) back into an error.
func problem(resp *http.Response) error {
	var p struct {
		Title, Detail string
		Errors        []struct{ Message, Location string }
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the wire answered %s", resp.Status)
	}
	e := &wire.Error{Kind: kindOf(resp.StatusCode), Message: p.Detail}
	for _, d := range p.Errors {
		if d.Location != "" {
			e.Field = d.Location
		}
		if d.Message != "" && d.Message != p.Detail {
			e.Message += "; " + d.Message
		}
	}
	return e
}

func kindOf(status int) wire.Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return wire.Forbidden
	case http.StatusNotFound:
		return wire.NotFound
	case http.StatusConflict:
		return wire.Conflict
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return wire.Exhausted
	case http.StatusServiceUnavailable:
		return wire.Unavailable
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return wire.Invalid
	}
	return wire.Internal
}

// revisit is reach for those who only look: a folder that holds no wire yet, perhaps
// for a slip of the pen, is not made one.
func revisit(ctx context.Context, r Remote, config app.Config) (found *remote, end func() error, err error) {
	if _, err := os.Stat(config.Data); r.Server == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil, wire.Errorf(wire.NotFound, "data", "there is no wire in %s: --data names another folder, --server a wire elsewhere", config.Data)
	}
	return reach(ctx, r, config)
}

// reach finds the running wire or, where none runs on the data folder, opens it
// for the time of the command. end closes what was opened.
func reach(ctx context.Context, r Remote, config app.Config) (found *remote, end func() error, err error) {
	nothing := func() error { return nil }
	found, err = r.connect(ctx, config.Data)
	if err == nil || r.Server != "" || wire.KindOf(err) != wire.NotFound {
		return found, nothing, err
	}
	a, err := openAlone(ctx, config)
	if err != nil {
		return nil, nothing, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(running) }()
	end = func() error {
		stop()
		return errors.Join(<-ended, a.Close())
	}
	found, err = r.connect(ctx, config.Data)
	if err != nil {
		return nil, nothing, errors.Join(err, end())
	}
	found.own = true
	return found, end, nil
}

// openAlone opens a wire for one command. Pages and letters name the address at which
// the wire is served at other times, and not the one at which this command reaches
// it. What it says of its own doings would stand between the lines of the command.
func openAlone(ctx context.Context, config app.Config) (*app.App, error) {
	if err := config.Complete(); err != nil {
		return nil, err
	}
	config.BaseURL = config.Public()
	config.HTTP = "127.0.0.1:0"
	if !config.Log.Enabled(ctx, slog.LevelDebug) {
		config.Log = slog.New(warnings{config.Log.Handler()})
	}
	return app.Open(ctx, config)
}

// warnings lets through what calls for a person.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
