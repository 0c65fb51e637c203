package ingest

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/wire"
)

// pictureNames are the types of pictures by the ends of their names, for
// documents that do not say the type.
var pictureNames = map[string]string{".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}

// picturesOf are the pictures of an article that came with it, or lie at an
// address of their own, and are of a type that the wire carries, each in its
// largest size. The others are only told of, beside the release.
func (d *document) picturesOf(a *article.Article) []wire.Picture {
	var found []wire.Picture
	of := map[string]int{} // the object of a picture to its place in found
	dropped := 0
	for _, p := range a.Pictures {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(p.Type)), "text/") {
			continue // the story itself, as a page: ninjs calls every form of it a rendition
		}
		one := wire.Picture{URL: strings.TrimSpace(p.URL), Data: p.Data, Type: pictureType(p), Width: p.Width, Height: p.Height,
			Alt: d.clean(p.Alt), Caption: d.clean(p.Caption), Credit: d.clean(p.Credit)}
		if one.Width <= 0 || one.Height <= 0 || one.Width > wire.MaxPixels || one.Height > wire.MaxPixels {
			one.Width, one.Height = 0, 0
		}
		object := cmp.Or(p.Object, one.URL, p.Name)
		reached := strings.HasPrefix(one.URL, "http") && wire.SafeLink(one.URL)
		if len(p.Data) > 0 {
			one.URL, reached = "", look(&one)
		}
		at, seen := of[object]
		switch {
		case one.Type == "" || !reached, !seen && len(found) == wire.MaxPictures:
			dropped++
		case !seen:
			of[object] = len(found)
			found = append(found, one)
		case one.Width*one.Height > found[at].Width*found[at].Height:
			found[at] = one
		}
	}
	if dropped > 0 {
		d.find(0, Note, "pictures-kept-beside", "Pictures of the document that were not taken: "+itoa(dropped)+". The wire carries JPEG, PNG, WebP and GIF, from the document or from an http address.")
	}
	return found
}

// look reads the type and the size of a picture that came along from itself, and
// reports whether it is one to be taken: a single pixel only tells who reads.
func look(p *wire.Picture) bool {
	var err error
	p.Type, p.Width, p.Height, err = picture.Look(p.Data)
	return err == nil && p.Width > 1 && p.Height > 1
}

// pictureType is the media type of a picture that the wire carries, "" for any
// other.
func pictureType(p article.Picture) string {
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(p.Type)), ";")
	switch kind {
	case "image/jpeg", "image/png", "image/webp", "image/gif":
		return kind
	case "image/jpg", "image/pjpeg":
		return "image/jpeg"
	case "", "application/octet-stream":
		if u, err := url.Parse(p.URL); err == nil {
			return pictureNames[strings.ToLower(path.Ext(u.Path))]
		}
	}
	return ""
}
