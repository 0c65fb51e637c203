package returned

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what a message that came back says.
type Kind string

// The kinds.
const (
	Bounce    Kind = "bounce"    // it did not reach its reader, and will not
	Delay     Kind = "delay"     // it has not reached its reader yet
	Complaint Kind = "complaint" // its reader reported it as unwanted
	Notice    Kind = "notice"    // it reached its reader, or another list; nothing is to be done
	Reply     Kind = "reply"     // an automatic answer, such as a holiday's
	Other     Kind = "other"     // nobody can tell; a person's answer, most likely
)

// Report is what a message that came back says of one letter.
type Report struct {
	Kind Kind
	// Status is the code of RFC 3463, as "5.1.1"; of a Bounce always, else "" if
	// there is none.
	Status string
	// Said are the receiver's own words, in one line of at most 160 characters;
	// "" if it gave none.
	Said string
	// ReturnPath is the one that the letter had, as the report repeats it, without
	// angle brackets; "" if it does not.
	ReturnPath string
}

const (
	maxDepth = 4       // of parts in parts
	maxParts = 40      // of a message
	maxPart  = 1 << 18 // bytes of a part that are looked at
	maxSaid  = 160
)

// Parse reads a message that came back, with who sent it by its envelope: "" for
// nobody. It reads no more of it than it needs to; an error says that it is no message
// at all.
func Parse(r io.Reader, from string) (Report, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return Report{}, errors.New("returned: this is no message")
	}
	p := parser{}
	p.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
	switch {
	case p.feedback != nil:
		return p.complaint(), nil
	case len(p.recipients) > 0:
		return p.delivery(), nil
	}
	if bounce, ok := p.plain(from, m.Header); ok {
		return bounce, nil
	}
	if isReply(m.Header) {
		return Report{Kind: Reply}, nil
	}
	return Report{Kind: Other}, nil
}

// parser gathers what the parts of a message say.
type parser struct {
	parts      int
	feedback   map[string]string   // RFC 5965 §3.2
	recipients []map[string]string // RFC 3464 §2.3
	enclosed   map[string]string   // headers of the letter, as far as they came back
	text       []byte              // the first part of text
}

// part reads one part, and those in it. What cannot be read is passed over:
// reports are written by many hands, and one part is enough.
func (p *parser) part(contentType, encoding string, body io.Reader, depth int) {
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		return
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "" {
		parts := multipart.NewReader(body, parameters["boundary"])
		for {
			one, err := parts.NextRawPart()
			if err != nil {
				return
			}
			p.part(one.Header.Get("Content-Type"), one.Header.Get("Content-Transfer-Encoding"), one, depth+1)
			if p.parts > maxParts {
				return
			}
		}
	}
	raw, _ := io.ReadAll(io.LimitReader(decoded(encoding, body), maxPart))
	switch kind {
	case "message/delivery-status", "message/global-delivery-status": // RFC 6533 §3
		for _, group := range groups(raw) {
			if group["action"] != "" || group["status"] != "" {
				p.recipients = append(p.recipients, group)
			}
		}
	case "message/feedback-report":
		if all := groups(raw); len(all) > 0 && p.feedback == nil {
			p.feedback = all[0]
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers":
		if all := groups(raw); len(all) > 0 && p.enclosed == nil {
			p.enclosed = all[0]
		}
	case "text/plain":
		if p.text == nil {
			p.text = raw
		}
	}
}

// decoded reads a part as it was before it was encoded.
func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// groups reads fields, in groups between empty lines, by their names in lower
// case; of one name the first. Lines that are no field are passed over.
func groups(raw []byte) (all []map[string]string) {
	var group map[string]string
	var name string
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, maxPart+1)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		switch {
		case strings.TrimSpace(line) == "":
			group, name = nil, ""
		case line[0] == ' ' || line[0] == '\t': // goes on
			if name != "" {
				group[name] += " " + strings.TrimSpace(line)
			}
		default:
			before, value, ok := strings.Cut(line, ":")
			name = strings.ToLower(strings.TrimSpace(before))
			if !ok || name == "" {
				name = ""
				continue
			}
			if group == nil {
				group = map[string]string{}
				all = append(all, group)
			}
			if _, known := group[name]; known {
				name = ""
				continue
			}
			group[name] = strings.TrimSpace(value)
		}
	}
	return all
}

