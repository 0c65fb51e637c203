package mail

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
)

const (
	// keepLimits is how long what refusals have taught is believed, and keepEvery
	// how often it is written: so much of it a crash may lose.
	keepLimits = day
	keepEvery  = 5 * time.Second
)

const day = 24 * time.Hour

// Remember takes up what was learnt of relays and domains before a restart, and
// has the letters of warm-ups dealt out among all processes on the store. It must
// be called before the first letter. While Run runs what is learnt is kept.
func (r *Relays) Remember(ctx context.Context, s *store.Store) error {
	r.store = s
	for _, one := range r.relays {
		if one.warmup == nil {
			continue
		}
		one.warmup.deal = func(ctx context.Context, relay string, day int64, want, most int) (n int, err error) {
			err = s.Write(ctx, func(tx *store.Tx) error { n, err = tx.DrawLetters(relay, day, want, most); return err })
			return n, err
		}
	}
	var known []store.MailLimit
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.MailLimits(time.Now().Add(-keepLimits))
		return err
	})
	r.kept = map[limitKey]store.MailLimit{}
	for _, l := range known {
		r.kept[limitKey{l.Kind, l.Name}] = l
		if l.Kind == store.DomainLimit {
			r.domains.restore(l)
		}
		for _, one := range r.relays {
			if l.Kind == store.RelayLimit && l.Name == one.addr {
				one.restore(l)
			}
		}
	}
	return err
}

// Run keeps what is learnt, until ctx ends and then a last time.
func (r *Relays) Run(ctx context.Context) {
	courier.Lessons{Of: "what relays and domains bear", Lost: "the last of it is learnt again", Every: keepEvery, Write: r.keep, Log: r.sender.Log}.Keep(ctx)
}

type limitKey struct {
	kind store.LimitKind
	name string
}

// keep writes what has changed since the last time. What another process on the
// store learnt of the same is written over: each finds out what it bears.
func (r *Relays) keep(ctx context.Context) error {
	now := map[limitKey]store.MailLimit{}
	at := time.Now().UTC().Truncate(time.Microsecond)
	for _, l := range r.domains.limits() {
		now[limitKey{l.Kind, l.Name}] = l
	}
	for _, one := range r.relays {
		if l, limited := one.limit(); limited {
			now[limitKey{l.Kind, l.Name}] = l
		}
	}
	var changed []store.MailLimit
	for key, l := range now {
		before := r.kept[key]
		if l.At = before.At; l != before {
			l.At = at
			changed = append(changed, l)
		}
		now[key] = l
	}
	var over []limitKey
	for key := range r.kept {
		if _, still := now[key]; !still {
			over = append(over, key)
		}
	}
	if len(changed) == 0 && len(over) == 0 {
		return nil
	}
	err := r.store.Write(ctx, func(tx *store.Tx) error {
		for _, key := range over {
			if err := tx.DropMailLimit(key.kind, key.name); err != nil {
				return err
			}
		}
		return tx.PutMailLimits(changed)
	})
	if err == nil {
		r.kept = now
	}
	return err
}

// limit is what the relay bears now; false while it bears all it was given.
func (r *relay) limit() (store.MailLimit, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := store.MailLimit{Kind: store.RelayLimit, Name: r.addr, Allowed: r.bears()}
	return l, l.Allowed < r.connections
}

func (r *relay) restore(l store.MailLimit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.allowed = float64(min(max(l.Allowed, 1), r.connections))
}

// limits are those of all domains that have any.
func (d *domains) limits() []store.MailLimit {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []store.MailLimit
	for name, one := range d.all {
		l := store.MailLimit{Kind: store.DomainLimit, Name: name, Allowed: one.window, Rest: one.rest.Truncate(time.Microsecond)}
		if !one.until.IsZero() {
			l.Until = one.until.UTC().Truncate(time.Microsecond)
		}
		all = append(all, l)
	}
	return all
}

func (d *domains) restore(l store.MailLimit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[string]*domain{}
	}
	d.all[l.Name] = &domain{window: min(max(l.Allowed, 1), lastWindow), rest: l.Rest, until: l.Until}
	d.troubled.Store(int32(len(d.all)))
}
