// Package ninjs reads what senders call ninjs: the versions 1 to 3 of the IPTC,
// and Superdesk's dialect.
//
// It checks against no schema: most of what is sent fails them. It does no I/O.
package ninjs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/nitf"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

// Read reads what any sender calls ninjs: 1.x with body_html and headline, 2.x
// and 3.x with lists of them, Superdesk's dialect with guid, source and
// priority. Its error is that of tree.JSON, or Invalid where there is no story
// in the document.
func Read(text string) ([]article.Article, error) {
	root, err := tree.JSON(text)
	if err != nil {
		return nil, err
	}
	r := reader{root}
	a := article.Article{Format: "ninjs " + r.version()}
	r.identity(&a)
	if a.ID == "" {
		return nil, wire.Errorf(wire.Invalid, "line 1", "is not ninjs: it has neither a uri nor a guid")
	}
	if kind := r.word("type"); kind == "event" || kind == "planning" {
		return nil, wire.Errorf(wire.Invalid, "type", "is %q, which tells of plans; the wire takes stories", kind)
	}
	r.word("mimetype", "representationtype") // how it is sent
	r.times(&a)
	r.words(&a)
	r.rights(&a)
	r.concepts(&a)
	r.media(&a)
	r.ids(&a)
	a.Extra = append(a.Extra, root.Left()...)
	return []article.Article{a}, nil
}

// reader reads members by any of their spellings: 1.x and 2.x write them in
// lower case and with underscores, 3.x in camel case.
type reader struct{ *tree.Node }

