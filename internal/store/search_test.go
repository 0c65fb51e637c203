package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
)

func phrase(terms ...string) store.SearchExpr {
	return store.SearchExpr{Op: store.SearchPhrase, Terms: terms}
}

var searchNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func putTexts(t interface {
	Fatal(...any)
	Helper()
}, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func found(t interface {
	Fatal(...any)
	Helper()
}, s *store.Store, q store.Search) []int64 {
	t.Helper()
	var all []int64
	if q.Max == 0 {
		q.Max = 1000
	}
	err := s.Read(context.Background(), func(tx *store.Tx) error {
		all = nil
		return tx.Search(&q, func(h *store.SearchHit) bool { all = append(all, h.Number); return true })
	})
	if err != nil {
		t.Fatal(fmt.Sprintf("%+v: %v", q.Where, err))
	}
	return all
}

// Words of every script, and what an engine would take apart, fold or read as
// an operator.
var awkward = []string{
	"plant", "2.1", "a@b.example", "https://example.com/x?y=z&w", "c++", "r&d", "at&t's", `say"so"`, `back\slash`, `\_`, "+*", "*", "a b", "tab\there", "nul\x00byte", "UPPER",
	"größe", "straße", "ſ", "İstanbul", "ı", "café", "cafe\u0301", "naïve", "ﬁ", "Ⅷ", "①", "½", "東京", "工", "ﾄﾖﾀ", "トヨタ", "삼성", "ㅅ", "โรงงาน", "น้ำ", "ก", "မြန်မာ", "ភាសា", "ພາສາ",
	"طاقة", "ال", "~طاقة", "רכבת", "हिन्दी", "தமிழ்", "ελλάδα", "завод", "ё", "й", "và", "năng", "đ", "𠮷", "𐍈", "🙂", "👩‍🚀", "\u200d", "١٢٣", "1\x00工", "-", "NOT", "AND", "near(", "a:b", "lang:en", "^a", "{x}", "'q'", ":*", "!x", "|", "<->",
	strings.Repeat("長", 120), strings.Repeat("x", 3000),
}

func TestEngineTakesTermsAsTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putTexts(t, s, func(tx *store.Tx) error {
			for i, w := range awkward {
				d := store.SearchText{Number: int64(i + 1), Cleared: searchNoon, Headline: [][]string{{"before", w, "behind"}}, Body: [][]string{{"text"}}, Labels: []string{w}}
				if err := tx.PutSearch(&d); err != nil {
					return err
				}
			}
			return nil
		})
		for i, w := range awkward {
			for _, e := range []store.SearchExpr{
				phrase(w), phrase("before", w, "behind"), {Op: store.SearchLabel, Terms: []string{w}},
				{Op: store.SearchPhrase, Terms: []string{w}, Part: store.SearchHeadline},
				{Op: store.SearchAnd, Of: []store.SearchExpr{phrase(w), phrase("text")}},
			} {
				if got := found(t, s, store.Search{Where: e}); !slices.Equal(got, []int64{int64(i + 1)}) {
					t.Errorf("%q as %+v: found in %v, stands in %d", w, e.Op, got, i+1)
				}
			}
			for _, e := range []store.SearchExpr{phrase(w, "before"), {Op: store.SearchAnd, Of: []store.SearchExpr{phrase(w), {Op: store.SearchNot, Of: []store.SearchExpr{phrase("behind")}}}}} {
				if got := found(t, s, store.Search{Where: e}); len(got) != 0 {
					t.Errorf("%q as %+v: found in %v", w, e, got)
				}
			}
		}
	})
}

// model is what a search means, without an index.
func model(e store.SearchExpr, d *store.SearchText) bool {
	runs := slices.Concat(d.Headline, d.Body, d.Names)
	switch e.Part {
	case store.SearchHeadline:
		runs = d.Headline
	case store.SearchBody:
		runs = d.Body
	}
	switch e.Op {
	case store.SearchAll:
		return true
	case store.SearchAnd:
		return !slices.ContainsFunc(e.Of, func(c store.SearchExpr) bool { return !model(c, d) })
	case store.SearchOr:
		return slices.ContainsFunc(e.Of, func(c store.SearchExpr) bool { return model(c, d) })
	case store.SearchNot:
		return !model(e.Of[0], d)
	case store.SearchLabel:
		return slices.Contains(d.Labels, e.Terms[0])
	}
	for _, run := range runs {
		for i := range run {
			if e.Op == store.SearchPrefix {
				if run[i] != "" && strings.HasPrefix(run[i], e.Terms[0]) {
					return true
				}
			} else if i+len(e.Terms) <= len(run) && slices.Equal(run[i:i+len(e.Terms)], e.Terms) {
				return true
			}
		}
	}
	return false
}

