package courier

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// opened is a courier that has not begun, with its index as it was kept.
func (o *office) opened(kept Kept, most int) *Courier {
	return New(Options{Store: o.store, Now: o.clock, Kept: kept, MaxUnanchored: most, Log: slog.New(slog.DiscardHandler)})
}

// wanted is who gets the story that story tells, by the directory as it is now.
func (c *Courier) wanted(t *testing.T) []wire.SubscriptionID {
	t.Helper()
	if err := c.followDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := story()
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, c.Now(), wire.Amendment{})
	return c.index.Match(match.NewDocument(&it))
}

// A start goes on with the index as it was kept, if it is whole and this
// program's, and holds it against the directory; else it is made anew. Who gets an
// item never depends on which.
func TestAKeptIndexNeverSaysOtherwiseThanTheDirectory(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	kept := Kept{File: filepath.Join(t.TempDir(), "index", "standing"), Program: "this"}
	subs := slices.Concat(o.subscribe(3, wire.ByMail, "lang:en"), o.subscribe(2, wire.ByMail, "lang:ar"), o.subscribe(1, wire.ByMail, "plant -war"), o.subscribe(1, wire.ByMail, "*"))
	c := o.opened(kept, 0)
	if got := fmt.Sprint(c.wanted(t)); got != "[1 2 3 6 7]" {
		t.Fatal(got)
	}
	// A query that the directory does not have, as after a backup was restored.
	foreign, err := match.Parse("lang:en")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.index.Put(99, foreign); err != nil {
		t.Fatal(err)
	}
	if err := kept.write(c.index); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(kept.File)
	if err != nil {
		t.Fatal(err)
	}

	// What changes while nobody follows.
	subs[0].Query, subs[1].Paused, subs[3].Query = "lang:ar", true, "lang:en"
	o.write(func(tx *store.Tx) error {
		for _, i := range []int{0, 1, 3} {
			if err := tx.UpdateSubscription(subs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	o.subscribe(1, wire.ByMail, "halden")
	const want = "[3 4 6 7 8]"
	middle := bytes.Clone(whole)
	middle[len(middle)/2] ^= 1
	for name, k := range map[string]struct {
		raw     []byte
		program string
		used    bool
	}{
		"as it was kept":     {whole, "this", true},
		"by another program": {whole, "that", false},
		"a bit flipped":      {middle, "this", false},
		"cut off":            {whole[:len(whole)/2], "this", false},
		"empty":              {nil, "this", false},
		"no such file":       {nil, "none", false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "standing")
			if k.program != "none" {
				if err := os.WriteFile(file, k.raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := o.opened(Kept{File: file, Program: k.program}, 0)
			if used := c.index.Len() > 0; used != k.used {
				t.Errorf("used: %v", used)
			}
			if got := fmt.Sprint(c.wanted(t)); got != want {
				t.Errorf("%s; want %s", got, want)
			}
			if c.index.Len() != 7 {
				t.Errorf("%d queries are held", c.index.Len())
			}
		})
	}
}

func TestTheIndexIsKeptAtTheEndAndReadAtTheStart(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	kept := Kept{File: filepath.Join(t.TempDir(), "index", "standing"), Program: "this"}
	o.subscribe(4, wire.ByMail, "lang:en")
	run := func() {
		c, stop := o.courierWith(func(opt *Options) { opt.Kept = kept })
		r := story()
		o.clear(r, wire.Publish)
		o.report(c, r.ID, "delivered", settled(1))
		stop()
	}
	run()
	first, err := os.Stat(kept.File)
	if err != nil || first.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", first, err)
	}
	if c := o.opened(kept, 0); c.index.Len() != 4 {
		t.Errorf("%d queries were kept", c.index.Len())
	}
	run()
	if got := len(o.mail.deliveries()); got != 8 {
		t.Errorf("%d deliveries", got)
	}
	if second, err := os.Stat(kept.File); err != nil || os.SameFile(first, second) {
		t.Errorf("the file was not replaced as a whole: %v", err)
	}
}

// What a process that was killed had begun to write is never read, and goes when
// nobody can be writing it any more.
func TestWhatAKilledProcessHadBegunToWriteIsNotUsed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	dir := t.TempDir()
	kept := Kept{File: filepath.Join(dir, "standing"), Program: "this"}
	o.subscribe(2, wire.ByMail, "lang:en")
	c := o.opened(kept, 0)
	c.wanted(t)
	if err := kept.write(c.index); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(kept.File)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"standing.1.new", "standing.2.new"} {
		begun := filepath.Join(dir, name)
		if err := os.WriteFile(begun, whole[:len(whole)/(2+i)], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(filepath.Join(dir, "standing.1.new"), long, long); err != nil {
		t.Fatal(err)
	}
	if c := o.opened(kept, 0); c.index.Len() != 2 {
		t.Errorf("%d queries are held", c.index.Len())
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 || filepath.Base(left[1]) != "standing.2.new" {
		t.Errorf("%v, %v", left, err)
	}
	// A folder that cannot be written to costs the cache alone.
	blocked := Kept{File: filepath.Join(kept.File, "below", "standing"), Program: "this"}
	if err := blocked.write(c.index); err == nil {
		t.Error("written below a file")
	}
}

// So many queries that ask for nothing in particular are held; who comes after
// them is named, with what to do, and gets a place when one is free.
func TestQueriesThatAskForNothingInParticularAreCappedAndNamed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	kept := Kept{File: filepath.Join(t.TempDir(), "standing"), Program: "this"}
	broad := o.subscribe(3, wire.ByMail, "NOT lang:ar")
	o.subscribe(1, wire.ByMail, "*")
	o.subscribe(1, wire.ByMail, `"`)
	c := o.opened(kept, 2)
	if got := fmt.Sprint(c.wanted(t)); got != "[1 2 4]" {
		t.Errorf("wanted by %s", got)
	}
	s, err := c.Standing(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if s.Queries != 3 || s.Unanchored != 2 || s.Most != 2 || s.Unheld != 2 || len(s.Listed) != 4 {
		t.Fatalf("%+v", s)
	}
	for i, want := range []string{"3: query: asks for nothing in particular, and 2 such queries are held already: add a word or a field that must be there", "5: query: at character 1: lacks the closing quotation mark", "1: ", "2: "} {
		if q := s.Listed[i]; !strings.HasPrefix(fmt.Sprintf("%d: %s", q.Subscription, q.Problem), want) {
			t.Errorf("listed %d: %+v; want %s", i, q, want)
		}
	}
	if few, err := c.Standing(t.Context(), 1); err != nil || len(few.Listed) != 1 {
		t.Errorf("%+v, %v", few, err)
	}
	if err := kept.write(c.index); err != nil {
		t.Fatal(err)
	}
	broad[0].Query = "lang:en"
	o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(broad[0]) })
	for name, c := range map[string]*Courier{"goes on": c, "kept": o.opened(kept, 2), "anew": o.opened(Kept{}, 2), "fewer may be held than were kept": o.opened(kept, 1)} {
		want, unanchored := "[1 2 3 4]", 2
		if c.index.Most() == 1 {
			want, unanchored = "[1 2 4]", 1
		}
		if got := fmt.Sprint(c.wanted(t)); got != want {
			t.Errorf("%s: wanted by %s; want %s", name, got, want)
		}
		if s, err := c.Standing(t.Context(), 10); err != nil || s.Unanchored != unanchored {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
