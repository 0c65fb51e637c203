package newsmlg2

import (
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	namespace = "http://iptc.org/std/nar/2006-10-01/"
	version   = "2.35"
	catalogue = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"
	itemType  = "application/vnd.iptc.g2.newsitem+xml"
	xhtmlType = "application/xhtml+xml"
)

// Roles and kinds of concept that no catalogue of IPTC has; URIs of our own. A
// reader of documents of the wire looks for them.
const (
	RoleIssuer   = "urn:wireroom:role:issuer"           // who speaks
	RoleProvider = "urn:wireroom:role:provider"         // who supplied the text
	RoleContact  = "urn:wireroom:role:contact"          // for the press
	RoleReason   = "urn:wireroom:role:reason"           // of an amendment
	RoleSubhead  = "urn:wireroom:role:subhead"          // of a headline
	RoleAlt      = "urn:wireroom:role:alternative-text" // of a picture
	rolePicture  = "urn:wireroom:role:picture"
	SectorURN    = "urn:wireroom:sector:" // before the code of a sector
	translation  = "urn:wireroom:relation:translation"
	isoISIN      = "urn:iso:std:iso:6166"
	isoLEI       = "urn:iso:std:iso:17442"
)

// Encode writes an item as a newsItem. Its pictures are links; Message carries
// them as items of their own.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	var w markup.Writer
	newsItem(&w, it, site)
	return w.Bytes()
}

// GUID names an edition in all its versions.
func GUID(it *wire.Item) string { return guid(it.Release, it.Language) }

func guid(release wire.ReleaseID, language string) string {
	return "urn:wireroom:" + string(release) + ":" + language
}

func pictureGUID(it *wire.Item, i int) string { return GUID(it) + ":picture:" + strconv.Itoa(i+1) }

func newsItem(w *markup.Writer, it *wire.Item, site format.Site) {
	p := locale.For(it.Language)
	openItem(w, "newsItem", GUID(it), it)
	rights(w, it, site)
	itemMeta(w, it, site, p)
	w.Open("contentMeta")
	administrative(w, it)
	descriptive(w, it, p)
	w.Close()
	asserts(w, it)
	if !it.Action.Withdraws() {
		w.Open("contentSet")
		w.Open("inlineXML", "contenttype", xhtmlType, "xml:lang", it.Language, "dir", format.Direction(it))
		body(w, it)
		w.Close()
		w.Close()
	}
	w.Close()
}

func openItem(w *markup.Writer, name, guid string, it *wire.Item) {
	w.Open(name, "xmlns", namespace, "standard", "NewsML-G2", "standardversion", version, "conformance", "power",
		"guid", guid, "version", strconv.Itoa(it.Version), "xml:lang", it.Language, "dir", format.Direction(it))
	w.Empty("catalogRef", "href", catalogue)
}

// rights names who answers for the text: the issuer, not the wire. A third
// party's disclaimer is the notice and the terms.
func rights(w *markup.Writer, it *wire.Item, site format.Site) {
	holder := format.Source(it)
	if holder == "" {
		holder = site.Name
	}
	w.Open("rightsInfo")
	w.Open("copyrightHolder", "literal", "holder")
	w.Leaf("name", format.Line(holder))
	w.Close()
	w.Leaf("usageTerms", wire.PlainText(it.Disclaimer), "xml:lang", it.Language, "dir", format.Direction(it))
	w.Close()
}

