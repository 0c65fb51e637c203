package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/clock"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/drop"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/courier/mail/returned"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/courier/websub"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/embargo"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/outbox"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/web/site"
	"github.com/wireroom/wireroom/internal/wire"
)

// App is one process of a wire: the parts that its roles need, put together.
type App struct {
	config   Config
	log      *slog.Logger
	registry *prometheus.Registry
	anchor   *clock.Anchor
	listener net.Listener

	listenerTLS  net.Listener  // nil: this process does not end TLS
	certificates *certificates // with what it does
	proxies      auth.Proxies  // that are trusted

	Store   *store.Store
	Keys    *seal.Keyring
	Desk    *desk.Desk
	Archive *archive.Archive
	Courier *courier.Courier
	Edge    *edge.Edge
	// Providers takes in what others supply; nil: the process has no store.
	Providers *provider.Intake

	embargo      *embargo.Embargo
	endpoints    *webhook.Health // how they are
	hooks        *webhook.Endpoints
	hub          *websub.Hub   // nil: this process serves no pages
	closing      chan struct{} // closed when streams shall end
	drops        *drop.Drops
	relays       *mail.Relays     // nil: letters go to a Maildir
	suppressions *returned.List   // addresses that letters came back from
	returns      *returned.Server // nil: what comes back goes elsewhere
	returnsAt    net.Listener
	process      string // name of this process among those on the store
	site         format.Site
	bus          *bus.Bus
	auth         *auth.Keys
	door         *auth.Door
	pages        http.Handler
	server       *http.Server
}

// Open puts the parts together and listens, without working yet: Run does. The
// caller closes it.
func Open(ctx context.Context, config Config) (*App, error) {
	if err := config.Complete(); err != nil {
		return nil, err
	}
	a := &App{process: wire.NewToken(), closing: make(chan struct{}), config: config, log: config.Log, registry: prometheus.NewRegistry(), anchor: clock.NewAnchor()}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	c := &a.config
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return wire.Errorf(wire.Unavailable, "data", "cannot make the data folder: %w", err)
	}
	if c.remote() {
		return a.openRemote(ctx)
	}
	if a.Store, err = store.Open(ctx, c.Database, store.WithClock(a.anchor.Now)); err != nil {
		return err
	}
	if a.Keys, err = OpenKeyring(ctx, a.Store, c.Keys); err != nil {
		return err
	}
	originals, err := media.OpenFolder(filepath.Join(c.Data, "media"))
	if err != nil {
		return err
	}
	if a.bus, err = bus.Open(ctx, bus.Options{Dir: filepath.Join(c.Data, "bus"), URL: c.NATS, Replicas: c.Replicas, Log: c.Log}); err != nil {
		return err
	}
	if err := a.listen(); err != nil {
		return err
	}
	a.auth = auth.NewKeys(a.Store, a.anchor.Now)
	a.Desk = desk.New(desk.Options{Store: a.Store, Keys: a.Keys, Media: originals, Pictures: a.site.PicturesURL(), Wake: a.bus.Wake, Lifted: a.lifted, Log: c.Log})
	a.embargo = embargo.New(embargo.Options{
		Store: a.Store, Keys: a.Keys, Site: a.site, Upcoming: a.Desk.Upcoming, Now: a.anchor.Now, Since: a.anchor.Since, Process: a.process, Sole: a.sole(),
		Tell: func(key []byte) error { return a.bus.Tell(topicKeys, key) }, Changed: func() { a.bus.Wake(topicSeals) },
		Cover: c.Cover, Registry: a.registry, Log: c.Log,
	})
	a.openProviders(originals)
	a.Archive = archive.New(a.Store).WithClock(a.anchor.Now)
	if err := a.openCourier(ctx); err != nil {
		return err
	}
	a.openDoor(a.shelf().Key)
	a.openEdge(edge.Options{History: a.Archive, Advances: a.shelf()})
	if a.pages, err = site.New(site.Options{Archive: a.Archive, Site: a.site, Subscriptions: a.Courier, Searches: a.book(), Dev: c.Dev, Log: a.log, Now: a.anchor.Now}); err != nil {
		return err
	}
	return a.openServer()
}

