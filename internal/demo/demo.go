package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/demo/receivers"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Options say what to show.
type Options struct {
	Files    []string // articles to publish in place of the demo's own
	Size     Size
	Desktops int
	Once     bool // end when everything was delivered
	JSON     bool // print one JSON object in place of the live view
}

// operator acts for the demo: it runs the house.
var operator = wire.Actor{Name: "demo", Role: wire.RoleOperator}

// keepMails is how many of the newest mails stay to be looked at.
const keepMails = 200

// house is the demo while it runs.
type house struct {
	app       *app.App
	relay     *receivers.Relay
	endpoints *receivers.Endpoints
	desktops  *receivers.Desktops
	filters   []client.Filter
	options   Options
	logPath   string
	began     int64            // wire number before this run
	published []wire.ReleaseID // in this run
	found     []wire.ReleaseID // from an earlier start
}

// Run opens the wire, publishes and shows what happens. Unless Once, it stays
// until ctx ends. It fails if anything was lost or doubled.
func Run(ctx context.Context, config app.Config, o Options, out io.Writer) (err error) {
	h := &house{options: o}
	defer func() { err = errors.Join(err, h.close()) }()
	releases, err := h.read()
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		if !o.JSON {
			fmt.Fprintf(out, format+"\n", args...)
		}
	}
	log, err := h.open(ctx, config)
	if err != nil {
		return err
	}
	defer log.Close()
	outlets, contacts, err := h.directory(ctx, say)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.app.Run(running) }()
	defer func() {
		if h.desktops != nil {
			h.desktops.Close()
		}
		stop()
		err = errors.Join(err, <-ended)
	}()
	if h.began, err = h.app.Archive.Last(ctx); err != nil {
		return err
	}
	h.filters = desktopFilters(o.Desktops)
	h.desktops = receivers.OpenDesktops(ctx, h.app.LocalURL(), h.began, h.filters)
	say("desktops   %d connected to %s/v1/stream", len(h.filters), h.app.BaseURL())
	if err := h.publish(ctx, releases, say); err != nil {
		return err
	}
	if len(h.published) == 0 {
		say("found      everything from an earlier start; nothing is published twice")
	}
	view := newView(out, o.JSON)
	summary, err := h.follow(ctx, view)
	summary.Outlets, summary.Contacts, summary.Desktops = outlets, contacts, len(h.filters)
	if err != nil {
		if ctx.Err() != nil {
			return nil // ended by the user
		}
		return err
	}
	view.summary(summary)
	if bad := summary.faults(); bad != "" {
		return wire.Errorf(wire.Internal, "demo", "%s", bad)
	}
	if o.Once {
		return nil
	}
	h.links(out)
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		ended <- nil
		return err
	}
}

// read reads what is to be published before anything is opened: a file that
// cannot be read ends the demo at once, with the reason.
func (h *house) read() ([]*wire.Release, error) {
	if len(h.options.Files) == 0 {
		return Releases()
	}
	var documents []ingest.Document
	for _, name := range h.options.Files {
		f, err := os.Open(name)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, name, "cannot be read: %w", err)
		}
		defer f.Close()
		documents = append(documents, ingest.Document{Name: filepath.Base(name), Reader: f})
	}
	releases, _, err := ingest.ReadAll(documents, ingest.Options{})
	return releases, err
}

// open starts the receivers and puts the wire together.
func (h *house) open(ctx context.Context, config app.Config) (log *os.File, err error) {
	if err := config.Complete(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Data, 0o700); err != nil {
		return nil, wire.Errorf(wire.Unavailable, config.Data, "cannot make the folder of the demo: %w", err)
	}
	h.logPath = filepath.Join(config.Data, "demo.log")
	if log, err = os.OpenFile(h.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, wire.Errorf(wire.Unavailable, h.logPath, "cannot be written: %w", err)
	}
	config.Log = slog.New(slog.NewTextHandler(log, nil))
	config.AllowPrivateWebhooks = true
	// One key signs the demo's letters: the second would be RSA, a millisecond
	// each, and nobody outside verifies them.
	config.Mail.DKIM = []string{"ed25519"}
	if h.relay, err = receivers.OpenRelay(filepath.Join(config.Data, "mailbox"), keepMails); err != nil {
		return log, err
	}
	if len(config.SMTP) == 0 {
		config.SMTP = []string{h.relay.URL()}
	}
	if h.endpoints, err = receivers.OpenEndpoints("127.0.0.1:0", WebhookSecret); err != nil {
		return log, err
	}
	h.app, err = app.Open(ctx, config)
	return log, err
}

func (h *house) close() error {
	var errs []error
	if h.app != nil {
		errs = append(errs, h.app.Close())
	}
	if h.relay != nil {
		errs = append(errs, h.relay.Close())
	}
	if h.endpoints != nil {
		errs = append(errs, h.endpoints.Close())
	}
	return errors.Join(errs...)
}

