package newsmlg2_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestEveryItemReadsBackAsItWas(t *testing.T) {
	formattest.ReadsBack(t, newsmlg2.Encode, newsmlg2.Decode)
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
	formattest.KeepsSecrets(t, newsmlg2.EncodeMessage)
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
	formattest.Refuses(t, newsmlg2.Encode, newsmlg2.Decode, map[string][2]string{
		"a state that a hold never has": {"stat:withheld", "stat:usable"},
		"a time without zone":           {"Z</versionCreated>", "</versionCreated>"},
		"another namespace":             {"http://iptc.org/std/nar/2006-10-01/", "urn:x"},
		"a number that is none":         {`property:wireNumber" value="`, `property:wireNumber" value="x`},
		"a second document":             {"</newsItem>", "</newsItem><newsItem/>"},
	})
}

func TestGolden(t *testing.T) { formattest.GoldenXML(t, *update, newsmlg2.EncodeMessage) }

func FuzzDecode(f *testing.F) { formattest.FuzzReadBack(f, newsmlg2.Encode, newsmlg2.Decode) }
