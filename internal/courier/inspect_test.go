package courier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// mixed answers by the subscription: of five the first two are accepted, then one
// fails, one is deferred and one fails otherwise.
func mixed(_ *wire.Item, s wire.Subscription, _ int) Result {
	switch s.ID % 5 {
	case 3:
		return Result{Outcome: wire.Failed, Code: "550 5.1.1 no such user"}
	case 4:
		return Result{Outcome: wire.Deferred, Code: "451 4.7.1 greylisted"}
	case 0:
		return Result{Outcome: wire.Failed, Code: "554 5.7.1 BLOCKED"}
	}
	return Result{Outcome: wire.Accepted}
}

// pages reads all exceptions, so many a page.
func pages(t *testing.T, c *Courier, f ExceptionFilter, size int) (all []Failure) {
	t.Helper()
	for after := ""; ; {
		found, next, err := c.Exceptions(t.Context(), f, after, size)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > size {
			t.Fatalf("a page of %d, want at most %d", len(found), size)
		}
		if all = append(all, found...); next == "" {
			return all
		}
		after = next
	}
}

func TestExceptionsAreNotBoundedAndComeByPages(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		subs := o.subscribe(3000, wire.ByMail, "lang:en")
		for i := range subs {
			if i%2 == 0 {
				subs[i].Address = fmt.Sprintf("a%d@mail.press.example", i)
			}
		}
		o.write(func(tx *store.Tx) error {
			for i := 0; i < len(subs); i += 2 {
				if err := tx.UpdateSubscription(subs[i]); err != nil {
					return err
				}
			}
			return nil
		})
		o.subscribe(5, wire.ByWebhook, "lang:en")
		o.mail.answer, o.hook.answer = mixed, mixed
		o.mail.workers = 8
		first, second := story(), story()
		o.clear(first, wire.Publish)
		o.clear(second, wire.Publish)
		c, stop := o.courier()
		for _, r := range []*wire.Release{first, second} {
			o.report(c, r.ID, "settled", settled(1))
		}
		stop()
		count := func(f ExceptionFilter, size int) int { return len(pages(t, c, f, size)) }
		all := ExceptionFilter{Release: first.ID}
		for _, size := range []int{7, 1000, 10_000} {
			if n := count(all, size); n != 1803 {
				t.Errorf("by pages of %d: %d, want 1803", size, n)
			}
		}
		met := map[string]bool{}
		for _, f := range pages(t, c, all, 333) {
			met[fmt.Sprint(f.Number, f.Subscription)] = true
			if strings.Contains(f.Address, "a1") || f.Number != 1 {
				t.Fatalf("%+v", f)
			}
		}
		if len(met) != 1803 {
			t.Errorf("%d different ones", len(met))
		}
		for _, c := range []struct {
			why    string
			filter ExceptionFilter
			want   int
		}{
			{"one item", ExceptionFilter{Number: 2}, 1803},
			{"failed", ExceptionFilter{Release: first.ID, Outcomes: []wire.Outcome{wire.Failed}}, 1202},
			{"deferred", ExceptionFilter{Release: first.ID, Outcomes: []wire.Outcome{wire.Deferred}}, 601},
			{"a channel", ExceptionFilter{Release: first.ID, Channel: wire.ByWebhook}, 3},
			{"a code", ExceptionFilter{Release: first.ID, Code: "blocked"}, 601},
			{"a domain", ExceptionFilter{Release: first.ID, Domain: "mail.press.example"}, 900},
			{"a domain above", ExceptionFilter{Release: first.ID, Domain: "Press.Example"}, 900},
			{"a part of a label", ExceptionFilter{Release: first.ID, Domain: "ress.example"}, 0},
			{"all together", ExceptionFilter{Release: first.ID, Domain: "press.example", Code: "grey", Outcomes: []wire.Outcome{wire.Deferred}, Channel: wire.ByMail}, 300},
			{"another release", ExceptionFilter{Release: wire.NewReleaseID()}, 0},
		} {
			if n := count(c.filter, 500); n != c.want {
				t.Errorf("%s: %d, want %d", c.why, n, c.want)
			}
		}
		report, err := c.Report(t.Context(), first.ID)
		if err != nil || len(report.Items[0].Failures) != maxFailures || report.Items[0].Channels[0].Failed != 1200 {
			t.Errorf("the report names %d: %v", len(report.Items[0].Failures), err)
		}
		if r, err := c.ReportItem(t.Context(), 2); err != nil || len(r.Items) != 1 || r.Release != second.ID || r.Items[0].Channels[1].Failed != 2 {
			t.Errorf("of one item: %+v, %v", r, err)
		}
	})
}

func TestAPlaceThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	c, _ := openOffice(t).courier()
	for _, after := range []string{"x", "1", "1-", "1-2-3", " 1-2", "01-2", "1-2x"} {
		if _, _, err := c.Exceptions(t.Context(), ExceptionFilter{Release: "r"}, after, 1); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v", after, err)
		}
	}
}

