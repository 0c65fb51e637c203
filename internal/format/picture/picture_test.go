package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestAPictureSaysItselfWhatItIs(t *testing.T) {
	of := image.NewPaletted(image.Rect(0, 0, 7, 5), color.Palette{color.Black, color.White})
	var p, j, g bytes.Buffer
	for _, err := range []error{png.Encode(&p, of), jpeg.Encode(&j, of, nil), gif.Encode(&g, of, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// A lossy WebP of one pixel, as its specification has it.
	webp, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	for mediaType, data := range map[string][]byte{"image/png": p.Bytes(), "image/jpeg": j.Bytes(), "image/gif": g.Bytes()} {
		if kind, w, h, err := Look(data); err != nil || kind != mediaType || w != 7 || h != 5 {
			t.Errorf("%s: %s %d × %d, %v", mediaType, kind, w, h, err)
		}
	}
	if kind, w, h, err := Look(webp); err != nil || kind != "image/webp" || w != 1 || h != 1 {
		t.Errorf("%s %d × %d, %v", kind, w, h, err)
	}
	huge := bytes.Clone(p.Bytes())
	copy(huge[16:24], []byte{0, 0, 0x60, 0, 0, 0, 0x60, 0}) // 24,576 × 24,576
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for what, c := range map[string]struct {
		data []byte
		kind wire.Kind
	}{"nothing": {nil, wire.Invalid}, "svg": {[]byte("<svg/>"), wire.Invalid}, "cut": {p.Bytes()[:20], wire.Invalid}, "huge": {huge, wire.Exhausted}} {
		if _, _, _, err := Look(c.data); wire.KindOf(err) != c.kind {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzLook(f *testing.F) {
	var p bytes.Buffer
	if err := png.Encode(&p, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		f.Fatal(err)
	}
	f.Add(p.Bytes())
	f.Add([]byte("RIFF\x22\x00\x00\x00WEBPVP8 "))
	f.Add([]byte("GIF89a"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, w, h, err := Look(data)
		if err == nil && (Extensions[kind] == "" || w < 1 || h < 1 || w*h > MaxPixels) {
			t.Fatalf("%s of %d × %d", kind, w, h)
		}
		if err == nil && !Claims(data[:min(len(data), Start)]) {
			t.Fatalf("a %s does not begin like one", kind)
		}
	})
}
