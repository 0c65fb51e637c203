package edge

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// FollowRights asks every Options.Recheck whether the rights under which something
// is open are any still, and sends away whose are not, until ctx ends. While nobody
// can be asked everyone stays.
func (e *Edge) FollowRights(ctx context.Context) {
	if e.o.Ended == nil {
		return
	}
	tick := time.NewTicker(e.o.Recheck)
	defer tick.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		list := e.rights()
		if len(list) == 0 {
			continue
		}
		ended, err := e.o.Ended(ctx, list)
		if err != nil && ctx.Err() == nil && !failing {
			e.o.Log.Error("edge: nobody can say whose rights have ended; everyone stays", "err", err)
		}
		failing = err != nil
		for _, right := range ended {
			n := e.revoke(right)
			e.meters.cut.WithLabelValues("ended").Add(float64(n))
			e.o.Log.Info("edge: rights have ended", "visitor", right.Name, "streams", n)
		}
	}
}

// turnAway answers a request that opens nothing with a status.
func (e *Edge) turnAway(w http.ResponseWriter, r *http.Request, why refusal) {
	e.meters.refused.WithLabelValues(why.reason).Inc()
	switch why.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", e.challenge(r))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		wait := max(why.wait, e.away())
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	refuse(w, why.status, why.err)
}

// challenge is what 401 asks for (RFC 6750 §3): who gave nothing is told no error.
func (e *Edge) challenge(r *http.Request) string {
	given := r.Header.Get("Authorization") != ""
	for _, name := range e.o.Parameters {
		given = given || r.URL.Query().Has(name)
	}
	if given {
		return `Bearer error="invalid_token"`
	}
	return "Bearer"
}

// sendAway turns a receiver away before anything was opened: with a status or, where
// that would not be seen, with a stream that holds a reconnection time only.
func (s *session) sendAway(why refusal) {
	comesBack := why.status == http.StatusTooManyRequests || why.status == http.StatusServiceUnavailable
	if !comesBack || !s.seesNoStatus() {
		s.edge.turnAway(s.w, s.r, why)
		return
	}
	s.edge.meters.refused.WithLabelValues(why.reason).Inc()
	if s.form.IsSocket() {
		l, _, err := takeLine(s.w, http.StatusSwitchingProtocols, s.handshake, s.edge.o.WriteTimeout)
		if err != nil {
			s.failed(err)
			return
		}
		s.out = l
		defer s.end()
	} else {
		s.out = newResponse(s.w, s.form.Header())
	}
	s.goodbye(true)
}

// errHistory is what a receiver is told when the wire's past cannot be read.
func errHistory() refusal {
	return unavailable("history", "the wire cannot be read at this moment; try again")
}

// narrow takes from a request what a visitor with an entitlement cannot have. Seals
// go to everyone who asks: nobody outside may learn from who is sent which what is
// in it. But with the key, which is short and which others have, they would be the
// text; so who may not have everything is sent no seal, and its items as they are.
func (ask *request) narrow(v *Visitor) {
	ask.want = wantOf(ask.query, v.Entitled)
	if ask.entitled != nil && ask.as == sealedEncoding {
		ask.as, ask.holds = ninjsEncoding, nil
	}
}

// mayHave reports whether an item may be told to who is entitled to w alone.
func (en *entry) mayHave(w want) bool {
	return w.entitled == nil || en.concerns(want{w.entitled, w.entitled})
}

// ownConcern is whether an amendment of which nobody knows any more whom the earlier
// versions reached is for a receiver: for everyone, for it must not pass by anyone
// who had the story. But its own text is held against what the receiver may have; a
// withdrawal has none.
func (en *entry) ownConcern(w want) bool {
	if w.entitled == nil || en.item.Action.Withdraws() {
		return true
	}
	documents := en.matchable()
	return w.entitled.Matches(documents[len(documents)-1])
}