// openServer is the last part to open: from then on others on this machine find
// the process.
func (a *App) openServer() error {
	a.server = &http.Server{
		Handler: a.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	if err := a.openCertificates(); err != nil {
		return err
	}
	return writeLocal(a.config.Data, Local{URL: a.LocalURL(), Key: a.auth.Local(), PID: os.Getpid()})
}

// sole reports whether no other process can be alive on this store: the
// embedded bus locks the data folder that SQLite lies in.
func (a *App) sole() bool {
	return a.config.NATS == "" && a.config.Database == "sqlite:"+filepath.Join(a.config.Data, "wire.db")
}

// BaseURL is the public address of the site.
func (a *App) BaseURL() string { return a.config.BaseURL }

// Close ends what Open opened. What was reported done is on disk.
func (a *App) Close() error {
	var errs []error
	if a.listener != nil {
		removeLocal(a.config.Data)
	}
	for _, l := range []net.Listener{a.listener, a.listenerTLS, a.returnsAt} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.drops != nil {
		a.drops.Close()
	}
	if a.bus != nil {
		a.bus.Close()
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	return errors.Join(errs...)
}

// Run works until ctx ends, then ends cleanly: no new work is claimed, what is
// in flight is finished and receipted, readers are told to come back. An error
// means that a part cannot go on and a person is needed.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	c := &a.config
	served, ended := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error { defer ended(); return a.serve(ctx) })
	if a.Store != nil {
		stop, err := a.answerEdges()
		if err != nil {
			return err
		}
		defer stop()
	}
	if c.has(Clock) || c.has(Web) {
		woken, stop, err := a.bus.OnWake(desk.TopicWire)
		if err != nil {
			return err
		}
		defer stop()
		group.Go(func() error { return outbox.New(a.Store, a.bus, a.embargo.KeysTo, woken, c.Log).Run(ctx) })
		indexing, stopIndexing, err := a.bus.OnWake(desk.TopicWire)
		if err != nil {
			return err
		}
		defer stopIndexing()
		group.Go(func() error { return archive.NewIndexer(a.Store, indexing, a.registry, c.Log).Run(ctx) })
	}
	if c.has(Clock) {
		woken, stop, err := a.bus.OnWake(desk.TopicSchedule)
		if err != nil {
			return err
		}
		defer stop()
		group.Go(func() error {
			return clock.New(clock.Options{Store: a.Store, Desk: a.Desk, Anchor: a.anchor, Name: a.process, Sole: a.sole(), Wake: woken, Registry: a.registry, Log: c.Log}).Run(ctx)
		})
		if stop, err = a.sealAhead(ctx, group); err != nil {
			return err
		}
		defer stop()
	}
	if c.has(Web) {
		group.Go(func() error { a.Providers.Run(ctx); return nil })
	}
	if c.has(Courier) {
		stop, err := a.wakeCourier(ctx)
		if err != nil {
			return err
		}
		defer stop()
		group.Go(func() error { return a.Courier.Run(ctx) })
		group.Go(func() error { a.endpoints.Run(ctx); return nil })
		group.Go(func() error { a.suppressions.Run(ctx); return nil })
		if a.relays != nil {
			group.Go(func() error { a.relays.Run(ctx); return nil })
		}
		if a.returns != nil {
			group.Go(func() error { return a.returns.Serve(ctx, a.returnsAt) })
		}
	}
	if c.has(Edge) {
		stop, err := a.openAhead(ctx, group)
		if err != nil {
			return err
		}
		defer stop()
		group.Go(func() error { return a.follow(ctx) })
		group.Go(func() error { a.Edge.FollowRights(ctx); return nil })
		group.Go(func() error { a.Edge.Report(served, a.sendReceipt); return nil })
	}
	return group.Wait()
}

// Ready waits until every part works: pages are served, and the courier has read
// its ledger. It ends early with ctx.
func (a *App) Ready(ctx context.Context) {
	if !a.config.has(Courier) {
		return
	}
	select {
	case <-a.Courier.Started():
	case <-ctx.Done():
	}
}

// wakeCourier passes wake-ups on to the courier: there are new items, or new
// batches.
func (a *App) wakeCourier(ctx context.Context) (stop func(), err error) {
	items, stopItems, err := a.bus.OnWake(desk.TopicWire)
	if err != nil {
		return nil, err
	}
	batches, stopBatches, err := a.bus.OnWake(topicBatches)
	if err != nil {
		stopItems()
		return nil, err
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-items:
			case <-batches:
			}
			a.Courier.Wake()
		}
	}()
	return func() { stopItems(); stopBatches() }, nil
}

// drainTime is how long open requests may take to end.
const drainTime = 10 * time.Second

// serve answers requests until ctx ends.
func (a *App) serve(ctx context.Context) error {
	ended := make(chan error, 2)
	go func() { ended <- a.server.Serve(a.listener) }()
	if a.listenerTLS != nil {
		go func() { ended <- a.server.ServeTLS(a.listenerTLS, "", "") }()
		go a.certificates.follow(ctx)
	}
	a.log.Info("serving", "url", a.config.BaseURL, "roles", a.config.Roles, "database", a.engine())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	// Streams do not end by themselves: they are told to come back first.
	close(a.closing)
	if err := a.Edge.Shutdown(end); err != nil {
		a.log.Warn("readers of the live stream were cut off", "error", err)
	}
	if err := a.server.Shutdown(end); err != nil {
		return a.server.Close()
	}
	if a.hub != nil {
		a.hub.Wait() // subscribers are being asked whether they meant it; each may take seconds
	}
	return nil
}

// LocalURL is how programs on this machine reach the process.
func (a *App) LocalURL() string { return "http://" + reachable(a.listener.Addr().String()) }
