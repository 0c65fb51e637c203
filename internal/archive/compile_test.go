package archive

import (
	"slices"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// What the index leaves open costs a look at every text that it finds.
func TestTheIndexDecidesMostQueriesAlone(t *testing.T) {
	for source, open := range map[string]bool{
		"plants":                  false,
		`"free trade"`:            false,
		"telecom* -sector:energy": false,
		"人工智能":                    false,
		"トヨタ自動車":                  false,
		"삼성":                      false,
		"삼성전자":                    false,
		"삼성전자는 headline:인공지능":     false,
		`"삼성 전자"`:                 false,
		"โรงงาน":                  false,
		"free NEAR/3 trade":       true,
		"state-of-the-art":        true,
		`"신형 EV"`:                 false,
		`"5G 网络 股"`:               true,
		`"新型EV 発表"`:               false,
		"신형EV":                    true,
	} {
		if c := compile(query(t, source), true); c.open != open {
			t.Errorf("%s is left open: %v", source, c.open)
		}
	}
	if !compile(query(t, "삼성전자"), false).open {
		t.Error("joined pairs are asked of an index that may lack them")
	}
}

// An index of before, without joined pairs, finds Korean until it is renewed and
// after it.
func TestKoreanIsFoundWhileTheIndexIsRenewed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		put(t, s, story("삼성 전자는 새 공장을", "ko"), wire.Publish, nil)
		put(t, s, story("삼성전자 주가", "ko"), wire.Publish, nil)
		catchUp(t, s)
		look := func(when string) {
			t.Helper()
			if got := headlines(t, a, Request{Query: query(t, "삼성전자")}); got != "삼성전자 주가, 삼성 전자는 새 공장을" {
				t.Errorf("%s %q is found", when, got)
			}
		}
		look("at first")
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			items, err := tx.SearchableAfter(0, 10)
			if err != nil {
				return err
			}
			for i := range items {
				d := searchText(&items[i].Item, items[i].First)
				before := len(d.Headline)
				d.Headline = slices.DeleteFunc(d.Headline, isJoined)
				if len(d.Headline) == before {
					t.Error("there are no joined pairs to leave out")
				}
				if err := tx.PutSearch(d); err != nil {
					return err
				}
			}
			return tx.AdvanceConsumer(renewer, 2, 0)
		})
		if err != nil {
			t.Fatal(err)
		}
		look("before it is renewed")
		catchUp(t, s)
		look("afterwards")
	})
}

func isJoined(run []string) bool {
	return slices.ContainsFunc(run, func(term string) bool {
		joined, ok := text.Joined([]byte(strings.TrimPrefix(term, term[:min(3, len(term))])))
		return ok && joined == term
	})
}
