package nitf_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/nitf"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestEveryItemReadsBackAsItWas(t *testing.T) {
	formattest.ReadsBack(t, nitf.Encode, nitf.Decode)
	formattest.ReadsBack(t, nitf.EncodeBare, nitf.Decode)
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	formattest.KeepsSecrets(t, nitf.Encode)
}

func TestWhatTheWireDidNotWriteIsRefused(t *testing.T) {
	formattest.Refuses(t, nitf.Encode, nitf.Decode, map[string][2]string{
		"a state that a hold never has": {`management-status="withheld"`, `management-status="usable"`},
		"a time without zone":           {`Z" name="`, `" name="`},
		"a number that is none":         {`wireroom-wireNumber" content="`, `wireroom-wireNumber" content="x`},
		"another document":              {"<nitf ", "<newsItem "},
		"a second document":             {"</nitf>", "</nitf><nitf/>"},
	})
}

// Older receivers look for <nitf> in no namespace; nothing else may differ.
func TestTheBareProfileIsTheSameWithoutNamespace(t *testing.T) {
	for _, it := range formattest.Items() {
		with, err := nitf.Encode(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		bare, err := nitf.EncodeBare(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		if want := bytes.Replace(with, []byte(` xmlns="http://iptc.org/std/NITF/2006-10-18/"`), nil, 1); !bytes.Equal(bare, want) {
			t.Fatalf("%s", bare)
		}
	}
}

func TestWhatReceiversLookFor(t *testing.T) {
	for action, wants := range map[wire.Action][]string{
		wire.Publish: {`management-status="usable"`, `<date.issue norm="20260505T063000Z"/>`, `<hl1 xml:lang="ar">`, `tobject.subject.refnum="04000000"`, `<media-reference mime-type="image/jpeg"`, `<p xml:lang="he" class="rtl">`, `<alt-code idsrc="ISIN" value="NO0010000001"/>`},
		wire.Correct: {`<correction info="`, `<revision-history name="Example Wire" function="editor"`},
		wire.Hold:    {`management-status="withheld" management-doc-idref="`},
		wire.Kill:    {`management-status="canceled" management-doc-idref="`, `noteclass="editorsnote"`},
	} {
		data, err := nitf.Encode(formattest.Item(action, "ar"), formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(data), want) {
				t.Errorf("%s lacks %s", action, want)
			}
		}
	}
}

func TestGolden(t *testing.T) { formattest.GoldenXML(t, *update, nitf.Encode) }

func FuzzDecode(f *testing.F) { formattest.FuzzReadBack(f, nitf.Encode, nitf.Decode) }
