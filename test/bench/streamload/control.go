package streamload

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/wireroom/wireroom/test/bench/process"
)

// Control answers POST /join, GET /await?round=7&wait=20s, GET /receipts?round=7,
// GET /count?rounds=8 and GET /usage.
func (l *Load) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /join", func(w http.ResponseWriter, r *http.Request) {
		joined, err := l.Join(r.Context())
		process.Answer(w, joined, err)
	})
	mux.HandleFunc("GET /await", func(w http.ResponseWriter, r *http.Request) {
		round, err := strconv.Atoi(r.FormValue("round"))
		if err != nil {
			process.Answer(w, nil, err)
			return
		}
		wait, err := time.ParseDuration(r.FormValue("wait"))
		if err != nil {
			process.Answer(w, nil, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		l.Await(ctx, round)
		process.Answer(w, struct{}{}, nil)
	})
	mux.HandleFunc("GET /receipts", func(w http.ResponseWriter, r *http.Request) {
		round, err := strconv.Atoi(r.FormValue("round"))
		if err != nil {
			process.Answer(w, nil, err)
			return
		}
		process.Answer(w, l.Receipts(round), nil)
	})
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		rounds, err := strconv.Atoi(r.FormValue("rounds"))
		if err != nil {
			process.Answer(w, nil, err)
			return
		}
		process.Answer(w, l.Count(rounds), nil)
	})
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		process.Answer(w, process.Used(), nil)
	})
	return mux
}
