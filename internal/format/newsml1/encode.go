package newsml1

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	// OwnMetadata is the type of the metadata that holds the wire's own properties.
	OwnMetadata = "Wireroom"

	topicScheme = "IptcMediaTopics"
)

// Encode writes an item.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	p := locale.For(it.Language)
	var w markup.Writer
	w.Open("NewsML", "Version", "1.2")
	envelope(&w, it, site)
	w.Open("NewsItem", "xml:lang", it.Language)
	identification(&w, it, site)
	management(&w, it, p)
	w.Open("NewsComponent", "xml:lang", it.Language)
	w.Leaf("BasisForChoice", "./NewsComponent/DescriptiveMetadata/Language", "Rank", "1")
	copyright(&w, it)
	administrative(&w, it, site)
	rights(&w, it)
	descriptive(&w, it)
	own(&w, it)
	if !it.Action.Withdraws() {
		w.Open("NewsComponent")
		w.Leaf("BasisForChoice", "./NewsComponent/Role", "Rank", "1")
		newsLines(&w, it, p)
		language(&w, it)
		components(&w, it)
		w.Close()
	}
	w.Close()
	w.Close()
	w.Close()
	return w.Bytes()
}

func envelope(w *markup.Writer, it *wire.Item, site format.Site) {
	w.Open("NewsEnvelope")
	w.Leaf("TransmissionId", strconv.FormatInt(it.Number, 10))
	w.Open("SentFrom")
	w.Empty("Party", "FormalName", site.Name)
	w.Close()
	w.Leaf("DateAndTime", stamp(it.ClearTime))
	w.Empty("NewsService", "FormalName", site.Name)
	w.Empty("NewsProduct", "FormalName", "Press releases")
	w.Empty("Priority", "FormalName", strconv.Itoa(format.Urgency(it.Priority)))
	w.Close()
}

// identification names the item: the identifier is the same for all versions
// but for its last part, the revision.
func identification(w *markup.Writer, it *wire.Item, site format.Site) {
	provider, date, id := host(site), it.First.UTC().Format("20060102"), string(it.Release)+"-"+it.Language
	revision := strconv.Itoa(it.Version)
	w.Open("Identification")
	w.Open("NewsIdentifier")
	w.Leaf("ProviderId", provider)
	w.Leaf("DateId", date)
	w.Leaf("NewsItemId", id)
	w.Leaf("RevisionId", revision, "PreviousRevision", strconv.Itoa(it.Version-1), "Update", "N")
	w.Leaf("PublicIdentifier", "urn:newsml:"+provider+":"+date+":"+id+":"+revision)
	w.Close()
	w.Leaf("NameLabel", it.Slug)
	w.Close()
}

// host is the name by which IPTC has providers known: that of their site.
func host(site format.Site) string {
	if u, err := url.Parse(site.BaseURL); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return "localhost"
}

func management(w *markup.Writer, it *wire.Item, p locale.Printer) {
	w.Open("NewsManagement")
	w.Empty("NewsItemType", "FormalName", "News")
	w.Leaf("FirstCreated", stamp(it.First))
	w.Leaf("ThisRevisionCreated", stamp(it.ClearTime))
	w.Empty("Status", "FormalName", status(it.Action))
	w.Empty("Urgency", "FormalName", strconv.Itoa(format.Urgency(it.Priority)))
	for _, other := range it.Editions {
		if other != it.Language {
			w.Open("AssociatedWith", "FormalName", "Translation", "NewsItem", string(it.Release)+"-"+other)
			w.Leaf("Comment", other)
			w.Close()
		}
	}
	if note := format.EditorsNote(it, p); note != "" {
		w.Open("Instruction", "FormalName", instruction(it.Action))
		w.Leaf("Comment", note, "xml:lang", it.Language)
		w.Close()
	}
	w.Close()
}

// status is a word of IPTC's NewsML 1 vocabulary.
func status(a wire.Action) string {
	s := format.PubStatus(a)
	return strings.ToUpper(s[:1]) + s[1:]
}

func instruction(a wire.Action) string {
	switch a {
	case wire.Correct, wire.Refile:
		return "Correction"
	case wire.Hold, wire.Kill:
		return "Delete"
	}
	return "Update"
}

func copyright(w *markup.Writer, it *wire.Item) {
	if source := format.Source(it); source != "" {
		w.Open("NewsLines")
		w.Leaf("CopyrightLine", "Copyright "+source+" "+strconv.Itoa(it.First.UTC().Year()))
		w.Close()
	}
}