func TestTheLastDeliveriesToAReceiver(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.write(func(tx *store.Tx) error {
			if err := tx.AddOutlets([]wire.Outlet{{ID: 7, Name: "Der Bote"}}); err != nil {
				return err
			}
			return tx.AddContacts([]wire.Contact{{ID: 9, Outlet: 7, Name: "Layla Haddad"}})
		})
		o.write(func(tx *store.Tx) error {
			return tx.AddSubscriptions([]wire.Subscription{
				{ID: 1, Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/Secret", Query: "lang:en"},
				{ID: 2, Contact: 9, Channel: wire.ByMail, Address: "Layla@bote.example", Secret: "t", Query: "lang:en"},
				{ID: 3, Channel: wire.ByMail, Address: "other@x.example", Secret: "u", Query: "lang:en"},
			})
		})
		o.hook.answer = func(it *wire.Item, _ wire.Subscription, _ int) Result {
			if it.Number == 2 {
				return Result{Outcome: wire.Failed, Code: "500"}
			}
			return Result{Outcome: wire.Accepted}
		}
		c, stop := o.courier()
		for range 3 {
			r := story()
			o.clear(r, wire.Publish)
			o.report(c, r.ID, "settled", settled(1))
		}
		stop()
		list := func(to Receiver, limit int) string {
			t.Helper()
			var lines []string
			for before := int64(0); ; {
				all, next, err := c.DeliveriesTo(t.Context(), to, before, limit)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range all {
					lines = append(lines, fmt.Sprintf("%d/%d %s %s %s %s", d.Number, d.Subscription, d.Holder, d.Address, d.Outcome, d.Code))
					if d.Outcome == "accepted" && d.By.IsZero() {
						t.Errorf("accepted, nobody knows when: %+v", d)
					}
				}
				if before = next; next == 0 {
					return strings.Join(lines, "\n")
				}
			}
		}
		hook := func(n int, outcome string) string {
			return fmt.Sprintf("%d/1 Der Bote https://bote.example %s", n, outcome)
		}
		mail := func(n int) string { return fmt.Sprintf("%d/2 Layla Haddad L…@bote.example accepted ", n) }
		wantHook := []string{hook(3, "accepted "), hook(2, "failed 500"), hook(1, "accepted ")}
		wantMail := []string{mail(3), mail(2), mail(1)}
		for limit := 1; limit < 4; limit++ {
			if got := list(Receiver{Address: "https://bote.example/Secret"}, limit); got != strings.Join(wantHook, "\n") {
				t.Errorf("by address:\n%s", got)
			}
			if got := list(Receiver{Address: "layla@BOTE.example"}, limit); got != strings.Join(wantMail, "\n") {
				t.Errorf("by mail address, in another case:\n%s", got)
			}
			got := strings.Split(list(Receiver{Outlet: 7}, limit), "\n")
			slices.Sort(got)
			if want := append(slices.Clone(wantHook), wantMail...); !slices.Equal(got, sorted(want)) {
				t.Errorf("by outlet:\n%s", strings.Join(got, "\n"))
			}
		}
		for _, to := range []Receiver{{Address: "https://bote.example/secret"}, {Address: "nobody@x.example"}, {Outlet: 8}, {Subscription: 99}} {
			if _, _, err := c.DeliveriesTo(t.Context(), to, 0, 5); wire.KindOf(err) != wire.NotFound {
				t.Errorf("%+v: %v", to, err)
			}
		}
		if _, _, err := c.DeliveriesTo(t.Context(), Receiver{}, 0, 5); wire.KindOf(err) != wire.Invalid {
			t.Errorf("nobody named: %v", err)
		}
	})
}

func sorted(s []string) []string { slices.Sort(s); return s }

func TestProgressIsToldWhenItChangesAndEndsWhenSettled(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(2, wire.ByMail, "lang:en")
	hold := make(chan struct{})
	o.mail.answer = func(_ *wire.Item, s wire.Subscription, _ int) Result {
		if s.ID == 2 {
			<-hold
		}
		return Result{Outcome: wire.Accepted}
	}
	o.mail.workers = 2
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "one accepted", func(r *Report) bool { return len(r.Items[0].Channels) > 0 && r.Items[0].Channels[0].Accepted == 1 })
	var told []int
	began := time.Now()
	err := c.Follow(t.Context(), r.ID, func(p Progress) error {
		told = append(told, p.Items[0].Channels[0].Accepted)
		if len(told) == 1 {
			close(hold)
		}
		if p.Settled != (told[len(told)-1] == 2) || p.Items[0].Failures != nil {
			t.Errorf("%+v", p)
		}
		return nil
	})
	if err != nil || !slices.Equal(told, []int{1, 2}) {
		t.Errorf("told %v, %v", told, err)
	}
	if took := time.Since(began); took < progressEvery {
		t.Errorf("two events within %v", took)
	}
	if _, err := c.Progress(t.Context(), wire.NewReleaseID()); wire.KindOf(err) != wire.NotFound {
		t.Errorf("no such release: %v", err)
	}
}
