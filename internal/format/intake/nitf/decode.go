package nitf

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/format/nitf"
	"github.com/wireroom/wireroom/internal/wire"
)

// Read reads one document of UTF-8 text. Its error is that of tree.XML, or
// Invalid where the root is not nitf.
func Read(text string) ([]article.Article, error) {
	root, err := tree.XML(text)
	if err != nil {
		return nil, err
	}
	if root.Name != "nitf" {
		return nil, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(root.Line)+", <"+root.Name+">", "is not NITF: its root must be <nitf>")
	}
	a := article.Article{Format: "NITF"}
	Fill(&a, root)
	a.Extra = append(a.Extra, root.Left()...)
	return []article.Article{a}, nil
}

// Fill completes an article by what a nitf element says; what the article has
// already stays. Other formats carry NITF inside.
func Fill(a *article.Article, root *tree.Node) {
	root.Attr("version")
	root.Attr("change.date")
	root.Attr("change.time")
	setIf(&a.ID, root.Attr("uno"))
	setIf(&a.Language, root.Attr("xml:lang"))
	setIf(&a.Language, root.Attr("baselang"))
	wires := fromWire(root.Get("head"))
	fillHead(a, root.Get("head"), wires)
	fillBody(a, root.Get("body"), wires)
	if title := root.Get("head", "title").Word(); a.Headline == "" {
		a.Headline = title
	} else if title != a.Headline {
		a.Keep("title", title)
	}
}

func setIf(field *string, value string) {
	if *field == "" {
		*field = strings.TrimSpace(value)
	}
}

func fillHead(a *article.Article, head *tree.Node, wires bool) {
	for _, m := range head.All("meta") {
		name, value := m.Attr("name"), m.Attr("content")
		if own, ok := strings.CutPrefix(name, nitf.MetaPrefix); !ok || !property(a, own, value) {
			a.Keep("meta/"+name, value)
		}
	}
	fillDocdata(a, head.Get("docdata"), wires)
	for _, s := range append(head.All("tobject", "tobject.subject"), head.All("tobject.subject")...) {
		c := article.Concept{Scheme: "subj", Code: s.Attr("tobject.subject.refnum"), Name: s.Attr("tobject.subject.detail")}
		setIf(&c.Name, s.Attr("tobject.subject.matter"))
		setIf(&c.Name, s.Attr("tobject.subject.type"))
		a.Subjects = append(a.Subjects, c)
	}
	a.Moment(attribute(head.Get("pubdata"), "date.publication"), &a.Modified)
	for _, r := range head.All("revision-history") {
		if strings.Contains(strings.ToUpper(r.Peek("comment")), "CORRECT") {
			a.Signal = article.Correction
		}
	}
}

// property takes what another wire says in meta elements.
func property(a *article.Article, name, value string) bool {
	switch name {
	case "sector":
		a.Keywords = append(a.Keywords, value)
	case "place":
		a.Places = append(a.Places, article.Concept{Scheme: "iso3166-1a2", Code: value})
	case "subject":
		a.Subjects = append(a.Subjects, article.Concept{Scheme: "medtop", Code: value})
	case "provider":
		a.Provider.Name = value
	case "credit":
		a.Provider.Line = value
	case "provider-link":
		a.Provider.URL = value
	default:
		return a.Property(name, value)
	}
	return true
}

// attribute is an attribute as a node of its own, for what reads nodes.
func attribute(n *tree.Node, name string) *tree.Node {
	value := n.Attr(name)
	if value == "" {
		return nil
	}
	return &tree.Node{Name: name, Line: n.Line, Children: []*tree.Node{{Text: value}}}
}

