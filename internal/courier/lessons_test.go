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
		writes, answers, ended := make(chan context.Context), make(chan error), make(chan struct{})
		go func() {
			defer close(ended)
			Lessons{Of: "what relays bear", Lost: "it is learnt again", Every: time.Second, Log: slog.New(slog.NewTextHandler(&said, nil)),
				Write: func(ctx context.Context) error {
					writes <- ctx
					return <-answers
				}}.Keep(ctx)
		}()
		plugh := errors.New("plugh")
		for n, step := range []struct {
			answer error
			warned int // in all
		}{{nil, 0}, {plugh, 1}, {plugh, 1}, {nil, 1}, {plugh, 2}} {
			due := time.Now().Add(time.Second)
			if _, last := (<-writes).Deadline(); last || !time.Now().Equal(due) {
				t.Errorf("%d: written %v late, as the last: %t", n, time.Since(due), last)
			}
			answers <- step.answer
			synctest.Wait() // until it waits for the next time
			if warned := strings.Count(said.String(), "will go on trying"); warned != step.warned {
				t.Errorf("%d: warned %d times, not %d", n, warned, step.warned)
			}
		}
		cancel()
		end := <-writes
		if _, bound := end.Deadline(); !bound || end.Err() != nil {
			t.Errorf("the last is written in a time that has a bound: %t; and is over: %v", bound, end.Err())
		}
		answers <- plugh
		<-ended
		if !strings.Contains(said.String(), "cannot keep what relays bear; it is learnt again") {
			t.Errorf("said at the end:\n%s", said.String())
		}
	})
}
