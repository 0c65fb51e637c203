package newsmlg2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/nitf"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
)

// Read reads a newsItem, a packageItem or a newsMessage of UTF-8 text. Pictures
// that a package or the message brings with a story become the story's; a
// picture or film alone is a story of its caption. Its error is that of
// tree.XML, or Invalid where there is no story in the document.
func Read(text string) ([]article.Article, error) {
	root, err := tree.XML(text)
	if err != nil {
		return nil, err
	}
	m := message{root: root}
	switch root.Name {
	case "newsItem", "packageItem":
		m.item(root)
	case "newsMessage":
		for _, set := range root.All("itemSet") {
			for _, item := range set.Children {
				if item.Name != "" {
					m.item(item)
				}
			}
		}
	case "conceptItem", "knowledgeItem", "planningItem", "catalogItem":
		return nil, wire.Errorf(wire.Invalid, m.place(root), "is a %s, which tells of things and plans; the wire takes stories: newsItem, packageItem, newsMessage", root.Name)
	default:
		return nil, wire.Errorf(wire.Invalid, m.place(root), "is not NewsML-G2: its root must be newsItem, packageItem or newsMessage")
	}
	return m.stories()
}

// message is a document while it is read.
type message struct {
	root     *tree.Node
	texts    []article.Article
	media    []article.Article
	packages []pack
	others   []*tree.Node // items of other kinds
}

// pack is a package: what it says itself, and which items are in it.
type pack struct {
	article.Article
	items []string
}

func (m *message) place(n *tree.Node) string {
	return "line " + strconv.Itoa(n.Line) + ", <" + n.Name + ">"
}

func (m *message) item(n *tree.Node) {
	switch n.Name {
	case "newsItem":
		a := article.Article{}
		fill(&a, n)
		class := n.Get("itemMeta", "itemClass").Attr("qcode")
		content(&a, n)
		a.Extra = append(a.Extra, n.Left()...)
		if strings.HasSuffix(class, ":picture") || strings.HasSuffix(class, ":video") || strings.HasSuffix(class, ":graphic") || strings.HasSuffix(class, ":audio") {
			m.media = append(m.media, a)
			return
		}
		m.texts = append(m.texts, a)
	case "packageItem":
		p := pack{}
		fill(&p.Article, n)
		refs(&p, n.Get("groupSet"))
		p.Extra = append(p.Extra, n.Left()...)
		m.packages = append(m.packages, p)
	default:
		m.others = append(m.others, n)
	}
}

// refs takes what a package refers to.
func refs(p *pack, n *tree.Node) {
	for _, c := range n.All("group") {
		for _, r := range c.All("itemRef") {
			id := r.Attr("residref")
			if id == "" {
				id = r.Attr("href")
			}
			p.items = append(p.items, id)
			p.Links = append(p.Links, article.Link{URL: id, Relation: c.Peek("role"), Title: cmp.Or(r.Get("title").Word(), r.Get("headline").Word())})
		}
	}
}

