package ingest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Confidences of language guesses (text.Guess).
const (
	sureGuess    = 0.8 // a note, not a warning
	tellingGuess = 0.6 // contradicts what was said
	poorGuess    = 0.2 // no guess at all
)

// recognise makes the release out of the blocks.
func (d *document) recognise() error {
	if n := len(d.blocks); n > wire.MaxBlocks {
		return wire.Errorf(wire.Exhausted, d.name, "has %d paragraphs; at most %d fit", n, wire.MaxBlocks)
	}
	d.reportRemoved()
	d.dropEmpty()
	if len(d.blocks) == 0 {
		return d.fail(0, "holds no text that can be carried; a release needs text")
	}
	d.blocks = splitStanding(d.blocks)
	parts := d.part(d.blocks)
	d.blocks = parts.body

	var line wire.Dateline
	d.datelineIn = -1
	d.takeDateline(0, parts, &line)
	headline, err := d.takeHeadline()
	if err != nil {
		return err
	}
	if d.datelineIn < 0 {
		d.takeDateline(firstProse(d.blocks), parts, &line)
	}
	if len(d.blocks) == 0 { // a headline alone: a flash
		if d.blocks, parts = rejoin(parts); len(d.blocks) == 0 {
			return d.fail(0, "holds a headline but no text; a release needs both")
		}
	}
	language, err := d.languageOf(headline)
	if err != nil {
		return err
	}
	d.release = &wire.Release{State: wire.Draft, Schedule: d.front.Schedule}
	d.release.Facets = d.facets(line.Mark, parts, language)
	e := wire.Edition{
		Language: language, Headline: headline, Subheads: d.front.Subheads, Dateline: d.mergeDateline(line),
		Body: d.domain(d.blocks, language), Boilerplate: d.domain(parts.boilerplate, language), Disclaimer: d.domain(parts.disclaimer, language),
		Contacts: d.front.Contacts, Note: d.note(parts.sectors, language),
	}
	d.release.Editions = []wire.Edition{e}
	for _, code := range slices.Sorted(maps.Keys(d.counts)) {
		if n := d.counts[code]; n > maxFindings {
			d.findings = append(d.findings, Finding{File: d.name, Severity: Warning, Code: code, Message: itoa(n-maxFindings) + " more of the same kind."})
		}
	}
	slices.SortStableFunc(d.findings, func(a, b Finding) int { return a.Line - b.Line })
	return nil
}

// dropEmpty drops the blocks and list items that held nothing but what was
// taken out; they were kept until that was told.
func (d *document) dropEmpty() {
	d.blocks = slices.DeleteFunc(d.blocks, func(b block) bool { return b.empty() })
	for i := range d.blocks {
		d.blocks[i].items = slices.DeleteFunc(d.blocks[i].items, func(t running) bool { return t.empty() })
	}
}

// rejoin gives the story back a text where everything else was taken for
// something standing.
func rejoin(parts parted) ([]block, parted) {
	all := slices.Concat(parts.disclaimer, parts.sectors, parts.boilerplate)
	slices.SortStableFunc(all, func(a, b block) int { return a.line - b.line })
	return all, parted{}
}

// reportRemoved tells which characters were taken out of the text.
func (d *document) reportRemoved() {
	counts := map[rune]int{}
	var order []rune
	line := 0
	for i := range d.blocks {
		for _, p := range d.blocks[i].parts() {
			for _, r := range p.removed {
				if counts[r.rune]++; counts[r.rune] == 1 {
					order = append(order, r.rune)
				}
				if line == 0 {
					line = d.blocks[i].line
				}
			}
		}
	}
	if len(order) == 0 {
		return
	}
	names := make([]string, 0, len(order))
	for _, r := range order[:min(len(order), 10)] {
		names = append(names, fmt.Sprintf("U+%04X (%d)", r, counts[r]))
	}
	d.find(line, Warning, "characters-removed", "Characters that may not be carried were taken out: "+strings.Join(names, ", ")+". Read the text once more.")
}