func fold(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

func (r reader) all(names ...string) []*tree.Node {
	var found []*tree.Node
	for _, c := range r.Children {
		for _, name := range names {
			if fold(c.Name) == fold(name) {
				found = append(found, c)
			}
		}
	}
	return found
}

// roles are the members of a prefix, but for some: 1.x allows any name behind it.
func (r reader) roles(prefix string, but ...string) []*tree.Node {
	var found []*tree.Node
	for _, c := range r.Children {
		if role, ok := strings.CutPrefix(c.Name, prefix); ok && !slices.Contains(but, role) {
			found = append(found, c)
		}
	}
	return found
}

func (r reader) get(names ...string) *tree.Node {
	if found := r.all(names...); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (r reader) word(names ...string) string { return r.get(names...).Word() }

// version says which of the ninjs it is, as far as its members tell.
func (r reader) version() string {
	if v := (reader{r.orEmpty("standard")}).word("version"); v != "" {
		(reader{r.orEmpty("standard")}).Drop()
		return v
	}
	switch {
	case r.get("guid") != nil && r.Get("uri") == nil:
		return "(Superdesk)"
	case r.Get("versionCreated") != nil || r.Get("pubStatus") != nil:
		return "3"
	case r.Get("headlines") != nil || r.Get("bodies") != nil || r.Get("subjects") != nil:
		return "2"
	}
	return "1"
}

// orEmpty is a member, or an empty one.
func (r reader) orEmpty(name string) *tree.Node {
	if n := r.get(name); n != nil {
		return n
	}
	return &tree.Node{}
}

func (r reader) identity(a *article.Article) {
	a.ID, a.Version = r.word("uri"), r.word("version")
	if guid := r.word("guid"); a.ID == "" {
		a.ID = guid
	} else if guid != "" && guid != a.ID {
		a.Keep("guid", guid)
	}
	status := r.word("pubstatus")
	known := true
	if a.Status, known = article.ParseStatus(status); !known {
		a.Requirements = append(a.Requirements, "pubStatus "+strconv.Quote(status)+" is not known")
	}
	for _, s := range r.all("signal") {
		switch word := s.Word(); {
		case strings.Contains(word, "correction"):
			a.Signal = article.Correction
		case strings.Contains(word, "update"):
			a.Signal = article.Update
		default:
			a.Keep("signal", word)
		}
	}
	if from := r.word("evolvedfrom", "evolved_from"); from != "" {
		a.Versions = append(a.Versions, from)
		if a.Signal == "" {
			a.Signal = article.Update
		}
	}
	a.Language = r.word("language")
	a.Family = r.word("translation_id")
	if n, err := strconv.Atoi(r.word("urgency")); err == nil && n >= 1 && n <= 9 {
		a.Urgency = n
	}
}

func (r reader) times(a *article.Article) {
	a.Moment(r.get("firstcreated"), &a.Created)
	a.Moment(r.get("versioncreated"), &a.Modified)
	a.Must(r.get("embargoed", "embargoeduntil"), &a.Embargo)
	a.Must(r.get("expires"), &a.Expires)
}

func (r reader) words(a *article.Article) {
	a.Headline = r.word("headline")
	for _, h := range r.all("headlines") {
		h := reader{h}
		role, text := h.word("role"), h.word("value")
		h.word("contenttype")
		switch {
		case a.Headline == "" && (role == "main" || role == ""):
			a.Headline = text
		case text != "":
			a.Subheads = append(a.Subheads, text)
		}
	}
	if a.Headline == "" && len(a.Subheads) > 0 {
		a.Headline, a.Subheads = a.Subheads[0], a.Subheads[1:]
	}
	a.Slugline = r.word("slugline")
	if title := r.word("title"); a.Headline == "" {
		a.Headline = title
	} else if title != a.Headline {
		a.Keep("title", title)
	}
	a.Byline = r.word("byline", "by")
	a.Dateline = r.word("dateline")
	a.Place.City = r.word("located")
	for _, h := range r.roles("headline_") {
		if text := h.Word(); a.Headline == "" {
			a.Headline = text
		} else {
			a.Subheads = append(a.Subheads, text)
		}
	}
	for _, d := range slices.Concat(r.all("descriptions", "description"), r.roles("description_")) {
		text := d.Word()
		if value := (reader{d}).get("value"); value != nil {
			text = value.Word()
		}
		if a.Abstract == "" {
			a.Abstract = text
		} else if text != a.Abstract {
			a.Keep(d.Name, text)
		}
	}
	for _, note := range r.all("ednote") {
		if text := note.Word(); text != "" {
			a.Notes = append(a.Notes, text)
		}
	}
	r.bodies(a)
}

// bodies takes the text in its richest form; plain text that says the same is
// taken, anything else is kept.
func (r reader) bodies(a *article.Article) {
	var plain []string
	take := func(role, kind, value string) {
		switch {
		case role == "boilerplate":
			a.Boilerplate = value
		case role == "disclaimer":
			a.Disclaimer = value
		case strings.Contains(kind, "nitf") && a.Body == "":
			if inner, err := tree.XML(value); err == nil && inner.Name == "nitf" {
				nitf.Fill(a, inner)
				for _, f := range inner.Left() {
					a.Keep("nitf/"+f.Name, f.Value)
				}
				return
			}
			a.Keep("body "+role, value)
		case strings.Contains(kind, "html") && a.Body == "":
			a.Body = value
		case strings.Contains(kind, "html"):
			a.Keep("body "+role, value)
		default:
			plain = append(plain, value)
		}
	}
	for _, kind := range []string{"xhtml", "html", "nitf", "text"} { // 1.x names a body by its kind
		for _, b := range r.all("body_" + kind) {
			take("", kind, b.Raw())
		}
	}
	for _, b := range r.roles("body_", "xhtml", "html", "nitf", "text") { // or by what it is for
		take(strings.TrimPrefix(b.Name, "body_"), kindOf(b.Raw()), b.Raw())
	}
	for _, b := range r.all("bodies") {
		b := reader{b}
		role, kind, value := b.word("role"), b.word("contenttype"), b.get("value").Raw()
		b.word("charcount")
		b.word("wordcount")
		take(role, cmp.Or(kind, kindOf(value)), value)
	}
	if a.Body == "" && len(plain) > 0 {
		a.Text = plain[0]
	}
}

// kindOf is the kind of a body whose document does not say it.
func kindOf(body string) string {
	if strings.Contains(body, "</") {
		return "text/html"
	}
	return ""
}

func (r reader) rights(a *article.Article) {
	a.Copyright = r.word("copyrightholder")
	if notice := r.word("copyrightnotice"); notice != "" && notice != a.Copyright {
		a.Copyright = strings.TrimSpace(a.Copyright + " " + notice)
	}
	a.Usage = r.word("usageterms")
	a.Provider.Line = r.word("creditline")
	a.Source = r.word("source")
	for _, s := range r.all("infosources", "infosource") {
		s := reader{s}
		name, role, uri := s.word("name"), s.word("role", "rel"), s.word("uri", "scheme")
		switch {
		case role == "provider":
			a.Provider.Name, a.Provider.URL = name, uri
		case role == "issuer" && a.Issuer == "":
			a.Issuer = name
		case a.Source == "":
			a.Source = name
		default:
			a.Keep("infosource "+role, name)
		}
	}
	if a.Provider.Name == "" {
		a.Provider.Name = a.Source
	}
}

func (r reader) concepts(a *article.Article) {
	for _, name := range []string{"subject", "person", "organisation", "object", "event"} {
		for _, n := range r.all(name, name+"s") {
			if name == "person" && (reader{n}).word("rel") == "contact" {
				a.Contacts = append(a.Contacts, contact(reader{n}))
				continue
			}
			if name == "subject" && (reader{n}).word("rel") == "sector" {
				a.Keywords = append(a.Keywords, cmp.Or((reader{n}).word("literal", "code"), (reader{n}).word("name")))
				n.Drop()
				continue
			}
			c := concept(n)
			if c == (article.Concept{}) {
				continue
			}
			if name != "subject" {
				c.Kind = name
			}
			a.Subjects = append(a.Subjects, c)
			for _, s := range (reader{n}).all("symbols") {
				a.Instruments = append(a.Instruments, symbol(reader{s}))
			}
			if name == "organisation" && (reader{n}).word("rel") == "issuer" && a.Issuer == "" {
				a.Issuer = c.Name
			}
		}
	}
	for _, n := range r.all("people") {
		n := reader{n}
		if n.word("rel") != "contact" {
			a.Subjects = append(a.Subjects, func() article.Concept { c := concept(n.Node); c.Kind = "person"; return c }())
			continue
		}
		a.Contacts = append(a.Contacts, contact(n))
	}
	for _, n := range r.all("place", "places") {
		a.Places = append(a.Places, concept(n))
	}
	for _, n := range r.all("keyword", "keywords") {
		a.Keywords = append(a.Keywords, n.Word())
	}
}

// concept takes a thing the story is about: code and scheme, URI, or literal.
func concept(n *tree.Node) article.Concept {
	r := reader{n}
	c := article.Concept{Scheme: r.word("scheme"), Code: r.word("code", "qcode"), Name: r.word("name")}
	r.word("rel", "role")
	if uri := r.word("uri"); c.Code == "" && uri != "" {
		i := strings.LastIndexAny(uri, "/:") + 1
		c.Scheme, c.Code = uri[:i], uri[i:]
	}
	if literal := r.word("literal"); c.Code == "" {
		c.Code = literal
	}
	if scheme, code, ok := strings.Cut(c.Code, ":"); ok && (c.Scheme == "" || c.Scheme == scheme) {
		c.Scheme, c.Code = scheme, code
	}
	return c
}

func symbol(r reader) wire.Instrument {
	value, kind, exchange := r.word("symbol", "ticker"), r.word("symboltype"), r.word("exchange")
	switch kind {
	case ninjs.ISIN:
		return wire.Instrument{ISIN: value, MIC: exchange}
	case ninjs.LEI:
		return wire.Instrument{LEI: value}
	}
	return wire.Instrument{Ticker: value, MIC: exchange}
}

func contact(r reader) wire.PressContact {
	c := wire.PressContact{Name: r.word("name")}
	for _, way := range r.all("contactinfo") {
		way := reader{way}
		format.SetContact(&c, way.word("type"), way.word("value"))
	}
	return c
}

// media takes the pictures: of the story itself and of what is associated.
func (r reader) media(a *article.Article) {
	a.Pictures = append(a.Pictures, renditions(r)...)
	for _, group := range r.all("associations") {
		members := []*tree.Node{group}
		if group.Get("uri") == nil && group.Get("name") == nil && group.Get("type") == nil { // 1.x: an object of them
			members = group.Children
		}
		for _, m := range members {
			if m.Name == "" {
				continue
			}
			one := reader{m}
			pictures := renditions(one)
			for i := range pictures {
				pictures[i].Caption = one.word("description_text", "headline")
				pictures[i].Alt = one.word("description_alt")
				pictures[i].Caption = cmp.Or(pictures[i].Caption, one.word("description_caption"))
				for _, d := range append(one.all("descriptions"), one.all("headlines")...) {
					if (reader{d}).word("role") == "alt" {
						pictures[i].Alt = (reader{d}).word("value")
					} else if text := (reader{d}).word("value"); pictures[i].Caption == "" {
						pictures[i].Caption = text
					}
				}
				pictures[i].Credit, pictures[i].Object = one.word("byline", "by"), cmp.Or(one.word("uri"), one.word("name"), m.Name)
			}
			a.Pictures = append(a.Pictures, pictures...)
			if uri := one.word("uri"); uri != "" && len(pictures) == 0 {
				a.Links = append(a.Links, article.Link{URL: uri, Relation: one.word("rel"), Title: one.word("name")})
			}
		}
	}
}

func renditions(r reader) []article.Picture {
	var found []article.Picture
	add := func(name string, n reader) {
		p := article.Picture{URL: n.word("href"), Name: name, Type: n.word("mimetype", "contenttype")}
		p.Width, _ = strconv.Atoi(n.word("width"))
		p.Height, _ = strconv.Atoi(n.word("height"))
		if p.URL != "" {
			found = append(found, p)
		}
	}
	for _, group := range r.all("renditions") {
		if group.Get("href") != nil {
			add((reader{group}).word("name"), reader{group})
			continue
		}
		for _, n := range group.Children {
			if n.Name != "" {
				add(n.Name, reader{n})
			}
		}
	}
	return found
}

// ids takes the other identifiers by their roles: those that the wire writes,
// and Superdesk's; the rest stays to be kept.
func (r reader) ids(a *article.Article) {
	for _, n := range r.all("altids") {
		id := reader{n}
		if id.get("role") != nil {
			known(a, id.word("role"), id.word("value"))
			continue
		}
		for _, one := range n.Children { // 1.x: a member of that name
			if one.Name != "" {
				known(a, one.Name, one.Raw())
			}
		}
	}
}

func known(a *article.Article, role, value string) {
	switch {
	case role == "dateline":
		a.Dateline = value
	case !a.Property(role, value):
		a.Keep("altId "+role, value)
	}
}
