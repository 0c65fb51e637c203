package courier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// prefer gives subscriptions a preference.
func (o *office) prefer(subs []wire.Subscription, p wire.Preference) {
	o.t.Helper()
	o.write(func(tx *store.Tx) error {
		for i := range subs {
			subs[i].Preference = &p
			if err := tx.UpdateSubscription(subs[i]); err != nil {
				return err
			}
			if p.Digests() {
				if err := tx.BeginDigests(subs[i].ID, 0); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// until waits for something to be so.
func (o *office) until(what string, ok func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
	defer cancel()
	for !ok() {
		if ctx.Err() != nil {
			o.t.Fatalf("never %s; letters %v", what, o.mail.deliveries())
		}
		time.Sleep(2 * time.Millisecond) // yields to the courier; nothing depends on how long
	}
}

func (o *office) letters(want ...string) {
	o.t.Helper()
	sorted := func() []string { got := o.mail.deliveries(); slices.Sort(got); return got }
	slices.Sort(want)
	o.until("the letters "+strings.Join(want, " "), func() bool { return len(o.mail.deliveries()) >= len(want) })
	if got := sorted(); !slices.Equal(got, want) {
		o.t.Fatalf("letters %v, want %v", got, want)
	}
}

var twice = wire.Preference{Digest: []wire.TimeOfDay{"07:00", "15:00"}}

func TestADigestBringsWhatCameSinceTheLast(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.subscribe(1, wire.ByMail, "lang:en")
		o.prefer(o.subscribe(2, wire.ByMail, "sector:energy"), twice)
		c, _ := o.courier()
		o.started()
		first, second := story(), story()
		for _, r := range []*wire.Release{first, second} {
			o.clear(r, wire.Publish)
			o.report(c, r.ID, "settled", settled(1))
		}
		o.letters("1/1/1", "2/1/1") // those who want digests got nothing yet
		o.pass(3 * time.Hour)       // it is three o'clock
		o.letters("1/1/1", "2/1/1", "digest+1+2/2/1", "digest+1+2/3/1")
		report := o.report(c, second.ID, "settled", func(r *Report) bool { return len(r.Items[0].Channels) == 2 && r.Settled() })
		if d := report.Items[0].Channels[1]; d.Channel != wire.InDigest || d.Matched != 2 || d.Accepted != 2 {
			t.Errorf("%+v", d)
		}
		third := story()
		o.pass(time.Hour)
		o.clear(third, wire.Publish)
		o.report(c, third.ID, "settled", settled(1))
		o.pass(16 * time.Hour)
		o.letters("1/1/1", "2/1/1", "digest+1+2/2/1", "digest+1+2/3/1", "3/1/1", "digest+3/2/1", "digest+3/3/1")
		o.report(c, third.ID, "settled", func(r *Report) bool { return len(r.Items[0].Channels) == 2 && r.Items[0].Channels[1].Accepted == 2 })
		deliveries, _, err := c.DeliveriesTo(t.Context(), Receiver{Subscription: 2}, 0, 10)
		if err != nil || len(deliveries) != 2 || deliveries[0].Digest != 2 || deliveries[0].Number != 0 || deliveries[0].Outcome != "accepted" {
			t.Errorf("%+v, %v", deliveries, err)
		}
	})
}

// started waits for the first look for digests, which begins their time.
func (o *office) started() {
	o.t.Helper()
	o.until("begun", func() bool {
		n, err := o.store.ConsumerNumber(o.t.Context(), digestConsumer)
		return err == nil && n > 0
	})
}

func TestWhatIsWithdrawnIsInNoDigest(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.prefer(o.subscribe(2, wire.ByMail, "lang:en"), twice)
	c, _ := o.courier()
	o.started()
	killed, kept, held := story(), story(), story()
	for _, r := range []*wire.Release{killed, kept, held} {
		o.clear(r, wire.Publish)
	}
	o.clear(killed, wire.Kill)
	o.clear(held, wire.Hold)
	o.report(c, held.ID, "planned", settled(2))
	o.pass(3 * time.Hour)
	o.letters("digest+2/1/1", "digest+2/2/1") // and nobody is told of a kill of what they never had
}

func TestAKillWhileADigestIsUnderWayTakesItsStoryOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.prefer(o.subscribe(3, wire.ByMail, "lang:en"), twice)
	o.mail.hang = make(chan struct{})
	c, _ := o.courier()
	o.started()
	killed, kept := story(), story()
	o.clear(killed, wire.Publish)
	o.clear(kept, wire.Publish)
	o.report(c, kept.ID, "planned", settled(1))
	o.pass(3 * time.Hour)
	o.until("a digest under way", func() bool { return len(o.mail.deliveries()) == 1 }) // one worker, and it hangs
	first := o.mail.deliveries()[0]
	o.clear(killed, wire.Kill)
	o.report(c, killed.ID, "the kill planned", func(r *Report) bool { return len(r.Items) == 2 && r.Items[1].Planned })
	o.until("fenced", func() bool { return c.fences.overtaken(anItem(killed.ID, "en", 1)) })
	close(o.mail.hang)
	want := []string{first, "3/1/1", "3/2/1", "3/3/1"}
	for id := 1; id <= 3; id++ {
		if !strings.HasSuffix(first, fmt.Sprintf("/%d/1", id)) {
			want = append(want, fmt.Sprintf("digest+2/%d/1", id))
		}
	}
	o.letters(want...)
}

func TestACorrectionOfWhatADigestBroughtDoesNotWait(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.prefer(o.subscribe(1, wire.ByMail, "lang:en"), twice)
	c, _ := o.courier()
	o.started()
	r := story()
	o.clear(r, wire.Publish)
	o.report(c, r.ID, "planned", settled(1))
	o.pass(3 * time.Hour)
	o.letters("digest+1/1/1")
	o.clear(r, wire.Correct)
	o.letters("digest+1/1/1", "2/1/1")
	o.report(c, r.ID, "settled", settled(2))
	o.pass(16 * time.Hour) // and is not in the next
	other := story()
	o.clear(other, wire.Publish)
	o.report(c, other.ID, "planned", settled(1))
	o.pass(8 * time.Hour)
	o.letters("digest+1/1/1", "2/1/1", "digest+3/1/1")
}

func TestOfACorrectionBeforeTheDigestOnlyTheCorrectionIsInIt(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.prefer(o.subscribe(1, wire.ByMail, "lang:en"), twice)
	c, _ := o.courier()
	o.started()
	r := story()
	o.clear(r, wire.Publish)
	o.clear(r, wire.Correct)
	o.report(c, r.ID, "planned", settled(2))
	o.pass(3 * time.Hour)
	o.letters("digest+2/1/1")
}

func TestWhoIsAwayGetsNothingAndNothingLater(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	away := &wire.Days{From: "2026-11-23", To: "2026-11-23"}
	o.prefer(o.subscribe(1, wire.ByMail, "lang:en"), wire.Preference{Away: away})
	o.prefer(o.subscribe(1, wire.ByMail, "lang:en"), wire.Preference{Digest: twice.Digest, Away: away})
	c, _ := o.courier()
	o.started()
	r := story()
	o.clear(r, wire.Publish)
	report := o.report(c, r.ID, "settled", settled(1))
	if ch := report.Items[0].Channels[0]; ch.Suppressed != 1 {
		t.Errorf("%+v", ch)
	}
	o.pass(3 * time.Hour)
	other := story()
	o.until("covered", func() (done bool) {
		o.read(func(tx *store.Tx) error { from, err := tx.Gathered(); done = from[2] == 2; return err })
		return done
	})
	o.pass(20 * time.Hour)                            // it is eight on the next day
	o.until("past the digest of seven", func() bool { // or it would hold what is cleared at eight
		to, err := o.store.ConsumerNumber(t.Context(), digestConsumer)
		if err != nil {
			t.Fatal(err)
		}
		return to >= o.clock().Add(-time.Hour).UnixMicro()
	})
	o.clear(other, wire.Publish)
	o.letters("2/1/1")
	o.pass(8 * time.Hour)
	o.letters("2/1/1", "digest+2/2/1")
}

func TestQuietHoursEndBeforeALetterComes(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.prefer(o.subscribe(1, wire.ByMail, "lang:en"), wire.Preference{Quiet: &wire.Hours{From: "11:00", To: "14:00"}})
		o.subscribe(1, wire.ByMail, "lang:en")
		corrected, killed, plain := story(), story(), story()
		c, stop := o.courier()
		for _, r := range []*wire.Release{corrected, killed, plain} {
			o.clear(r, wire.Publish)
		}
		o.letters("1/2/1", "2/2/1", "3/2/1")
		report := o.report(c, plain.ID, "settled", settled(1))
		if ch := report.Items[0].Channels[0]; ch.Matched != 2 || ch.Accepted != 1 || ch.Waiting != 1 || ch.Pending != 0 {
			t.Errorf("%+v", ch)
		}
		// Who had the story is told at once, who waits for it need not know.
		o.clear(corrected, wire.Correct)
		o.clear(killed, wire.Kill)
		o.letters("1/2/1", "2/2/1", "3/2/1", "4/2/1", "5/2/1")
		o.report(c, killed.ID, "settled", settled(2))
		stop()
		c, _ = o.courier() // it is all in the ledger
		o.pass(2 * time.Hour)
		o.letters("1/2/1", "2/2/1", "3/2/1", "4/2/1", "5/2/1", "3/1/1", "4/1/1")
		report = o.report(c, killed.ID, "all told", func(r *Report) bool { return r.Settled() && r.Items[0].Channels[0].Waiting == 0 })
		if ch := report.Items[0].Channels[0]; ch.Superseded != 1 {
			t.Errorf("%+v", ch)
		}
	})
}