func fillDocdata(a *article.Article, d *tree.Node, wires bool) {
	if d == nil {
		return
	}
	if s := d.Attr("management-status"); s != "" {
		status, known := article.ParseStatus(s)
		if a.Status = status; !known {
			a.Keep("management-status", s)
		}
	}
	id := d.Get("doc-id")
	setIf(&a.ID, id.Attr("id-string"))
	setIf(&a.Provider.Name, id.Attr("regsrc"))
	if a.ID == "" {
		a.ID = d.Attr("management-doc-idref")
	}
	if n, err := strconv.Atoi(d.Get("urgency").Attr("ed-urg")); err == nil && n >= 1 && n <= 9 && a.Urgency == 0 {
		a.Urgency = n
	}
	a.Moment(attribute(d.Get("date.issue"), "norm"), &a.Created)
	a.Must(attribute(d.Get("date.release"), "norm"), &a.Embargo)
	a.Must(attribute(d.Get("date.expire"), "norm"), &a.Expires)
	if c := d.Get("doc.copyright"); c != nil {
		setIf(&a.Copyright, strings.TrimSpace(c.Attr("holder")+" "+c.Attr("year")))
	}
	for _, k := range d.All("key-list", "keyword") {
		a.Keywords = append(a.Keywords, k.Attr("key"))
	}
	for _, k := range d.All("du-key") {
		setIf(&a.Slugline, k.Attr("key"))
		setIf(&a.Version, k.Attr("version"))
	}
	for _, m := range d.All("ed-msg") {
		if info := m.Attr("info"); info != "" {
			a.Notes = append(a.Notes, info)
		}
		if d.Peek("management-status") == "" && strings.EqualFold(m.Peek("msg-type"), "kill") {
			a.Status = article.Canceled
		}
	}
	for _, l := range d.All("evloc") {
		if code := l.Attr("iso-cc"); code != "" && wires { // the dateline's
			setIf(&a.Place.Country, code)
		} else if code != "" {
			a.Places = append(a.Places, article.Concept{Scheme: "iso3166-1a2", Code: code})
		}
	}
	for _, c := range append(d.All("identified-content", "classifier"), d.All("classifier")...) {
		a.Subjects = append(a.Subjects, article.Concept{Scheme: c.Attr("type"), Code: c.Attr("value"), Name: c.Word()})
	}
	for _, o := range d.All("identified-content", "org") {
		if o.Attr("class") == "issuer" {
			a.Issuer = o.Word()
			for _, code := range o.All("alt-code") {
				a.Instruments = append(a.Instruments, listing(code.Attr("idsrc"), code.Attr("value")))
			}
			continue
		}
		a.Subjects = append(a.Subjects, article.Concept{Scheme: o.Attr("idsrc"), Code: o.Attr("value"), Name: o.Word(), Kind: "organisation"})
	}
	for _, p := range d.All("identified-content", "person") {
		a.Subjects = append(a.Subjects, article.Concept{Scheme: p.Attr("idsrc"), Code: p.Attr("value"), Name: p.Word(), Kind: "person"})
	}
	for _, l := range d.All("identified-content", "location") {
		a.Places = append(a.Places, article.Concept{Scheme: l.Attr("idsrc"), Code: l.Attr("location-code"), Name: l.Word()})
	}
}

// listing is a code of a company: its ISIN or LEI, or its symbol at a market.
func listing(source, value string) wire.Instrument {
	switch source {
	case "ISIN":
		return wire.Instrument{ISIN: value}
	case "LEI":
		return wire.Instrument{LEI: value}
	case "ticker":
		return wire.Instrument{Ticker: value}
	}
	return wire.Instrument{Ticker: value, MIC: source}
}

// fromWire reports whether another wire of this kind wrote a document: such a
// one says in its head what its tagline says for people.
func fromWire(head *tree.Node) bool {
	return slices.ContainsFunc(head.All("meta"), func(m *tree.Node) bool { return strings.HasPrefix(m.Peek("name"), nitf.MetaPrefix) })
}

func fillBody(a *article.Article, body *tree.Node, wires bool) {
	setIf(&a.Language, body.Attr("xml:lang"))
	h := body.Get("body.head")
	hl1 := h.Get("hedline", "hl1")
	setIf(&a.Language, hl1.Attr("xml:lang"))
	setIf(&a.Headline, hl1.Word())
	for _, hl2 := range h.All("hedline", "hl2") {
		a.Subheads = append(a.Subheads, hl2.Word())
	}
	for _, n := range h.All("note") {
		a.Notes = append(a.Notes, n.Word())
	}
	for _, r := range h.All("rights") {
		setIf(&a.Usage, r.Word())
	}
	for _, b := range h.All("byline") {
		if b := b.Word(); b != "" && b != a.Byline {
			a.Byline = strings.TrimPrefix(a.Byline+", "+b, ", ")
		}
	}
	setIf(&a.Source, h.Get("distributor").Word())
	if line := h.Get("dateline"); line != nil {
		a.Moment(attribute(line.Get("story.date"), "norm"), &a.Created)
		setIf(&a.Dateline, line.Word())
		if city := line.Get("location", "city"); city != nil {
			a.Place.City = city.Word()
			setIf(&a.Place.Country, line.Get("location", "country").Attr("iso-cc"))
		}
	}
	var abstract []string
	for _, s := range h.All("abstract") {
		abstract = append(abstract, s.Word())
	}
	setIf(&a.Abstract, strings.Join(abstract, " "))
	for _, content := range body.All("body.content") {
		for _, m := range media(content) {
			a.Pictures = append(a.Pictures, m...)
		}
		parts(a, content)
	}
	for _, end := range body.All("body.end", "tagline") {
		if wires {
			end.Drop()
			continue
		}
		if html := end.HTML(element); strings.TrimSpace(html) != "" {
			a.Body += "<p>" + html + "</p>"
		}
	}
}

