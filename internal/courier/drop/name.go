package drop

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/wireroom/wireroom/internal/wire"
)

// defaultNames is the template of names where an address has none.
const defaultNames = "{number}-{release}-{language}-v{version}.{ext}"

// maxName bounds a name in bytes: with ".", an item id and ".part" it stays
// under the 255 that file systems allow.
const maxName = 200

// widths are the placeholders with the most bytes that each can become.
var widths = map[string]int{
	"date": 8, "time": 6, "number": 19, "release": 26, "language": 35, "version": 10,
	"action": 7, "slug": 60, "ext": 9,
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// template makes the names of files. Its pieces are literals and placeholders by
// turns, beginning with a literal, which may be empty.
type template struct {
	literals []string // one more than fields
	fields   []string // without the braces
}

// parseTemplate reads a template and refuses what could give two items the same
// name, or a name that is unsafe somewhere.
func parseTemplate(text string) (*template, error) {
	if !utf8.ValidString(text) {
		return nil, badName("is not UTF-8")
	}
	text = norm.NFC.String(text)
	t := &template{}
	at, width := 0, len("-unhold")
	for _, place := range placeholder.FindAllStringIndex(text, -1) {
		field := text[place[0]+1 : place[1]-1]
		w, ok := widths[field]
		switch {
		case !ok:
			return nil, badName("{%s} is not a placeholder: {date} {time} {number} {release} {language} {version} {action} {slug} {ext}", field)
		case slices.Contains(t.fields, field):
			return nil, badName("has {%s} twice", field)
		}
		t.literals, t.fields = append(t.literals, text[at:place[0]]), append(t.fields, field)
		at, width = place[1], width+w
	}
	t.literals = append(t.literals, text[at:])
	for _, literal := range t.literals {
		width += len(literal)
		if at := strings.IndexFunc(literal, unsafe); at >= 0 {
			r, _ := utf8.DecodeRuneInString(literal[at:])
			return nil, badName("holds %q, which is not safe in names of files", r)
		}
	}
	if width > maxName {
		return nil, badName("can make names of more than %d bytes; shorten it", maxName)
	}
	return t, t.distinct()
}

func badName(text string, args ...any) error {
	return wire.Errorf(wire.Invalid, "address", "name: "+text, args...)
}

// unsafe reports what no part of a name may hold: separators, what Windows
// keeps for itself, what cannot be seen.
func unsafe(r rune) bool {
	return strings.ContainsRune(`/\:*?"<>|{}`+"\u007f", r) || !unicode.IsPrint(r)
}

// distinct refuses a template that cannot tell items apart. The wire number
// alone does, or release, language and version together; between two
// placeholders there is a mark that neither figures nor letters can be mistaken
// for.
func (t *template) distinct() error {
	has := func(field string) bool { return slices.Contains(t.fields, field) }
	if !has("number") && !(has("release") && has("language") && has("version")) {
		return badName("cannot tell items apart: put in {number}, or {release}, {language} and {version}")
	}
	for i := 1; i < len(t.fields); i++ {
		if strings.IndexFunc(t.literals[i], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) < 0 {
			return badName("put a mark, such as -, between {%s} and {%s}", t.fields[i-1], t.fields[i])
		}
	}
	if first := t.literals[0]; strings.HasPrefix(first, ".") || strings.HasPrefix(first, " ") {
		return badName("begins with a full stop or a space")
	}
	if last := t.literals[len(t.fields)]; strings.HasSuffix(last, ".") || strings.HasSuffix(last, " ") {
		return badName("ends in a full stop or a space")
	}
	return nil
}

// suit refuses a template for several formats that gives them all one name.
func (t *template) suit(formats int) error {
	if formats > 1 && !slices.Contains(t.fields, "ext") {
		return badName("cannot tell formats apart: put in {ext}")
	}
	return nil
}

// name is what a file of an item is called: the same in every attempt. Times
// are UTC. A hold or kill says so even where the template does not.
func (t *template) name(it *wire.Item, ext string) string {
	withdrawn := ""
	if it.Action.Withdraws() && !slices.Contains(t.fields, "action") {
		withdrawn = "-" + string(it.Action)
	}
	values := map[string]string{
		"date": it.ClearTime.UTC().Format("20060102"), "time": it.ClearTime.UTC().Format("150405"),
		"number": strconv.FormatInt(it.Number, 10), "release": string(it.Release), "language": it.Language,
		"version": strconv.Itoa(it.Version), "action": string(it.Action), "slug": it.Slug, "ext": ext,
	}
	if it.Slug == "" {
		values["slug"] = "story"
	}
	var b strings.Builder
	for i, field := range t.fields {
		literal := t.literals[i]
		if field == "ext" && strings.HasSuffix(literal, ".") && withdrawn != "" {
			literal, withdrawn = strings.TrimSuffix(literal, ".")+withdrawn+".", ""
		}
		value := safe(values[field])
		b.WriteString(literal)
		b.WriteString(value[:min(len(value), widths[field])])
	}
	last := t.literals[len(t.fields)]
	stop := strings.LastIndexByte(last, '.')
	if stop < 0 {
		stop = len(last)
	}
	return b.String() + last[:stop] + withdrawn + last[stop:]
}

// safe keeps what cannot mean anything to a file system.
func safe(value string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, value)
}
