package courier

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLessonsAreKeptWhileThereAreFailuresAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var said bytes.Buffer
		failing, written, last := false, 0, false
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Lessons{Of: "what relays bear", Lost: "it is learnt again", Every: time.Second, Log: slog.New(slog.NewTextHandler(&said, nil)),
				Write: func(ctx context.Context) error {
					written++
					_, last = ctx.Deadline()
					if ctx.Err() != nil {
						t.Error("it is to be written in a time that is over")
					}
					if failing {
						return errors.New("plugh")
					}
					return nil
				}}.Keep(ctx)
		}()
		warnings := func() int { return strings.Count(said.String(), "will go on trying") }
		for _, step := range []struct {
			failing bool
			warned  int // in all
		}{{false, 0}, {true, 1}, {true, 1}, {false, 1}, {true, 2}} {
			failing = step.failing
			before := written
			time.Sleep(time.Second)
			synctest.Wait()
			if written != before+1 || warnings() != step.warned || last {
				t.Errorf("%+v: written %d times, warned %d times, the last: %t", step, written-before, warnings(), last)
			}
		}
		before := written
		cancel()
		<-ended
		if written != before+1 || !last || !strings.Contains(said.String(), "cannot keep what relays bear; it is learnt again") {
			t.Errorf("written %d times at the end, with a bound: %t; said:\n%s", written-before, last, said.String())
		}
	})
}
