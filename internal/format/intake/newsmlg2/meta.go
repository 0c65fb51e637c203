package newsmlg2

import (
	"cmp"
	"strconv"
	"strings"

	"golang.org/x/text/cases"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/wire"
)

// fill takes what an item says about its story.
func fill(a *article.Article, n *tree.Node) {
	a.Format = strings.TrimSpace("NewsML-G2 " + n.Attr("standardversion"))
	n.Attr("standard")
	n.Attr("conformance")
	a.ID, a.Version = n.Attr("guid"), n.Attr("version")
	a.Language, a.Direction = n.Attr("xml:lang"), n.Attr("dir")
	for _, c := range n.All("catalogRef") {
		c.Drop() // where codes are explained; it is not resolved
	}
	fillRights(a, n)
	fillItem(a, n.Get("itemMeta"))
	for _, c := range n.All("contentMeta") {
		fillContent(a, c)
	}
	for _, d := range n.All("assert") {
		fillAssert(a, d)
	}
	for _, c := range n.All("contentMeta", "contributor") {
		if c.Peek("roleuri") == newsmlg2.RoleContact {
			c.Drop() // an assert says more of them
		}
	}
}

func fillRights(a *article.Article, n *tree.Node) {
	for _, r := range n.All("rightsInfo") {
		holder := r.Get("copyrightHolder")
		if name := cmp.Or(named(holder), holder.Attr("literal")); a.Copyright == "" {
			a.Copyright = name
		}
		for _, notice := range r.All("copyrightNotice") {
			a.Copyright = joinNew(a.Copyright, notice.Word())
		}
		for _, terms := range r.All("usageTerms") {
			a.Usage = joinNew(a.Usage, terms.Word())
		}
	}
}

// joinNew adds a sentence unless it is there.
func joinNew(to, text string) string {
	switch {
	case text == "" || strings.Contains(to, text):
		return to
	case to == "":
		return text
	}
	return to + " " + text
}

// named is the name of a concept: its own, or its code's.
func named(n *tree.Node) string {
	return cmp.Or(n.Get("name").Word(), n.Attr("literal"), after(n.Attr("qcode")))
}

func after(qcode string) string {
	if _, code, found := strings.Cut(qcode, ":"); found {
		return code
	}
	return qcode
}

func fillItem(a *article.Article, meta *tree.Node) {
	p := meta.Get("provider")
	a.Provider.Name, a.Provider.URL = named(p), p.Attr("uri")
	if a.Provider.Name == "" {
		a.Provider.Name = a.Provider.URL
	}
	a.Moment(meta.Get("versionCreated"), &a.Modified)
	a.Moment(meta.Get("firstCreated"), &a.Created)
	a.Must(meta.Get("embargoed"), &a.Embargo)
	a.Must(meta.Get("expires"), &a.Expires)
	status := meta.Get("pubStatus")
	word := cmp.Or(status.Attr("qcode"), uriTail(status.Attr("uri")))
	status.Get("name").Drop()
	known := true
	if a.Status, known = article.ParseStatus(word); !known {
		a.Requirements = append(a.Requirements, "pubStatus "+strconv.Quote(word)+" is not known")
	}
	for _, s := range meta.All("signal") {
		switch code := cmp.Or(s.Attr("qcode"), s.Attr("uri")); {
		case strings.HasSuffix(code, "correction"):
			a.Signal = article.Correction
		case strings.HasSuffix(code, "update"):
			a.Signal = article.Update
		default:
			a.Keep("signal", code)
		}
	}
	for _, note := range meta.All("edNote") {
		if text := note.Word(); text != "" {
			a.Notes = append(a.Notes, text)
		}
	}
	if title := meta.Get("title").Word(); title != "" {
		a.Keep("itemMeta/title", title)
	}
	for _, q := range meta.All("itemMetaExtProperty") {
		if name, ours := strings.CutPrefix(q.Peek("typeuri"), format.PropertyURN("")); ours && a.Property(name, q.Peek("value")) {
			q.Drop()
		}
	}
	for _, l := range meta.All("link") {
		if strings.HasSuffix(l.Get("itemClass").Peek("qcode"), ":picture") && l.Peek("href") != "" {
			a.Pictures = append(a.Pictures, linked(l))
			continue
		}
		rel, to := l.Attr("rel"), cmp.Or(l.Attr("residref"), l.Attr("href"))
		if strings.HasSuffix(rel, "translatedFrom") {
			a.Translation = to
		}
		a.Links = append(a.Links, article.Link{URL: to, Relation: rel, Title: cmp.Or(l.Get("title").Word(), l.Get("headline").Word())})
	}
}

// linked is a picture that a link leads to, with what the link says of it.
func linked(l *tree.Node) article.Picture {
	p := article.Picture{URL: l.Attr("href"), Object: cmp.Or(l.Attr("residref"), l.Peek("href")), Type: l.Attr("contenttype"), Credit: l.Get("creditline").Word()}
	for _, d := range l.All("description") {
		if d.Attr("roleuri") == newsmlg2.RoleAlt {
			p.Alt = d.Word()
		} else {
			p.Caption = cmp.Or(p.Caption, d.Word())
		}
	}
	for _, q := range l.All("itemMetaExtProperty") {
		switch q.Attr("typeuri") {
		case format.PropertyURN("width"):
			p.Width, _ = strconv.Atoi(q.Attr("value"))
		case format.PropertyURN("height"):
			p.Height, _ = strconv.Atoi(q.Attr("value"))
		}
	}
	l.Drop()
	return p
}

func uriTail(uri string) string { return uri[strings.LastIndexByte(uri, '/')+1:] }