// itemMeta keeps the order of the schema: class, provider, times, status and so
// on, links behind all of them.
func itemMeta(w *markup.Writer, it *wire.Item, site format.Site, p locale.Printer) {
	direction := format.Direction(it)
	w.Open("itemMeta")
	w.Empty("itemClass", "qcode", "ninat:text")
	wireAsProvider(w, site)
	w.Leaf("versionCreated", format.Stamp(it.ClearTime))
	w.Leaf("firstCreated", format.Stamp(it.First))
	w.Leaf("embargoed", format.Embargo(it))
	w.Empty("pubStatus", "qcode", "stat:"+format.PubStatus(it.Action))
	w.Leaf("generator", "Wireroom", "versioninfo", "1")
	w.Leaf("title", it.Headline, "xml:lang", it.Language, "dir", direction)
	w.Leaf("edNote", format.EditorsNote(it, p), "xml:lang", it.Language, "dir", direction)
	if it.Action.Amends() {
		w.Leaf("edNote", it.Reason, "roleuri", RoleReason)
	}
	if s := signal(it.Action); s != "" {
		w.Empty("signal", "qcode", s)
	}
	w.Empty("link", "rel", "irel:seeAlso", "href", site.ItemURL(it), "contenttype", "text/html")
	for _, other := range it.Editions {
		if other != it.Language {
			w.Empty("link", "reluri", translation, "residref", guid(it.Release, other), "href", site.EditionURL(it.Release, other), "contenttype", "text/html")
		}
	}
	for i, picture := range it.Pictures {
		link(w, it, i, picture)
	}
	for _, q := range format.Properties(it) {
		w.Empty("itemMetaExtProperty", "typeuri", format.PropertyURN(q.Name), "value", q.Value)
	}
	w.Close()
}

func wireAsProvider(w *markup.Writer, site format.Site) {
	w.Open("provider", "uri", site.BaseURL+"/")
	w.Leaf("name", site.Name)
	w.Close()
}

// signal is what a later version is; the codes of sig in catalogue 41.
func signal(a wire.Action) string {
	switch a {
	case wire.Correct, wire.Refile:
		return "sig:correction"
	case wire.Update, wire.Unhold:
		return "sig:update"
	}
	return ""
}

// link leads to a picture, with what a receiver needs to print it.
func link(w *markup.Writer, it *wire.Item, i int, picture wire.Picture) {
	w.Open("link", "rel", "irel:associatedWith", "rank", strconv.Itoa(i+1), "residref", pictureGUID(it, i), "href", picture.URL, "contenttype", picture.Type)
	w.Empty("itemClass", "qcode", "ninat:picture")
	pictureWords(w, picture)
	if picture.Width > 0 {
		w.Empty("itemMetaExtProperty", "typeuri", format.PropertyURN("width"), "value", strconv.Itoa(picture.Width))
		w.Empty("itemMetaExtProperty", "typeuri", format.PropertyURN("height"), "value", strconv.Itoa(picture.Height))
	}
	w.Close()
}

func pictureWords(w *markup.Writer, picture wire.Picture) {
	w.Leaf("creditline", picture.Credit)
	w.Leaf("description", picture.Caption, "role", "drol:caption")
	w.Leaf("description", picture.Alt, "roleuri", RoleAlt)
}

// administrative says how urgent an item is, where it comes from and whom to ask.
func administrative(w *markup.Writer, it *wire.Item) {
	w.Leaf("urgency", strconv.Itoa(format.Urgency(it.Priority)))
	w.Leaf("contentModified", format.Stamp(it.ClearTime))
	if d := it.Dateline; d.City != "" {
		w.Open("located", "literal", "dateline")
		w.Leaf("name", format.Line(d.City))
		w.Close()
	}
	if it.Organisation != "" {
		source(w, "issuer", RoleIssuer, it.Organisation, "")
	}
	if c := it.Provider; c != nil {
		source(w, "provider", RoleProvider, c.Name, c.URL)
	}
	for i := range it.Contacts {
		w.Open("contributor", "literal", contactID(i), "roleuri", RoleContact)
		w.Leaf("name", format.Line(it.Contacts[i].Name))
		w.Close()
	}
}

func source(w *markup.Writer, id, role, name, link string) {
	w.Open("infoSource", "literal", id, "roleuri", role)
	w.Leaf("name", format.Line(name))
	if wire.SafeLink(link) {
		// Not remoteInfo: IPTC's own parser stops at it.
		w.Open("organisationDetails")
		w.Open("contactInfo")
		w.Leaf("web", link)
		w.Close()
		w.Close()
	}
	w.Close()
}

// ContactID begins the literals of contacts, with which asserts say more of them.
const ContactID = "contact-"

func contactID(i int) string { return ContactID + strconv.Itoa(i+1) }

