package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// text returns the text that an item is about, as the test wrote it.
func (d *day) text(it wire.Item) rig.Text {
	for _, s := range d.stories {
		for _, x := range s.texts {
			if s.id == it.Release && x.Language == it.Language {
				return x
			}
		}
	}
	d.t.Fatalf("item %d is of release %s, which this test has not handed in", it.Number, it.Release)
	return rig.Text{}
}

// wanting returns who is to get an item. No correction of this test changes
// what a wish looks at, so amendments go to those who had the story.
func (d *day) wanting(it wire.Item) (mails, hooks []rig.Subscriber) {
	text := d.text(it)
	for _, s := range d.house.Everyone {
		switch {
		case !s.Wants(text):
		case s.Email != "":
			mails = append(mails, s)
		default:
			hooks = append(hooks, s)
		}
	}
	return mails, hooks
}

func (d *day) expected(it wire.Item) int {
	mails, hooks := d.wanting(it)
	return len(mails) + len(hooks)
}

// checkReceivers compares, for every item and both channels, who should have
// got it by the test's own knowledge, who did by the receivers' own count, and
// what the reports say.
func (d *day) checkReceivers(items []wire.Item) {
	t := d.t
	t.Helper()
	came := map[string]int{}
	for _, a := range d.house.Arrivals(t) {
		came[fmt.Sprintf("webhook %d of item %d (%s)", a.Endpoint, a.Number, a.Item)]++
	}
	for key, times := range d.house.Relay.Tally.Times() {
		id, to, _ := strings.Cut(key, " ")
		it := slices.IndexFunc(items, func(it wire.Item) bool { return rig.ItemKey(&it) == rig.MailKey(id) })
		if it < 0 {
			t.Errorf("the mail %s to %s is of no item", id, to)
			continue
		}
		came[fmt.Sprintf("mail to %s of item %d (%s)", to, items[it].Number, items[it].ID)] += int(times)
	}
	lost, doubled, deliveries := 0, 0, 0
	matched := map[wire.ReleaseID]map[wire.Channel]int{}
	for _, it := range items {
		mails, hooks := d.wanting(it)
		if matched[it.Release] == nil {
			matched[it.Release] = map[wire.Channel]int{}
		}
		matched[it.Release][wire.ByMail] += len(mails)
		matched[it.Release][wire.ByWebhook] += len(hooks)
		var keys []string
		for _, s := range mails {
			keys = append(keys, fmt.Sprintf("mail to %s of item %d (%s)", s.Email, it.Number, it.ID))
		}
		for _, s := range hooks {
			keys = append(keys, fmt.Sprintf("webhook %d of item %d (%s)", s.Endpoint, it.Number, it.ID))
		}
		for _, key := range keys {
			deliveries++
			switch n := came[key]; {
			case n == 0:
				lost++
				t.Errorf("lost: %s, %s of release %s\n%s", key, it.Action, it.Release, d.w.Journal().Tail(10, string(it.Release)))
			case n > 1:
				doubled++
				t.Errorf("came %d times: %s", n, key)
			}
			delete(came, key)
		}
	}
	for key := range came {
		t.Errorf("came without being wanted: %s", key)
	}
	for _, s := range d.stories {
		report, err := d.w.Report(t.Context(), s.id)
		if err != nil {
			t.Fatal(err)
		}
		for _, channel := range []wire.Channel{wire.ByMail, wire.ByWebhook} {
			m, a := report.By(channel)
			if want := matched[s.id][channel]; m != want || a != want {
				t.Errorf("the report of %s says of %s: %d matched, %d accepted; the receivers have %d\n%s", s.mark, channel, m, a, want, report)
			}
		}
	}
	t.Logf("items %d, deliveries %d, lost %d, doubled %d", len(items), deliveries, lost, doubled)
}
