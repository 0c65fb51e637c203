package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// sealedDesk is a desktop that asks for seals and keeps every byte it was sent.
type sealedDesk struct {
	t    *testing.T
	name string
	box  *client.Box

	mu     sync.Mutex
	raw    bytes.Buffer
	events []client.Event
}

// sit has a desktop follow the edge for the rest of the test.
func (e *embargo) sit(name string, languages []string) *sealedDesk {
	d := &sealedDesk{t: e.t, name: name, box: &client.Box{}}
	transport := &http.Transport{DisableKeepAlives: true}
	s := client.Stream{
		URL: e.edge.URL, Box: d.box, Filter: client.Filter{Languages: languages}, Format: "ninjs",
		HTTP:    &http.Client{Transport: recorded{transport, d}},
		Refused: func(err error) { e.t.Errorf("desktop %q: %v", name, err) },
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx, d.take); ctx.Err() == nil {
			e.t.Errorf("desktop %q ended: %v", name, err)
		}
	})
	e.t.Cleanup(func() { stop(); running.Wait() })
	e.desks = append(e.desks, d)
	return d
}

func (d *sealedDesk) take(ev client.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, ev)
	return nil
}

func (d *sealedDesk) items() []client.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// recorded copies what a desktop is answered, unpacked.
type recorded struct {
	http.RoundTripper
	to *sealedDesk
}

func (r recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(resp.Body, r.to), resp.Body}
	}
	return resp, err
}

// Write implements io.Writer for what was received.
func (d *sealedDesk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.raw.Write(p)
}

func (d *sealedDesk) received() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.raw.Bytes())
}

func (d *sealedDesk) count(what string) int { return bytes.Count(d.received(), []byte(what)) }

// lacks makes sure that none of the words is among all that came.
func (d *sealedDesk) lacks(words []string, when string) {
	d.t.Helper()
	all := d.received()
	if len(all) < 3*(64<<10) {
		d.t.Errorf("desktop %q was sent %d bytes %s: no seals", d.name, len(all), when)
	}
	for _, w := range words {
		if bytes.Contains(all, []byte(w)) {
			d.t.Errorf("desktop %q was sent %q %s", d.name, w, when)
		}
	}
}

// words are those of texts that base64 does not hold by chance: long ones, and pairs
// of neighbours with the space between, so that every word is among them.
func words(texts ...rig.Text) (all []string) {
	for _, x := range texts {
		for _, line := range append([]string{x.Headline}, x.Body...) {
			fields := strings.Fields(line)
			for i, f := range fields {
				if f = strings.Trim(f, ",."); len(f) >= 8 {
					all = append(all, f)
				}
				if i > 0 {
					all = append(all, fields[i-1]+" "+fields[i])
				}
			}
		}
	}
	return all
}

// verify opens by hand what came and checks it with nothing of the client's: the
// hash is that of the text, and the wire's key has signed it.
func (d *sealedDesk) verify(w *rig.Wire, it *wire.Item) {
	t := d.t
	t.Helper()
	_, said, err := w.Get(t.Context(), "/v1/stream/key")
	if err != nil {
		t.Fatal(err)
	}
	var key struct{ Ed25519 []byte }
	if err := json.Unmarshal([]byte(said), &key); err != nil {
		t.Fatal(err)
	}
	box := &client.Box{Keys: []ed25519.PublicKey{key.Ed25519}}
	var opened []client.Cleared
	kind := ""
	for line := range strings.Lines(string(d.received())) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			kind = name
		}
		data, ok := strings.CutPrefix(line, "data: ")
		switch {
		case ok && kind == "seal":
			if _, err := box.Keep([]byte(data)); err != nil {
				t.Error(err)
			}
		case ok && kind == "key":
			c, err := box.Open([]byte(data))
			if err != nil {
				t.Error(err)
			}
			opened = append(opened, c)
		}
	}
	if len(opened) != 1 {
		t.Fatalf("%d keys came, want 1", len(opened))
	}
	c := opened[0]
	sum := sha256.Sum256(c.Content)
	signature, err := base64.StdEncoding.DecodeString(c.Signature)
	if err != nil || !ed25519.Verify(key.Ed25519, []byte("wireroom item v1\n"+hex.EncodeToString(sum[:])), signature) {
		t.Errorf("the wire's key has not signed what opened: %v", err)
	}
	if c.Hash != hex.EncodeToString(sum[:]) || c.Hash != it.Hash || c.Signature != it.Signature || c.Number != it.Number || c.ID != string(it.ID) || !c.At.Equal(it.ClearTime) {
		t.Errorf("what opened is not the item on the wire: %+v", c)
	}
}

// printer is a desktop in a process of its own, and what it prints.
type printer struct {
	t   *testing.T
	mu  sync.Mutex
	out strings.Builder
}

// tail runs "wireroom tail --seal".
func (e *embargo) tail() *printer {
	return e.print(rig.Binary(e.t), "tail", "--seal", "--server", e.edge.URL, "--lang", "en", "--data", e.t.TempDir())
}

// node runs the JavaScript client, where there is Node.
func (e *embargo) node() *printer {
	node, err := exec.LookPath("node")
	if err != nil {
		e.t.Logf("without the JavaScript client: %v", err)
		return nil
	}
	return e.print(node, "testdata/follow.mjs", e.edge.URL)
}

func (e *embargo) print(name string, args ...string) *printer {
	t := e.t
	t.Helper()
	x := &printer{t: t}
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = x
	ended, _, err := rig.Spawn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(x, lines.Text())
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	return x
}

// Write implements io.Writer for what was printed.
func (x *printer) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.Write(p)
}

func (x *printer) printed() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.String()
}

func (x *printer) want(line string) {
	x.t.Helper()
	rig.Wait(x.t, 10*time.Second, "what is printed", func() error {
		if out := x.printed(); !strings.Contains(out, line) {
			return fmt.Errorf("it printed %q", out)
		}
		return nil
	})
}

func (x *printer) lacks(words []string) {
	x.t.Helper()
	for _, w := range words {
		if strings.Contains(x.printed(), w) {
			x.t.Errorf("%q was printed", w)
		}
	}
}