func fillContent(a *article.Article, c *tree.Node) {
	if n, err := strconv.Atoi(c.Get("urgency").Word()); err == nil && n >= 1 && n <= 9 {
		a.Urgency = n
	}
	for _, l := range c.All("language") {
		if a.Language == "" {
			a.Language = l.Attr("tag")
		} else if l.Peek("tag") == a.Language {
			l.Attr("tag")
		}
	}
	for i, h := range c.All("headline") {
		rank := h.Attr("rank")
		if lang := h.Attr("xml:lang"); a.Language == "" {
			a.Language = lang
		}
		h.Attr("dir")
		switch text := h.Word(); {
		case a.Headline == "" && i == 0 || rank == "1":
			if a.Headline != "" {
				a.Subheads = append(a.Subheads, a.Headline)
			}
			a.Headline = text
		case text != "":
			a.Subheads = append(a.Subheads, text)
		}
	}
	a.Slugline = joinNew(a.Slugline, c.Get("slugline").Word())
	a.Dateline = joinNew(a.Dateline, c.Get("dateline").Word())
	for _, b := range c.All("by") {
		a.Byline = joinNew(a.Byline, b.Word())
	}
	a.Provider.Line = cmp.Or(a.Provider.Line, c.Get("creditline").Word())
	for _, d := range c.All("description") {
		d.Attr("role")
		a.Abstract = joinNew(a.Abstract, d.Word())
	}
	for _, k := range c.All("keyword") {
		a.Keywords = append(a.Keywords, k.Word())
	}
	for i, s := range c.All("infoSource") {
		name := cmp.Or(named(s), s.Attr("uri"))
		switch s.Attr("roleuri") {
		case newsmlg2.RoleIssuer:
			a.Issuer = name
			continue
		case newsmlg2.RoleProvider: // the wire that passes it on stands where providers do
			a.Provider.Name, a.Provider.URL = name, s.Get("organisationDetails").Get("contactInfo").Get("web").Word()
			continue
		}
		if role := s.Attr("role"); strings.HasSuffix(role, "issuer") || i == 0 && role == "" {
			a.Source = name
			if strings.HasSuffix(role, "issuer") {
				a.Issuer = name
			}
			continue
		}
		a.Keep("infoSource", name)
	}
	for _, s := range c.All("subject") {
		fillSubject(a, s)
	}
	located := c.All("located")
	for _, l := range located {
		// Datelines are printed in capitals; this is the name as it is written.
		if name := l.Get("name").Word(); a.Place.City == "" && len(located) == 1 && (a.Dateline == "" || beginsWith(a.Dateline, name)) {
			a.Place.City = name
		}
		if l.Attr("literal") != "dateline" {
			a.Places = append(a.Places, concept(l))
		}
	}
}

// beginsWith reports whether a text begins with another, in whatever case.
func beginsWith(s, prefix string) bool {
	fold := cases.Fold()
	return prefix != "" && strings.HasPrefix(fold.String(s), fold.String(prefix))
}

func concept(n *tree.Node) article.Concept {
	c := article.Concept{Name: n.Get("name").Word(), Kind: after(n.Attr("type"))}
	if qcode := n.Attr("qcode"); qcode != "" {
		c.Scheme, c.Code, _ = strings.Cut(qcode, ":")
	} else if uri := n.Attr("uri"); uri != "" {
		c.Code = uriTail(uri)
		c.Scheme = strings.TrimSuffix(uri, c.Code)
	} else {
		c.Code = n.Attr("literal")
	}
	return c
}

func fillSubject(a *article.Article, s *tree.Node) {
	if code, ours := strings.CutPrefix(s.Peek("uri"), newsmlg2.SectorURN); ours || s.Peek("typeuri") == newsmlg2.SectorURN {
		a.Keywords = append(a.Keywords, cmp.Or(code, s.Peek("literal")))
		s.Drop()
		return
	}
	c := concept(s)
	for _, same := range s.All("sameAs") {
		a.Subjects = append(a.Subjects, concept(same))
	}
	if c.Kind == "geoArea" || c.Kind == "country" {
		a.Places = append(a.Places, c)
		return
	}
	a.Subjects = append(a.Subjects, c)
	for _, i := range s.All("organisationDetails", "hasInstrument") {
		a.Instruments = append(a.Instruments, instrument(i))
	}
}

// fillAssert takes what is said of an organisation, its listings, and of
// contacts, how to reach them.
func fillAssert(a *article.Article, d *tree.Node) {
	if work := d.Get("definition"); work.Peek("roleuri") == newsmlg2.RoleContact || strings.HasPrefix(d.Peek("literal"), newsmlg2.ContactID) {
		of := d.Get("personDetails")
		a.Contacts = append(a.Contacts, wire.PressContact{
			Name: d.Get("name").Word(), Role: work.Word(), Organisation: of.Get("affiliation", "name").Word(),
			Email: of.Get("contactInfo", "email").Word(), Phone: of.Get("contactInfo", "phone").Word(),
		})
		d.Drop()
		return
	}
	for _, i := range d.All("organisationDetails", "hasInstrument") {
		a.Instruments = append(a.Instruments, instrument(i))
	}
}

func instrument(n *tree.Node) wire.Instrument {
	var i wire.Instrument
	if market := n.Peek("market"); strings.HasPrefix(strings.ToLower(market), "mic:") {
		i.MIC = strings.ToUpper(after(n.Attr("market")))
	}
	symbol := n.Attr("symbol")
	switch source := strings.ToLower(n.Peek("symbolsrc") + n.Peek("symbolsrcuri") + n.Peek("type")); {
	case strings.Contains(source, "isin") || strings.HasSuffix(source, ":iso:6166"):
		i.ISIN = symbol
	case strings.Contains(source, "lei") || strings.HasSuffix(source, ":iso:17442"):
		i.LEI = symbol
	default:
		i.Ticker = symbol
	}
	return i
}
