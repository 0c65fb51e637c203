package drop

import (
	"context"
	"sync"
	"time"
)

// session is a conversation with the server of a folder, for one delivery at a
// time. After an error it is only good for close.
type session interface {
	// watch cuts the session off when ctx ends or nothing moves for too long,
	// until it is called off, which says why it was cut, if it was.
	watch(ctx context.Context) (off func() error)
	// stage brings a file up under its temporary name, whole and checked.
	stage(ctx context.Context, f *file) error
	// publish gives a staged file its own name, in place of what has it.
	publish(ctx context.Context, f *file) error
	close()
}

// open connects to the server of a folder and logs in.
func (d *Drops) open(ctx context.Context, f *folder, s *secret) (session, error) {
	if f.scheme == "s3" {
		return &s3Session{d, f, s}, nil
	}
	l := d.newLines()
	off := l.watch(ctx)
	var to session
	var err error
	if f.scheme == "sftp" {
		to, err = d.openSFTP(l, f, s)
	} else {
		to, err = d.openFTP(l, f, s)
	}
	if cut := off(); err != nil && cut != nil {
		err = cut
	}
	if err != nil {
		l.sever(err)
		return nil, err
	}
	return to, nil
}

// pool keeps one session for each address, and closes it when it had no work
// for a while. It is safe for concurrent use.
type pool struct {
	idle   time.Duration
	mu     sync.Mutex
	places map[string]*place
}

// place is an address with its session. users is guarded by the pool, the rest
// belongs to who holds the turn.
type place struct {
	turn    chan struct{} // holds one token
	users   int           // who have the turn or wait for it
	session session       // nil if there is none
	rest    *time.Timer
}

func newPool(idle time.Duration) *pool { return &pool{idle: idle, places: map[string]*place{}} }

// with runs work on the session of an address when its turn comes. A session
// that was kept may have been closed by the server meanwhile: what fails on it
// is done again on a fresh one.
func (p *pool) with(ctx context.Context, key string, open func(context.Context) (session, error), work func(session) error) error {
	at := p.enter(key)
	defer p.leave(key, at)
	select {
	case <-at.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { at.turn <- struct{}{} }()
	if at.rest != nil {
		at.rest.Stop()
	}
	if at.session != nil {
		if err := at.run(ctx, work); err == nil || ctx.Err() != nil {
			p.keep(key, at)
			return err
		}
	}
	fresh, err := open(ctx)
	if err != nil {
		return err
	}
	at.session = fresh
	err = at.run(ctx, work)
	p.keep(key, at)
	return err
}

// run does the work under watch. After an error there is no session.
func (at *place) run(ctx context.Context, work func(session) error) error {
	off := at.session.watch(ctx)
	err := work(at.session)
	if cut := off(); err != nil && cut != nil {
		err = cut
	}
	if err != nil {
		at.session.close()
		at.session = nil
	}
	return err
}

// keep sets when an unused session is closed. The caller holds the turn.
func (p *pool) keep(key string, at *place) {
	if at.session != nil {
		at.rest = time.AfterFunc(p.idle, func() { p.retire(key, at) })
	}
}

func (p *pool) enter(key string) *place {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.places[key]
	if at == nil {
		at = &place{turn: make(chan struct{}, 1)}
		at.turn <- struct{}{}
		p.places[key] = at
	}
	at.users++
	return at
}

// leave forgets a place that nobody uses and that has no session.
func (p *pool) leave(key string, at *place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.users--; at.users > 0 {
		return
	}
	<-at.turn // nobody has it
	if at.session == nil {
		delete(p.places, key)
	}
	at.turn <- struct{}{}
}

// retire closes a session that nobody uses.
func (p *pool) retire(key string, at *place) {
	p.mu.Lock()
	if at.users > 0 || p.places[key] != at {
		p.mu.Unlock()
		return // it has work, and is kept anew after it
	}
	delete(p.places, key)
	p.mu.Unlock()
	<-at.turn // nobody has it, nor will: the place is forgotten
	at.session.close()
}

// close closes the sessions that nobody uses.
func (p *pool) close() {
	p.mu.Lock()
	idle := map[string]*place{}
	for key, at := range p.places {
		if at.users == 0 {
			idle[key] = at
		}
	}
	p.mu.Unlock()
	for key, at := range idle {
		p.retire(key, at)
	}
}
