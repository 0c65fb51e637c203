package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/drop"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/courier/mail/libcrypto"
	"github.com/wireroom/wireroom/internal/courier/mail/returned"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/courier/websub"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// topicBatches wakes couriers when there are new batches.
const topicBatches = "batches"

// openCourier puts the ways out of the house together.
func (a *App) openCourier(ctx context.Context) error {
	sender, err := a.sender()
	if err != nil {
		return err
	}
	letters, err := a.openMail(ctx, sender)
	if err != nil {
		return err
	}
	if a.suppressions, err = returned.OpenList(ctx, a.Store, a.anchor.Now, a.log); err != nil {
		return err
	}
	if a.endpoints, err = webhook.OpenHealth(ctx, webhook.HealthOptions{Store: a.Store, Now: a.anchor.Now, Log: a.log}); err != nil {
		return err
	}
	outside := webhook.Client(a.config.AllowPrivateWebhooks)
	key, err := a.Keys.Webhooks()
	if err != nil {
		return err
	}
	hooks := webhook.New(a.site, outside, a.anchor.Now, webhook.WithKey(key))
	a.hooks = &webhook.Endpoints{Store: a.Store, Sealer: a.Keys, Webhooks: hooks, Now: a.anchor.Now}
	a.drops = drop.New(drop.Options{Site: a.site, AllowPrivate: a.config.AllowPrivateWebhooks, Now: a.anchor.Now})
	if err := a.sealSecrets(ctx); err != nil {
		return err
	}
	a.Courier = courier.New(courier.Options{
		Store: a.Store, Now: a.anchor.Now, Since: a.anchor.Since, Process: a.process, Sole: a.sole(), Preconnect: a.config.Preconnect,
		Channels: map[wire.Channel]courier.Channel{
			wire.ByMail:    letters,
			wire.ByWebhook: hooks,
			wire.ByDrop:    a.drops,
			wire.ByWebSub:  websub.NewDeliveries(a.site.HubURL(), outside, a.feed, a.anchor.Now),
		},
		Health:  map[wire.Channel]courier.Health{wire.ByWebhook: a.endpoints, wire.ByMail: a.suppressions},
		Planned: func() { a.bus.Wake(topicBatches) }, Upcoming: a.Desk.Upcoming, Sealer: a.Keys, Topics: a.topics, Registry: a.registry, Log: a.log,
		Kept: a.kept(), MaxUnanchored: a.config.MaxUnanchored,
	})
	return a.openReturns(sender)
}

// kept says where the courier keeps its index of standing queries: beside what it
// is made from, for this very program.
func (a *App) kept() courier.Kept {
	if !a.config.has(Courier) {
		return courier.Kept{}
	}
	program, err := programSum()
	if err != nil { // an index that cannot be told from another program's is not kept
		a.log.Warn("the program cannot be read; the index of standing queries is not kept", "error", err)
		return courier.Kept{}
	}
	return courier.Kept{File: filepath.Join(a.config.Data, "index", "standing"), Program: program}
}

// programSum is the SHA-256 of the running program's file.
var programSum = sync.OnceValues(func() (string, error) {
	name := "/proc/self/exe" // also of a file that was replaced since
	if runtime.GOOS != "linux" {
		var err error
		if name, err = os.Executable(); err != nil {
			return "", err
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
})

// openReturns opens the server for what comes back of letters.
func (a *App) openReturns(sender *mail.Sender) (err error) {
	c := &a.config
	if c.Mail.Returns == "" || !c.has(Courier) {
		return nil
	}
	a.returns, err = returned.NewServer(returned.Options{
		List: a.suppressions, Domain: sender.ReturnDomain, Letter: sender.ParseReturnPath, Unsubscribe: a.Courier.Unsubscribe, Mailbox: a.mailbox,
		Notices: filepath.Join(c.Data, "postmaster"), Log: a.log, Registry: a.registry,
	})
	if err != nil {
		return err
	}
	if a.returnsAt, err = net.Listen("tcp", c.Mail.Returns); err != nil {
		return wire.Errorf(wire.Unavailable, "returns", "cannot listen on %s: %w", c.Mail.Returns, err)
	}
	return nil
}

// sealSecrets seals what a directory from before, or put there by other means,
// holds in the clear.
func (a *App) sealSecrets(ctx context.Context) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		n, err := sealed.All(tx, a.Keys)
		if n > 0 {
			a.log.Info("secrets of subscriptions were in the clear and are sealed now", "secrets", n)
		}
		return err
	})
}

