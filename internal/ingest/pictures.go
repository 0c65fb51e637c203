package ingest

import (
	"net/url"
	"path"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/wire"
)

// pictureNames are the types of pictures by the ends of their names, for
// documents that do not say the type.
var pictureNames = map[string]string{".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}

// picturesOf are the pictures of an article that lie at an address of their own
// and are of a type that the wire carries, each in its largest size. The others
// are only told of, beside the release.
func (d *document) picturesOf(a *article.Article) []wire.Picture {
	var found []wire.Picture
	of := map[string]int{} // the object of a picture to its place in found
	dropped := 0
	for _, p := range a.Pictures {
		picture := wire.Picture{URL: strings.TrimSpace(p.URL), Type: pictureType(p), Width: p.Width, Height: p.Height,
			Alt: d.clean(p.Alt), Caption: d.clean(p.Caption), Credit: d.clean(p.Credit)}
		if picture.Width <= 0 || picture.Height <= 0 || picture.Width > wire.MaxPixels || picture.Height > wire.MaxPixels {
			picture.Width, picture.Height = 0, 0
		}
		object := p.Object
		if object == "" {
			object = picture.URL
		}
		at, seen := of[object]
		switch {
		case picture.Type == "" || !strings.HasPrefix(picture.URL, "http") || !wire.SafeLink(picture.URL), !seen && len(found) == wire.MaxPictures:
			dropped++
		case !seen:
			of[object] = len(found)
			found = append(found, picture)
		case picture.Width*picture.Height > found[at].Width*found[at].Height:
			found[at] = picture
		}
	}
	if dropped > 0 {
		d.find(0, Note, "pictures-kept-beside", "Pictures of the document that were not taken: "+itoa(dropped)+". The wire carries JPEG, PNG, WebP and GIF that lie at an http address.")
	}
	return found
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