// directory invents the directory on the first start. Later ones find it; only
// the address of the demo's own endpoints is new each time.
func (h *house) directory(ctx context.Context, say func(string, ...any)) (outlets, contacts int, err error) {
	err = h.app.Store.Read(ctx, func(tx *store.Tx) (err error) {
		outlets, contacts, _, err = tx.DirectorySize()
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if outlets+contacts > 0 {
		say("directory  found: %d outlets, %d contacts", outlets, contacts)
		return outlets, contacts, h.app.Store.Write(ctx, h.readdress)
	}
	d := Generate(h.options.Size, h.endpoints.Base())
	err = h.app.Store.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddOutlets(d.Outlets), tx.AddContacts(d.Contacts), tx.AddSubscriptions(d.Subscriptions))
	})
	say("directory  invented: %d outlets, %d contacts", len(d.Outlets), len(d.Contacts))
	return len(d.Outlets), len(d.Contacts), err
}

func (h *house) readdress(tx *store.Tx) error {
	all, _, err := tx.Subscriptions()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Channel != wire.ByWebhook {
			continue
		}
		_, path, _ := strings.Cut(s.Address, "/hook/")
		if next := h.endpoints.Base() + "/hook/" + path; next != s.Address {
			s.Address = next
			if err := tx.UpdateSubscription(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// desktopFilters give each desktop a filter of its own kind.
func desktopFilters(n int) []client.Filter {
	var filters []client.Filter
	for i := range n {
		language := languageOf(i)
		switch i % 4 {
		case 0:
			filters = append(filters, client.Filter{Languages: []string{language}})
		case 1:
			filters = append(filters, client.Filter{Languages: []string{language}, Sectors: []string{beats[i%len(beats)], "top-story"}})
		case 2:
			filters = append(filters, client.Filter{Sectors: []string{beats[(i/4)%len(beats)]}})
		default:
			filters = append(filters, client.Filter{})
		}
	}
	return filters
}

// publish clears what is to be published. The demo's own releases carry a
// request key, so that a second start finds them and publishes nothing twice;
// files are published each time they are given.
func (h *house) publish(ctx context.Context, releases []*wire.Release, say func(string, ...any)) error {
	for i, r := range releases {
		request := ""
		if len(h.options.Files) == 0 {
			request = fmt.Sprintf("demo release %d %s", i+1, r.ContentHash())
		}
		done, err := h.app.Desk.Publish(ctx, operator, r, desk.Submission{Request: request})
		if err != nil {
			return err
		}
		if done.State == wire.Scheduled {
			h.published = append(h.published, done.ID)
		} else {
			h.found = append(h.found, done.ID)
		}
		say("release    %-8s %s", strings.Join(languagesOf(r), " "), r.Editions[0].Headline)
	}
	return nil
}

func languagesOf(r *wire.Release) []string {
	var languages []string
	for _, e := range r.Editions {
		languages = append(languages, e.Language)
	}
	return languages
}

// expected counts what the desktops should have got of the items of this run,
// by holding their filters against the items once more, apart from the edge.
func (h *house) expected(items []wire.Item) (int, error) {
	queries := make([]*match.Query, len(h.filters))
	for i, f := range h.filters {
		q, err := match.FromFilter(match.Filter{Languages: f.Languages, Sectors: f.Sectors})
		if err != nil {
			return 0, err
		}
		queries[i] = q
	}
	n := 0
	for i := range items {
		d := match.NewDocument(&items[i])
		for _, q := range queries {
			if q.Matches(d) {
				n++
			}
		}
	}
	return n, nil
}

// items are those of the releases published in this run.
func (h *house) items(ctx context.Context) ([]wire.Item, error) {
	var mine []wire.Item
	for after := h.began; ; {
		items, err := h.app.Archive.Items(ctx, after, 500)
		if err != nil || len(items) == 0 {
			return mine, err
		}
		for _, it := range items {
			if slices.Contains(h.published, it.Release) {
				mine = append(mine, it)
			}
			after = it.Number
		}
	}
}

// links say where to look.
func (h *house) links(out io.Writer) {
	base := h.app.BaseURL()
	fmt.Fprintf(out, `
pages      %[1]s/en/   %[1]s/ar/   %[1]s/ja/
feeds      %[1]s/en/feed.rss   %[1]s/ar/feed.atom   %[1]s/ja/feed.json
stream     curl -N '%[1]s/v1/stream?lang=ar&after=0'
mailbox    %[2]s/new   (the newest %[3]d letters)
log        %[4]s

Ctrl-C ends it; the next start finds everything again.
`, base, filepath.Join(filepath.Dir(h.logPath), "mailbox"), keepMails, h.logPath)
}