// descriptive says what an item is about and shows its headlines.
func descriptive(w *markup.Writer, it *wire.Item, p locale.Printer) {
	direction := format.Direction(it)
	w.Empty("language", "tag", it.Language)
	for _, code := range it.Subjects {
		if topic, ok := vocab.LookupTopic(code); ok {
			subject(w, it.Language, vocab.TopicName(code, it.Language), "type", "cpnat:abstract", "qcode", "medtop:"+topic.Code)
		} else {
			subject(w, "", code, "type", "cpnat:abstract", "literal", code)
		}
	}
	for _, code := range it.Sectors {
		if name := vocab.SectorName(code, it.Language); name != code {
			subject(w, it.Language, name, "type", "cpnat:abstract", "uri", SectorURN+code)
		} else {
			subject(w, "", code, "typeuri", SectorURN, "literal", code)
		}
	}
	for _, code := range it.Places {
		if name := vocab.CountryName(code, it.Language); name != code {
			subject(w, it.Language, name, "type", "cpnat:geoArea", "qcode", "iso3166-1a2:"+code)
		} else {
			subject(w, "", code, "type", "cpnat:geoArea", "literal", code)
		}
	}
	if it.Action.Withdraws() {
		return
	}
	w.Leaf("headline", it.Headline, "xml:lang", it.Language, "dir", direction)
	for _, s := range it.Subheads {
		w.Leaf("headline", s, "roleuri", RoleSubhead, "xml:lang", it.Language, "dir", direction)
	}
	w.Leaf("dateline", format.Dateline(it, p), "xml:lang", it.Language, "dir", direction)
	if c := it.Provider; c != nil {
		w.Leaf("creditline", c.Line)
	}
}

func subject(w *markup.Writer, language, name string, attributes ...string) {
	w.Open("subject", attributes...)
	w.Leaf("name", format.Line(name), "xml:lang", language)
	w.Close()
}

// asserts say more of what is named above: the issuer's securities, how to
// reach the contacts.
func asserts(w *markup.Writer, it *wire.Item) {
	if len(it.Instruments) > 0 {
		w.Open("assert", "literal", "issuer")
		w.Open("organisationDetails")
		for i, s := range it.Instruments {
			instrument(w, i, s)
		}
		w.Close()
		w.Close()
	}
	for i, c := range it.Contacts {
		w.Open("assert", "literal", contactID(i))
		w.Leaf("name", format.Line(c.Name))
		w.Leaf("definition", c.Role, "roleuri", RoleContact)
		w.Open("personDetails")
		if c.Organisation != "" {
			w.Open("affiliation")
			w.Leaf("name", format.Line(c.Organisation))
			w.Close()
		}
		if c.Email != "" || c.Phone != "" {
			w.Open("contactInfo")
			w.Leaf("email", c.Email)
			w.Leaf("phone", c.Phone)
			w.Close()
		}
		w.Close()
		w.Close()
	}
}

func instrument(w *markup.Writer, i int, s wire.Instrument) {
	rank, market := strconv.Itoa(i+1), ""
	if s.MIC != "" {
		market = "mic:" + s.MIC
	}
	if s.Ticker != "" {
		w.Empty("hasInstrument", "symbol", s.Ticker, "market", market, "rank", rank)
	}
	if s.ISIN != "" {
		w.Empty("hasInstrument", "symbol", s.ISIN, "symbolsrcuri", isoISIN, "market", market, "rank", rank)
	}
	if s.LEI != "" {
		w.Empty("hasInstrument", "symbol", s.LEI, "symbolsrcuri", isoLEI, "rank", rank)
	}
}

// body is the story as XHTML; boilerplate and disclaimer are sections of it.
func body(w *markup.Writer, it *wire.Item) {
	direction := format.Direction(it)
	w.Open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", it.Language, "xml:lang", it.Language, "dir", direction)
	w.Open("head")
	w.Leaf("title", it.Headline)
	w.Close()
	w.Open("body")
	for _, part := range []struct {
		class  string
		blocks []wire.Block
	}{{"main", it.Body}, {"boilerplate", it.Boilerplate}, {"disclaimer", it.Disclaimer}} {
		if len(part.blocks) > 0 {
			w.Open("div", "class", part.class)
			w.Markup("\n" + markup.XHTML(part.blocks) + "\n")
			w.Close()
		}
	}
	w.Close()
	w.Close()
}
