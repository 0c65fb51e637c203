package site

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/web/site/front"
	"github.com/wireroom/wireroom/internal/web/site/item"
	"github.com/wireroom/wireroom/internal/web/site/notfound"
	"github.com/wireroom/wireroom/internal/web/site/preference"
	"github.com/wireroom/wireroom/internal/web/site/search"
	"github.com/wireroom/wireroom/internal/web/site/tombstone"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

// Subscriptions knows and changes what the token of a letter's links stands for.
// Changes are idempotent and durable when nil is returned; all answer NotFound
// for a token that stands for nothing. Safe for concurrent use.
type Subscriptions interface {
	Unsubscribe(ctx context.Context, token string) error
	Resubscribe(ctx context.Context, token string) error
	// Preference is when letters come, and whether any do.
	Preference(ctx context.Context, token string) (p wire.Preference, subscribed bool, err error)
	// SetPreference is Invalid, naming the field, for one that makes no sense.
	SetPreference(ctx context.Context, token string, p wire.Preference) error
}

// Linguist is what Subscriptions can also be: it knows the language of the
// holder's letters, so that the page speaks it. NotFound for a token that
// stands for nothing; "" if no language is known.
type Linguist interface {
	Language(ctx context.Context, token string) (string, error)
}

// Searches knows and changes what the letters of a token are about, as
// subscribe.Book does: its errors are those of AddSearch there.
type Searches interface {
	Searches(ctx context.Context, token string) ([]string, error)
	AddSearch(ctx context.Context, token string, search *match.Query) error
	RemoveSearch(ctx context.Context, token, search string) error
}

// Options are what a site is made of.
type Options struct {
	Archive       *archive.Archive
	Site          format.Site   // public address and name
	Subscriptions Subscriptions // nil: the page of preferences does not exist
	Searches      Searches      // nil: the page of preferences says nothing of searches
	Dev           bool          // templates and assets from the source tree
	Root          string        // of the source tree, for Dev; "" is the working folder
	Log           *slog.Logger  // nil: slog.Default()
	Now           func() time.Time
}

type site struct {
	Options
	kit        *ui.Kit
	press      *press
	front      *ui.View
	item       *ui.View
	tombstone  *ui.View
	notfound   *ui.View
	preference *ui.View
	searching  *ui.View
}

// New returns the handler of the public site; an error if a template or asset
// cannot be read. The handler is safe for concurrent use, holds no file open and
// starts no goroutine.
func New(o Options) (http.Handler, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &site{Options: o, kit: ui.NewKit(ui.Options{Dev: o.Dev, Root: o.Root}), press: newPress(o.Dev)}
	s.front, s.item, s.tombstone = front.View(s.kit), item.View(s.kit), tombstone.View(s.kit)
	s.notfound, s.preference = notfound.View(s.kit), preference.View(s.kit)
	s.searching = search.View(s.kit)
	s.kit.Bundle("icon.svg", ui.Part{Folder: ui.Shared, Name: "icon.svg"})
	s.kit.Bundle("site.css",
		ui.Part{Folder: ui.Shared, Name: "tokens.css"}, ui.Part{Folder: ui.Shared, Name: "fonts.css"}, ui.Part{Folder: ui.Shared, Name: "shell.css"},
		ui.Part{Folder: front.Folder, Name: "front.css"}, ui.Part{Folder: item.Folder, Name: "item.css"},
		ui.Part{Folder: preference.Folder, Name: "preference.css"}, ui.Part{Folder: search.Folder, Name: "search.css"})
	if err := s.kit.Check(); err != nil {
		return nil, err
	}
	return s.routes(), nil
}

// routes is the whole map of the public site.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h handler) { mux.Handle(pattern, s.serve(h)) }

	handle("GET /{$}", s.root)
	handle("GET /{lang}", s.bare)
	handle("GET /{lang}/{$}", s.headlines)
	handle("GET /{lang}/s/{sector}", s.bare)
	handle("GET /{lang}/s/{sector}/{$}", s.headlines)
	handle("GET /{lang}/r/{name}", s.release) // page, .json, .txt

	handle("GET /{lang}/search/{$}", s.search)
	handle("GET /{lang}/search/{feed}", s.searchFeed)

	handle("GET /{lang}/{feed}", s.feed)
	handle("GET /{lang}/s/{sector}/{feed}", s.feed)
	handle("GET /news-sitemap.xml", s.sitemap)
	handle("GET /robots.txt", s.robots)

	handle("GET /u/{token}", s.askSubscription)
	handle("POST /u/{token}", s.changeSubscription)

	mux.HandleFunc("GET "+ui.AssetPath+"{file}", s.kit.ServeAsset)
	if s.Dev {
		mux.HandleFunc("GET "+ui.ReloadPath, s.kit.ServeReload)
	}
	handle("/", s.nothing)
	return mux
}
