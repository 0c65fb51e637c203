package newsml

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/nitf"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/format/newsml1"
	"github.com/wireroom/wireroom/internal/wire"
)

// Read reads one document of UTF-8 text: a story for each NewsItem, and for each
// language where an item holds several. Its error is that of tree.XML, or
// Invalid where there is no NewsItem.
func Read(text string) ([]article.Article, error) {
	root, err := tree.XML(text)
	if err != nil {
		return nil, err
	}
	at := "line " + strconv.Itoa(root.Line) + ", <" + root.Name + ">"
	if root.Name != "NewsML" {
		return nil, wire.Errorf(wire.Invalid, at, "is not NewsML 1: its root must be <NewsML>")
	}
	version := root.Attr("Version")
	root.Get("Catalog").Drop()
	var all []article.Article
	for _, item := range root.All("NewsItem") {
		all = append(all, stories(item)...)
	}
	if len(all) == 0 {
		return nil, wire.Errorf(wire.Invalid, at, "holds no NewsItem")
	}
	envelope(&all[0], root.Get("NewsEnvelope"))
	left := root.Left()
	for i := range all {
		all[i].Format = strings.TrimSpace("NewsML " + version)
		all[i].Extra = append(all[i].Extra, left...)
	}
	return all, nil
}

func envelope(a *article.Article, e *tree.Node) {
	from := e.Get("SentFrom", "Party")
	setIf(&a.Provider.Name, from.Attr("FormalName"))
	if service := e.Get("NewsService"); a.Provider.Name == "" {
		a.Provider.Name = service.Attr("FormalName")
	}
	if n, err := strconv.Atoi(e.Get("Priority").Attr("FormalName")); err == nil && n >= 1 && n <= 9 && a.Urgency == 0 {
		a.Urgency = n
	}
}

func setIf(field *string, value string) {
	if *field == "" {
		*field = strings.TrimSpace(value)
	}
}

// stories takes one NewsItem.
func stories(item *tree.Node) []article.Article {
	var base article.Article
	setIf(&base.Language, item.Attr("xml:lang"))
	identify(&base, item.Get("Identification"))
	manage(&base, item.Get("NewsManagement"))
	var all []article.Article
	for _, c := range item.All("NewsComponent") {
		versions := translations(c)
		if len(versions) < 2 {
			a := base
			component(&a, c)
			all = append(all, a)
			continue
		}
		shared := base
		own(&shared, c)
		for _, v := range versions {
			a := shared
			a.Language, a.Family = "", base.ID
			component(&a, v)
			a.ID += ":" + a.Language
			all = append(all, a)
		}
	}
	if len(all) == 0 { // a bare notice, such as a kill
		all = append(all, base)
	}
	return all
}

// translations returns the components that are the same story in different
// languages, each with a headline.
func translations(c *tree.Node) []*tree.Node {
	var found []*tree.Node
	seen := map[string]bool{}
	for _, child := range c.All("NewsComponent") {
		language := child.Get("DescriptiveMetadata", "Language").Peek("FormalName")
		if child.Get("NewsLines", "HeadLine") == nil || language == "" || seen[language] {
			continue
		}
		seen[language] = true
		found = append(found, child)
	}
	return found
}

func identify(a *article.Article, id *tree.Node) {
	n := id.Get("NewsIdentifier")
	provider, date, item := n.Get("ProviderId").Word(), n.Get("DateId").Word(), n.Get("NewsItemId").Word()
	revision := n.Get("RevisionId")
	a.Version = revision.Word()
	if previous := revision.Attr("PreviousRevision"); previous != "" && previous != "0" {
		a.Keep("RevisionId/@PreviousRevision", previous)
	}
	revision.Attr("Update")
	if public := n.Get("PublicIdentifier").Word(); public != "" {
		// The identifier ends in the revision (NewsML 1.2 §5.3); the story's does not.
		a.ID = strings.TrimSuffix(public, ":"+a.Version)
	} else if item != "" {
		a.ID = strings.Join([]string{"urn:newsml", provider, date, item}, ":")
	}
	a.Slugline = id.Get("NameLabel").Word()
	a.Provider.Name = ""
}

