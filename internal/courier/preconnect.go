package courier

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Most releases clear at a full quarter of an hour. Then a channel that can is
// connected to all of its receivers, preconnectBefore, whether anything is
// scheduled or not: a connection that was made for a release would tell whoever
// sees it that one is coming, and when.
const (
	preconnectEvery  = 15 * time.Minute
	preconnectBefore = 20 * time.Second
)

// preconnect opens connections ahead of every quarter of an hour until the work
// ends.
func (d *delivery) preconnect() {
	if !d.c.Preconnect {
		return
	}
	timer := time.NewTicker(time.Second)
	defer timer.Stop()
	last := quarter(d.c.Now()) // not at the start, which would tell of it
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-timer.C:
		}
		if now := quarter(d.c.Now()); now != last {
			last = now
			d.connectAll()
		}
	}
}

// quarter numbers the quarters of an hour, each beginning preconnectBefore.
func quarter(at time.Time) int64 {
	return at.Add(preconnectBefore).Truncate(preconnectEvery).Unix()
}

// connectAll has channels connect to all their receivers in the shards of this
// process.
func (d *delivery) connectAll() {
	mine := map[int]bool{}
	for _, one := range d.claims.held() {
		mine[one.shard] = true
	}
	for channel, impl := range d.c.Channels {
		p, ok := impl.(Preconnecter)
		if !ok {
			continue
		}
		var to []wire.Subscription
		d.c.mu.RLock()
		for _, s := range d.c.subs {
			if s.Channel == channel && !s.Paused && mine[shardOf(receiver(s))] {
				to = append(to, *s)
			}
		}
		d.c.mu.RUnlock()
		ctx, cancel := context.WithTimeout(d.ctx, preconnectBefore)
		p.Preconnect(ctx, to)
		cancel()
	}
}
