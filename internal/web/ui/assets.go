package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var embedded embed.FS

// Shared is the folder of the shell, the parts and the design's tokens.
var Shared = Folder{FS: sub(embedded, "assets"), Path: "internal/web/ui/assets"}

func sub(f fs.FS, dir string) fs.FS {
	s, err := fs.Sub(f, dir)
	if err != nil {
		return f // only for a malformed path, which the constant above is not
	}
	return s
}

// Part is one file that goes into a bundle.
type Part struct {
	Folder Folder
	Name   string
}

// bundle is an asset as it is served, made once of its parts.
type bundle struct {
	parts []Part
	made  func() (asset, error)
}

type asset struct {
	hash        string
	plain, gzip []byte
}

// Bundle declares an asset under a name with an extension, such as site.css,
// made of its parts one after another.
func (k *Kit) Bundle(name string, parts ...Part) {
	b := &bundle{parts: parts}
	b.made = sync.OnceValues(func() (asset, error) { return k.make(b) })
	k.bundles[name] = b
}

func (k *Kit) make(b *bundle) (asset, error) {
	var all bytes.Buffer
	for _, p := range b.parts {
		data, err := k.read(p.Folder, p.Name)
		if err != nil {
			return asset{}, err
		}
		all.Write(data)
		all.WriteByte('\n')
	}
	sum := sha256.Sum256(all.Bytes())
	return asset{hash: hex.EncodeToString(sum[:6]), plain: all.Bytes(), gzip: Gzip(all.Bytes())}, nil
}

func (k *Kit) asset(name string) (asset, error) {
	b, ok := k.bundles[name]
	if !ok {
		return asset{}, fs.ErrNotExist
	}
	if k.dev {
		return k.make(b)
	}
	return b.made()
}

// Gzip returns data compressed as small as gzip makes it: what is compressed
// once is sent many times.
func Gzip(data []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	w.Write(data)                                           // a bytes.Buffer takes everything
	w.Close()
	return out.Bytes()
}

// AssetPath is where ServeAsset is to be mounted: its pattern is
// "GET " + AssetPath + "{file}".
const AssetPath = "/assets/"

// Asset returns the address of a bundle, /assets/NAME.HASH.EXT: another
// content, another address.
func (k *Kit) Asset(name string) (string, error) {
	a, err := k.asset(name)
	if err != nil {
		return "", err
	}
	ext := path.Ext(name)
	return AssetPath + strings.TrimSuffix(name, ext) + "." + a.hash + ext, nil
}

// ServeAsset answers for {file} below AssetPath, to be kept for ever. An old
// hash gets today's content, not to be kept: while servers are being replaced
// one page may ask either generation.
func (k *Kit) ServeAsset(w http.ResponseWriter, r *http.Request) {
	stem, hash, ext := splitAsset(r.PathValue("file"))
	a, err := k.asset(stem + ext)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(ext))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if hash != a.hash || k.dev {
		h.Set("Cache-Control", "no-cache")
	}
	body := a.plain
	if AcceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	w.Write(body)
}

// splitAsset takes site.0a1b2c.css apart.
func splitAsset(file string) (stem, hash, ext string) {
	ext = path.Ext(file)
	rest := strings.TrimSuffix(file, ext)
	hash = strings.TrimPrefix(path.Ext(rest), ".")
	return strings.TrimSuffix(rest, "."+hash), hash, ext
}

// AcceptsGzip reports whether the client takes gzip (RFC 9110 §12.5.3). A
// weight of zero refuses it; other weights make no difference here.
func AcceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.000") && weight != "q=0.0" && weight != "q=0.00"
		}
	}
	return false
}