func manage(a *article.Article, m *tree.Node) {
	a.Moment(m.Get("FirstCreated"), &a.Created)
	a.Moment(m.Get("ThisRevisionCreated"), &a.Modified)
	status := m.Get("Status").Attr("FormalName")
	var known bool
	if a.Status, known = article.ParseStatus(status); !known {
		a.Requirements = append(a.Requirements, "Status "+strconv.Quote(status)+" is not known")
	}
	if strings.EqualFold(status, "Embargoed") { // until the change of status below
		a.Status = article.Usable
	}
	for _, change := range m.All("StatusWillChange") {
		if strings.EqualFold(status, "Embargoed") && strings.EqualFold(change.Get("FutureStatus").Attr("FormalName"), "Usable") {
			a.Must(change.Get("DateAndTime"), &a.Embargo)
		}
	}
	if strings.EqualFold(status, "Embargoed") && a.Embargo.IsZero() {
		a.Requirements = append(a.Requirements, "the story is embargoed, and until when is not said")
	}
	if n, err := strconv.Atoi(m.Get("Urgency").Attr("FormalName")); err == nil && n >= 1 && n <= 9 {
		a.Urgency = n
	}
	for _, instruction := range m.All("Instruction") {
		switch word := instruction.Attr("FormalName"); {
		case strings.EqualFold(word, "Correction"):
			a.Signal = article.Correction
		case strings.EqualFold(word, "Update"):
			a.Signal = article.Update
		default:
			a.Keep("Instruction", word)
		}
	}
	for _, with := range m.All("AssociatedWith") {
		if to := with.Attr("NewsItem"); to != "" {
			a.Links = append(a.Links, article.Link{URL: to, Relation: "associated"})
		}
	}
}

// component takes a component and those in it.
func component(a *article.Article, c *tree.Node) {
	own(a, c)
	for _, inner := range c.All("NewsComponent") {
		component(a, inner)
	}
}

// fromWire reports whether another wire of this kind wrote a component.
func fromWire(c *tree.Node) bool {
	return slices.ContainsFunc(c.All("Metadata", "MetadataType"), func(kind *tree.Node) bool { return kind.Peek("FormalName") == newsml1.OwnMetadata })
}

// own takes what a component says itself.
func own(a *article.Article, c *tree.Node) {
	for _, b := range c.All("BasisForChoice") {
		b.Drop()
	}
	caption, credit := "", ""
	if photo(c) {
		caption, credit = below(c.Get("NewsLines"))
	} else {
		lines(a, c.Get("NewsLines"))
	}
	for _, p := range c.All("AdministrativeMetadata", "Provider", "Party") {
		setIf(&a.Provider.Name, p.Attr("FormalName"))
	}
	for _, s := range c.All("AdministrativeMetadata", "Source", "Party") {
		if name := s.Attr("FormalName"); a.Issuer == "" {
			a.Issuer = name
		} else if name != a.Issuer {
			a.Keep("Source", name)
		}
	}
	for _, s := range c.All("AdministrativeMetadata", "Creator", "Party") {
		setIf(&a.Byline, s.Attr("FormalName"))
	}
	role := strings.ToLower(c.Get("Role").Attr("FormalName"))
	if role == "contact" && contact(a, c) {
		return
	}
	describe(a, c.Get("DescriptiveMetadata"), fromWire(c))
	for _, m := range c.All("Metadata") {
		kind := m.Get("MetadataType").Attr("FormalName")
		for _, p := range m.All("Property") {
			if kind != newsml1.OwnMetadata || !a.Property(p.Peek("FormalName"), p.Peek("Value")) {
				property(a, kind, p)
			}
			p.Drop()
		}
	}
	if from := c.Get("AdministrativeMetadata", "Contributor"); from != nil && fromWire(c) { // who supplied it; others name the issuer here
		a.Provider.Name = from.Get("Party").Attr("FormalName")
		if link := from.Get("Comment"); link.Attr("FormalName") == "Link" {
			a.Provider.URL = link.Word()
		}
	}
	before := len(a.Pictures)
	for _, item := range c.All("ContentItem") {
		content(a, role, item)
	}
	for i := range a.Pictures[before:] { // in one component, one picture in several sizes
		p := &a.Pictures[before+i]
		p.Object, p.Caption, p.Credit = "component "+strconv.Itoa(before), caption, credit
	}
}

