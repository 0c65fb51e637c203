package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// The addresses inside the machine; nobody else is there.
const (
	httpAddress = "127.0.0.1:8080"
	mailAddress = "127.0.0.1:2525"
	hookAddress = "127.0.0.1:9000"
)

// held counts how often the wire called for help about its clock.
var held atomic.Int64

// serve starts the sinks and the wire and returns how to speak to it. The
// processes end with the machine.
func serve() (rig.API, error) {
	var api rig.API
	if err := openSinks(); err != nil {
		return api, err
	}
	data := filepath.Join(disk, "data")
	if _, err := os.Stat(data); os.IsNotExist(err) {
		out, err := exec.Command("/wireroom", "import", "/directory.jsonl", "--data", data).CombinedOutput()
		if err != nil {
			return api, fmt.Errorf("import: %w: %s", err, out)
		}
	}
	cmd := exec.Command("/wireroom", "serve", "--data", data, "--http", httpAddress, "--smtp", "smtp://"+mailAddress, "--allow-private-webhooks", "--dkim", "ed25519")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return api, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return api, err
	}
	if err := cmd.Start(); err != nil {
		return api, err
	}
	go lines(stderr, func(line string) {
		if strings.Contains(line, "HOLDING ALL LIFTS") {
			held.Add(1)
		}
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") || !strings.Contains(line, "level=") {
			say("LOG %s", line)
		}
	})
	ready := make(chan struct{})
	go lines(stdout, func(line string) {
		if strings.HasPrefix(line, "ready ") {
			close(ready)
		}
	})
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		say("LOG the wire ended: %v", err)
		ended <- err
	}()
	select {
	case <-ready:
	case err := <-ended:
		return api, fmt.Errorf("the wire ended: %v", err)
	case <-time.After(60 * time.Second):
		return api, errors.New("the wire does not serve")
	}
	raw, err := os.ReadFile(filepath.Join(data, "local.json"))
	if err != nil {
		return api, err
	}
	var local struct{ URL, Key string }
	if err := json.Unmarshal(raw, &local); err != nil {
		return api, err
	}
	return rig.NewAPI(local.URL, local.Key), nil
}

func lines(r io.Reader, f func(string)) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		f(s.Text())
	}
}

// work says what SQL has, then hands in releases until the power is cut.
func work() error {
	api, err := serve()
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := list(ctx, api, false); err != nil {
		return err
	}
	say("READY")
	boot := os.Getenv("BOOT")
	for worker := range 2 {
		go publish(ctx, api, fmt.Sprintf("%s-%d", boot, worker))
	}
	select {}
}

// publish hands in one release after another; every fifth a few seconds ahead,
// every sixth is corrected at once, every seventh killed.
func publish(ctx context.Context, api rig.API, name string) {
	for i := 1; ; i++ {
		request := fmt.Sprintf("%s-%d", name, i)
		story := rig.Story(request, "en")
		if i%5 == 0 {
			story = story.At(time.Now().Add(2 * time.Second))
		}
		r, err := api.Publish(ctx, story, request)
		if err != nil {
			say("LOG publish %s: %v", request, err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		say("A %s %s", request, r.ID)
		if i%6 == 0 || i%7 == 0 {
			amend(ctx, api, r.ID, request, i%7 == 0)
		}
	}
}

// amend kills or corrects a release once it is live. It leaves alone what does
// not become so: a release that is killed while it waits never has an item, and
// looks like one that was lost.
func amend(ctx context.Context, api rig.API, id wire.ReleaseID, request string, kill bool) {
	if !live(ctx, api, id) {
		say("LOG %s is not live yet and stays as it is", id)
		return
	}
	verb, content := wire.DoKill, (*rig.Submission)(nil)
	if !kill {
		again := rig.Story(request+" corrected", "en")
		verb, content = wire.DoCorrect, &again
	}
	if _, err := api.Act(ctx, id, verb, 0, "a figure was wrong", content); err != nil {
		say("LOG %s %s: %v", verb, id, err)
		return
	}
	say("V %s %s", id, verb)
}

// live waits until a release is on the wire: longer than those that are handed in
// ahead are ahead.
func live(ctx context.Context, api rig.API, id wire.ReleaseID) bool {
	for range 400 {
		r, err := api.Release(ctx, id)
		if err == nil && len(r.Items) > 0 {
			return true
		}
		time.Sleep(25 * time.Millisecond)
	}
	return false
}

// drain says what SQL has, waits until the wire reports every delivery as done,
// and says again, in full, what SQL has then.
func drain() error {
	api, err := serve()
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := list(ctx, api, false); err != nil {
		return err
	}
	say("READY")
	settled := map[wire.ReleaseID]bool{}
	for deadline := time.Now().Add(100 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		waiting, err := unsettled(ctx, api, settled)
		if err != nil {
			return err
		}
		if waiting == "" {
			return list(ctx, api, true)
		}
		say("LOG waits for %s", waiting)
	}
	say("ERR the deliveries do not come to an end")
	return list(ctx, api, true)
}

// unsettled says what is still to be lifted or delivered; "" if nothing is. It
// remembers in settled what need not be asked again.
func unsettled(ctx context.Context, api rig.API, settled map[wire.ReleaseID]bool) (string, error) {
	scheduled, err := api.List(ctx, wire.Scheduled)
	if err != nil || len(scheduled) > 0 {
		return fmt.Sprintf("%d scheduled releases", len(scheduled)), err
	}
	items, err := api.Items(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, it := range items {
		if settled[it.Release] {
			continue
		}
		r, err := api.Report(ctx, it.Release)
		if err != nil {
			return "", err
		}
		if !r.Settled() {
			return r.String(), nil
		}
		settled[it.Release] = true
	}
	return "", nil
}

// list says everything SQL has.
func list(ctx context.Context, api rig.API, full bool) error {
	// What waits comes first: what is lifted meanwhile is then among the items.
	for _, state := range []wire.State{wire.Submitted, wire.Checking, wire.Approved, wire.Scheduled} {
		found, err := api.List(ctx, state)
		if err != nil {
			return err
		}
		for _, r := range found {
			say("R %s %s", r.ID, r.State)
		}
	}
	items, err := api.Items(ctx, 0)
	if err != nil {
		return err
	}
	for _, it := range items {
		if !full {
			say("S %d %s %s %s", it.Number, it.ID, it.Release, rig.ItemKey(&it))
			continue
		}
		raw, err := json.Marshal(it)
		if err != nil {
			return err
		}
		say("I %s", raw)
	}
	say("LISTED")
	return nil
}
