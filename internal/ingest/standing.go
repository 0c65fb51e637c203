package ingest

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of standing paragraphs, in runes: a story that speaks of warranties at
// length is a story.
const (
	maxDisclaimer  = 1200
	maxBoilerplate = 3000
	maxSectorLine  = 300
)

// parted is a document's blocks by what they are.
type parted struct {
	body, boilerplate, disclaimer []block
	sectors                       []block // lines that name the sectors
}

// part separates the standing parts from the story. The first block is always
// story; if nothing else were, all of it is.
func (d *document) part(blocks []block) parted {
	kinds := classify(blocks)
	var p parted
	for i, b := range blocks {
		switch kinds[i] {
		case aDisclaimer:
			p.disclaimer = append(p.disclaimer, b)
		case aBoilerplate:
			p.boilerplate = append(p.boilerplate, b)
		case aSectorLine:
			p.sectors = append(p.sectors, b)
		default:
			p.body = append(p.body, b)
		}
	}
	if len(p.body) == 0 {
		return parted{body: blocks}
	}
	return p
}

type standing int

const (
	story standing = iota
	aDisclaimer
	aBoilerplate
	aSectorLine
)

// splitStanding parts paragraphs whose lines are standing texts by themselves:
// pages set them with line breaks between.
func splitStanding(blocks []block) []block {
	var out []block
	for _, b := range blocks {
		lines := b.text.lines()
		split := false
		if len(lines) > 1 && b.prose() && lines[0].size <= 160 {
			name := aboutName(text.Fold(lines[0].plain()))
			split = name != "" && strings.Contains(text.Fold(lines[1].plain()), name)
		}
		for i := range lines {
			split = split || len(lines) > 1 && b.prose() && (isSectorLine(lines[i].plain()) || disclaims(text.Fold(lines[i].plain())))
		}
		if !split {
			out = append(out, b)
			continue
		}
		for i, line := range lines {
			if line = line.trim(); line.size > 0 || len(line.removed) > 0 {
				piece := b
				piece.text = line
				if piece.line > 0 {
					piece.line += i
				}
				out = append(out, piece)
			}
		}
	}
	return out
}

// classify says of every block what it is.
func classify(blocks []block) []standing {
	kinds := make([]standing, len(blocks))
	texts := make([]string, len(blocks)) // folded, of prose short enough to be standing
	for i := range blocks {
		if b := &blocks[i]; b.prose() && b.text.size < 4*maxBoilerplate {
			texts[i] = text.Fold(b.text.plain())
		}
	}
	for i := 1; i < len(blocks); i++ {
		switch folded := texts[i]; {
		case folded == "":
		case isSectorLine(blocks[i].text.plain()):
			kinds[i] = aSectorLine
		case disclaims(folded):
			kinds[i] = aDisclaimer
		case i+1 < len(blocks) && disclaims(folded+" "+texts[i+1]) && utf8.RuneCountInString(folded) < maxDisclaimer/4 && holds(folded, patternsOfAll().thirdParty) && !disclaims(texts[i+1]):
			kinds[i], kinds[i+1] = aDisclaimer, aDisclaimer // a sentence each
		}
	}
	standingFromEnd(blocks, texts, kinds)
	aboutSections(blocks, texts, kinds)
	return kinds
}

// disclaims reports whether folded text is a provider's disclaimer.
func disclaims(folded string) bool {
	return utf8.RuneCountInString(folded) <= maxDisclaimer && holds(folded, patternsOfAll().thirdParty) && holds(folded, patternsOfAll().noWarranty)
}

// standingFromEnd finds the boilerplate of the wire: below the story, beside
// the disclaimer, sectors and each other.
func standingFromEnd(blocks []block, texts []string, kinds []standing) {
	offers := func(i int) bool {
		return texts[i] != "" && utf8.RuneCountInString(texts[i]) <= maxBoilerplate && holds(texts[i], patternsOfAll().service)
	}
	for i := len(blocks) - 1; i > 0; i-- {
		switch {
		case kinds[i] != story:
		case offers(i) && holds(texts[i], patternsOfAll().reach):
			kinds[i] = aBoilerplate
		case offers(i) && (kinds[i-1] != story || offers(i-1)): // a second paragraph of it
			kinds[i] = aBoilerplate
		case strings.TrimFunc(texts[i], func(r rune) bool { return !unicode.IsLetter(r) }) == "" && texts[i] != "": // ###, -30-
		default:
			// What offers distribution and stands right beside a disclaimer is
			// boilerplate wherever that is.
			for j := 1; j < i; j++ {
				if kinds[j] == story && offers(j) && holds(texts[j], patternsOfAll().reach) && (kinds[j-1] == aDisclaimer || kinds[j-1] == aSectorLine) {
					kinds[j] = aBoilerplate
				}
			}
			return
		}
	}
}

