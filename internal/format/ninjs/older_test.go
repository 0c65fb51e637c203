package ninjs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var versions = []struct {
	name   string
	encode func(*wire.Item, format.Site) ([]byte, error)
	decode func([]byte) (*ninjs.Document, error)
}{
	{"3.1", ninjs.Encode, ninjs.Decode},
	{"2.2", ninjs.Encode22, ninjs.Decode}, // members are found in any case
	{"1.6", ninjs.Encode16, ninjs.Decode16},
}

func TestEveryVersionIsValidAndReadsBackAsTheItem(t *testing.T) {
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			s := judgeOf(t, v.name)
			for _, it := range formattest.Corpus() {
				data, err := v.encode(&it, formattest.Site())
				if err != nil {
					t.Fatal(err)
				}
				if err := validate(s, data); err != nil {
					t.Fatalf("%s in %s: %v\n%s", it.Action, it.Language, err, data)
				}
				readsBack(t, &it, data, v.decode)
			}
		})
	}
}

func TestAnyItemReadsBackFromEveryVersion(t *testing.T) {
	for _, v := range versions {
		s := judgeOf(t, v.name)
		rapid.Check(t, func(t *rapid.T) {
			it := formattest.Draw(t)
			data, err := v.encode(it, formattest.Site())
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(s, data); err != nil {
				t.Fatalf("%v\n%s", err, data)
			}
			readsBack(t, it, data, v.decode)
		})
	}
}

func readsBack(t reporter, it *wire.Item, data []byte, decode func([]byte) (*ninjs.Document, error)) {
	t.Helper()
	d, err := decode(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	read, err := d.Item()
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if d := formattest.Differs(it, read); d != "" {
		t.Fatalf("%s in %s: %s\n%s", it.Action, it.Language, d, data)
	}
}

// pushed is what Newsroom looks at in a push.
type pushed struct {
	GUID, Type, Version, FirstCreated, VersionCreated, PubStatus, Language, Headline, EdNote, Source, Located string

	BodyHTML string `json:"body_html"`
	Urgency  int
	Subject  []struct{ Name, Code, Scheme string }
	Place    []struct{ Name, Code, Scheme string }

	Associations map[string]struct {
		Type       string
		Caption    string `json:"description_text"`
		Renditions map[string]struct {
			Href, MimeType string
			Width, Height  int
		}
	}
	Extra map[string]string
}

func TestAPushHoldsTheWholeStory(t *testing.T) {
	for _, it := range formattest.Corpus() {
		data, err := ninjs.EncodePush(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		var d pushed
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		p := locale.For(it.Language)
		if d.Type != "text" || d.GUID == "" || d.Headline != format.Headline(&it, p) || d.PubStatus != format.PubStatus(it.Action) || d.Language != it.Language {
			t.Fatalf("%+v", d)
		}
		for stamp, want := range map[string]time.Time{d.FirstCreated: it.First, d.VersionCreated: it.ClearTime} {
			if got, err := time.Parse("2006-01-02T15:04:05+0000", stamp); err != nil || !got.Equal(want.UTC().Truncate(time.Second)) {
				t.Fatalf("%s, %v", stamp, err)
			}
		}
		if len(d.Subject) != len(it.Subjects)+len(it.Sectors) || len(d.Place) != len(it.Places) || len(d.Associations) != len(it.Pictures) {
			t.Fatalf("%+v", d)
		}
		words := formattest.Words(d.BodyHTML)
		if it.Action.Withdraws() {
			if want := formattest.Fold(format.Notice(&it, p)); words != want {
				t.Fatalf("%q, want %q", words, want)
			}
		} else if missing := formattest.Missing(words, formattest.Texts(&it)[1:]); missing != "" {
			t.Fatalf("%s in %s lacks %q or has it out of order:\n%s", it.Action, it.Language, missing, words)
		}
		if d.Extra["wireNumber"] != jsonOf(it.Number) || d.Extra["action"] != string(it.Action) {
			t.Fatalf("%v", d.Extra)
		}
	}
}

// The example of RFC 2202 §3, test case 2.
func TestASignatureOfAPush(t *testing.T) {
	if got := ninjs.SignPush([]byte("what do ya want for nothing?"), []byte("Jefe")); got != "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" {
		t.Error(got)
	}
}

func TestADocumentThatContradictsItselfIsRefused(t *testing.T) {
	good, err := ninjs.Encode(formattest.Item(wire.Kill, "en"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"status":  {`"canceled"`, `"usable"`},
		"version": {`"version":"7"`, `"version":"x"`},
		"time":    {`Z","versionCreated"`, `","versionCreated"`},
		"number":  {`"wireNumber","value":"`, `"wireNumber","value":"x`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		d, err := ninjs.Decode([]byte(bad))
		if bad == string(good) || err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, err := d.Item(); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
