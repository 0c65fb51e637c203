// Package picture says what a picture is, from its own bytes. It decodes no
// pixels: a header of 33 bytes can claim 13 GB of them.
//
// It owns which types of picture the wire takes in and how large they may be. It
// does no I/O.
package picture

import (
	"bytes"
	"image"
	_ "image/gif" // the types that the wire carries
	_ "image/jpeg"
	_ "image/png"

	_ "golang.org/x/image/webp"

	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of one picture.
const (
	MaxBytes  = 20 << 20
	MaxPixels = 100_000_000
)

// Extensions end the names of pictures, by their media type. Other types are not
// taken.
var Extensions = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}

// Start is how many bytes of a file Claims wants to see.
const Start = 12

// Claims reports whether a file begins as pictures of the wire's types do. Look
// says whether it is one.
func Claims(start []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a"} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return true
		}
	}
	return len(start) >= Start && string(start[:4]) == "RIFF" && string(start[8:12]) == "WEBP"
}

// Look returns the media type and size in pixels of a picture. Its error is
// Invalid for what is no picture of the wire's types, Exhausted for one that is
// too large.
func Look(data []byte) (mediaType string, width, height int, err error) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	mediaType = "image/" + kind
	switch {
	case err != nil || Extensions[mediaType] == "" || c.Width < 1 || c.Height < 1:
		return "", 0, 0, wire.Errorf(wire.Invalid, "picture", "is neither JPEG, PNG, WebP nor GIF")
	case len(data) > MaxBytes:
		return "", 0, 0, wire.Errorf(wire.Exhausted, "picture", "takes %d bytes; at most %d are taken", len(data), MaxBytes)
	case c.Width > wire.MaxPixels || c.Height > wire.MaxPixels || int64(c.Width)*int64(c.Height) > MaxPixels:
		return "", 0, 0, wire.Errorf(wire.Exhausted, "picture", "has %d × %d pixels; at most %d are taken", c.Width, c.Height, MaxPixels)
	}
	return mediaType, c.Width, c.Height, nil
}