// contact takes a component that tells of a contact in properties, and reports
// whether it is one: most only have a text for people.
func contact(a *article.Article, c *tree.Node) bool {
	var who wire.PressContact
	for _, p := range c.All("DescriptiveMetadata", "Property") {
		format.SetContact(&who, p.Peek("FormalName"), p.Peek("Value"))
	}
	if who == (wire.PressContact{}) {
		return false
	}
	a.Contacts = append(a.Contacts, who)
	c.Drop()
	return true
}

// photo reports whether a component is a picture, in one size or several.
func photo(c *tree.Node) bool {
	return slices.ContainsFunc(c.All("ContentItem"), func(item *tree.Node) bool { return item.Peek("Href") != "" }) && c.Get("NewsComponent") == nil
}

// below takes what is printed below a picture: its headline, or a line of its
// own, and who must be named.
func below(n *tree.Node) (caption, credit string) {
	caption = n.Get("HeadLine").Word()
	for _, l := range n.All("NewsLine") {
		if strings.EqualFold(l.Get("NewsLineType").Peek("FormalName"), "Caption") {
			caption = cmp.Or(caption, l.Get("NewsLineText").Word())
			l.Drop()
		}
	}
	return caption, n.Get("CreditLine").Word()
}

func lines(a *article.Article, n *tree.Node) {
	set := func(field *string, n *tree.Node) {
		if lang := n.Attr("xml:lang"); a.Language == "" {
			a.Language = lang
		}
		setIf(field, n.Word())
	}
	set(&a.Headline, n.Get("HeadLine"))
	for _, s := range n.All("SubHeadLine") {
		a.Subheads = append(a.Subheads, s.Word())
	}
	set(&a.Dateline, n.Get("DateLine"))
	set(&a.Byline, n.Get("ByLine"))
	set(&a.Copyright, n.Get("CopyrightLine"))
	set(&a.Usage, n.Get("RightsLine"))
	set(&a.Provider.Line, n.Get("CreditLine"))
	if slug := n.Get("SlugLine").Word(); slug != "" {
		a.Slugline = slug
	}
	for _, k := range n.All("KeywordLine") {
		a.Keywords = append(a.Keywords, k.Word())
	}
	for _, l := range n.All("NewsLine") {
		kind := l.Get("NewsLineType").Attr("FormalName")
		for _, t := range l.All("NewsLineText") {
			t.Attr("xml:lang")
			switch text := t.Word(); {
			case strings.EqualFold(kind, "AdvisoryLine"):
				a.Notes = append(a.Notes, text)
			case strings.EqualFold(kind, "SubHeadLine"):
				a.Subheads = append(a.Subheads, text)
			default:
				a.Keep("NewsLine "+kind, text)
			}
		}
	}
}

// describe takes what a story is about. Wires of this kind say where it was
// written apart from what it is about; others often say only the one.
func describe(a *article.Article, n *tree.Node, wires bool) {
	for i, l := range n.All("Language") {
		if code := l.Attr("FormalName"); i == 0 && a.Language == "" {
			a.Language = code
		}
	}
	for _, code := range n.All("SubjectCode") {
		for _, s := range code.Children {
			if s.Name == "Subject" || s.Name == "SubjectMatter" || s.Name == "SubjectDetail" {
				a.Subjects = append(a.Subjects, article.Concept{Scheme: cmp.Or(s.Attr("Scheme"), "subj"), Code: s.Attr("FormalName")})
				s.Attr("cat")
			}
		}
	}
	for _, s := range n.All("OfInterestTo") {
		a.Keywords = append(a.Keywords, s.Attr("FormalName"))
		s.Get("Comment").Drop() // the same in words
	}
	for _, l := range n.All("Location") {
		origin := strings.EqualFold(l.Attr("HowPresent"), "Origin")
		for _, p := range l.All("Property") {
			value := p.Attr("Value")
			switch name := p.Attr("FormalName"); name {
			case "Country":
				if !origin || !wires {
					a.Places = append(a.Places, article.Concept{Scheme: "iso3166", Code: value})
				}
				if origin && len(value) == 2 {
					a.Place.Country = value
				}
			case "City":
				if !origin || !wires {
					a.Places = append(a.Places, article.Concept{Name: value})
				}
				if origin {
					a.Place.City = value
				}
			default:
				a.Keep("Location/"+name, value)
			}
		}
	}
	for _, p := range n.All("Property") {
		property(a, "", p)
	}
}