func drawExpr(t *rapid.T, words []string, depth int) store.SearchExpr {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "inner") > 0 {
		switch rapid.IntRange(0, 2).Draw(t, "op") {
		case 0:
			return store.SearchExpr{Op: store.SearchNot, Of: []store.SearchExpr{drawExpr(t, words, depth-1)}}
		case 1:
			return store.SearchExpr{Op: store.SearchAnd, Of: []store.SearchExpr{drawExpr(t, words, depth-1), drawExpr(t, words, depth-1)}}
		}
		return store.SearchExpr{Op: store.SearchOr, Of: []store.SearchExpr{drawExpr(t, words, depth-1), drawExpr(t, words, depth-1)}}
	}
	one := func() string { return rapid.SampledFrom(words).Draw(t, "word") }
	part := store.SearchPart(rapid.IntRange(0, 2).Draw(t, "part"))
	switch rapid.IntRange(0, 5).Draw(t, "leaf") {
	case 0:
		return store.SearchExpr{Op: store.SearchLabel, Terms: []string{one()}}
	case 1:
		w := []rune(one())
		return store.SearchExpr{Op: store.SearchPrefix, Terms: []string{string(w[:rapid.IntRange(1, len(w)).Draw(t, "length")])}, Part: part}
	case 2:
		return store.SearchExpr{Op: store.SearchPhrase, Terms: []string{one(), one()}, Part: part}
	case 3:
		return store.SearchExpr{Op: store.SearchAll}
	}
	return store.SearchExpr{Op: store.SearchPhrase, Terms: []string{one()}, Part: part}
}

func TestSearchFindsWhatTheExpressionMeans(t *testing.T) {
	words := []string{"plant", "plants", "東京", "京都", "~طاق", "工", "a b", "NOT", "größe", `x"y`}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(t *rapid.T) {
			draw := func(name string) [][]string {
				return rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(append(words, "")), 0, 5), 0, 3).Draw(t, name)
			}
			texts := make([]store.SearchText, rapid.IntRange(1, 6).Draw(t, "texts"))
			putTexts(t, s, func(tx *store.Tx) error {
				for i := range texts {
					texts[i] = store.SearchText{Number: int64(i + 1), Cleared: searchNoon, Headline: draw("headline"), Body: draw("body"), Names: draw("names"), Labels: rapid.SliceOfN(rapid.SampledFrom(words), 0, 3).Draw(t, "labels")}
				}
				if err := tx.ClearSearch(); err != nil {
					return err
				}
				for i := range texts {
					if err := tx.PutSearch(&texts[i]); err != nil {
						return err
					}
				}
				return nil
			})
			for range 4 {
				e := drawExpr(t, words, 4)
				var want []int64
				for i := len(texts) - 1; i >= 0; i-- {
					if model(e, &texts[i]) {
						want = append(want, texts[i].Number)
					}
				}
				if got := found(t, s, store.Search{Where: e}); !slices.Equal(got, want) {
					t.Fatalf("%+v finds %v, means %v", e, got, want)
				}
				best := found(t, s, store.Search{Where: e, Best: true, Rank: []store.SearchExpr{e}, At: searchNoon, HalfLife: time.Hour})
				slices.Sort(best)
				slices.Reverse(best)
				if !slices.Equal(best, want) {
					t.Fatalf("%+v ranked finds %v, means %v", e, best, want)
				}
			}
		})
	})
}

// Whatever is begun or ended twice, or not at all, everything is found.
func TestSearchIsFilledAndFinished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, act := range []func(*store.Tx) error{(*store.Tx).FinishSearch, (*store.Tx).FillSearch, (*store.Tx).FillSearch, (*store.Tx).FinishSearch, (*store.Tx).FinishSearch} {
			putTexts(t, s, func(tx *store.Tx) error {
				if err := act(tx); err != nil {
					return err
				}
				return tx.PutSearch(&store.SearchText{Number: int64(i + 1), Cleared: searchNoon, Headline: [][]string{{"word"}}})
			})
			if got := found(t, s, store.Search{Where: store.SearchExpr{Op: store.SearchPhrase, Terms: []string{"word"}}}); len(got) != i+1 {
				t.Errorf("after %d acts %v are found", i+1, got)
			}
		}
	})
}

