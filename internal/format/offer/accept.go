package offer

import (
	"mime"
	"strconv"
	"strings"
)

// maxAccept is how much of a header is read: browsers send a tenth of it.
const maxAccept = 2048

// mediaRange is one of the types that a client takes (RFC 9110 §12.5.1).
type mediaRange struct {
	kind       string // "text/plain", "text/*", "*/*"
	parameters map[string]string
	quality    int // thousandths
}

// Choose returns which of several media types a client would rather have by its
// Accept header (RFC 9110 §12.5.1): the first of those that it values most; -1
// if it takes none of them. Without a header, or where that names no type, it is
// the first. Types may have parameters; a range that names some wants the same.
func Choose(accept string, media []string) int {
	ranges := readAccept(accept)
	if len(ranges) == 0 {
		return 0
	}
	best, value := -1, 0
	for i, m := range media {
		kind, parameters, err := mime.ParseMediaType(m)
		if err != nil {
			continue
		}
		if q := quality(ranges, kind, parameters); q > value {
			best, value = i, q
		}
	}
	return best
}

// quality is what a client gives for a type: of the ranges that hold it, the
// narrowest counts.
func quality(ranges []mediaRange, kind string, parameters map[string]string) int {
	q, narrowest := 0, -1
	for _, r := range ranges {
		width := 0
		switch {
		case r.kind == kind:
			width = 2
		case strings.HasSuffix(r.kind, "/*") && strings.HasPrefix(kind, strings.TrimSuffix(r.kind, "*")):
			width = 1
		case r.kind != "*/*":
			continue
		}
		if !holds(parameters, r.parameters) {
			continue
		}
		if width += len(r.parameters); width > narrowest {
			q, narrowest = r.quality, width
		}
	}
	return q
}

func holds(all, some map[string]string) bool {
	for name, value := range some {
		if !strings.EqualFold(all[name], value) {
			return false
		}
	}
	return true
}

// readAccept reads an Accept header; what cannot be read in it is passed over.
func readAccept(header string) []mediaRange {
	if len(header) > maxAccept {
		header = header[:strings.LastIndexByte(header[:maxAccept], ',')+1]
	}
	var all []mediaRange
	for _, part := range elements(header) {
		kind, parameters, err := mime.ParseMediaType(part)
		if err != nil || strings.Count(kind, "/") != 1 {
			continue
		}
		r := mediaRange{kind: kind, parameters: parameters, quality: 1000}
		if q, ok := parameters["q"]; ok {
			delete(parameters, "q")
			value, err := strconv.ParseFloat(q, 64)
			if err != nil || !(value >= 0 && value <= 1) {
				continue
			}
			r.quality = int(value * 1000)
		}
		all = append(all, r)
	}
	return all
}

// elements parts a list at its commas, those within quotation marks aside.
func elements(list string) []string {
	var all []string
	start, quoted := 0, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			all = append(all, list[start:i])
			start = i + 1
		}
	}
	return append(all, list[start:])
}