// sender is how this wire writes letters.
func (a *App) sender() (*mail.Sender, error) {
	sender := &mail.Sender{From: a.config.Mail.From, Site: a.site, Log: a.log}
	if a.config.Mail.returns() {
		var err error
		if sender.ReturnKey, err = a.Keys.ReturnKey(); err != nil {
			return nil, err
		}
		sender.ReturnDomain = a.config.returnDomain()
	}
	for _, kind := range a.config.Mail.DKIM {
		if kind == "none" {
			continue // a relay signs
		}
		key, err := a.Keys.DKIM(kind)
		if err != nil {
			return nil, err
		}
		selector := a.config.Mail.Selector + "-" + kind
		record, err := seal.DKIMRecord(key)
		if err != nil {
			return nil, err
		}
		key, faster := libcrypto.Faster(key)
		a.log.Info("letters are signed; publish the record", "openssl", faster, "name", selector+"._domainkey."+a.config.mailDomain(), "txt", record)
		sender.Signers = append(sender.Signers, mail.Signer{Key: key, Selector: selector})
	}
	return sender, nil
}

// openMail opens the relays, or a Maildir where there are none.
func (a *App) openMail(ctx context.Context, sender *mail.Sender) (courier.Channel, error) {
	if len(a.config.SMTP) > 0 {
		var err error
		if a.relays, err = mail.OpenRelays(sender, a.config.SMTP); err != nil {
			return nil, err
		}
		return a.relays, a.relays.Remember(ctx, a.Store)
	}
	return mail.OpenMaildir(sender, filepath.Join(a.config.Data, "mail"))
}

// feedKinds are the formats of feeds, each a topic of its own.
var feedKinds = []string{"rss", "atom", "json"}

// topics are the feeds that an item changes.
func (a *App) topics(it *wire.Item) []string {
	var topics []string
	for _, kind := range feedKinds {
		for _, sector := range append([]string{""}, it.Sectors...) {
			topics = append(topics, a.site.FeedURL(it.Language, sector, kind))
		}
	}
	return topics
}

// isTopic reports whether an address is one of the wire's feeds.
func (a *App) isTopic(topic string) bool {
	for _, l := range vocab.Languages() {
		front := a.site.FrontURL(l.Tag, "")
		if !strings.HasPrefix(topic, front) {
			continue
		}
		sectors := []string{""}
		for _, s := range vocab.Sectors() {
			sectors = append(sectors, s.Code)
		}
		for _, sector := range sectors {
			for _, kind := range feedKinds {
				if topic == a.site.FeedURL(l.Tag, sector, kind) {
					return true
				}
			}
		}
	}
	return false
}

// feed is what a topic's address answers now: the page itself, so that
// subscribers and readers never see two different feeds.
func (a *App) feed(ctx context.Context, topic string) (string, []byte, error) {
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, strings.TrimPrefix(topic, a.site.BaseURL), nil)
	w := httptest.NewRecorder()
	a.pages.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		return "", nil, wire.Errorf(wire.Unavailable, topic, "the feed answers %d", w.Code)
	}
	return w.Header().Get("Content-Type"), w.Body.Bytes(), nil
}

// hub takes subscriptions to the feeds.
func (a *App) newHub() *websub.Hub {
	return websub.NewHub(websub.Hub{
		Store: a.Store, Sealer: a.Keys, Client: webhook.Client(a.config.AllowPrivateWebhooks), IsTopic: a.isTopic, Now: a.anchor.Now, Log: a.log,
	})
}
