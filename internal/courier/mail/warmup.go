package mail

import (
	"context"
	"sync"
	"time"
)

// Providers trust no sending address at which tens of thousands of letters begin
// to come from one day to the next. A relay that is new says so in its address
// (?warmup=2026-12-01, its first day): on that day it is given warmFirst letters,
// each day twice as many, and from warmLast on as many as there are. What is above
// goes by other relays, or waits for the next day. Days are those of UTC.
const (
	warmFirst = 500
	warmLast  = 500_000
)

// quota is how many letters a relay is given on the nth day of its warm-up, the
// first being 1; false when it is warm. Before the first it is given none.
func quota(nth int64) (most int, cold bool) {
	if nth < 1 {
		return 0, true
	}
	for most = warmFirst; nth > 1 && most < warmLast; nth-- {
		most *= 2
	}
	return most, most < warmLast
}

// dayOf numbers the days.
func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

func startOf(day int64) time.Time { return time.Unix(day*86400, 0).UTC() }

// A dealer takes up to want letters from what a relay may be given on a day, most
// in all, and returns how many there were left.
type dealer func(ctx context.Context, relay string, day int64, want, most int) (int, error)

// warmup deals out a relay's letters. It is safe for concurrent use.
type warmup struct {
	relay string
	first int64 // day

	mu   sync.Mutex
	deal dealer // among all processes; nil: this one is alone
	day  int64
	left int // that were dealt and are not used
	own  int // that this process dealt on the day
}

// portions is into how many parts a day's letters are dealt: what a process that
// is killed had left of its part is not sent that day.
const portions = 100

// draw takes one letter from what the relay may be given at a time; if there is
// none, from when on there is.
func (w *warmup) draw(ctx context.Context, now time.Time) (again time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	day := dayOf(now)
	most, cold := quota(day - w.first + 1)
	if !cold {
		return time.Time{}, nil
	}
	if day != w.day {
		w.day, w.left, w.own = day, 0, 0
	}
	if w.left == 0 {
		if w.left, err = w.more(ctx, most); err != nil {
			return now.Add(time.Minute), err
		}
		if w.left == 0 {
			return startOf(max(day+1, w.first)), nil
		}
	}
	w.left--
	return time.Time{}, nil
}

// more deals the next part of the day's letters.
func (w *warmup) more(ctx context.Context, most int) (int, error) {
	want := (most + portions - 1) / portions
	if w.deal != nil {
		return w.deal(ctx, w.relay, w.day, want, most)
	}
	n := min(want, most-w.own)
	w.own += n
	return n, nil
}

// giveBack takes a letter back that was drawn at a time and not sent.
func (w *warmup) giveBack(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, cold := quota(w.day - w.first + 1); cold && dayOf(now) == w.day {
		w.left++
	}
}
