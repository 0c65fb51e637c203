// Package feed reads the feeds of providers: RSS, Atom, JSON Feed. It does no
// I/O.
package feed

import (
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
	xhtml "golang.org/x/net/html"
)

// maxEntries bounds a feed: providers keep some hundred.
const maxEntries = 2_000

// Read reads a feed of a provider, of UTF-8 text: RSS 0.9x to 2.0, RSS 1.0,
// Atom (RFC 4287, with deleted entries of RFC 6721) or JSON Feed. A feed without
// entries is no error. Errors are those of tree.XML and tree.JSON, Invalid for
// what is no feed, and Exhausted for one that is too long.
func Read(text string) ([]article.Article, error) {
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n\ufeff"), "{") {
		return readJSON(text)
	}
	root, err := tree.XML(text)
	if err != nil {
		return nil, err
	}
	var all []article.Article
	switch {
	case root.Name == "rss" || root.Name == "RDF":
		all = readRSS(root)
	case root.Name == "feed" && strings.Contains(root.Space, "Atom") || root.Name == "feed" && root.Space == "":
		all = readAtom(root)
	case root.Name == "entry" && strings.Contains(root.Space, "Atom"):
		a := article.Article{Format: "Atom", Language: root.Attr("xml:lang")}
		fillAtom(&a, root)
		a.Extra = append(a.Extra, root.Left()...)
		all = []article.Article{a}
	default:
		return nil, wire.Errorf(wire.Invalid, "line "+strconv.Itoa(root.Line)+", <"+root.Name+">", "is no feed: its root must be rss, RDF or Atom's feed")
	}
	return all, bounded(len(all))
}

func bounded(n int) error {
	if n > maxEntries {
		return wire.Errorf(wire.Exhausted, "feed", "has %d entries; at most %d are read at a time", n, maxEntries)
	}
	return nil
}

// in returns the children of n of a name and a word in their namespace; "" is
// that of the feed itself, or none.
func in(n *tree.Node, space, name string) []*tree.Node {
	var found []*tree.Node
	for _, c := range n.All(name) {
		own := c.Space == "" || c.Space == n.Space
		if space == "" && own || space != "" && !own && strings.Contains(strings.ToLower(c.Space), space) {
			found = append(found, c)
		}
	}
	return found
}

func one(n *tree.Node, space, name string) *tree.Node {
	if found := in(n, space, name); len(found) > 0 {
		return found[0]
	}
	return nil
}

func readRSS(root *tree.Node) []article.Article {
	channel := root.Get("channel")
	version := root.Attr("version")
	base := article.Article{Format: strings.TrimSpace("RSS " + version)}
	if root.Name == "RDF" {
		base.Format = "RSS 1.0"
	}
	base.Provider.Name = one(channel, "", "title").Word()
	base.Provider.URL = one(channel, "", "link").Word()
	base.Language = first(one(channel, "", "language").Word(), one(channel, "purl.org/dc", "language").Word())
	base.Copyright = first(one(channel, "", "copyright").Word(), one(channel, "purl.org/dc", "rights").Word())
	items := append(channel.All("item"), root.All("item")...)
	all := make([]article.Article, len(items))
	for i, item := range items {
		all[i] = base
		fillRSS(&all[i], item)
		all[i].Extra = append(all[i].Extra, item.Left()...)
		item.Drop()
	}
	channelLeft(all, channel)
	return all
}