// Whoever moves terms within the index while others read makes texts seem to lack
// them. So there must never be any to move, nor in an index from before this was so.
func TestNothingWaitsToBeMovedIntoTheIndex(t *testing.T) {
	url := storetest.URL(t, "postgres")
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	waiting := func() (pages int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), `SELECT gin_clean_pending_list('searchable_terms')`).Scan(&pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	number := int64(0)
	put := func(s *store.Store) {
		t.Helper()
		number++
		putTexts(t, s, func(tx *store.Tx) error {
			return tx.PutSearch(&store.SearchText{Number: number, Cleared: searchNoon, Body: [][]string{awkward[:20]}})
		})
	}
	opened := func() *store.Store {
		t.Helper()
		s, err := store.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := opened()
	put(s)
	if pages := waiting(); pages != 0 {
		t.Errorf("new: %d pages of terms were yet to be put into the index", pages)
	}
	do(`ALTER INDEX searchable_terms RESET (fastupdate)`) // as it was before
	if put(s); waiting() == 0 {
		t.Fatal("a text did not wait where it should: the test shows nothing")
	}
	put(s)
	do(`DELETE FROM goose_db_version WHERE version_id = 28`)
	s = opened()
	put(s)
	if pages := waiting(); pages != 0 {
		t.Errorf("from before: %d pages of terms were yet to be put into the index", pages)
	}
	putTexts(t, s, func(tx *store.Tx) error { return errors.Join(tx.FillSearch(), tx.FinishSearch()) })
	put(s)
	if pages := waiting(); pages != 0 {
		t.Errorf("made anew: %d pages of terms were yet to be put into the index", pages)
	}
}

func TestSearchKeepsToItsBounds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putTexts(t, s, func(tx *store.Tx) error {
			for i := range 10 {
				d := store.SearchText{Number: int64(i + 1), Cleared: searchNoon.AddDate(0, 0, i), Headline: [][]string{{"word"}}, Facets: []string{"lang=en", fmt.Sprint("day=", i)}}
				if err := tx.PutSearch(&d); err != nil {
					return err
				}
			}
			return nil
		})
		for name, c := range map[string]struct {
			q    store.Search
			want string
		}{
			"newest first":    {store.Search{}, "[10 9 8 7 6 5 4 3 2 1]"},
			"at most":         {store.Search{Max: 3}, "[10 9 8]"},
			"before a number": {store.Search{Before: 4}, "[3 2 1]"},
			"since":           {store.Search{Since: searchNoon.AddDate(0, 0, 8)}, "[10 9]"},
			"until":           {store.Search{Until: searchNoon.AddDate(0, 0, 2)}, "[2 1]"},
			"between":         {store.Search{Since: searchNoon.AddDate(0, 0, 3), Until: searchNoon.AddDate(0, 0, 5).Add(1)}, "[5 4]"},
			"after all":       {store.Search{Since: searchNoon.AddDate(0, 0, 30)}, "[]"},
			"before all":      {store.Search{Until: searchNoon}, "[]"},
			"fresh counts":    {store.Search{Best: true, Rank: []store.SearchExpr{phrase("word")}, At: searchNoon.AddDate(0, 0, 9), HalfLife: time.Hour, Max: 5}, "[10 9 8 7 6]"},
		} {
			c.q.Where = phrase("word")
			if got := fmt.Sprint(found(t, s, c.q)); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		putTexts(t, s, func(tx *store.Tx) error {
			n, err := tx.CountSearch(phrase("word"), 7)
			if err != nil || n != 7 {
				t.Errorf("counted %d, %v", n, err)
			}
			if err := tx.DropSearch(10); err != nil {
				return err
			}
			if err := tx.DropSearch(10); err != nil {
				return err
			}
			d := store.SearchText{Number: 9, Cleared: searchNoon, Headline: [][]string{{"other"}}}
			return tx.PutSearch(&d)
		})
		if got := fmt.Sprint(found(t, s, store.Search{Where: phrase("word")})); got != "[8 7 6 5 4 3 2 1]" {
			t.Errorf("after one went and one was replaced: %s", got)
		}
		if got := fmt.Sprint(found(t, s, store.Search{Where: phrase("other")})); got != "[9]" {
			t.Errorf("the replacement: %s", got)
		}
	})
}