func property(a *article.Article, kind string, p *tree.Node) {
	name, value := p.Attr("FormalName"), p.Attr("Value")
	role := p.Attr("Role")
	switch lower := strings.ToLower(name); {
	case strings.Contains(lower, "keyword") && role == "":
		a.Keywords = append(a.Keywords, value)
	case strings.Contains(lower, "keyword"):
		a.Subjects = append(a.Subjects, article.Concept{Name: value, Kind: role})
	case lower == "isin":
		a.Instruments = append(a.Instruments, wire.Instrument{ISIN: value})
	case lower == "stocksymbol" || lower == "ticker" || lower == "tickersymbol":
		a.Instruments = append(a.Instruments, wire.Instrument{Ticker: value})
	default:
		a.Keep(strings.TrimSpace(kind+" "+name), value)
	}
}

func content(a *article.Article, role string, n *tree.Node) {
	n.Attr("Duid")
	mime := n.Get("MimeType").Attr("FormalName")
	n.Get("Format").Attr("FormalName")
	n.Get("MediaType").Attr("FormalName")
	if href := n.Attr("Href"); href != "" {
		p := article.Picture{URL: href, Type: mime, Name: role}
		if note := n.Get("Comment"); note.Peek("FormalName") == "AlternativeText" {
			p.Alt = note.Word()
			note.Drop()
		}
		for _, c := range n.All("Characteristics", "Property") {
			switch value := c.Peek("Value"); c.Peek("FormalName") {
			case "PixelWidth", "Width":
				p.Width, _ = strconv.Atoi(value)
				c.Drop()
			case "PixelHeight", "Height":
				p.Height, _ = strconv.Atoi(value)
				c.Drop()
			}
		}
		a.Pictures = append(a.Pictures, p)
		return
	}
	data := n.Get("DataContent")
	switch role {
	case "stylesheet":
		data.Drop()
		return
	case "headline": // the headline of NewsLines once more, as it is set
		if text := data.Word(); a.Headline == "" {
			a.Headline = text
		} else if text != a.Headline {
			a.Keep("HeadLine as set", text)
		}
		return
	case "subheadline":
		a.Subheads = append(a.Subheads, data.Word())
		return
	case "contact":
		a.Keep("Contact", strings.Join(strings.Fields(lineOf(data)), " "))
		a.Boilerplate += bodyOf(data)
		return
	case "boilerplate":
		a.Boilerplate += bodyOf(data)
		return
	case "disclaimer":
		a.Disclaimer += bodyOf(data)
		return
	case "summary", "abstract":
		setIf(&a.Abstract, data.Word())
		return
	case "caption":
		a.Keep("Caption", data.Word())
		return
	}
	switch {
	case data.Get("nitf") != nil:
		nitf.Fill(a, data.Get("nitf"))
	case strings.HasPrefix(mime, "text/css"):
		data.Drop()
	case strings.HasPrefix(mime, "text/plain"):
		a.Body += article.Paragraphs(data.Raw())
	default:
		a.Body += bodyOf(data)
	}
}

// lineOf is the text of XHTML with a space where lines end.
func lineOf(n *tree.Node) string {
	var b strings.Builder
	var walk func(*tree.Node)
	walk = func(n *tree.Node) {
		if n == nil {
			return
		}
		b.WriteString(n.Text)
		for _, c := range n.Children {
			walk(c)
		}
		b.WriteByte(' ')
	}
	walk(n)
	return b.String()
}

// bodyOf is XHTML as HTML, without its head.
func bodyOf(data *tree.Node) string {
	n := data
	if html := data.Get("html"); html != nil {
		html.Get("head").Drop()
		if n = html.Get("body"); n == nil {
			n = html
		}
	}
	return strings.TrimSpace(n.HTML(tree.XHTML))
}
