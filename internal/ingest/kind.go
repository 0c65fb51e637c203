package ingest

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
)

// Kind is the format that a document is in.
type Kind string

// The formats that are read.
const (
	Plain     Kind = "plain text"
	Markdown  Kind = "Markdown"
	HTML      Kind = "HTML"
	NewsMLG2  Kind = "NewsML-G2"
	NewsML1   Kind = "NewsML 1"
	NITF      Kind = "NITF"
	NINJS     Kind = "ninjs"
	Feed      Kind = "feed"
	IPTC7901  Kind = "IPTC 7901"
	DOCX      Kind = "DOCX"
	Message   Kind = "e-mail"
	Unread    Kind = "unread" // a format that is not read
	uncertain      = 0.6
)

// Guess is what a document seems to be.
type Guess struct {
	Kind       Kind    `json:"kind"`
	Confidence float64 `json:"confidence"` // 0 to 1; from 0.9 the content itself says so
	Why        string  `json:"why"`        // "its root element is <newsItem>"
}

var (
	rootElement = regexp.MustCompile(`^(?:\s|<\?[^>]*>|<!--(?s:.*?)-->|<!DOCTYPE[^\[>]*(?:\[(?s:.*?)\])?\s*>)*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)`)
	jsonFeed    = regexp.MustCompile(`"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version\\?/`)
	headerLine  = regexp.MustCompile(`(?i)^(?:from|to|subject|date|message-id|received|return-path|mime-version|content-type|dkim-signature|delivered-to|x-[\w-]+|reply-to|sender|list-[a-z]+): `)
)

// roots are the root elements of what is read in XML.
var roots = map[string]Kind{
	"newsItem": NewsMLG2, "packageItem": NewsMLG2, "newsMessage": NewsMLG2, "conceptItem": NewsMLG2, "knowledgeItem": NewsMLG2, "planningItem": NewsMLG2, "catalogItem": NewsMLG2,
	"NewsML": NewsML1, "nitf": NITF, "rss": Feed, "RDF": Feed, "feed": Feed, "entry": Feed, "html": HTML,
}

// Recognise tells what a document is: from its content, and where that says
// nothing from its name.
func Recognise(name string, raw []byte) Guess {
	text := string(bytes.TrimPrefix(raw[:min(len(raw), 16_000)], []byte("\xef\xbb\xbf")))
	trimmed := strings.TrimLeft(text, " \t\r\n")
	extension := strings.ToLower(filepath.Ext(name))
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		if bytes.Contains(raw, []byte("word/document.xml")) {
			return Guess{DOCX, 1, "it is a zip archive with a word/document.xml"}
		}
		return Guess{Unread, 1, "it is a zip archive without a word/document.xml"}
	case binaryKind(raw) != "":
		return Guess{Unread, 1, "it is " + binaryKind(raw)}
	case strings.Contains(text[:min(len(text), 200)], "\x01") && strings.Contains(text, "\x02"):
		return Guess{IPTC7901, 0.95, "it has the control characters SOH and STX"}
	case strings.HasPrefix(trimmed, "{") && extension != ".md" && extension != ".txt":
		return recogniseJSON(trimmed)
	case strings.HasPrefix(trimmed, "[") && extension == ".json":
		return Guess{Unread, 0.9, "it is a JSON list; send an object for each story, or JSON Feed"}
	case strings.HasPrefix(trimmed, "<"):
		m := rootElement.FindStringSubmatch(trimmed)
		if m != nil && m[1] == "svg" { // whose script would run
			return Guess{Unread, 1, "it is an SVG picture, and pictures are JPEG, PNG, WebP or GIF"}
		} else if m != nil && roots[m[1]] != "" {
			return Guess{roots[m[1]], 1, "its root element is <" + m[1] + ">"}
		} else if m != nil && (extension == ".xml" || strings.HasPrefix(trimmed, "<?xml")) && !htmlStart.MatchString(trimmed) {
			return Guess{Unread, 0.9, "its root element <" + m[1] + "> is none that is read"}
		}
	case headers(text) >= 3 || headers(text) >= 2 && extension == ".eml":
		return Guess{Message, 0.95, "it begins with header lines of e-mail"}
	}
	return recogniseText(text, extension)
}

func recogniseJSON(text string) Guess {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, `"`+w+`"`) {
				return true
			}
		}
		return false
	}
	switch {
	case jsonFeed.MatchString(text):
		return Guess{Feed, 1, "it names a version of JSON Feed"}
	case has("uri", "guid") && has("headline", "headlines", "bodies", "body_html", "body_xhtml", "body_text", "versioncreated", "versionCreated", "pubstatus", "pubStatus"):
		return Guess{NINJS, 0.95, "it is a JSON object with the members of ninjs"}
	case has("uri", "guid"):
		return Guess{NINJS, 0.7, "it is a JSON object with a uri or guid, which ninjs demands"}
	}
	return Guess{Unread, 0.7, "it is JSON, but neither ninjs nor JSON Feed"}
}

// headers counts the header lines of e-mail that a text begins with.
func headers(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			return n
		case headerLine.MatchString(line):
			n++
		case n > 0 && (line[0] == ' ' || line[0] == '\t'):
		case n > 0 && strings.Contains(line, ": "):
		default:
			return 0
		}
	}
	return 0 // a message has an empty line after its header
}

func recogniseText(text, extension string) Guess {
	body := text
	if _, rest, _, ok := cutFront(text); ok {
		body = rest
	}
	page := htmlStart.MatchString(body)
	switch extension {
	case ".md", ".markdown", ".mdown":
		return Guess{Markdown, 0.9, "its name ends in " + extension}
	case ".html", ".htm", ".xhtml":
		return Guess{HTML, 0.9, "its name ends in " + extension}
	case ".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".zip":
		return Guess{Unread, 0.8, extension + " files are not read"}
	case ".txt", ".text":
		if page {
			return Guess{HTML, 0.9, "it holds an HTML page"}
		}
		return Guess{Plain, 0.9, "its name ends in " + extension}
	}
	switch {
	case page:
		return Guess{HTML, 0.9, "it holds an HTML page"}
	case htmlFragment.MatchString(body):
		return Guess{HTML, 0.7, "it begins with an element of HTML"}
	case markdownSigns.MatchString(body):
		return Guess{Markdown, uncertain, "it has headings, tables or links of Markdown"}
	}
	return Guess{Plain, uncertain, "it is text without markup"}
}