// parts takes the body: the story, and, where blocks say by their class that
// they are that, boilerplate, contacts and a disclaimer.
func parts(a *article.Article, content *tree.Node) {
	rest := *content
	rest.Children = nil
	for _, c := range content.Children {
		if c.Name == "block" {
			switch c.Peek("class") {
			case nitf.BoilerplateClass:
				a.Boilerplate += c.HTML(element)
				continue
			case nitf.DisclaimerClass:
				a.Disclaimer += c.HTML(element)
				continue
			case nitf.ContactsClass:
				for _, p := range c.All("p") {
					a.Contacts = append(a.Contacts, contact(p))
				}
				continue
			}
		}
		rest.Children = append(rest.Children, c)
	}
	a.Body += rest.HTML(element)
}

// contact takes a paragraph whose elements say what each part of it is.
func contact(p *tree.Node) wire.PressContact {
	c := wire.PressContact{Name: p.Get("person").Word(), Role: p.Get("function").Word(), Organisation: p.Get("org").Word()}
	for _, way := range p.All("virtloc") {
		switch class, value := way.Attr("class"), way.Word(); {
		case class == "phone":
			c.Phone = value
		case class == "email" || strings.Contains(value, "@"):
			c.Email = value
		}
	}
	p.Drop() // what parts them
	return c
}

// media takes the pictures that stand between paragraphs.
func media(n *tree.Node) [][]article.Picture {
	var found [][]article.Picture
	for _, c := range n.Children {
		switch c.Name {
		case "":
		case "media":
			found = append(found, pictures(c))
		default:
			found = append(found, media(c)...)
		}
	}
	return found
}

func pictures(m *tree.Node) []article.Picture {
	var caption []string
	for _, c := range m.All("media-caption") {
		caption = append(caption, c.Word())
	}
	credit := m.Get("media-producer").Word()
	var found []article.Picture
	for _, r := range m.All("media-reference") {
		p := article.Picture{
			URL: r.Attr("source"), Name: r.Attr("name"), Type: r.Attr("mime-type"), Alt: r.Attr("alternate-text"),
			Caption: strings.Join(caption, " "), Credit: cmp.Or(credit, r.Attr("source-credit")),
		}
		p.Width, _ = strconv.Atoi(r.Attr("width"))
		p.Height, _ = strconv.Atoi(r.Attr("height"))
		found = append(found, p)
	}
	return found
}

// html are the elements of NITF as HTML writes them; those that only name what
// their text is, such as person and money, add nothing to a story.
var html = map[string]string{
	"p": "p", "hl1": "h2", "hl2": "h2", "h2": "h2", "h3": "h3", "h4": "h3", "block": "div", "bq": "blockquote", "blockquote": "blockquote",
	"ul": "ul", "ol": "ol", "li": "li", "dl": "dl", "dt": "dt", "dd": "dd", "table": "table", "caption": "caption",
	"thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "tr": "tr", "td": "td", "th": "th", "em": "em", "i": "em", "b": "strong", "strong": "strong",
	"sub": "sub", "sup": "sup", "br": "br", "hr": "hr", "pre": "pre", "a": "a", "fn": "p", "note": "p", "datasource": "p", "copyrite": "p", "div": "div",
	"credit": "cite", "bdi": "bdi", "span": "span",
}

// named is the element of HTML for one of NITF. NITF has one element for
// emphasis of every kind, and none for a lower heading or a direction: classes
// say which.
func named(name string, classes []string) (element, direction string) {
	element = html[name]
	for _, class := range classes {
		switch {
		case class == "rtl" || class == "ltr":
			direction = class
		case class == "h3" && element == "h2":
			element = "h3"
		case name == "em" && class == "bold":
			element = "strong"
		case name == "em" && (class == "sub" || class == "sup"):
			element = class
		case name == "lang" && class == "bdi":
			element = "bdi"
		}
	}
	return element, direction
}

func element(n *tree.Node) (string, [][2]string) {
	if n.Name == "media" || n.Name == "nitf-table-metadata" {
		return "-", nil
	}
	var attributes [][2]string
	if href := n.Attr("href"); href != "" && n.Name == "a" {
		attributes = append(attributes, [2]string{"href", href})
	}
	if lang := n.Attr("xml:lang"); lang != "" {
		attributes = append(attributes, [2]string{"lang", lang})
	}
	name, direction := named(n.Name, strings.Fields(n.Attr("class")))
	if direction != "" {
		attributes = append(attributes, [2]string{"dir", direction})
	}
	if n.Name == "p" {
		n.Attr("lede")
	}
	if name == "" && len(attributes) > 0 {
		name = "span"
	}
	return name, attributes
}
