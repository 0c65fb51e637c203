package iptc7901

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
)

// The control characters of IPTC 7901 §2.
const (
	soh = "\x01" // start of header
	stx = "\x02" // start of text
	etx = "\x03" // end of text
)

// header is source and number, priority, category, words, and what follows.
var header = regexp.MustCompile(`^([A-Za-z]{2,4})\s?(\d{1,5})\s+(\d)\s+(\S+)\s+(?:(\d+)\s+)?(.*)$`)

// Read reads every message of a text; where it is not ASCII the caller has
// converted it. Errors are Invalid and name the line.
func Read(text string) ([]article.Article, error) {
	if len(text) > tree.MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, "IPTC 7901", "is larger than %d bytes; send fewer stories at a time", tree.MaxBytes)
	}
	var all []article.Article
	line := 1
	for rest := text; ; {
		start := strings.Index(rest, soh)
		if start < 0 {
			break
		}
		line += strings.Count(rest[:start], "\n")
		head, after, ok := strings.Cut(rest[start+1:], stx)
		if !ok {
			return nil, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(line), "opens a header that no STX (U+0002) ends")
		}
		body, next, ok := strings.Cut(after, etx)
		if !ok {
			return nil, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(line), "opens a text that no ETX (U+0003) ends; send the whole message")
		}
		a, err := message(head, body, line)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
		line += strings.Count(rest[start:len(rest)-len(next)], "\n")
		rest = next
	}
	if len(all) == 0 {
		return nil, wire.Errorf(wire.Invalid, "line 1", "holds no message: none begins with SOH (U+0001)")
	}
	return all, nil
}

func message(head, body string, line int) (article.Article, error) {
	a := article.Article{Format: "IPTC 7901"}
	lines := strings.FieldsFunc(head, func(r rune) bool { return r == '\r' || r == '\n' })
	if len(lines) == 0 {
		return a, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(line), "has an empty header; it must begin with source and number, such as dpa062")
	}
	m := header.FindStringSubmatch(strings.TrimSpace(lines[0]))
	if m == nil {
		return a, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(line), "has a header that is not source, number, priority and category, such as dpa062 4 pl 211")
	}
	a.Provider.Name = m[1]
	a.ID = m[1] + m[2]
	a.Urgency, _ = strconv.Atoi(m[3])
	a.Subjects = []article.Concept{{Scheme: "iptc-category", Code: m[4]}}
	a.Keep("words", m[5])
	a.Keep("header", m[6])
	for _, more := range lines[1:] {
		if more = strings.TrimSpace(more); a.Slugline == "" {
			a.Slugline = more
		} else {
			a.Keep("header", more)
		}
	}
	a.Text = strings.TrimSpace(body)
	paragraphs(&a)
	return a, nil
}

// paragraphs finds the headline, and joins the lines of paragraphs: lines were
// cut at 69 characters, and a paragraph begins with two spaces or more.
func paragraphs(a *article.Article) {
	var all []string
	fresh := true
	for _, raw := range strings.Split(strings.ReplaceAll(strings.ReplaceAll(a.Text, "\r\n", "\n"), "\r", "\n"), "\n") {
		trimmed := strings.TrimSpace(strings.Trim(raw, "\x00\x0e\x0f\x1e\x1f\x7f"))
		if trimmed == "" {
			fresh = true
			continue
		}
		if fresh || strings.HasPrefix(raw, "  ") || len(all) == 0 {
			all = append(all, trimmed)
		} else {
			all[len(all)-1] += " " + trimmed
		}
		fresh = false
	}
	if len(all) > 1 {
		a.Headline, all = strings.TrimRight(all[0], " ="), all[1:]
	}
	a.Text = strings.Join(all, "\n\n")
}
