package ninjs

import (
	"crypto/hmac"
	"crypto/sha1" // what the receivers know; see Sign
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// EncodePush writes an item in the dialect of ninjs that Superdesk writes and
// Newsroom, now Newshub, takes as a push: guid in place of uri, the text as one
// body_html, times with the zone +0000. It is not valid ninjs of any version.
//
// A story has one guid for all its versions: what comes later replaces what the
// receiver shows.
func EncodePush(it *wire.Item, site format.Site) ([]byte, error) {
	p := locale.For(it.Language)
	urgency := format.Urgency(it.Priority)
	source := format.Source(it)
	if source == "" {
		source = site.Name
	}
	o := object{
		{"guid", "urn:wireroom:" + string(it.Release) + ":" + it.Language}, {"type", "text"}, {"version", strconv.Itoa(it.Version)},
		{"firstcreated", pushTime(it.First)}, {"firstpublished", pushTime(it.First)}, {"versioncreated", pushTime(it.ClearTime)}, {"embargoed", pushEmbargo(it)},
		{"pubstatus", format.PubStatus(it.Action)}, {"urgency", urgency}, {"priority", urgency}, {"language", it.Language},
		{"headline", format.Headline(it, p)}, {"body_html", format.Content(it, p)},
		{"ednote", format.EditorsNote(it, p)}, {"source", source}, {"copyrightholder", source}, {"usageterms", wire.PlainText(it.Disclaimer)},
		{"genre", []object{{{"name", "Press Release"}, {"code", "Press Release"}}}},
		{"subject", pushSubjects(it)}, {"place", pushPlaces(it)},
	}
	if !it.Action.Withdraws() {
		o = append(o, field{"located", it.Dateline.City}, field{"description_text", lead(it)}, field{"associations", pushPictures(it)})
		if it.Provider != nil {
			o = append(o, field{"byline", it.Provider.Line})
		}
	}
	extra := object{}
	names, values := document(it, site).roles()
	for _, name := range names {
		extra = append(extra, field{name, strings.Join(values[name], "\n")})
	}
	return inJSON(append(o, field{"extra", extra}))
}

func lead(it *wire.Item) string {
	if len(it.Body) == 0 {
		return ""
	}
	return it.Body[0].PlainText()
}

func pushEmbargo(it *wire.Item) string {
	if it.Scheduled.IsZero() {
		return ""
	}
	return pushTime(it.Scheduled)
}

func pushTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+0000") }

func pushSubjects(it *wire.Item) []object {
	var all []object
	for _, code := range it.Subjects {
		name := vocab.TopicName(code, it.Language)
		if topic, ok := vocab.LookupTopic(code); ok {
			code = topic.Code
		}
		all = append(all, object{{"name", name}, {"code", code}, {"scheme", "mediatopic"}})
	}
	for _, code := range it.Sectors {
		all = append(all, object{{"name", vocab.SectorName(code, it.Language)}, {"code", code}, {"scheme", "sector"}})
	}
	return all
}

func pushPlaces(it *wire.Item) []object {
	var all []object
	for _, code := range it.Places {
		all = append(all, object{{"name", vocab.CountryName(code, it.Language)}, {"code", code}, {"scheme", "iso3166"}})
	}
	return all
}

// pushPictures are pictures as media of the story; the first is its main one.
func pushPictures(it *wire.Item) object {
	var o object
	for i, p := range it.Pictures {
		o = append(o, field{numbered("featuremedia", "editor_", i), object{
			{"guid", p.URL}, {"type", "picture"}, {"version", "1"}, {"pubstatus", "usable"}, {"language", it.Language}, {"mimetype", p.Type},
			{"versioncreated", pushTime(it.First)}, {"headline", it.Headline}, {"description_text", p.Caption}, {"body_text", p.Alt}, {"byline", p.Credit},
			{"renditions", object{{"original", object{{"href", p.URL}, {"mimetype", p.Type}, {"width", p.Width}, {"height", p.Height}}}}},
		}})
	}
	return o
}

// PushHeader is the header in which a push is signed.
const PushHeader = "X-Superdesk-Signature"

// SignPush is the signature of a push under the key that the receiver has as its
// PUSH_KEY. SHA-1 is what they check; for HMAC it still holds (RFC 6151 says the
// like of MD5), and what is signed becomes public anyhow.
func SignPush(body, key []byte) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(body)
	return "sha1=" + hex.EncodeToString(mac.Sum(nil))
}
