package hooksink

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Stats is what the endpoints have counted since Reset. Times are seconds from
// the moment that was asked about, or from Reset.
type Stats struct {
	Healthy     int     `json:"healthy"`  // endpoints that are
	Served      int     `json:"served"`   // of them, with a delivery
	Missing     int     `json:"missing"`  // of them, without
	Repeated    int64   `json:"repeated"` // deliveries under an id that had come before
	Forged      int64   `json:"forged"`   // deliveries whose signature was wrong
	Requests    int64   `json:"requests"` // to all endpoints
	Connections int64   `json:"connections"`
	Bytes       int64   `json:"bytes"` // of bodies
	Strange     int64   `json:"strange"`
	Median      float64 `json:"median"` // seconds until half of the healthy had theirs
	Last        float64 `json:"last"`   // seconds until all who were served had theirs
	CPU         float64 `json:"cpu"`    // seconds of this process since it began
}

// Stats returns what was counted; from is in ns of Unix time, 0 the time of
// Reset.
func (s *Sink) Stats(from int64) Stats {
	if from == 0 {
		from = s.since.Load()
	}
	t := Stats{Connections: s.connections.Load(), Bytes: s.bytes.Load(), Strange: s.strange.Load(), CPU: cpu()}
	var times []int64
	for i := range s.endpoints {
		e := &s.endpoints[i]
		t.Requests += e.requests.Load()
		t.Forged += e.forged.Load()
		e.mu.Lock()
		t.Repeated += e.repeated
		e.mu.Unlock()
		if e.condition != Healthy {
			continue
		}
		t.Healthy++
		if e.taken.Load() == 0 {
			t.Missing++
			continue
		}
		t.Served++
		times = append(times, e.first.Load()-from)
	}
	if len(times) > 0 {
		slices.Sort(times)
		t.Median = time.Duration(times[len(times)/2]).Seconds()
		t.Last = time.Duration(times[len(times)-1]).Seconds()
	}
	return t
}

func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// Control answers /stats?from=NS and /reset.
func (s *Sink) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.ParseInt(r.FormValue("from"), 10, 64)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Stats(from)) // the asker is gone
	})
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		_, _ = w.Write([]byte("{}\n"))
	})
	return mux
}