// channelLeft keeps what is said of the feed itself beside its first entry.
func channelLeft(all []article.Article, channel *tree.Node) {
	if len(all) == 0 {
		return
	}
	for _, f := range channel.Left() {
		all[0].Keep("channel/"+f.Name, f.Value)
	}
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func fillRSS(a *article.Article, n *tree.Node) {
	link := first(one(n, "", "link").Word(), n.Peek("about"))
	guid := one(n, "", "guid")
	guid.Attr("isPermaLink")
	a.ID = first(guid.Word(), n.Attr("about"), link)
	if link != "" {
		a.Links = append(a.Links, article.Link{URL: link, Relation: "alternate"})
	}
	a.Headline = plainTitle(one(n, "", "title").Raw())
	a.Moment(one(n, "", "pubDate"), &a.Created)
	a.Moment(one(n, "purl.org/dc", "date"), &a.Created)
	a.Modified = a.Created
	a.Moment(one(n, "atom", "updated"), &a.Modified)
	a.Moment(one(n, "purl.org/dc", "modified"), &a.Modified)
	a.Byline = first(one(n, "purl.org/dc", "creator").Word(), one(n, "", "author").Word())
	a.Language = first(one(n, "purl.org/dc", "language").Word(), a.Language)
	a.Copyright = first(one(n, "purl.org/dc", "rights").Word(), a.Copyright)
	a.Source = first(one(n, "", "source").Word(), one(n, "purl.org/dc", "publisher").Word())
	for _, c := range in(n, "", "category") {
		c2 := article.Concept{Scheme: c.Attr("domain"), Name: c.Word()}
		if c2.Scheme == "" {
			a.Keywords = append(a.Keywords, c2.Name)
			continue
		}
		a.Subjects = append(a.Subjects, c2)
	}
	for _, c := range in(n, "purl.org/dc", "subject") {
		a.Keywords = append(a.Keywords, c.Word())
	}
	description := one(n, "", "description").Raw()
	if full := one(n, "content", "encoded").Raw(); strings.TrimSpace(full) != "" {
		a.Body, a.Abstract = full, description
	} else {
		a.Body = asHTML(description)
	}
	for _, e := range in(n, "", "enclosure") {
		e.Attr("length")
		a.Pictures = append(a.Pictures, article.Picture{URL: e.Attr("url"), Type: e.Attr("type")})
	}
	mediaRSS(a, n)
}

// mediaRSS takes the pictures of Media RSS, in groups or not.
func mediaRSS(a *article.Article, n *tree.Node) {
	for _, g := range in(n, "search.yahoo.com/mrss", "group") {
		mediaRSS(a, g)
	}
	contents := append(n.All("content"), in(n, "mrss", "thumbnail")...)
	for _, c := range contents {
		if !strings.Contains(c.Space, "mrss") {
			continue
		}
		p := article.Picture{URL: c.Attr("url"), Type: first(c.Attr("type"), c.Attr("medium")), Name: c.Name}
		p.Width, _ = strconv.Atoi(c.Attr("width"))
		p.Height, _ = strconv.Atoi(c.Attr("height"))
		p.Caption = first(c.Get("description").Word(), c.Get("title").Word(), one(n, "mrss", "description").Word())
		p.Credit = first(c.Get("credit").Word(), one(n, "mrss", "credit").Word())
		a.Pictures = append(a.Pictures, p)
	}
}

// asHTML brings text that is not marked up to HTML.
func asHTML(text string) string {
	if strings.Contains(text, "<") || strings.Contains(text, "&") {
		return text
	}
	return article.Paragraphs(text)
}

// plainTitle is a title as text: feeds escape HTML in it, or do not.
func plainTitle(raw string) string {
	text := strings.Join(strings.Fields(raw), " ")
	if strings.Contains(text, "</") || strings.Contains(text, "&") {
		return stripped(text)
	}
	return text
}

func readAtom(root *tree.Node) []article.Article {
	base := article.Article{Format: "Atom", Language: root.Attr("xml:lang")}
	base.Provider.Name = plainTitle(root.Get("title").Raw())
	root.Get("title").Attr("type")
	var all []article.Article
	for _, n := range root.Children {
		a := base
		switch n.Name {
		case "entry":
			fillAtom(&a, n)
		case "deleted-entry": // RFC 6721 §3
			a.ID, a.Status = n.Attr("ref"), article.Canceled
			a.Must(&tree.Node{Name: "when", Line: n.Line, Children: []*tree.Node{{Text: n.Attr("when")}}}, &a.Modified)
			if comment := n.Get("comment").Word(); comment != "" {
				a.Notes = append(a.Notes, comment)
			}
		default:
			continue
		}
		a.Extra = append(a.Extra, n.Left()...)
		n.Drop()
		all = append(all, a)
	}
	channelLeft(all, root)
	return all
}

func fillAtom(a *article.Article, n *tree.Node) {
	a.Language = first(n.Attr("xml:lang"), a.Language)
	a.ID = n.Get("id").Word()
	a.Headline, _ = construct(n.Get("title"))
	a.Moment(n.Get("published"), &a.Created)
	a.Moment(n.Get("updated"), &a.Modified)
	for _, author := range n.All("author") {
		a.Byline = strings.TrimPrefix(a.Byline+", "+author.Get("name").Word(), ", ")
	}
	a.Source = n.Get("source", "title").Word()
	a.Copyright, _ = construct(n.Get("rights"))
	summary, summaryHTML := construct(n.Get("summary"))
	if c := n.Get("content"); c != nil {
		a.Language = first(c.Attr("xml:lang"), a.Language)
		if src := c.Attr("src"); src != "" {
			a.Links = append(a.Links, article.Link{URL: src, Relation: "content", Title: c.Attr("type")})
		}
		_, a.Body = construct(c)
	}
	if a.Abstract = summary; a.Body == "" {
		a.Body, a.Abstract = summaryHTML, ""
	}
	for _, c := range n.All("category") {
		term, scheme, label := c.Attr("term"), c.Attr("scheme"), c.Attr("label")
		if scheme == "" {
			a.Keywords = append(a.Keywords, first(label, term))
			continue
		}
		a.Subjects = append(a.Subjects, article.Concept{Scheme: scheme, Code: term, Name: label})
	}
	for _, l := range n.All("link") {
		rel, href, kind := l.Attr("rel"), l.Attr("href"), l.Attr("type")
		l.Attr("length")
		if rel == "enclosure" {
			a.Pictures = append(a.Pictures, article.Picture{URL: href, Type: kind, Caption: l.Attr("title")})
			continue
		}
		a.Links = append(a.Links, article.Link{URL: href, Relation: first(rel, "alternate"), Title: first(l.Attr("title"), l.Attr("hreflang"))})
	}
	mediaRSS(a, n)
}

// construct is a text construct as text and as HTML (RFC 4287 §3.1).
func construct(n *tree.Node) (plain, html string) {
	switch kind := n.Attr("type"); {
	case kind == "xhtml":
		n.Get("div").Attr("xmlns")
		html = n.HTML(tree.XHTML)
		return strings.Join(strings.Fields(n.Raw()), " "), html
	case strings.Contains(kind, "html"):
		raw := n.Raw()
		return plainTitle(raw), raw
	default:
		raw := n.Raw()
		return strings.Join(strings.Fields(raw), " "), article.Paragraphs(raw)
	}
}

func readJSON(text string) ([]article.Article, error) {
	root, err := tree.JSON(text)
	if err != nil {
		return nil, err
	}
	version := root.Get("version").Word()
	if !strings.Contains(version, "jsonfeed.org/version/") {
		return nil, wire.Errorf(wire.Invalid, "version", "is not that of a JSON Feed: https://jsonfeed.org/version/1.1")
	}
	base := article.Article{Format: "JSON Feed " + version[strings.LastIndexByte(version, '/')+1:], Language: root.Get("language").Word()}
	base.Provider.Name, base.Provider.URL = root.Get("title").Word(), root.Get("home_page_url").Word()
	var all []article.Article
	for _, n := range root.All("items") {
		a := base
		fillJSON(&a, n)
		a.Extra = append(a.Extra, n.Left()...)
		n.Drop()
		all = append(all, a)
	}
	channelLeft(all, root)
	return all, bounded(len(all))
}

func fillJSON(a *article.Article, n *tree.Node) {
	word := func(name string) string { return n.Get(name).Word() }
	a.ID, a.Language = word("id"), first(word("language"), a.Language)
	a.Headline, a.Abstract = word("title"), word("summary")
	a.Moment(n.Get("date_published"), &a.Created)
	a.Moment(n.Get("date_modified"), &a.Modified)
	a.Body = n.Get("content_html").Raw()
	if text := n.Get("content_text").Raw(); a.Body == "" {
		a.Text = text
	}
	for _, t := range n.All("tags") {
		a.Keywords = append(a.Keywords, t.Word())
	}
	for _, author := range append(n.All("authors"), n.All("author")...) {
		a.Byline = strings.TrimPrefix(a.Byline+", "+author.Get("name").Word(), ", ")
	}
	for _, name := range []string{"url", "external_url"} {
		if u := word(name); u != "" {
			a.Links = append(a.Links, article.Link{URL: u, Relation: name})
		}
	}
	for _, name := range []string{"image", "banner_image"} {
		if u := word(name); u != "" {
			a.Pictures = append(a.Pictures, article.Picture{URL: u, Name: name})
		}
	}
	for _, e := range n.All("attachments") {
		a.Pictures = append(a.Pictures, article.Picture{URL: e.Get("url").Word(), Type: e.Get("mime_type").Word(), Caption: e.Get("title").Word()})
	}
	if status, known := article.ParseStatus(n.Get("_newswire", "pub_status").Word()); known {
		a.Status = status
	}
}

// stripped is HTML as text.
func stripped(html string) string {
	var b strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(html))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case xhtml.TextToken:
			b.Write(z.Text())
		}
	}
}
