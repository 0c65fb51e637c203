package iptc7901

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Message is what a message says. The format has room for no more.
type Message struct {
	Source     string // three letters
	Number     int    // 0 to 9999, wrapping
	Priority   int    // 1 to 6
	Category   string
	Words      int
	Action     wire.Action // of messages of the wire
	Keywords   string      // release, language and version, in those of the wire
	Headline   string
	Paragraphs []string  // lines joined by a space
	Sent       time.Time // UTC, in whole minutes
}

var header = regexp.MustCompile(`^\x01([a-z]{3})([0-9]{4}) ([1-6]) ([a-z]) ([0-9]+) ([a-z]*)\r\n([^\r\n\x02]*)\r\n\x02`)

// Decode reads a message that Encode wrote. It returns an Invalid error for
// anything else.
func Decode(data []byte) (*Message, error) {
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	text := string(runes)
	h := header.FindStringSubmatch(text)
	if h == nil {
		return nil, wire.Errorf(wire.Invalid, "iptc7901", "this is not a message of the wire: it has another header")
	}
	m := &Message{Source: h[1], Category: h[4], Action: wire.Action(h[6]), Keywords: h[7]}
	m.Number, _ = strconv.Atoi(h[2]) // digits, by the pattern
	m.Priority, _ = strconv.Atoi(h[3])
	m.Words, _ = strconv.Atoi(h[5])
	body, end, ok := strings.Cut(text[len(h[0]):], string(etx))
	if !ok {
		return nil, wire.Errorf(wire.Invalid, "iptc7901", "the text does not end")
	}
	var err error
	group, rest, _ := strings.Cut(end, "\r\n")
	if m.Sent, err = time.Parse("021504 GMT Jan 06", group); err != nil || rest != string(eot) {
		return nil, wire.Errorf(wire.Invalid, "iptc7901", "%q is not a day and time group with the end behind it", end)
	}
	var story string
	m.Headline, story, _ = strings.Cut(body, "\r\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(story, "\r\n"), "\r\n") {
		if paragraph, first := strings.CutPrefix(line, indent); first {
			m.Paragraphs = append(m.Paragraphs, paragraph)
		} else if n := len(m.Paragraphs); n > 0 {
			m.Paragraphs[n-1] += " " + line
		} else if line != "" {
			return nil, wire.Errorf(wire.Invalid, "iptc7901", "the text begins without a paragraph")
		}
	}
	return m, nil
}
