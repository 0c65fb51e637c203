package tombstone

import (
	"embed"
	"time"

	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed tombstone.tmpl
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/tombstone"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "tombstone.tmpl") }

// Page is the data of the page.
type Page struct {
	ui.Page
	Badges       []ui.Badge
	Organisation string
	Reason       string
	Instant      string // RFC 3339, of the kill
	Time         string // the same for people, UTC
	Number       int64
}

// New returns the page of a kill. Headline, slug and text of the versions
// before are not asked for, so they cannot slip in.
func New(base ui.Page, kill *wire.Item) Page {
	base.Hidden = true
	base.Title = base.L.T("tombstone.title")
	return Page{
		Page: base, Badges: ui.Badges(kill, base.L), Organisation: kill.Organisation, Reason: kill.Reason,
		Instant: kill.ClearTime.UTC().Format(time.RFC3339), Time: base.L.DateTime(kill.ClearTime.UTC()) + " UTC", Number: kill.Number,
	}
}
