package conformance

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/format/nitf"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const schemas = "testdata/schemas"

// output is one encoding that a schema judges.
type output struct {
	name, schema string
	encode       func(*wire.Item, format.Site) ([]byte, error)
}

var xmlOutputs = []output{
	{"newsml-g2", "newsml-g2/NewsML-G2_2.35-spec-All-Power.xsd", newsmlg2.Encode},
	{"newsml-g2-message", "newsml-g2/NewsML-G2_2.35-spec-All-Power.xsd", newsmlg2.EncodeMessage},
	{"nitf", "nitf/nitf-3-6.xsd", nitf.Encode},
}

// write encodes the corpus into a folder, a file an item, and returns the files.
func write(t *testing.T, dir string, o output) []string {
	t.Helper()
	var files []string
	for i, it := range formattest.Corpus() {
		data, err := o.encode(&it, formattest.Site())
		if err != nil {
			t.Fatalf("%s, item %d: %v", o.name, i, err)
		}
		files = append(files, file(t, dir, fmt.Sprintf("%s-%03d-%s-%s.xml", o.name, i, it.Language, it.Action), data))
	}
	return files
}

// xmllint validates files against a schema and returns its report; "" if all
// are valid.
func xmllint(t *testing.T, schema string, files ...string) string {
	t.Helper()
	program := tool(t, "xmllint", "libxml2-utils")
	var report bytes.Buffer
	for some := range slices.Chunk(files, 200) {
		cmd := exec.Command(program, append([]string{"--noout", "--nonet", "--schema", filepath.Join(schemas, schema)}, some...)...)
		out, err := cmd.CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.HasSuffix(line, " validates\n") {
				report.WriteString(line)
			}
		}
		if err != nil && report.Len() == 0 {
			report.WriteString(err.Error())
		}
	}
	return report.String()
}

func TestOfficialSchemasAcceptEveryDocument(t *testing.T) {
	dir := t.TempDir()
	for _, o := range xmlOutputs {
		t.Run(o.name, func(t *testing.T) {
			files := write(t, dir, o)
			if report := xmllint(t, o.schema, files...); report != "" {
				t.Fatalf("%.4000s", report)
			}
			t.Logf("%s accepts %d documents", filepath.Base(o.schema), len(files))
		})
	}
}

func TestOfficialSchemasAcceptReleasesAndPackages(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, action := range formattest.Life {
		var items []*wire.Item
		for _, language := range formattest.Languages() {
			items = append(items, formattest.Item(action, language))
		}
		for name, encode := range map[string]func([]*wire.Item, format.Site) ([]byte, error){"message": newsmlg2.Message, "package": newsmlg2.Package} {
			data, err := encode(items, formattest.Site())
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file(t, dir, name+"-"+string(action)+".xml", data))
		}
	}
	if report := xmllint(t, xmlOutputs[0].schema, files...); report != "" {
		t.Errorf("%.4000s", report)
	}
	for _, f := range files {
		for _, fault := range faultsOfG2(t, f) {
			t.Errorf("%s: %s", filepath.Base(f), fault)
		}
	}
	t.Logf("%d documents", len(files))
}