func administrative(w *markup.Writer, it *wire.Item, site format.Site) {
	w.Open("AdministrativeMetadata")
	w.Open("Provider")
	w.Empty("Party", "FormalName", site.Name)
	w.Close()
	if it.Organisation != "" {
		w.Open("Source")
		w.Empty("Party", "FormalName", it.Organisation)
		w.Close()
	}
	if c := it.Provider; c != nil {
		w.Open("Contributor")
		if wire.SafeLink(c.URL) {
			w.Leaf("Comment", c.URL, "FormalName", "Link")
		}
		w.Empty("Party", "FormalName", c.Name)
		w.Close()
	}
	w.Empty("Property", "FormalName", "Page", "Value", site.ItemURL(it))
	w.Close()
}

func rights(w *markup.Writer, it *wire.Item) {
	if len(it.Disclaimer) == 0 {
		return
	}
	w.Open("RightsMetadata")
	w.Open("UsageRights")
	w.Leaf("Limitations", wire.PlainText(it.Disclaimer), "xml:lang", it.Language)
	w.Close()
	w.Close()
}

func descriptive(w *markup.Writer, it *wire.Item) {
	w.Open("DescriptiveMetadata")
	w.Empty("Language", "FormalName", it.Language)
	w.Empty("Genre", "FormalName", "Release")
	for _, code := range it.Subjects {
		name := code
		if topic, ok := vocab.LookupTopic(code); ok {
			name = topic.Code
		}
		w.Open("SubjectCode")
		w.Empty("Subject", "FormalName", name, "Scheme", topicScheme)
		w.Close()
	}
	for _, code := range it.Sectors {
		w.Open("OfInterestTo", "FormalName", code)
		w.Leaf("Comment", vocab.SectorName(code, it.Language), "xml:lang", it.Language)
		w.Close()
	}
	if t, err := time.Parse(time.DateOnly, it.Dateline.Date); err == nil {
		w.Leaf("DateLineDate", t.Format("20060102"))
	}
	if it.Dateline.City != "" {
		w.Open("Location", "HowPresent", "Origin")
		w.Empty("Property", "FormalName", "City", "Value", it.Dateline.City)
		w.Empty("Property", "FormalName", "Country", "Value", it.Dateline.Country)
		w.Close()
	}
	for _, code := range it.Places {
		w.Open("Location", "HowPresent", "RelatesTo")
		w.Empty("Property", "FormalName", "Country", "Value", code)
		w.Close()
	}
	for _, i := range it.Instruments {
		for _, symbol := range [][2]string{{"ISIN", i.ISIN}, {"Market", i.MIC}, {"Ticker", i.Ticker}, {"LEI", i.LEI}} {
			if symbol[1] != "" {
				w.Empty("Property", "FormalName", symbol[0], "Value", symbol[1])
			}
		}
	}
	w.Close()
}

// own is what the wire knows and the standard has no element for.
func own(w *markup.Writer, it *wire.Item) {
	w.Open("Metadata")
	w.Empty("MetadataType", "FormalName", OwnMetadata)
	for _, q := range format.Properties(it) {
		w.Empty("Property", "FormalName", q.Name, "Value", q.Value)
	}
	if until := format.Embargo(it); until != "" {
		w.Empty("Property", "FormalName", format.EmbargoProperty, "Value", until)
	}
	w.Close()
}

// newsLines has room for one subhead behind the headline; others are lines with
// a type.
func newsLines(w *markup.Writer, it *wire.Item, p locale.Printer) {
	w.Open("NewsLines")
	w.Leaf("HeadLine", it.Headline, "xml:lang", it.Language)
	for i, s := range it.Subheads {
		if i == 0 {
			w.Leaf("SubHeadLine", s, "xml:lang", it.Language)
		}
	}
	w.Leaf("DateLine", format.Dateline(it, p), "xml:lang", it.Language)
	if c := it.Provider; c != nil {
		w.Leaf("CreditLine", c.Line)
	}
	w.Leaf("SlugLine", it.Slug)
	for i, s := range it.Subheads {
		if i > 0 {
			w.Open("NewsLine")
			w.Empty("NewsLineType", "FormalName", "SubHeadLine")
			w.Leaf("NewsLineText", s, "xml:lang", it.Language)
			w.Close()
		}
	}
	w.Close()
}

func language(w *markup.Writer, it *wire.Item) {
	w.Open("DescriptiveMetadata")
	w.Empty("Language", "FormalName", it.Language)
	w.Close()
}

// stamp is a time as NewsML 1 writes it (ISO 8601 basic), in UTC.
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405+0000") }
