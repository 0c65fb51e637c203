package offer_test

import (
	"mime"
	"regexp"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestEveryFormatHasANameAndExtensionOfItsOwn(t *testing.T) {
	names, exts := map[string]bool{}, map[string]bool{}
	for _, f := range offer.All() {
		if f.Name == "" || f.Label == "" || names[f.Name] || exts[f.Ext] || !regexp.MustCompile("^[a-z0-9]{1,9}$").MatchString(f.Ext) {
			t.Errorf("%+v", f)
		}
		names[f.Name], exts[f.Ext] = true, true
		if _, _, err := mime.ParseMediaType(f.Media); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if got, err := offer.Lookup(f.Name); err != nil || got.Ext != f.Ext {
			t.Errorf("%s: %v", f.Name, err)
		}
		if got, ok := offer.ByExt(f.Ext); !ok || got.Name != f.Name {
			t.Errorf("%s: %v", f.Ext, ok)
		}
	}
	if f, err := offer.Lookup(""); err != nil || f.Name != offer.Ninjs {
		t.Error(err)
	}
	if _, err := offer.Lookup("word"); wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), "nitf") {
		t.Error(err)
	}
	if _, ok := offer.ByExt("doc"); ok {
		t.Error("found")
	}
}

// Every format writes every item in a language that it carries; the only other
// answer is a clear refusal.
func TestEveryFormatWritesTheWholeCorpus(t *testing.T) {
	for _, f := range offer.All() {
		for _, it := range formattest.Corpus() {
			data, err := f.Encode(&it, formattest.Site())
			switch {
			case err == nil && len(data) == 0:
				t.Fatalf("%s of %s in %s is empty", f.Name, it.Action, it.Language)
			case err != nil && (f.Carries(it.Language, formattest.Site()) && f.Name != "iptc7901" || wire.KindOf(err) != wire.Invalid):
				t.Fatalf("%s of %s in %s: %v", f.Name, it.Action, it.Language, err)
			case err == nil && !f.Carries(it.Language, formattest.Site()):
				t.Fatalf("%s carries %s after all", f.Name, it.Language)
			}
		}
	}
}

func TestARenderingIsMadeOnce(t *testing.T) {
	r := offer.Render(formattest.Item(wire.Publish, "ar"), formattest.Site(), "nitf")
	a, err := r.In("nitf")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.In("nitf"); err != nil || &a[0] != &b[0] {
		t.Errorf("made again, %v", err)
	}
	for range 2 {
		if _, err := r.In("iptc7901"); wire.KindOf(err) != wire.Invalid {
			t.Error(err)
		}
	}
	if _, err := r.In("word"); wire.KindOf(err) != wire.Invalid {
		t.Error(err)
	}
}

func TestAMediaTypeStandsForOneFormat(t *testing.T) {
	names := map[string]string{}
	for _, f := range offer.ByType() {
		if other := names[f.Media]; other != "" {
			t.Errorf("%s is %s and %s", f.Media, other, f.Name)
		}
		names[f.Media] = f.Name
	}
	if got := names["application/nitf+xml"]; got != "nitf" {
		t.Errorf("NITF by its type is %q", got)
	}
}