// However often a reader goes from letters to digests and back, whenever: every
// release comes, and comes once.
func TestWhoChangesTheirMindGetsEveryReleaseOnce(t *testing.T) {
	t.Parallel()
	for range 8 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) { changesTheirMind(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func changesTheirMind(t *testing.T, random *rand.Rand) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(2, wire.ByMail, "lang:en")
	c, _ := o.courier()
	o.started()
	prefer := func(p wire.Preference) {
		if err := c.SetPreference(t.Context(), subs[0].Secret, p); err != nil {
			t.Fatal(err)
		}
	}
	var acts []string
	released := 0
	for range 20 {
		act := []string{"release", "release", "release", "digests", "other digests", "letters", "wait"}[random.IntN(7)]
		acts = append(acts, act)
		switch act {
		case "release":
			o.clear(story(), wire.Publish)
			released++
		case "digests":
			prefer(twice)
		case "other digests":
			prefer(wire.Preference{Digest: []wire.TimeOfDay{"13:00", "17:00", "23:00"}})
		case "letters":
			prefer(wire.Preference{})
		case "wait":
			o.pass(time.Duration(1+random.IntN(600)) * time.Minute)
		}
		if random.IntN(2) == 0 { // the courier comes to it, or does not
			o.until("planned", func() bool {
				n, err := o.store.ConsumerNumber(t.Context(), consumer)
				return err == nil && n == int64(released)
			})
		}
	}
	prefer(wire.Preference{})
	o.pass(time.Minute)
	o.until("nothing gathered any more", func() (done bool) {
		o.read(func(tx *store.Tx) error { from, err := tx.Gathered(); done = len(from) == 0; return err })
		return done
	})
	count := func() (times map[string]int, total int) {
		times = map[string]int{}
		for _, one := range o.mail.deliveries() {
			what, to, _ := strings.Cut(one, "/")
			if !strings.HasPrefix(to, "1/") {
				continue
			}
			for number := range strings.SplitSeq(strings.TrimPrefix(what, "digest+"), "+") {
				times[number]++
				total++
			}
		}
		return times, total
	}
	o.until("all there", func() bool { _, total := count(); return total >= released })
	times, _ := count()
	for number := 1; number <= released; number++ {
		if n := times[fmt.Sprint(number)]; n != 1 {
			t.Fatalf("item %d came %d times: %v\n%v", number, n, o.mail.deliveries(), acts)
		}
	}
}
