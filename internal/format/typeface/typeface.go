// Package typeface finds the typefaces that documents are set in: the Noto
// family, by the names of its files, in a folder such as /usr/share/fonts.
//
// It owns which typeface a language and a character are set in, and opens a file
// only when a text needs it: those of Chinese, Japanese and Korean are 20 MB
// each. It draws nothing. What it reads comes from the folder that is handed in.
package typeface

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"

	"github.com/wireroom/wireroom/internal/wire"
)

// Collection are the typefaces in a folder. It is safe for concurrent use; nil is
// an empty one.
type Collection struct {
	folder fs.FS
	list   func() map[string]string // file name → path
	mu     sync.Mutex
	fonts  map[string]opened // by name of the cut
}

type opened struct {
	font *font.Font
	err  error
}

// Open returns the typefaces in a folder and all below it. The folder is looked
// through when the first text is set; files that come later are not seen.
func Open(folder fs.FS) *Collection {
	c := &Collection{folder: folder, fonts: map[string]opened{}}
	c.list = sync.OnceValue(func() map[string]string {
		files := map[string]string{}
		// What cannot be read is not there.
		_ = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if ext := path.Ext(name); ext == ".ttf" || ext == ".ttc" || ext == ".otf" {
					files[path.Base(name)] = name
				}
			}
			return nil
		})
		return files
	})
	return c
}

// Weight is how heavy a cut is.
type Weight string

// The weights that documents are set in.
const (
	Regular Weight = "Regular"
	Bold    Weight = "Bold"
)

// family is a typeface with the files it is in, and the package of Debian that
// has it.
type family struct {
	name    string // as the font calls itself
	file    string // without weight and extension
	ext     string
	debian  string
	scripts []*unicode.RangeTable // only whose characters it is asked for; nil: any
}

// cut is the name of the file that a cut is in.
func (f family) cut(w Weight) string { return f.file + "-" + string(w) + f.ext }

var (
	latin  = family{"Noto Sans", "NotoSans", ".ttf", "fonts-noto-core", nil}
	arabic = family{"Noto Sans Arabic", "NotoSansArabic", ".ttf", "fonts-noto-core", []*unicode.RangeTable{unicode.Arabic}}
	thai   = family{"Noto Sans Thai", "NotoSansThai", ".ttf", "fonts-noto-core", []*unicode.RangeTable{unicode.Thai}}
	japan  = family{"Noto Sans CJK JP", "NotoSansCJK", ".ttc", "fonts-noto-cjk", nil}
	korea  = family{"Noto Sans CJK KR", "NotoSansCJK", ".ttc", "fonts-noto-cjk", nil}
	china  = family{"Noto Sans CJK SC", "NotoSansCJK", ".ttc", "fonts-noto-cjk", nil}
	taiwan = family{"Noto Sans CJK TC", "NotoSansCJK", ".ttc", "fonts-noto-cjk", nil}
	// east is china for what stands in texts of other languages: it is large, and
	// opened for its own scripts alone.
	east = family{"Noto Sans CJK SC", "NotoSansCJK", ".ttc", "fonts-noto-cjk", []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, wide}}
)

// wide are the punctuation and the wide forms of East Asia.
var wide = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3000, Hi: 0x303f, Stride: 1}, {Lo: 0xff00, Hi: 0xffef, Stride: 1}}}

// own is the typeface of a language; every other is set in Noto Sans.
var own = map[string]family{"ar": arabic, "fa": arabic, "ur": arabic, "th": thai, "ja": japan, "ko": korea, "zh-Hans": china, "zh-Hant": taiwan}

// further are typefaces for what stands in a text of another script: names,
// quotations, signs. A text is set without those that are not installed.
var further = []family{
	arabic, thai, east, of("Hebrew", unicode.Hebrew), of("Devanagari", unicode.Devanagari), of("Bengali", unicode.Bengali), of("Tamil", unicode.Tamil),
	of("Khmer", unicode.Khmer), of("Lao", unicode.Lao), of("Myanmar", unicode.Myanmar), of("Georgian", unicode.Georgian), of("Armenian", unicode.Armenian),
	of("Ethiopic", unicode.Ethiopic), of("Math", nil), of("Symbols", nil), of("Symbols2", nil),
}

// of is the typeface of a script.
func of(name string, script *unicode.RangeTable) family {
	f := family{"Noto Sans " + name, "NotoSans" + name, ".ttf", "fonts-noto-core", nil}
	if script != nil {
		f.scripts = []*unicode.RangeTable{script}
	}
	return f
}

// Covers reports whether texts of a language can be set: whether the files are
// there. It opens none.
func (c *Collection) Covers(language string) bool { return c.missing(language) == nil }

// missing is an Invalid error that says what to install, if anything is missing.
func (c *Collection) missing(language string) error {
	for _, f := range families(language) {
		for _, w := range []Weight{Regular, Bold} {
			if c == nil || c.list()[f.cut(w)] == "" {
				return wire.Errorf(wire.Invalid, "typeface", "no typeface is installed here to set %s in: %s is missing; install %s, or name the folder of the Noto typefaces with --fonts", language, f.cut(w), f.debian)
			}
		}
	}
	return nil
}

// families are those that a language cannot do without.
func families(language string) []family {
	if f, ok := own[language]; ok {
		return []family{f, latin}
	}
	return []family{latin}
}

// open returns a font, read once.
func (c *Collection) open(f family, w Weight) (*font.Font, error) {
	key := f.name + " " + string(w)
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.fonts[key]
	if !ok {
		o.font, o.err = c.read(c.list()[f.cut(w)], f.name)
		c.fonts[key] = o
	}
	return o.font, o.err
}

// read reads a font of a family from a file, which may hold several.
func (c *Collection) read(file, family string) (*font.Font, error) {
	if file == "" {
		return nil, wire.Errorf(wire.NotFound, "typeface", "%s is not installed", family)
	}
	data, err := fs.ReadFile(c.folder, file)
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "typeface", "%s cannot be read: %w", file, err)
	}
	loaders, err := opentype.NewLoaders(bytes.NewReader(data))
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, "typeface", "%s is no font that can be read: %w", file, err)
	}
	for _, l := range loaders {
		about, _ := font.Describe(l, nil)
		if len(loaders) > 1 && !strings.EqualFold(about.Family, family) {
			continue
		}
		f, err := font.NewFont(l)
		if err != nil {
			return nil, wire.Errorf(wire.Unavailable, "typeface", "%s is no font that can be read: %w", file, err)
		}
		return f, nil
	}
	return nil, wire.Errorf(wire.Unavailable, "typeface", "%s does not hold %s", file, family)
}