// A judge that lets everything pass would prove nothing.
func TestTheSchemasRefuse(t *testing.T) {
	dir := t.TempDir()
	spoilt := map[string][2]string{
		"newsml-g2":         {"<itemMeta><itemClass qcode=\"ninat:text\"/>", "<itemMeta>"},
		"newsml-g2-message": {"<header>", "<header><itemSet/>"},
		"nitf":              {"<hl1 ", "<hl1 dir=\"rtl\" "},
	}
	for _, o := range xmlOutputs {
		data, err := o.encode(formattest.Item(wire.Publish, "ar"), formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		bad := strings.Replace(string(data), spoilt[o.name][0], spoilt[o.name][1], 1)
		if bad == string(data) {
			t.Errorf("%s: nothing was spoilt", o.name)
		} else if xmllint(t, o.schema, file(t, dir, "bad.xml", []byte(bad))) == "" {
			t.Errorf("%s: the schema lets it pass", o.name)
		}
	}
}

// What the schema of NewsML-G2 does not see.
func TestNewsMLG2MeansWhatItSays(t *testing.T) {
	dir := t.TempDir()
	seen := 0
	for _, o := range xmlOutputs[:2] {
		for _, f := range write(t, dir, o) {
			for _, fault := range faultsOfG2(t, f) {
				t.Errorf("%s: %s", filepath.Base(f), fault)
			}
			seen++
		}
	}
	t.Logf("%d documents", seen)
	good, err := newsmlg2.Encode(formattest.Item(wire.Publish, "ar"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"an unknown state":       {"stat:usable", "stat:cancelled"},
		"no state":               {`<pubStatus qcode="stat:usable"/>`, ""},
		"an alias of nobody":     {"irel:seeAlso", "foo:seeAlso"},
		"a topic of nobody":      {"medtop:04000000", "medtop:99999999"},
		"a time without zone":    {"Z</versionCreated>", "</versionCreated>"},
		"a name without tongue":  {`<name xml:lang="ar">`, "<name>"},
		"a private language tag": {`<language tag="ar"/>`, `<language tag="se"/>`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("%s: nothing was changed", name)
		} else if len(faultsOfG2(t, file(t, dir, "bad.xml", []byte(bad)))) == 0 {
			t.Errorf("%s passes", name)
		}
	}
}

// qcodes are the attributes that hold codes of a catalogue.
var qcodes = []string{"qcode", "rel", "role", "type", "market", "mode", "rendition", "symbolsrc", "format", "jobtitle"}

var timed = regexp.MustCompile(`^(versionCreated|firstCreated|embargoed|contentCreated|contentModified|sent|expires)$`)

// faultsOfG2 checks a document beyond its schema: codes resolve against the
// official catalogue, times have a zone, the state is known, topics exist and
// are named in a language.
func faultsOfG2(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	fault := func(f string, a ...any) { faults = append(faults, fmt.Sprintf(f, a...)) }
	aliases := catalogue(t)
	dec := xml.NewDecoder(bytes.NewReader(data))
	var path []string
	states, items := 0, 0
	topic := false
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return append(faults, err.Error())
		}
		switch e := token.(type) {
		case xml.StartElement:
			inG2 := e.Name.Space == "http://iptc.org/std/nar/2006-10-01/"
			at := map[string]string{}
			for _, a := range e.Attr {
				at[a.Name.Local] = a.Value
				if alias, _, ok := strings.Cut(a.Value, ":"); inG2 && a.Name.Space == "" && slices.Contains(qcodes, a.Name.Local) && (!ok || !aliases[alias]) {
					fault("%s %s=%q is in no catalogue", e.Name.Local, a.Name.Local, a.Value)
				}
			}
			parent := ""
			if len(path) > 0 {
				parent = path[len(path)-1]
			}
			switch e.Name.Local {
			case "newsItem", "packageItem":
				items++
			case "pubStatus":
				if parent == "itemMeta" {
					states++
				}
				if !slices.Contains([]string{"stat:usable", "stat:withheld", "stat:canceled"}, at["qcode"]) {
					fault("the state %q does not exist", at["qcode"])
				}
			case "subject":
				topic = strings.HasPrefix(at["qcode"], "medtop:")
				if code, ok := strings.CutPrefix(at["qcode"], "medtop:"); ok {
					if _, known := vocab.LookupTopic(code); !known {
						fault("the topic %s does not exist", code)
					}
				}
			case "name":
				if parent == "subject" && topic && at["lang"] == "" {
					fault("a topic is named in no language")
				}
			case "language":
				if _, known := vocab.LookupLanguage(at["tag"]); inG2 && !known {
					fault("the language %q is not one of the wire's", at["tag"])
				}
			}
			path = append(path, e.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) > 0 && timed.MatchString(path[len(path)-1]) {
				if _, err := time.Parse(time.RFC3339, string(e)); err != nil {
					fault("%s %q: %v", path[len(path)-1], e, err)
				}
			}
		}
	}
	if items == 0 || states != items {
		fault("%d items have %d states", items, states)
	}
	return faults
}

// catalogue are the aliases of IPTC's official catalogue.
func catalogue(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(schemas, "newsml-g2", "catalog.IPTC-G2-Standards_41.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Schemes []struct {
			Alias string `xml:"alias,attr"`
		} `xml:"scheme"`
	}
	if err := xml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	aliases := map[string]bool{}
	for _, s := range c.Schemes {
		aliases[s.Alias] = true
	}
	return aliases
}
