package courier

import (
	"context"
	"log/slog"
	"time"
)

// Lessons are what a channel learns of its receivers, and keeps in the store.
type Lessons struct {
	Of    string                      // what they say: "how endpoints are"
	Lost  string                      // what it means if the last could not be written: "…is found out again"
	Every time.Duration               // how often they are written; so much of them a crash may lose
	Write func(context.Context) error // writes what this process learnt, and reads what others did
	Log   *slog.Logger                // nil is slog.Default
}

// lastLesson is how long the last writing may take.
const lastLesson = 5 * time.Second

// Keep writes them until ctx ends, and then a last time. Of failures in a row the
// first is told.
func (l Lessons) Keep(ctx context.Context) {
	if l.Log == nil {
		l.Log = slog.Default()
	}
	timer := time.NewTicker(l.Every)
	defer timer.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLesson)
			defer cancel()
			if err := l.Write(end); err != nil {
				l.Log.Warn("cannot keep "+l.Of+"; "+l.Lost, "error", err)
			}
			return
		case <-timer.C:
		}
		err := l.Write(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			l.Log.Warn("cannot keep "+l.Of+"; will go on trying", "error", err)
		}
		failed = err != nil
	}
}
