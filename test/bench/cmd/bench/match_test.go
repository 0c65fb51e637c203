package main

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/test/bench/standing"
)

func TestDifferencesAreNotPrintedWhereNothingWasCompared(t *testing.T) {
	for _, c := range []struct {
		compared, differences int
		want                  string // in the line of the goal; "" for no line
	}{
		{0, 0, ""},
		{2, 0, "met"},
		{2, 3, "not met"},
	} {
		var b strings.Builder
		printMatch(&b, []matchRow{{Result: standing.Result{Queries: 1_000_000, Compared: c.compared, Differences: c.differences}}})
		var got string
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "differences from brute force") {
				got = line
			}
		}
		if (got != "") != (c.want != "") || !strings.HasSuffix(strings.TrimSpace(got), c.want) {
			t.Errorf("compared %d, differ %d: the goal's line is %q", c.compared, c.differences, got)
		}
	}
}