// aboutSections finds the issuer's boilerplate: "About NAME" as a heading, or
// as a line of its own that the paragraph below bears out by naming it, until
// the next heading.
func aboutSections(blocks []block, texts []string, kinds []standing) {
	for i := 1; i+1 < len(blocks); i++ {
		if kinds[i] != story || kinds[i+1] != story || !blocks[i+1].prose() {
			continue
		}
		title := &blocks[i]
		if !(title.heading() || title.prose() && utf8.RuneCountInString(title.text.plain()) <= 80) {
			continue
		}
		name := aboutName(text.Fold(title.text.plain()))
		if name == "" || !title.heading() && !strings.Contains(texts[i+1], name) {
			continue
		}
		kinds[i] = aBoilerplate
		for j := i + 1; j < len(blocks) && kinds[j] == story && !blocks[j].heading(); j++ {
			if j > i+1 && !title.heading() { // without headings nothing says where it ends
				break
			}
			kinds[j] = aBoilerplate
		}
	}
}

// aboutName returns whom a heading such as "About NAME" is about, "" if it is
// not one. title is folded.
func aboutName(title string) string {
	title = strings.TrimRight(strings.TrimSpace(title), ":： ")
	if strings.ContainsAny(title, ".!?。！？؟") && !strings.HasSuffix(title, ".") {
		return ""
	}
	for _, a := range patternsOfAll().about {
		if strings.HasPrefix(title, a[0]) && strings.HasSuffix(title, a[1]) && len(title) > len(a[0])+len(a[1]) {
			return strings.TrimSpace(title[len(a[0]) : len(title)-len(a[1])])
		}
	}
	return ""
}

var sectorColon = regexp.MustCompile(`^([^:：\n]{1,40})[:：]\s*([^\n]+)$`)

// isSectorLine reports whether a line names sectors: a label of such lines, a
// colon, short names. At least one must be known, or all be short: a sentence
// may begin with "Industry: ".
func isSectorLine(s string) bool {
	s = strings.TrimFunc(s, blank)
	if utf8.RuneCountInString(s) > maxSectorLine {
		return false
	}
	m := sectorColon.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	label := strings.TrimSpace(text.Fold(m[1]))
	for _, l := range patternsOfAll().sectors {
		if label == l {
			known, unknown := findSectors(splitLabels(m[2]), "")
			for _, u := range unknown {
				if len(known) == 0 && (len(strings.Fields(u)) > 4 || utf8.RuneCountInString(u) > 40) {
					return false
				}
			}
			return len(known)+len(unknown) > 0
		}
	}
	return false
}

// splitLabels parts a list of sector names.
func splitLabels(s string) []string {
	var out []string
	for _, label := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",،、，;；؛|\n•", r) }) {
		if label = strings.TrimFunc(label, func(r rune) bool { return blank(r) || r == '.' || r == '。' }); label != "" {
			out = append(out, label)
		}
	}
	return out
}

// findSectors returns the codes of labels, and the labels that have none.
func findSectors(labels []string, language string) (known, unknown []string) {
	for _, label := range labels {
		if code, ok := vocab.FindSector(label, language); ok {
			known = appendNew(known, code)
		} else {
			unknown = appendNew(unknown, label)
		}
	}
	return known, unknown
}

func (d *document) unknownSectors(labels []string, line int) {
	d.find(line, Warning, "sector-unknown", "No sector of the wire is known by: "+strings.Join(labels, ", ")+". The names were kept in the note to editors; choose the sectors.")
}

// credit finds who supplied an article that bears a disclaimer: a provider the
// house knows, else the name that the disclaimer itself gives.
func (d *document) credit(mark string, disclaimer []block) *wire.Credit {
	var all strings.Builder
	for i := range disclaimer {
		all.WriteString(disclaimer[i].text.plain() + "\n")
	}
	says, address := all.String(), ""
	if at := nextAddress(says); at >= 0 {
		address = says[at : at+addressLen(says[at:])]
	} else {
		for i := range disclaimer {
			for _, s := range disclaimer[i].text.spans() {
				if address == "" && strings.HasPrefix(s.link, "http") {
					address = s.link
				}
			}
		}
	}
	foldedText := text.Fold(says)
	for _, p := range d.options.Providers {
		for _, name := range append([]string{p.Name}, p.Marks...) {
			if name != "" && (text.Fold(name) == text.Fold(mark) || strings.Contains(foldedText, text.Fold(name))) || p.URL != "" && host(p.URL) == host(address) {
				return &wire.Credit{Name: p.Name, Line: p.Line, URL: first(p.URL, address)}
			}
		}
	}
	if !wire.SafeLink(address) {
		address = ""
	}
	name := mark // datelines shout; the disclaimer has the name in its own spelling
	if at := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(mark)).FindString(says); mark != "" && at != "" {
		name = at
	} else if mark == "" || !strings.Contains(foldedText, text.Fold(mark)) {
		name = first(nameBefore(says, address), mark)
	}
	if name == "" {
		return nil
	}
	return &wire.Credit{Name: name, URL: address}
}

// nameBefore returns the word of a text that its web address is named after, in
// its own spelling; failing that, the address's host.
func nameBefore(says, address string) string {
	h := host(address)
	if h == "" {
		return ""
	}
	label := strings.Split(h, ".")[0]
	for _, w := range strings.FieldsFunc(says, func(r rune) bool { return r > 0x7f || !isWordByte(byte(r)) && r != '&' }) {
		if strings.EqualFold(w, label) {
			return w
		}
	}
	return h
}

// host is the host of an address without www, "" if it has none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
