package ingest

import (
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// story makes a release of an article. What the wire has no field for goes into
// Supplied.
func (d *document) story(a article.Article) Story {
	inner := &document{name: d.name, options: d.options, findings: slices.Clone(d.findings)}
	out := Story{Article: a}
	if a.Withdrawn() && strings.TrimSpace(a.Body+a.Text) == "" {
		out.Findings = inner.findings
		return out
	}
	if err := inner.fromArticle(&out.Article); err != nil {
		out.Err = inner.located(err)
		return out
	}
	out.Findings = inner.findings
	for i := range out.Findings { // lines are counted from where the body begins, which is nowhere in the file
		out.Findings[i].Line = 0
	}
	out.Release = inner.release
	out.Release.Supplied = supplied(&out.Article)
	return out
}

func (d *document) fromArticle(a *article.Article) error {
	if len(a.Requirements) > 0 {
		return d.fail(0, "says what is not understood, and must be understood before it is used: %s", strings.Join(a.Requirements, "; "))
	}
	d.fillFront(a)
	if err := d.fillBlocks(a); err != nil {
		return err
	}
	if err := d.finish(); err != nil {
		return err
	}
	e := &d.release.Editions[0]
	if dir := strings.ToLower(a.Direction); dir != "" && dir != vocab.Direction(e.Language) {
		d.find(0, Warning, "direction-contradicts", "The document says that it is written "+quote(dir)+", which "+e.Language+" is not.")
	}
	e.Pictures = d.picturesOf(a)
	if from, err := canonical(a.Translation); err == nil && from != "" && from != e.Language {
		e.Translation = &wire.Translation{From: from}
	}
	for _, part := range []struct {
		html string
		into *[]wire.Block
	}{{a.Boilerplate, &e.Boilerplate}, {a.Disclaimer, &e.Disclaimer}} {
		if strings.TrimSpace(part.html) == "" {
			continue
		}
		inner := &document{name: d.name, options: d.options}
		if err := inner.readHTML(part.html, 1); err != nil {
			return err
		}
		inner.reportRemoved()
		inner.dropEmpty()
		d.findings = append(d.findings, inner.findings...)
		*part.into = append(*part.into, inner.domain(inner.blocks, e.Language)...)
	}
	return d.release.Check()
}

// fillBlocks reads the text of an article. One that has none but a summary is
// that summary; a headline alone is a flash.
func (d *document) fillBlocks(a *article.Article) error {
	body, text := a.Body, a.Text
	if strings.TrimSpace(body+text) == "" {
		text, a.Abstract = a.Abstract, ""
	}
	if strings.TrimSpace(body+text) == "" {
		text = a.Headline
		if text == "" {
			return d.fail(0, "the story %s has neither text nor headline", quote(a.ID))
		}
	}
	if strings.TrimSpace(body) != "" {
		return d.readHTML(body, 1)
	}
	d.readPlain(lineEnds.Replace(text), 1)
	return nil
}

// clean is a line of text of an article as the wire carries it.
func (d *document) clean(text string) string {
	removed := 0
	text = strings.Map(func(r rune) rune {
		if wire.ForbiddenRune(r) {
			removed++
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if removed > 0 {
		d.find(0, Warning, "characters-removed", itoa(removed)+" characters that may not be carried were taken out of "+quote(text)+".")
	}
	return strings.Join(strings.Fields(text), " ")
}

// fillFront brings what an article says of itself to the fields that front
// matter has, so that the same rules apply to both.
func (d *document) fillFront(a *article.Article) {
	f := &d.front
	f.given = map[string]int{}
	f.Title = d.clean(a.Headline)
	for _, s := range a.Subheads {
		if s = d.clean(s); s != "" && s != f.Title {
			f.Subheads = append(f.Subheads, s)
		}
	}
	f.Slugline, f.Organisation = d.clean(a.Slugline), d.clean(a.Issuer)
	var notes []string
	for _, n := range a.Notes {
		notes = append(notes, d.clean(n))
	}
	f.Note = strings.Join(notes, "\n")
	if tag := strings.TrimSpace(strings.ReplaceAll(a.Language, "_", "-")); tag != "" && tag != "zh" { // which of the two scripts, the text says
		language, err := canonical(tag)
		if err != nil {
			d.find(0, Warning, "language-unknown", "The document says it is in "+quote(tag)+", which is no language tag.")
		}
		f.Language = language
	}
	d.datelineOf(a)
	d.placesOf(a)
	d.subjectsOf(a)
	switch {
	case a.Urgency == 1:
		f.Priority = wire.Flash
	case a.Urgency == 2 || a.Urgency == 3:
		f.Priority = wire.Urgent
	}
	d.instrumentsOf(a)
	for _, c := range a.Contacts {
		f.Contacts = append(f.Contacts, wire.PressContact{
			Name: d.clean(c.Name), Role: d.clean(c.Role), Organisation: d.clean(c.Organisation), Email: d.clean(c.Email), Phone: d.clean(c.Phone), MediaOnly: c.MediaOnly,
		})
	}
	if !a.Embargo.IsZero() && a.Embargo.After(d.options.Now) {
		f.Schedule = wire.Schedule{Local: a.Embargo.Format(wire.LocalLayout), Zone: "UTC", UTC: a.Embargo}
		d.find(0, Note, "embargo-read", "The provider's embargo holds until "+a.Embargo.Format(time.RFC3339)+".")
	}
}

func (d *document) datelineOf(a *article.Article) {
	line := a.Place
	line.City, line.Mark = d.clean(line.City), d.clean(line.Mark)
	if code, ok := vocab.FindCountry(line.Country); ok {
		line.Country = code
	} else {
		line.Country = ""
	}
	if printed := d.clean(a.Dateline); printed != "" {
		if found, ok := parseDateline(strings.TrimRight(printed, " -–—―:")+" – ", d.options.Now, func(string) bool { return true }); ok {
			line.City, line.Country = first(line.City, found.City), first(line.Country, found.Country)
			line.Date, line.Mark = first(line.Date, found.Date), first(line.Mark, found.Mark)
		} else if line.City == "" {
			line = place(printed)
		}
	}
	d.front.Dateline = line
}

// placesOf takes the countries; other places are kept as the document says them.
func (d *document) placesOf(a *article.Article) {
	for _, p := range a.Places {
		for _, name := range []string{p.Code, p.Name} {
			if code, ok := vocab.FindCountry(strings.TrimSpace(name)); ok {
				d.front.Places = appendNew(d.front.Places, code)
				break
			}
		}
	}
}

// subjectsOf takes the Media Topics, and the sectors that keywords name.
func (d *document) subjectsOf(a *article.Article) {
	for _, s := range a.Subjects {
		if topic, ok := vocab.LookupTopic(strings.TrimSpace(s.Code)); ok && mediaTopic(s) {
			d.front.Subjects = appendNew(d.front.Subjects, topic.Code)
		}
	}
	known, _ := findSectors(a.Keywords, d.front.Language)
	d.front.Sectors = known
}

// mediaTopic reports whether a subject's code is one of the Media Topics. The
// older subject codes have eight digits too and mean other things, but for the
// seventeen at the top, which both have; none of them begins with 2, as all other
// Media Topics do. Formats from before there were any carry them in their place.
func mediaTopic(c article.Concept) bool {
	scheme := strings.ToLower(c.Scheme)
	if scheme == "subj" {
		return strings.HasPrefix(c.Code, "2") || strings.HasSuffix(c.Code, "000000")
	}
	return strings.Contains(scheme, "medtop") || strings.Contains(scheme, "mediatopic")
}

func (d *document) instrumentsOf(a *article.Article) {
	var merged []wire.Instrument
	for _, in := range a.Instruments {
		in.ISIN, in.LEI, in.MIC = strings.ToUpper(in.ISIN), strings.ToUpper(in.LEI), strings.ToUpper(in.MIC)
		in.Ticker = d.clean(in.Ticker)
		if mic := markets[in.MIC]; mic != "" {
			in.MIC = mic
		}
		if problem := instrumentProblem(in); problem != "" {
			a.Keep("instrument", strings.TrimSpace(in.MIC+" "+in.Ticker+" "+in.ISIN+" "+in.LEI))
			d.find(0, Warning, "instrument-dropped", "An instrument of the document "+problem+"; it was kept beside the release.")
			continue
		}
		merged = mergeInstrument(merged, in)
	}
	d.front.Instruments = merged
}

// Bounds of what is kept beside a release.
const (
	maxSaid      = 2_000
	maxSaidBytes = 256 << 10
)

// supplied is everything that an article says and a release does not.
func supplied(a *article.Article) *wire.Supplied {
	s := &wire.Supplied{Format: a.Format, ID: a.ID, Version: a.Version, Expires: a.Expires}
	size, left := 0, 0
	keep := func(name, value string) {
		value = strings.TrimSpace(strings.ToValidUTF8(value, ""))
		if value == "" {
			return
		}
		if size += len(name) + len(value); size > maxSaidBytes || len(s.Fields) >= maxSaid {
			left++
			return
		}
		s.Fields = append(s.Fields, wire.Said{Name: name, Value: value})
	}
	for _, f := range []wire.Said{
		{Name: "provider", Value: a.Provider.Name}, {Name: "provider/url", Value: a.Provider.URL}, {Name: "credit", Value: a.Provider.Line},
		{Name: "source", Value: a.Source}, {Name: "family", Value: a.Family}, {Name: "status", Value: string(a.Status)}, {Name: "signal", Value: string(a.Signal)},
		{Name: "abstract", Value: a.Abstract}, {Name: "byline", Value: a.Byline}, {Name: "dateline", Value: a.Dateline},
		{Name: "copyright", Value: a.Copyright}, {Name: "usage", Value: a.Usage}, {Name: "translated from", Value: a.Translation},
	} {
		keep(f.Name, f.Value)
	}
	for name, at := range map[string]time.Time{"created": a.Created, "modified": a.Modified, "embargo": a.Embargo} {
		if !at.IsZero() {
			keep(name, at.Format(time.RFC3339))
		}
	}
	slices.SortStableFunc(s.Fields, func(a, b wire.Said) int { return strings.Compare(a.Name, b.Name) })
	for _, v := range a.Versions {
		keep("replaces", v)
	}
	for _, c := range a.Subjects {
		keep("subject", said(c))
	}
	for _, c := range a.Places {
		keep("place", said(c))
	}
	for _, k := range a.Keywords {
		keep("keyword", k)
	}
	for _, p := range a.Pictures {
		keep("picture", strings.Join(strings.Fields(strings.Join([]string{first(p.URL, p.Name), p.Type, size2(p.Width, p.Height), p.Caption, p.Credit}, " ")), " "))
	}
	for _, l := range a.Links {
		keep("link", strings.TrimSpace(l.Relation+" "+l.URL+" "+l.Title))
	}
	for _, f := range a.Extra {
		keep(f.Name, f.Value)
	}
	if left > 0 {
		s.Fields = append(s.Fields, wire.Said{Name: "left out", Value: itoa(left) + " more; they are in the original"})
	}
	return s
}

func said(c article.Concept) string {
	code := c.Code
	if c.Scheme != "" {
		code = c.Scheme + ":" + c.Code
	}
	return strings.Join(strings.Fields(strings.Join([]string{code, c.Name, c.Kind}, " ")), " ")
}

func size2(width, height int) string {
	if width == 0 {
		return ""
	}
	return itoa(width) + "×" + itoa(height)
}
