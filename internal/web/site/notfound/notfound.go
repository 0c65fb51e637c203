package notfound

import (
	"embed"

	"github.com/wireroom/wireroom/internal/web/ui"
)

//go:embed notfound.tmpl
var files embed.FS

// Folder is this page's folder.
var Folder = ui.Folder{FS: files, Path: "internal/web/site/notfound"}

// View declares the page on a kit.
func View(k *ui.Kit) *ui.View { return k.View(Folder, "notfound.tmpl") }

// Page is the data of the page.
type Page struct {
	ui.Page
	Code int // status of HTTP
	Text string
}

// New returns the page for a status: 404 has words of its own, every other
// status the same.
func New(base ui.Page, code int) Page {
	base.Hidden = true
	p := Page{Page: base, Code: code}
	if code == 404 {
		p.Title, p.Text = base.L.T("notfound.title"), base.L.T("notfound.text")
	} else {
		p.Title, p.Text = base.L.T("error.title"), base.L.T("error.text")
	}
	return p
}
