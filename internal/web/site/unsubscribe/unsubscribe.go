package unsubscribe

import (
	"embed"

	"github.com/wireroom/wireroom/internal/web/ui"
)

//go:embed unsubscribe.tmpl
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/unsubscribe"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "unsubscribe.tmpl") }

// Stage is what the page is about to say.
type Stage string

// The stages.
const (
	Question Stage = "question" // do you want to?
	Done     Stage = "done"     // you have left
	Back     Stage = "back"     // you are subscribed again
	Bad      Stage = "bad"      // the link is not valid
)

// Page is the data of the page.
type Page struct {
	ui.Page
	Stage  Stage
	Action string // address the form posts to: the page's own
}

// New returns the page at a stage.
func New(base ui.Page, stage Stage, action string) Page {
	base.Hidden = true
	base.Title = base.L.T("unsubscribe.title")
	return Page{Page: base, Stage: stage, Action: action}
}