// noComplaint are the types of feedback report that no reader asked for: that a letter
// is wanted after all (RFC 6430), that its signatures do not hold (RFC 6591), or that a
// program found a virus in it (RFC 5965 §7.3). Every other type is a complaint.
var noComplaint = []string{"not-spam", "auth-failure", "virus"}

// complaint reads a feedback report.
func (p *parser) complaint() Report {
	r := Report{Kind: Complaint, Said: said(p.feedback["feedback-type"]), ReturnPath: bare(p.feedback["original-mail-from"])}
	if slices.Contains(noComplaint, strings.ToLower(p.feedback["feedback-type"])) {
		r.Kind = Notice
	}
	if r.ReturnPath == "" {
		r.ReturnPath = bare(p.enclosed["return-path"])
	}
	return r
}

// status is a code of RFC 3463 §2.
var status = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// delivery reads a report of delivery. A letter has one reader, so that all
// groups are about it; the one that says the worst counts.
func (p *parser) delivery() Report {
	r := Report{Kind: Notice, ReturnPath: bare(p.enclosed["return-path"])}
	worst := -1
	for _, group := range p.recipients {
		code := status.FindString(group["status"])
		kind, weight := Notice, 0
		switch action := strings.ToLower(strings.TrimSpace(cutComment(group["action"]))); {
		case action == "failed", action == "" && strings.HasPrefix(code, "5"):
			kind, weight = Bounce, 2
			if code == "" || code[0] == '2' {
				code = "5.0.0"
			}
		case action == "delayed", action == "" && strings.HasPrefix(code, "4"):
			kind, weight = Delay, 1
		}
		if weight > worst {
			worst = weight
			_, words, typed := strings.Cut(group["diagnostic-code"], ";") // RFC 3464 §2.3.6
			if !typed {
				words = group["diagnostic-code"]
			}
			r.Kind, r.Status, r.Said = kind, code, said(words)
		}
	}
	return r
}

// isReply reports whether a message says of itself that no person sent it
// (RFC 3834 §5), or has the headers that older programs use.
func isReply(h mail.Header) bool {
	auto := strings.ToLower(strings.TrimSpace(cutComment(h.Get("Auto-Submitted"))))
	return auto != "" && auto != "no" || h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" ||
		strings.EqualFold(h.Get("Precedence"), "auto_reply")
}

// saidInSMTP is a code of RFC 3463 as servers quote it: behind a reply of SMTP, or with
// the mark of older ones. By itself such a number is a date, a version or a paragraph.
var saidInSMTP = regexp.MustCompile(`(?:\b[45]\d\d[ -]#?|#)([45]\.\d{1,3}\.\d{1,3})\b`)

// plain reads a bounce that is no report, as some servers still write them: it comes
// from a server by its envelope and by its header, and has what a server said in its
// text. An answer that nobody wrote comes from nobody, too, but not from a server.
func (p *parser) plain(from string, h mail.Header) (Report, bool) {
	if from != "" && !isServer(from) || !isServer(bare(h.Get("From"))) {
		return Report{}, false
	}
	for line := range strings.Lines(string(p.text)) {
		if code := saidInSMTP.FindStringSubmatch(line); code != nil {
			return Report{Kind: Bounce, Status: code[1], Said: said(line)}, true
		}
	}
	return Report{}, false
}

// isServer reports whether an address is one that mail servers write from.
func isServer(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "mailer-daemon" || local == Postmaster
}

// cutComment takes a comment off a field (RFC 5322 §3.2.2).
func cutComment(value string) string {
	before, _, _ := strings.Cut(value, "(")
	return before
}

// bare is an address without what stands around it.
func bare(address string) string {
	if _, address, ok := strings.Cut(address, "<"); ok {
		address, _, _ = strings.Cut(address, ">")
		return strings.TrimSpace(address)
	}
	return strings.TrimSpace(address)
}

// said makes one short line of a receiver's words.
func said(words string) string {
	words = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(words, "?"), func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
	if utf8.RuneCountInString(words) > maxSaid {
		words = string([]rune(words)[:maxSaid])
	}
	return words
}
