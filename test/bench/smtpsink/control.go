package smtpsink

import (
	"encoding/json"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Stats is what a sink has counted since it was reset.
type Stats struct {
	Connections  int64   `json:"connections"`
	Open         int64   `json:"open"`
	Letters      int64   `json:"letters"`    // taken
	Recipients   int64   `json:"recipients"` // of them
	Bytes        int64   `json:"bytes"`      // of them
	Deferred     int64   `json:"deferred"`   // RCPT answered 451
	Refused      int64   `json:"refused"`    // RCPT answered 550
	Dropped      int64   `json:"dropped"`    // connections cut before a letter was taken
	DroppedTaken int64   `json:"dropped_taken"`
	TurnedAway   int64   `json:"turned_away"` // answered 421
	Strange      int64   `json:"strange"`     // commands out of place
	NoHandshake  int64   `json:"no_handshake"`
	Seconds      float64 `json:"seconds"` // from the first letter taken to the last
	CPU          float64 `json:"cpu"`     // seconds of this process since it began
}

// Verdict says who got how many letters, of the recipients with numbers from
// From to From+N-1.
type Verdict struct {
	From     int   `json:"from"`
	N        int   `json:"n"`
	Once     int   `json:"once"`      // got exactly one
	Doubled  int   `json:"doubled"`   // got more than one
	Extra    int   `json:"extra"`     // copies beyond the first
	Refused  int   `json:"refused"`   // got none, as the sink would have it
	Missing  int   `json:"missing"`   // got none all the same
	FirstFew []int `json:"first_few"` // of the missing
	Others   int   `json:"others"`    // addresses beside them that got letters
}

// Stats returns what was counted.
func (s *Sink) Stats() Stats {
	return Stats{
		Connections: s.opened.Load(), Open: s.open.Load(), Letters: s.letters.Load(), Recipients: s.recipients.Load(), Bytes: s.bytes.Load(),
		Deferred: s.deferred.Load(), Refused: s.refused.Load(), Dropped: s.dropped.Load(), DroppedTaken: s.droppedTaken.Load(),
		TurnedAway: s.turnedAway.Load(), Strange: s.misunderstood.Load(), NoHandshake: s.handshakeFailed.Load(),
		Seconds: time.Duration(s.last.Load() - s.first.Load()).Seconds(), CPU: cpu(),
	}
}

// cpu is how many seconds of processor time this process has had.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// Verify counts who got how many.
func (s *Sink) Verify(from, n int) Verdict {
	v := Verdict{From: from, N: n, FirstFew: []int{}}
	inside := 0
	for i := max(from, 0); i < from+n && i < len(s.taken); i++ {
		count := int(s.taken[i].Load())
		if count > 0 {
			inside++
		}
		switch {
		case count == 1:
			v.Once++
		case count > 1:
			v.Doubled++
			v.Extra += count - 1
		case s.nobody[i].Load():
			v.Refused++
		default:
			v.Missing++
			if len(v.FirstFew) < 20 {
				v.FirstFew = append(v.FirstFew, i)
			}
		}
	}
	for i := range s.taken {
		if s.taken[i].Load() > 0 {
			v.Others++
		}
	}
	v.Others -= inside
	s.others.Lock()
	v.Others += len(s.others.taken)
	s.others.Unlock()
	return v
}

// Last returns the newest letter that was kept, as it was before it was sent;
// nil if there is none.
func (s *Sink) Last() []byte {
	s.kept.Lock()
	defer s.kept.Unlock()
	return s.kept.last
}

// Kept returns the letters that were kept, each read-only.
func (s *Sink) Kept() [][]byte {
	s.kept.Lock()
	defer s.kept.Unlock()
	return append([][]byte(nil), s.kept.letters...)
}

// Control answers /stats, /verify?n=86000&from=0, /last, /kept and /reset.
func (s *Sink) Control() http.Handler {
	mux := http.NewServeMux()
	answer := func(path string, f func(*http.Request) any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(f(r)) // the asker is gone
		})
	}
	answer("GET /stats", func(*http.Request) any { return s.Stats() })
	answer("POST /reset", func(*http.Request) any { s.Reset(); return struct{}{} })
	answer("GET /kept", func(*http.Request) any { return s.Kept() })
	answer("GET /verify", func(r *http.Request) any {
		from, _ := strconv.Atoi(r.FormValue("from"))
		n, _ := strconv.Atoi(r.FormValue("n"))
		return s.Verify(from, n)
	})
	mux.HandleFunc("GET /last", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "message/rfc822")
		_, _ = w.Write(s.Last())
	})
	return mux
}