// A text beyond what PostgreSQL can hold is found by all its terms, and says
// that phrases in it need a second look; in FTS5 nothing is beyond.
func TestLongTextsAreFound(t *testing.T) {
	var run []string
	for i := range 40_000 {
		run = append(run, fmt.Sprint("w", i%20_000), "the")
	}
	run = append(run, "last", "words")
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putTexts(t, s, func(tx *store.Tx) error {
			return tx.PutSearch(&store.SearchText{Number: 1, Cleared: searchNoon, Body: [][]string{run}})
		})
		for _, w := range []string{"w0", "w19999", "the", "last", "words"} {
			if got := found(t, s, store.Search{Where: phrase(w)}); len(got) != 1 {
				t.Errorf("%s is not found", w)
			}
		}
		var partly bool
		putTexts(t, s, func(tx *store.Tx) error {
			return tx.Search(&store.Search{Where: phrase("the"), Max: 1}, func(h *store.SearchHit) bool { partly = h.Partly; return true })
		})
		if partly != (s.Engine() == "postgres") {
			t.Errorf("partly: %v", partly)
		}
		if n := len(found(t, s, store.Search{Where: phrase("last", "words")})); n != 1 {
			t.Error("the phrase at the end is not found")
		}
		headline := phrase("words")
		headline.Part = store.SearchHeadline
		for _, without := range []store.SearchExpr{headline, phrase("words", "last")} {
			if n := len(found(t, s, store.Search{Where: store.SearchExpr{Op: store.SearchNot, Of: []store.SearchExpr{without}}})); n != 1 {
				t.Errorf("it is taken to have %+v", without)
			}
		}
	})
}

// What stands in most editions is looked up another way than what stands in few:
// both come newest first, and all of it.
func TestFrequentAndRareTermsAreFoundAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes thousands of editions")
	}
	const editions = 5_100
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putTexts(t, s, func(tx *store.Tx) error {
			for n := int64(1); n <= editions; n++ {
				words := []string{"often", "then", "odd"}
				if n%1000 == 0 {
					words = []string{"often", "rare", "then"}
				}
				d := store.SearchText{Number: n, Cleared: searchNoon.Add(time.Duration(n) * time.Minute), Headline: [][]string{words}}
				if err := tx.PutSearch(&d); err != nil {
					return err
				}
			}
			return nil
		})
		not := store.SearchExpr{Op: store.SearchNot, Of: []store.SearchExpr{phrase("odd")}}
		since := searchNoon.Add(5_099 * time.Minute)
		for _, c := range []struct {
			q    store.Search
			want string
		}{
			{store.Search{Where: phrase("often"), Max: 3}, "[5100 5099 5098]"},
			{store.Search{Where: phrase("often"), Max: 3, Before: 3}, "[2 1]"},
			{store.Search{Where: phrase("often"), Max: 3, Since: since}, "[5100 5099]"},
			{store.Search{Where: phrase("often", "then"), Max: 2}, "[5100 5099]"},
			{store.Search{Where: phrase("rare"), Max: 3}, "[5000 4000 3000]"},
			{store.Search{Where: phrase("rare"), Max: 3, Before: 2001}, "[2000 1000]"},
			{store.Search{Where: phrase("rare"), Max: 3, Since: since}, "[]"},
			{store.Search{Where: phrase("rare", "then"), Max: 2}, "[5000 4000]"},
			{store.Search{Where: phrase("rare", "often"), Max: 2}, "[]"},
			{store.Search{Where: not, Max: 2}, "[5000 4000]"},
			{store.Search{Where: phrase("often"), Max: 2, Best: true, Rank: []store.SearchExpr{phrase("rare")}, Before: 5_000}, "[4999 4998]"},
			{store.Search{Where: phrase("rare"), Max: 2, Best: true, Rank: []store.SearchExpr{phrase("rare")}, At: searchNoon, HalfLife: time.Hour}, "[4000 5000]"},
		} {
			if got := fmt.Sprint(found(t, s, c.q)); got != c.want {
				t.Errorf("%+v: %s, want %s", c.q, got, c.want)
			}
		}
	})
}