// stories puts together what belongs together.
func (m *message) stories() ([]article.Article, error) {
	all := m.texts
	for _, p := range m.packages {
		for i := range all {
			if !slices.Contains(p.items, all[i].ID) {
				continue
			}
			all[i].Family = p.ID
			m.give(&all[i], p.items)
			for _, e := range p.Extra {
				all[i].Keep("packageItem/"+e.Name, e.Value)
			}
		}
	}
	if len(m.packages) == 0 && len(all) == 1 {
		m.give(&all[0], nil)
	}
	for _, a := range m.media { // what no story took
		if a.Text == "" && a.Body == "" {
			a.Text = a.Abstract
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		for _, p := range m.packages {
			all = append(all, p.Article)
		}
	}
	if len(all) == 0 {
		return nil, wire.Errorf(wire.Invalid, m.place(m.root), "holds no story")
	}
	for _, f := range append(m.root.Get("header").Left(), m.left()...) {
		all[0].Keep(f.Name, f.Value)
	}
	return all, nil
}

// left is what the items say that are no stories.
func (m *message) left() []tree.Field {
	var left []tree.Field
	for _, o := range m.others {
		for _, f := range o.Left() {
			left = append(left, tree.Field{Name: o.Name + "/" + f.Name, Value: f.Value})
		}
	}
	return left
}

// give makes pictures of items the pictures of a story: those named, or all.
func (m *message) give(a *article.Article, names []string) {
	var rest []article.Article
	for _, picture := range m.media {
		if names != nil && !slices.Contains(names, picture.ID) {
			rest = append(rest, picture)
			continue
		}
		for _, p := range picture.Pictures {
			p.Object = picture.ID
			p.Caption, p.Credit = cmp.Or(p.Caption, picture.Abstract, picture.Headline), cmp.Or(p.Credit, picture.Provider.Line, picture.Byline)
			a.Pictures = append(a.Pictures, p)
		}
		for _, f := range append(picture.Extra, tree.Field{Name: "guid", Value: picture.ID}) {
			a.Keep("picture/"+f.Name, f.Value)
		}
	}
	m.media = rest
}

// content takes the body in the richest form that the item has it in.
func content(a *article.Article, n *tree.Node) {
	set := n.Get("contentSet")
	for _, x := range set.All("inlineXML") {
		kind := x.Attr("contenttype")
		x.Attr("contenttypevariant")
		x.Attr("wordcount")
		if lang := x.Attr("xml:lang"); a.Language == "" {
			a.Language = lang
		}
		if dir := x.Attr("dir"); a.Direction == "" {
			a.Direction = dir
		}
		switch {
		case a.Body != "": // an alternative, kept as what it says
			a.Keep("inlineXML "+kind, x.Raw())
		case x.Get("nitf") != nil:
			nitf.Fill(a, x.Get("nitf"))
		default:
			page(a, x)
		}
	}
	for _, d := range set.All("inlineData") {
		kind := d.Attr("contenttype")
		switch text := d.Raw(); {
		case strings.Contains(kind, "html") && a.Body == "":
			a.Body = text
		case strings.HasPrefix(kind, "text/plain") && a.Body == "" && a.Text == "":
			a.Text = text
		default:
			a.Keep("inlineData "+kind, text)
		}
	}
	for _, r := range set.All("remoteContent") {
		p := article.Picture{URL: r.Attr("href"), Type: r.Attr("contenttype"), Name: r.Attr("rendition")}
		p.Width, _ = strconv.Atoi(r.Attr("width"))
		p.Height, _ = strconv.Atoi(r.Attr("height"))
		a.Pictures = append(a.Pictures, p)
	}
}

// page takes a body of XHTML.
func page(a *article.Article, x *tree.Node) {
	body := x.Get("html", "body")
	if body == nil {
		body = x
	} else {
		h := x.Get("html")
		if lang := cmp.Or(h.Attr("lang"), h.Attr("xml:lang")); a.Language == "" {
			a.Language = lang
		}
		if dir := h.Attr("dir"); a.Direction == "" {
			a.Direction = dir
		}
		if title := h.Get("head", "title").Word(); title != a.Headline {
			a.Keep("html/title", title)
		}
		h.Get("head").Drop()
	}
	story := *body
	story.Children = nil
	for _, c := range body.Children { // sections that say by their class what they are
		switch class := c.Peek("class"); {
		case c.Name == "div" && class == "boilerplate":
			a.Boilerplate += c.HTML(tree.XHTML)
		case c.Name == "div" && class == "disclaimer":
			a.Disclaimer += c.HTML(tree.XHTML)
		default:
			story.Children = append(story.Children, c)
		}
	}
	if inner := story.HTML(tree.XHTML); strings.TrimSpace(inner) != "" {
		a.Body = inner
	}
}