// takeDateline takes a dateline off the start of a block.
func (d *document) takeDateline(i int, parts parted, line *wire.Dateline) {
	if i < 0 || i >= len(d.blocks) || !d.blocks[i].prose() {
		return
	}
	b := &d.blocks[i]
	plain := b.text.plain()
	found, ok := parseDateline(plain, d.options.Now, func(mark string) bool { return d.knownMark(mark, parts) })
	if !ok {
		return
	}
	rest := b.text.slice(found.end, b.text.size)
	if rest = rest.trim(); rest.empty() && len(d.blocks) == 1 {
		return
	}
	*line, d.datelineIn = found.Dateline, i
	d.find(b.line, Note, "dateline-read", "Read as the dateline: “"+strings.TrimSpace(plain[:found.end])+"”.")
	if found.guessed {
		d.find(b.line, Warning, "dateline-year", "The dateline gives no year; "+found.Date+" was taken.")
	}
	if b.text = rest; rest.empty() {
		d.blocks = slices.Delete(d.blocks, i, i+1)
		d.datelineIn = len(d.blocks) // it was a line of its own: no block begins with it
	}
}

// knownMark reports whether a name is that of a wire: one the house knows, or
// one that the standing text below the story names.
func (d *document) knownMark(mark string, parts parted) bool {
	name := text.Fold(mark)
	for _, p := range d.options.Providers {
		for _, known := range append([]string{p.Name}, p.Marks...) {
			if text.Fold(known) == name {
				return true
			}
		}
	}
	for _, standing := range [][]block{parts.disclaimer, parts.boilerplate} {
		for i := range standing {
			if strings.Contains(text.Fold(standing[i].text.plain()), name) {
				return true
			}
		}
	}
	return false
}

func firstProse(blocks []block) int {
	return slices.IndexFunc(blocks, func(b block) bool { return b.prose() })
}

// mergeDateline completes what the front matter says with what the text says.
func (d *document) mergeDateline(read wire.Dateline) wire.Dateline {
	given := d.front.Dateline
	if given == (wire.Dateline{}) {
		return read
	}
	if given.City == "" {
		given.City, given.Country = read.City, first(given.Country, read.Country)
	} else if read.City != "" && text.Fold(read.City) != text.Fold(given.City) {
		d.find(d.front.given["dateline"], Warning, "dateline-contradicts", "The front matter says "+quote(given.City)+", the text "+quote(read.City)+"; the front matter was taken.")
	} else if given.Country == "" {
		given.Country = read.Country
	}
	given.Date, given.Mark = first(given.Date, read.Date), first(given.Mark, read.Mark)
	return given
}

// languageOf is the language that was given, or else the one the text seems to
// be in.
func (d *document) languageOf(headline string) (string, error) {
	var sample strings.Builder
	sample.WriteString(headline)
	for i := range d.blocks {
		for _, p := range d.blocks[i].parts() {
			sample.WriteString("\n" + p.plain())
		}
		if sample.Len() > 40_000 {
			break
		}
	}
	guess := text.Detect(sample.String())
	percent := itoa(int(math.Round(100*guess.Confidence))) + " %"
	given := d.front.Language
	if d.options.Language != "" {
		option, err := canonical(d.options.Language)
		if err != nil {
			return "", wire.Errorf(wire.Invalid, "language", "%s", err.Error())
		}
		if given != "" && option != given {
			d.find(d.front.given["language"], Warning, "language-contradicts", "The document says it is in "+given+", the submission says "+option+"; the document was believed.")
		}
		given = first(given, option)
	}
	if declared, err := canonical(d.language); given == "" && d.language != "" && err == nil {
		// Pages declare what their template was made for, so a clear guess wins.
		if guess.Language == "" || sameLanguage(declared, guess.Language) || guess.Confidence < sureGuess {
			given = declared
		} else {
			d.find(0, Warning, "language-contradicts", "The page declares "+declared+" but reads as "+guess.Language+".")
		}
	}
	if given != "" {
		if guess.Language != "" && !sameLanguage(given, guess.Language) && guess.Confidence >= tellingGuess {
			d.find(d.front.given["language"], Warning, "language-contradicts", "The language is given as "+given+", but the text reads as "+guess.Language+" ("+percent+").")
		}
		if _, ok := vocab.LookupLanguage(given); !ok {
			d.find(d.front.given["language"], Note, "language-unserved", given+" is not one of the wire's languages; few will receive it.")
		}
		return given, nil
	}
	if guess.Language == "" || guess.Confidence < poorGuess {
		return "", d.fail(0, "is in a language that cannot be told from the text; say which, for example language: en in the front matter")
	}
	severity := Note
	if guess.Confidence < sureGuess {
		severity = Warning
	}
	d.find(0, severity, "language-guessed", "No language is given; the text reads as "+guess.Language+" ("+percent+").")
	return guess.Language, nil
}

