package text_test

import (
	"os"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/text/texttest"
)

func TestTextsAreFoundByWhatTheirReadersType(t *testing.T) {
	sets, err := texttest.Load(os.DirFS("testdata/found"))
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) != 15 {
		t.Errorf("%d languages, the wire has 15", len(sets))
	}
	for _, set := range sets {
		ours, told, pairs := texttest.Run(set, &texttest.Ours{}), texttest.Run(set, &texttest.Ours{Told: true}), texttest.Run(set, &texttest.Pairs{})
		t.Logf("%-8s %2d texts, %2d queries: precision %.3f, recall %.3f; language told %.3f, %.3f; plain pairs %.3f, %.3f", set.Language, len(set.Texts), len(set.Queries),
			ours.Precision(), ours.Recall(), told.Precision(), told.Recall(), pairs.Precision(), pairs.Recall())
		if len(set.Queries) < 30 {
			t.Errorf("%s: only %d queries", set.Language, len(set.Queries))
		}
		for _, score := range []texttest.Score{ours, told} {
			if score.Precision() < 0.93 || score.Recall() < 0.97 {
				t.Errorf("%s: precision %.3f, recall %.3f:\n%s", set.Language, score.Precision(), score.Recall(), strings.Join(score.Mistakes, "\n"))
			}
		}
		if ours.Recall() <= pairs.Recall() {
			t.Errorf("%s: plain pairs find as much: %.3f", set.Language, pairs.Recall())
		}
	}
}
