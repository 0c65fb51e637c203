package schemaorg_test

import (
	"encoding/json"
	"flag"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/schemaorg"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		var out []byte
		for _, it := range formattest.Page(language) {
			data, err := json.MarshalIndent(schemaorg.New(&it, formattest.Site()), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			out = append(append(out, data...), '\n')
		}
		formattest.Golden(t, *update, language, out)
	}
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	formattest.KeepsSecrets(t, schemaorg.Encode)
}

// The document says what the item says, all of its text in order, and of a
// withdrawn one nothing but that it is.
func TestADocumentSaysWhatTheItemSays(t *testing.T) {
	check := func(fail func(string, ...any), it *wire.Item) {
		data, err := schemaorg.Encode(it, formattest.Site())
		if err != nil {
			fail("%v", err)
		}
		var a schemaorg.Article
		if err := json.Unmarshal(data, &a); err != nil {
			fail("%v\n%s", err, data)
		}
		if a.InLanguage != it.Language || a.Version != it.Version || a.DatePublished != format.Stamp(it.First) || a.DateModified != format.Stamp(it.ClearTime) {
			fail("%s in %s: %s", it.Action, it.Language, data)
		}
		if it.Action.Withdraws() {
			if a.ArticleBody != "" || a.CreativeWorkStatus != format.PubStatus(it.Action) || a.Description == "" || a.Image != nil {
				fail("a %s in %s: %s", it.Action, it.Language, data)
			}
			return
		}
		var texts []string
		for _, part := range [][]wire.Block{it.Body, it.Boilerplate} {
			for _, b := range part {
				texts = append(texts, formattest.Fold(b.PlainText()))
			}
		}
		if missing := formattest.Missing(formattest.Fold(a.ArticleBody), texts); missing != "" {
			fail("%s in %s: %q is not in its place: %s", it.Action, it.Language, missing, data)
		}
		if a.Headline != format.Line(it.Headline) || a.CreativeWorkStatus != "" || len(a.Image) != len(it.Pictures) || len(a.About) != len(it.Subjects) || len(a.ContentLocation) != len(it.Places) {
			fail("%s in %s: %s", it.Action, it.Language, data)
		}
		if c := it.Provider; c != nil && it.Organisation == "" && (a.Author.URL != "") != wire.SafeLink(c.URL) {
			fail("the provider's address %q became %q", c.URL, a.Author.URL)
		}
	}
	for _, it := range formattest.Items() {
		check(t.Fatalf, &it)
	}
	rapid.Check(t, func(t *rapid.T) { check(t.Fatalf, formattest.Draw(t)) })
}

func TestEditionsAreTiedTogether(t *testing.T) {
	source, translation := formattest.Item(wire.Publish, "en"), formattest.Item(wire.Publish, "ar")
	read := func(it *wire.Item) (a schemaorg.Article) {
		data, err := schemaorg.Encode(it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	en, ar := read(source), read(translation)
	if len(en.WorkTranslation) != len(formattest.Languages())-1 || en.TranslationOfWork != nil || en.WorkTranslation[0].ID != ar.ID {
		t.Errorf("the source: %+v", en.WorkTranslation)
	}
	if ar.TranslationOfWork == nil || ar.TranslationOfWork.ID != en.ID || ar.WorkTranslation != nil {
		t.Errorf("the translation: %+v, %+v", ar.TranslationOfWork, ar.WorkTranslation)
	}
	if o := en.SourceOrganization; o == nil || o.Type != "Corporation" || len(o.Tickers) != 1 || o.Tickers[0] != "XOSL HSF" || o.LEI == "" {
		t.Errorf("the issuer: %+v", o)
	}
}
