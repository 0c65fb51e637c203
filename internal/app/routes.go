package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

// routes is the list of everything this process answers, by role.
func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", a.operatorsOnly(promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{})))
	if a.config.has(Edge) {
		mux.Handle("GET "+edge.StreamPath, a.Edge)
		mux.Handle("GET "+edge.SocketPath, a.Edge)
		mux.HandleFunc("GET "+edge.ItemPath, a.Edge.ServeItem)
		mux.HandleFunc("GET "+edge.KeyPath, a.Edge.ServeKey)
		mux.HandleFunc("POST "+edge.ReadyPath, a.Edge.ServeReady)
	}
	if a.config.has(Web) {
		mux.Handle("/v1/", api.New(api.Options{
			Desk: a.Desk, Archive: a.Archive, Courier: a.Courier, Keys: a.auth, Keyring: a.Keys, Now: a.anchor.Now, Site: a.site,
			Ingest: ingest.Options{}, Log: a.log, Version: a.config.Version, Endpoints: a.hooks, Subscriptions: a.book(), Live: receipt.NewBook(a.Store), Closing: a.closing, Providers: a.Providers,
		}))
		a.hub = a.newHub()
		mux.Handle("/hub", a.hub)
		mux.Handle(hubCallback, a.Providers)
		mux.Handle("/", a.pages)
	}
	// Refuses what another site makes a reader's browser send. Requests of
	// programs, such as a mailbox provider's one-click unsubscribe, carry no
	// such marks and pass.
	return a.secured(http.NewCrossOriginProtection().Handler(mux))
}

// book is the book of subscriptions.
func (a *App) book() *subscribe.Book {
	return &subscribe.Book{Store: a.Store, Sealer: a.Keys, Courier: a.Courier}
}

// ready tells a balancer whether to send requests here.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	if a.Store != nil { // an edge may have none
		if err := a.Store.Ping(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
	}
	if !a.bus.Connected() {
		http.Error(w, "the bus does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// operatorsOnly shows what runs the house to those who run it: a key of an
// operator, or a request from this machine that no proxy passed on.
func (a *App) operatorsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local := fromHere(r) && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
		if !local {
			actor, ok, _ := a.auth.FromRequest(r)
			if !ok || actor.Role != wire.RoleOperator {
				http.NotFound(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