// sameLanguage reports whether a text that reads as a language may be given as
// another tag: the language with a region (RFC 5646 §2.2.4), or Norwegian, which
// says not which of the two.
func sameLanguage(given, read string) bool {
	return given == read || strings.HasPrefix(given, read+"-") || read == "nb" && (given == "no" || given == "nn")
}

// facets are what the front matter and the standing text say the release is
// about.
func (d *document) facets(mark string, parts parted, language string) wire.Facets {
	f := wire.Facets{
		Organisation: d.front.Organisation, Provider: d.front.Provider, Priority: d.front.Priority,
		Sectors: d.front.Sectors, Subjects: d.front.Subjects, Places: d.front.Places,
		Instruments: d.front.Instruments, Circuits: d.front.Circuits,
	}
	if f.Priority == "" {
		f.Priority = wire.Ordinary
	}
	for i := range parts.sectors {
		known, _ := findSectors(sectorLabels(&parts.sectors[i]), language)
		for _, code := range known {
			f.Sectors = appendNew(f.Sectors, code)
		}
	}
	if len(parts.boilerplate) > 0 {
		d.find(parts.boilerplate[0].line, Note, "boilerplate-read", "Standing text was set apart: "+quote(parts.boilerplate[0].text.plain())+".")
	}
	if len(parts.disclaimer) > 0 {
		d.find(parts.disclaimer[0].line, Note, "disclaimer-read", "A provider's disclaimer was set apart: "+quote(parts.disclaimer[0].text.plain())+".")
	}
	if f.Provider == nil && (len(parts.disclaimer) > 0 || d.knownMark(mark, parted{}) && mark != "") {
		if f.Provider = d.credit(mark, parts.disclaimer); f.Provider == nil {
			d.find(parts.disclaimer[0].line, Warning, "provider-unknown", "The disclaimer names nobody; say who supplied the article: provider in the front matter.")
		} else {
			d.find(0, Note, "provider-read", "Supplied by "+quote(f.Provider.Name)+".")
		}
	}
	return f
}

func sectorLabels(b *block) []string {
	m := sectorColon.FindStringSubmatch(strings.TrimFunc(b.text.plain(), blank))
	if m == nil {
		return nil
	}
	return splitLabels(m[2])
}

// note is what editors must know: what the issuer says to them, and names of
// sectors that mean nothing to the wire.
func (d *document) note(lines []block, language string) string {
	var note []string
	if d.front.Slugline != "" {
		note = append(note, "Slugline: "+d.front.Slugline)
	}
	if d.front.Note != "" {
		note = append(note, d.front.Note)
	}
	if len(d.front.Unknown) > 0 {
		note = append(note, "Sectors: "+strings.Join(d.front.Unknown, ", "))
	}
	for i := range lines {
		says := lines[i].text.plain()
		d.find(lines[i].line, Note, "sectors-read", "Read as the sectors: “"+says+"”.")
		if _, unknown := findSectors(sectorLabels(&lines[i]), language); len(unknown) > 0 {
			d.unknownSectors(unknown, lines[i].line)
			note = append(note, says)
		}
	}
	return strings.Join(note, "\n")
}

// domain brings blocks to the wire's own.
func (d *document) domain(blocks []block, language string) []wire.Block {
	var out []wire.Block
	for i := range blocks {
		if declared, err := canonical(d.language); err == nil && blocks[i].lang == declared {
			blocks[i].lang = ""
		}
		out = append(out, blocks[i].domain(language, vocab.Direction(language)))
	}
	return out
}
