package docx

import (
	"strings"

	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/vocab"
)

// typefaces are what programs bring along for scripts that Latin typefaces do
// not hold; readers without them take another of the script.
var typefaces = map[string]string{"ja": "Yu Gothic", "zh-Hans": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "ko": "Malgun Gothic"}

const latin = "Arial"

// regional are languages that word processors know by region alone.
var regional = map[string]string{"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}

// language says in which language a text is: for checking, hyphens, and reading
// aloud. Which of the three attributes counts depends on the script of each
// character (ECMA-376 part 1 §17.3.2.20).
func language(w *markup.Writer, tag string) {
	if known := regional[tag]; known != "" {
		tag = known
	}
	east, turned := "", ""
	switch base, _, _ := strings.Cut(tag, "-"); {
	case base == "ja" || base == "zh" || base == "ko":
		east = tag
	case vocab.Direction(tag) == "rtl" || base == "th":
		turned = tag
	}
	w.Empty("w:lang", "w:val", tag, "w:eastAsia", east, "w:bidi", turned)
}

// style is one of the document's paragraph styles.
type style struct {
	id, name string // names of built-in styles are those of Word, in lower case where Word has them so
	size     string // half points; "" as the text
	bold     bool
	italic   bool
	before   string // space in twentieths of a point
	after    string
	indent   string
	level    string // in outlines, from 0
}

var paragraphStyles = []style{
	{id: "Title", name: "Title", size: "40", bold: true, after: "120"},
	{id: "Subtitle", name: "Subtitle", size: "26", after: "120"},
	{id: "Heading1", name: "heading 1", size: "28", bold: true, before: "240", after: "80", level: "0"},
	{id: "Heading2", name: "heading 2", size: "24", bold: true, before: "200", after: "80", level: "1"},
	{id: "Quote", name: "Quote", italic: true, after: "160", indent: "567"},
	{id: "ListBullet", name: "List Bullet", after: "60"},
	{id: "ListNumber", name: "List Number", after: "60"},
	{id: "Caption", name: "caption", size: "20", after: "120"},
	{id: "Notice", name: "Notice", bold: true, after: "120"},
	{id: "Fine", name: "Fine Print", size: "18", after: "60"},
	{id: "Cell", name: "Cell", after: "0"},
	{id: "HeaderCell", name: "Header Cell", bold: true, after: "0"},
	{id: "Gap", name: "Gap", size: "12", after: "0"},
}

func styles(tag string) []byte {
	var w markup.Writer
	w.Open("w:styles", "xmlns:w", wordNamespace)
	w.Open("w:docDefaults")
	w.Open("w:rPrDefault")
	w.Open("w:rPr")
	w.Empty("w:rFonts", "w:ascii", latin, "w:eastAsia", typefaces[tag], "w:hAnsi", latin, "w:cs", latin)
	w.Empty("w:sz", "w:val", "22")
	w.Empty("w:szCs", "w:val", "22")
	language(&w, tag)
	w.Close()
	w.Close()
	w.Empty("w:pPrDefault")
	w.Close()
	w.Open("w:style", "w:type", "paragraph", "w:default", "1", "w:styleId", "Normal")
	w.Empty("w:name", "w:val", "Normal")
	w.Empty("w:qFormat")
	w.Open("w:pPr")
	w.Empty("w:spacing", "w:after", "160", "w:line", "276", "w:lineRule", "auto")
	w.Close()
	w.Close()
	for _, s := range paragraphStyles {
		s.write(&w)
	}
	characterStyles(&w)
	w.Close()
	return finish(&w)
}

func (s style) write(w *markup.Writer) {
	w.Open("w:style", "w:type", "paragraph", "w:styleId", s.id)
	w.Empty("w:name", "w:val", s.name)
	w.Empty("w:basedOn", "w:val", "Normal")
	w.Empty("w:qFormat")
	w.Open("w:pPr")
	if s.level != "" || s.id == "Title" {
		w.Empty("w:keepNext")
	}
	w.Empty("w:spacing", "w:before", s.before, "w:after", s.after)
	if s.indent != "" {
		w.Empty("w:ind", "w:start", s.indent, "w:end", s.indent)
	}
	if s.level != "" {
		w.Empty("w:outlineLvl", "w:val", s.level)
	}
	w.Close()
	w.Open("w:rPr")
	if s.bold {
		w.Empty("w:b")
		w.Empty("w:bCs")
	}
	if s.italic {
		w.Empty("w:i")
		w.Empty("w:iCs")
	}
	if s.size != "" {
		w.Empty("w:sz", "w:val", s.size)
		w.Empty("w:szCs", "w:val", s.size)
	}
	w.Close()
	w.Close()
}

func characterStyles(w *markup.Writer) {
	w.Open("w:style", "w:type", "character", "w:styleId", "Hyperlink")
	w.Empty("w:name", "w:val", "Hyperlink")
	w.Open("w:rPr")
	w.Empty("w:color", "w:val", "0B57A4")
	w.Empty("w:u", "w:val", "single")
	w.Close()
	w.Close()
	w.Open("w:style", "w:type", "character", "w:styleId", "Isolate")
	w.Empty("w:name", "w:val", "Isolate")
	w.Close()
	w.Open("w:style", "w:type", "table", "w:styleId", "TableGrid")
	w.Empty("w:name", "w:val", "Table Grid")
	w.Open("w:tblPr")
	w.Open("w:tblBorders")
	for _, side := range []string{"top", "start", "bottom", "end", "insideH", "insideV"} {
		w.Empty("w:"+side, "w:val", "single", "w:sz", "4", "w:space", "0", "w:color", "auto")
	}
	w.Close()
	w.Close()
	w.Close()
}

func settings(tag string) []byte {
	var w markup.Writer
	w.Open("w:settings", "xmlns:w", wordNamespace)
	w.Open("w:compat")
	// Without it Word opens the document as one of before 2013.
	w.Empty("w:compatSetting", "w:name", "compatibilityMode", "w:uri", "http://schemas.microsoft.com/office/word", "w:val", "15")
	w.Close()
	language(&w, tag)
	w.Close()
	s := string(finish(&w))
	return []byte(strings.Replace(s, "<w:lang ", "<w:themeFontLang ", 1))
}
