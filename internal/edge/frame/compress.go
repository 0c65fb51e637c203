package frame

import (
	"bytes"
	"compress/flate"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// gzipHeader begins a gzip member (RFC 1952 §2.3): deflate, no name, no time, an
// unknown system. A stream has no end, so there is no trailer.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// flushMark is the empty block that aligns to a byte (RFC 1951 §3.2.4).
var flushMark = []byte{0, 0, 0xff, 0xff}

var flaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is valid
	}
	return w
}}

// deflate returns blocks of deflate that refer to nothing before them and end at
// a byte, so that they can follow any others.
func deflate(text []byte) []byte {
	w := flaters.Get().(*flate.Writer)
	defer flaters.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	// A buffer takes everything.
	_, _ = w.Write(text)
	_ = w.Flush()
	return b.Bytes()
}

var zstandards = sync.OnceValue(func() *zstd.Encoder {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err) // the options are valid
	}
	return w
})

// zstandard returns one frame; frames may follow each other (RFC 8878 §3.1).
func zstandard(text []byte) []byte { return zstandards().EncodeAll(text, nil) }
