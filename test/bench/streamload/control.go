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
	mux.HandleFunc("GET /await", numbered("round", func(r *http.Request, round int) (any, error) {
		wait, err := time.ParseDuration(r.FormValue("wait"))
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(r.Context(), wait)
		defer cancel()
		l.Await(ctx, round)
		return struct{}{}, nil
	}))
	mux.HandleFunc("GET /receipts", numbered("round", func(_ *http.Request, round int) (any, error) { return l.Receipts(round), nil }))
	mux.HandleFunc("GET /count", numbered("rounds", func(_ *http.Request, rounds int) (any, error) { return l.Count(rounds), nil }))
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		process.Answer(w, process.Used(), nil)
	})
	return mux
}

// numbered answers a question in which a parameter is a number.
func numbered(name string, answer func(r *http.Request, n int) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue(name))
		if err != nil {
			process.Answer(w, nil, err)
			return
		}
		value, err := answer(r, n)
		process.Answer(w, value, err)
	}
}
