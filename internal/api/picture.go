package api

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

// picture shows a picture of the wire's own store. It needs no key: what is not
// on the wire, or not any more, is not found. Copies of it are good for five
// minutes, so that one of a killed story does not stay on in caches.
func (a *API) picture(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.PathValue("name"), ".")
	content, kind, err := a.Desk.Picture(r.Context(), name)
	if err != nil {
		if wire.KindOf(err) != wire.NotFound {
			a.Log.Error("a picture cannot be shown", "error", err)
		}
		http.Error(w, "There is no such picture.", ui.Status(err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", `"`+name+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
