package newsmlg2_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTheWholeStorySaysTheSameInEveryLanguage(t *testing.T) {
	for _, it := range formattest.Items() {
		data, err := newsmlg2.Encode(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		read, err := newsmlg2.Decode(data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if d := formattest.Differs(&it, read); d != "" {
			t.Fatalf("%s in %s: %s", it.Action, it.Language, d)
		}
	}
}

func TestAnyItemSaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		data, err := newsmlg2.Encode(it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		read, err := newsmlg2.Decode(data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if d := formattest.Differs(it, read); d != "" {
			t.Fatalf("%s\n%s", d, data)
		}
	})
}

func TestWhatReceiversLookFor(t *testing.T) {
	for action, wants := range map[wire.Action][]string{
		wire.Publish: {`<pubStatus qcode="stat:usable"/>`, `dir="rtl"`, `xml:lang="ar"`, `<subject type="cpnat:abstract" qcode="medtop:04000000">`, `symbol="NO0010000001" symbolsrcuri="urn:iso:std:iso:6166" market="mic:XOSL"`, `contenttype="image/jpeg"`},
		wire.Correct: {`<signal qcode="sig:correction"/>`, `version="3"`, "The number of ferries &amp; the year were &lt;wrong&gt;."},
		wire.Update:  {`<signal qcode="sig:update"/>`},
		wire.Hold:    {`<pubStatus qcode="stat:withheld"/>`},
		wire.Kill:    {`<pubStatus qcode="stat:canceled"/>`},
	} {
		data, err := newsmlg2.Encode(formattest.Item(action, "ar"), formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !bytes.Contains(data, []byte(want)) {
				t.Errorf("%s lacks %s", action, want)
			}
		}
		if action == wire.Kill && bytes.Contains(data, []byte("contentSet")) {
			t.Error("a killed story still has text")
		}
	}
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	data, err := newsmlg2.EncodeMessage(formattest.Item(wire.Publish, "ar"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Newsroom only", "5550 0199", "not for publication", "a person", "engine"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("it holds %q", secret)
		}
	}
}

func release(action wire.Action) []*wire.Item {
	var all []*wire.Item
	for _, language := range formattest.Languages() {
		all = append(all, formattest.Item(action, language))
	}
	return all
}

func TestAMessageHoldsTheReleaseInItsLanguages(t *testing.T) {
	items := release(wire.Publish)
	data, err := newsmlg2.Message(items, formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]int{"<newsItem ": len(items) * 3, "<packageItem ": 1, "<itemRef ": len(items) * 3, "<remoteContent ": len(items) * 2} {
		if n := strings.Count(string(data), part); n != want {
			t.Errorf("%d %s, want %d", n, part, want)
		}
	}
	pack, err := newsmlg2.Package(items, formattest.Site())
	if err != nil || !bytes.Contains(data, bytes.TrimPrefix(bytes.TrimSpace(pack), []byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"))) {
		t.Errorf("the package by itself is another one: %v", err)
	}
}

func TestAMessageIsOfOneRelease(t *testing.T) {
	other := *formattest.Item(wire.Publish, "en")
	other.Release = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	for _, items := range [][]*wire.Item{nil, {formattest.Item(wire.Publish, "ar"), &other}} {
		if _, err := newsmlg2.Message(items, formattest.Site()); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%d items: %v", len(items), err)
		}
	}
}

func TestWhatTheWireDidNotWriteIsRefused(t *testing.T) {
	good, err := newsmlg2.Encode(formattest.Item(wire.Hold, "en"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a state that a hold never has": {"stat:withheld", "stat:usable"},
		"a time without zone":           {"Z</versionCreated>", "</versionCreated>"},
		"another namespace":             {"http://iptc.org/std/nar/2006-10-01/", "urn:x"},
		"a number that is none":         {`property:wireNumber" value="`, `property:wireNumber" value="x`},
		"a second document":             {"</newsItem>", "</newsItem><newsItem/>"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("%s: nothing was changed", name)
		} else if _, err := newsmlg2.Decode([]byte(bad)); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		var out bytes.Buffer
		for _, it := range formattest.Page(language) {
			data, err := newsmlg2.EncodeMessage(&it, formattest.Site())
			if err != nil {
				t.Fatal(err)
			}
			out.WriteString(strings.ReplaceAll(string(data), "><", ">\n<"))
		}
		formattest.Golden(t, *update, language, out.Bytes())
	}
}

func FuzzDecode(f *testing.F) {
	for _, it := range []wire.Item{{Version: 1}, {Version: 2, Action: wire.Kill}, {Version: 1, Edition: wire.Edition{Language: "ar", Headline: "م", Body: []wire.Block{wire.P("م")}}}} {
		data, err := newsmlg2.Encode(&it, format.Site{BaseURL: "https://w.example"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := newsmlg2.Decode(data)
		if err != nil {
			return
		}
		if _, err := newsmlg2.Encode(it, formattest.Site()); err != nil {
			t.Fatal(err)
		}
	})
}
