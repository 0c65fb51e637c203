package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// told is a line of ahead.mjs.
type told struct {
	Who   string
	Held  *int
	Wrong []string
	Came  *struct {
		Items []struct {
			ID, Headline string
			Ahead        bool
		}
		Refused, Leaked []string
		Read            int
	}
}

// The JavaScript client, in Node and in a page, attached to a real wire: both open
// what is lifted, and neither ever reads a word of what was killed before.
func TestTextsAreOpenedAheadInNodeAndInABrowser(t *testing.T) {
	node, chromium := tools(t)
	w := rig.Start(t, rig.Options{Data: t.TempDir()})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	input, err := json.Marshal(map[string]any{"base": w.API.URL, "browser": chromium, "last": "LASTMARK", "forbidden": []string{"KILLMARK"}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, node, "ahead.mjs")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	done := map[string]bool{}
	// until reads what is told until everybody has told it.
	until := func(what string, reached func(told) bool) {
		t.Helper()
		who := map[string]bool{}
		for len(who) < 2 {
			if !lines.Scan() {
				t.Fatalf("it ended before %s: %v\n%s", what, cmd.Wait(), &stderr)
			}
			var x told
			if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
				t.Fatalf("%v: %s", err, lines.Bytes())
			}
			for _, wrong := range x.Wrong {
				t.Errorf("%s: %s", x.Who, wrong)
			}
			if reached(x) {
				who[x.Who] = true
			}
		}
	}
	until("both were connected", func(x told) bool { return x.Held != nil })
	due := time.Now().Add(16 * time.Second).Truncate(time.Second)
	publish := func(mark string, at time.Time) rig.Release {
		t.Helper()
		s := rig.Story(mark, "en")
		if !at.IsZero() {
			s = s.At(at)
		}
		r, err := w.API.Publish(ctx, s, mark)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	publish("LIFTMARK", due)
	doomed := publish("KILLMARK", due)
	until("both held the seals", func(x told) bool { return x.Held != nil && *x.Held == 2 })
	if _, err := w.API.Act(ctx, doomed.ID, wire.DoKill, 0, "withdrawn", nil); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Until(due.Add(2*time.Second)), func() {
		if _, err := w.API.Publish(ctx, rig.Story("LASTMARK", "en"), "LASTMARK"); err != nil {
			t.Error(err)
		}
	})
	until("both had all", func(x told) bool {
		if x.Came == nil {
			return false
		}
		done[x.Who] = true
		var got []string
		for _, it := range x.Came.Items {
			got = append(got, fmt.Sprintf("%s %v %v", it.ID, strings.Contains(it.Headline, "LIFTMARK"), it.Ahead))
		}
		if want := "[1 true true 2 false false]"; fmt.Sprint(got) != want {
			t.Errorf("%s got %v, want %s", x.Who, got, want)
		}
		if len(x.Came.Leaked) > 0 || len(x.Came.Refused) > 0 || x.Came.Read < 2*(64<<10) {
			t.Errorf("%s read %v in %d characters, refused for %v", x.Who, x.Came.Leaked, x.Came.Read, x.Came.Refused)
		}
		return true
	})
	if err := cmd.Wait(); err != nil || !done["node"] || !done["chromium"] {
		t.Fatalf("%v: %v\n%s", done, err, &stderr)
	}
}
