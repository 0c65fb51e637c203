package app

import (
	"context"

	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/wire"
)

// hubCallback is where hubs of providers reach the wire; a token follows.
const hubCallback = "/websub/"

// openProviders opens the ways in for what others supply. Pages and API belong to
// the web role, and so does looking after the providers; the server for mail
// belongs to the courier.
func (a *App) openProviders(originals *media.Folder) {
	a.Providers = provider.New(provider.Options{
		Store: a.Store, Keys: a.Keys, Desk: a.Desk, Media: originals, Client: webhook.Client(a.config.AllowPrivateWebhooks),
		Folder: a.config.Drop, MailDomain: a.config.returnDomain(),
		Callback: func(token string) string { return a.site.BaseURL + hubCallback + token },
		Now:      a.anchor.Now, Since: a.anchor.Since, Process: a.process, Sole: a.sole(), Log: a.log, Registry: a.registry,
	})
}

// mailbox says which provider's mail a local part takes.
func (a *App) mailbox(ctx context.Context, local string) func(context.Context, []byte) error {
	id, ok := a.Providers.Mailbox(ctx, local)
	if !ok {
		return nil
	}
	return func(ctx context.Context, raw []byte) error {
		err := a.Providers.TakeMail(ctx, id, raw)
		if wire.KindOf(err) == wire.NotFound { // removed between address and letter
			return nil
		}
		return err
	}
}
