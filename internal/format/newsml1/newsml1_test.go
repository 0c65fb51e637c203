package newsml1_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/newsml1"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestEveryItemReadsBackAsItWas(t *testing.T) {
	formattest.ReadsBack(t, newsml1.Encode, newsml1.Decode)
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	formattest.KeepsSecrets(t, newsml1.Encode)
}

func TestWhatTheWireDidNotWriteIsRefused(t *testing.T) {
	formattest.Refuses(t, newsml1.Encode, newsml1.Decode, map[string][2]string{
		"a state that a hold never has": {`<Status FormalName="Withheld"/>`, `<Status FormalName="Usable"/>`},
		"a time without zone":           {"+0000</FirstCreated>", "</FirstCreated>"},
		"an urgency that is none":       {`<Urgency FormalName="2"/>`, `<Urgency FormalName="x"/>`},
		"a number that is none":         {`FormalName="wireNumber" Value="`, `FormalName="wireNumber" Value="x`},
		"another document":              {"<NewsML ", "<nitf "},
		"a second document":             {"</NewsML>", "</NewsML><NewsML/>"},
	})
}

func TestWhatTerminalsLookFor(t *testing.T) {
	for action, wants := range map[wire.Action][]string{
		wire.Publish: {
			`<Status FormalName="Usable"/>`, `<RevisionId PreviousRevision="0" Update="N">1</RevisionId>`, `<Role FormalName="HeadLine"/>`, `<Role FormalName="Body"/>`, `<Role FormalName="Contact"/>`, `<Role FormalName="Photo"/>`,
			`<body dir="rtl">`, `<Language FormalName="ar"/>`, `<Property FormalName="ISIN" Value="NO0010000001"/>`, "urn:newsml:wire.example:20260505:aaaabbbbccccddddeeeeffff22-ar:1",
		},
		wire.Correct: {`<Instruction FormalName="Correction">`, `<RevisionId PreviousRevision="2" Update="N">3</RevisionId>`},
		wire.Hold:    {`<Status FormalName="Withheld"/>`},
		wire.Kill:    {`<Status FormalName="Canceled"/>`, `<Instruction FormalName="Delete">`},
	} {
		data, err := newsml1.Encode(formattest.Item(action, "ar"), formattest.Site())
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

func TestGolden(t *testing.T) { formattest.GoldenXML(t, *update, newsml1.Encode) }

func FuzzDecode(f *testing.F) { formattest.FuzzReadBack(f, newsml1.Encode, newsml1.Decode) }
