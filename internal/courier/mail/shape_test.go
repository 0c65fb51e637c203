package mail

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestADomainThatComplainsIsGivenLessAndThenARest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d domains
		enter := func() (time.Duration, bool) { return d.enter("big.example") }
		if wait, counted := enter(); wait != 0 || counted {
			t.Errorf("nobody complained: %v, %v", wait, counted)
		}
		d.leave("big.example", false, burdened)
		n := 0
		for ; n < 100; n++ {
			if wait, _ := enter(); wait > 0 {
				break
			}
		}
		if n != firstWindow {
			t.Errorf("%d letters at a time after the first refusal, want %d", n, firstWindow)
		}
		if wait, _ := d.enter("other.example"); wait != 0 {
			t.Error("another domain has to wait for it")
		}
		for range n {
			d.leave("big.example", true, burdened)
		}
		wait, _ := enter()
		if wait < firstRest || wait > firstRest+time.Second {
			t.Errorf("after many refusals in a row it rests for %v", wait)
		}
		time.Sleep(wait)
		if wait, counted := enter(); wait != 0 || !counted {
			t.Errorf("after its rest: %v, %v", wait, counted)
		}
		if wait, _ := enter(); wait == 0 {
			t.Error("after its rest more than one letter goes at a time")
		}
		d.leave("big.example", true, took)
		for range lastWindow {
			if wait, counted := enter(); wait == 0 {
				d.leave("big.example", counted, took)
			}
		}
		if d.troubled.Load() != 0 || len(d.all) != 0 {
			t.Error("it is not forgotten after so many letters that were taken")
		}
	})
}

func TestARelayThatIsOverburdenedIsAskedOverFewerConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay()
		r.connections, r.allowed = 8, 8
		allowed := func() (n int) {
			for n < 8 && !r.resting(n) {
				n++
			}
			return n
		}
		r.burdened()
		r.burdened() // what was under way is refused too, and says nothing new
		if n := allowed(); n != 4 {
			t.Errorf("%d connections, want half", n)
		}
		for range 10 {
			time.Sleep(2 * time.Second)
			r.burdened()
		}
		if n := allowed(); n != 1 {
			t.Errorf("%d connections: one must be left to ask with", n)
		}
		waited := make(chan bool)
		go func() { waited <- r.ready(t.Context(), 3) }()
		synctest.Wait()
		for range 40 {
			r.took()
		}
		if !<-waited {
			t.Error("the fourth connection is not used again")
		}
		for range 40 {
			r.took()
		}
		if n := allowed(); n != 8 {
			t.Errorf("%d connections, want all after so many letters that were taken", n)
		}
		r.spared = 5
		time.Sleep(2 * time.Second)
		if r.burdened(); allowed() != 2 {
			t.Errorf("%d connections, want half of the three that were used", allowed())
		}
	})
}

func TestARelayThatIsDownIsAskedAgainEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay()
		r.connections, r.allowed = 2, 2
		last := time.Duration(0)
		for i := range 12 {
			r.rest()
			r.rest() // another connection finds out the same
			began := time.Now()
			if !r.ready(t.Context(), 0) {
				t.Fatal("never ready")
			}
			waited := time.Since(began)
			if waited <= last && waited < time.Minute || waited > time.Minute {
				t.Errorf("rest %d took %v after %v", i, waited, last)
			}
			last = waited
		}
		r.took()
		r.rest()
		if wait := time.Until(r.downUntil()); wait > time.Second {
			t.Errorf("it was well, and rests for %v", wait)
		}
	})
}

func TestWhatARefusalSaysOfItsDomain(t *testing.T) {
	for _, c := range []struct {
		reply reply
		want  verdict
	}{
		{reply{450, "4.7.1 Greylisted, please try again later"}, nothing},
		{reply{451, "4.7.500 Server busy. Please try again later from [192.0.2.1]"}, burdened},
		{reply{421, "4.7.28 Our system has detected an unusual rate of unsolicited mail"}, burdened},
		{reply{452, "4.2.2 mailbox full"}, nothing},
		{reply{550, "5.7.1 too many complaints"}, nothing},
		{reply{450, "4.2.1 The user is receiving mail at a rate that prevents more"}, nothing}, // one mailbox
		{reply{451, "4.2.2 <a@b.example> Quota exceeded (mailbox for user is full)"}, nothing},
		{reply{452, "Quota exceeded, try again later"}, nothing},
		{reply{450, "4.3.0 Temporary lookup failure in corporate directory"}, nothing},
		{reply{451, "4.7.1 Gray-listed, try again later"}, nothing},
		{reply{421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume"}, burdened},
		{reply{451, "4.3.2 System not accepting network messages"}, burdened},
		{reply{452, "4.5.3 Too many recipients"}, burdened},
		{reply{421, "Too many concurrent SMTP connections"}, burdened},
		{reply{450, "connection rate limit exceeded"}, burdened},
	} {
		if got := verdictOf(c.reply); got != c.want {
			t.Errorf("%v: %v, want %v", c.reply, got, c.want)
		}
	}
}
