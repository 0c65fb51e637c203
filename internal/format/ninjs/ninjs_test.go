package ninjs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

const schemas = "testdata/schema"

// judge compiles IPTC's schema with formats asserted: draft 2020-12 only
// annotates them otherwise, and a broken date would pass.
func judge(t testing.TB) *jsonschema.Schema { return judgeOf(t, "3.1") }

// judgeOf is judge for any version.
func judgeOf(t testing.TB, version string) *jsonschema.Schema {
	t.Helper()
	schema := "ninjs-schema_" + version + ".json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for url, name := range map[string]string{
		"https://geojson.org/schema/GeoJSON.json": "GeoJSON-schema.json",
		"http://www.iptc.org/std/ninjs/" + schema: schema,
	} {
		f, err := os.Open(filepath.Join(schemas, name))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err == nil {
			err = c.AddResource(url, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://www.iptc.org/std/ninjs/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestTheWholeStoryIsValidInEveryLanguageAndSaysTheSame(t *testing.T) {
	s := judge(t)
	for _, it := range formattest.Items() {
		data, err := ninjs.Encode(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, data); err != nil {
			t.Errorf("%s in %s: %v", it.Action, it.Language, err)
		}
		compare(t, &it, data)
	}
}

func TestAnyItemIsValidAndSaysTheSame(t *testing.T) {
	s := judge(t)
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		data, err := ninjs.Encode(it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, data); err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		compare(t, it, data)
	})
}

// reporter is what *testing.T and *rapid.T have in common here.
type reporter interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// compare reads a document back and compares it with the item field by field.
func compare(t reporter, it *wire.Item, data []byte) {
	t.Helper()
	d, err := ninjs.Decode(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s in %s: %s is %#v, want %#v", it.Action, it.Language, what, got, want)
		}
	}
	same("number", d.AltID("wireNumber"), json.Number(jsonOf(it.Number)).String())
	same("version", d.Version, jsonOf(it.Version))
	same("action", d.AltID("action"), string(it.Action))
	same("language", d.Language, it.Language)
	same("editions", strings.Fields(d.AltID("editions")), it.Editions)
	same("status", d.PubStatus, map[wire.Action]string{wire.Hold: "withheld", wire.Kill: "canceled"}[it.Action]+map[bool]string{false: "usable"}[it.Action.Withdraws()])
	same("urgency", d.Urgency, map[wire.Priority]int{wire.Flash: 1, wire.Urgent: 2, wire.Ordinary: 5}[it.Priority])
	for what, pair := range map[string]struct {
		stamp string
		want  time.Time
	}{"first": {d.FirstCreated, it.First}, "version time": {d.VersionCreated, it.ClearTime}} {
		got, err := time.Parse("2006-01-02T15:04:05Z", pair.stamp)
		same(what, err, nil)
		same(what, got, pair.want.UTC().Truncate(time.Second))
	}
	if it.Reason != "" && it.Action.Amends() && !strings.Contains(d.EdNote, it.Reason) {
		t.Errorf("the note %q does not give the reason", d.EdNote)
	}
	if it.Organisation != "" {
		same("organisation", d.Organisations[0].Name, it.Organisation)
	}
	if it.Provider != nil {
		last := d.InfoSources[len(d.InfoSources)-1]
		same("provider", wire.Credit{Name: last.Name, Line: d.By}, wire.Credit{Name: it.Provider.Name, Line: it.Provider.Line})
	}
	same("sectors and subjects", len(d.Subjects), len(it.Sectors)+len(it.Subjects))
	same("places", len(d.Places), len(it.Places))
	compareText(t, it, d, same)
}

func compareText(t reporter, it *wire.Item, d *ninjs.Document, same func(string, any, any)) {
	t.Helper()
	if it.Action.Withdraws() {
		same("words of a withdrawn story", len(d.Headlines)+len(d.Descriptions)+len(d.Bodies)+len(d.People), 0)
		return
	}
	var headlines []string
	for _, h := range d.Headlines {
		headlines = append(headlines, h.Value)
	}
	same("headlines", headlines, append([]string{it.Headline}, it.Subheads...))
	parts := map[string][]wire.Block{"main": it.Body, "boilerplate": it.Boilerplate, "disclaimer": it.Disclaimer}
	for _, b := range d.Bodies {
		read, err := formattest.Read(b.Value)
		if err != nil {
			t.Fatalf("body %s: %v", b.Role, err)
		}
		same("language of "+b.Role, read.Lang, it.Language)
		same("direction of "+b.Role, read.Dir, format.Direction(it))
		same(b.Role, read.Blocks, formattest.Normal(parts[b.Role]))
		delete(parts, b.Role)
	}
	for role, left := range parts {
		same(role, len(left), 0)
	}
	same("contacts", len(d.People), len(it.Contacts))
	for i, p := range d.People {
		c := wire.PressContact{Name: p.Name}
		for _, way := range p.ContactInfo {
			*map[string]*string{"email": &c.Email, "phone": &c.Phone, "jobTitle": &c.Role, "organisation": &c.Organisation}[way.Type] = way.Value
		}
		same("contact", c, it.Contacts[i])
	}
	same("city", d.Located, it.Dateline.City)
	same("dateline", wire.Dateline{City: d.Located, Country: d.AltID("datelineCountry"), Date: d.AltID("datelineDate"), Mark: d.AltID("datelineMark")}, it.Dateline)
	same("printed dateline", d.AltID("dateline"), format.Dateline(it, locale.For(it.Language)))
}

func jsonOf(v any) string {
	data, _ := json.Marshal(v) // a number always has a form
	return string(data)
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	data, err := ninjs.Encode(formattest.Item(wire.Publish, "ar"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Newsroom only", "5550 0199", "not for publication", "a person", "engine"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("it holds %q", secret)
		}
	}
}

// A judge that lets everything pass would prove nothing.
func TestTheJudgeRefuses(t *testing.T) {
	s := judge(t)
	good, err := ninjs.Encode(formattest.Item(wire.Publish, "en"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a private member":       {`"pubStatus":`, `"wireNumber":1,"pubStatus":`},
		"a spelling":             {`"pubStatus":"usable"`, `"pubStatus":"cancelled"`},
		"a time without zone":    {`T06:30:00Z`, `T06:30:00`},
		"a relative uri":         {`"uri":"https://wire.example/`, `"uri":"/`},
		"an unknown object type": {`"type":"text","representationType"`, `"type":"release","representationType"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("%s: nothing was changed", name)
		} else if validate(s, []byte(bad)) == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestTheSchemaHereIsTheOfficialOne(t *testing.T) {
	official := filepath.Join("..", "..", "..", "..", "shared", "standards", "ninjs", "schema")
	if _, err := os.Stat(official); err != nil {
		t.Skip("the collection of standards is not beside the checkout: " + err.Error())
	}
	for _, name := range []string{"ninjs-schema_3.1.json", "ninjs-schema_2.2.json", "ninjs-schema_1.6.json", "GeoJSON-schema.json"} {
		want, err := os.ReadFile(filepath.Join(official, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(schemas, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from the official file: %v", name, err)
		}
	}
}

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		var out bytes.Buffer
		for _, it := range formattest.Page(language) {
			data, err := ninjs.Encode(&it, formattest.Site())
			if err == nil {
				err = json.Indent(&out, data, "", "  ")
			}
			if err != nil {
				t.Fatal(err)
			}
			out.WriteByte('\n')
		}
		formattest.Golden(t, *update, language, out.Bytes())
	}
}

// What Decode takes, it gives back as it was when written again.
func FuzzDecode(f *testing.F) {
	for _, it := range []wire.Item{{}, {Action: wire.Kill}, {Edition: wire.Edition{Language: "ar", Headline: "م", Body: []wire.Block{wire.P("م")}}}} {
		data, err := ninjs.Encode(&it, format.Site{}) // short seeds: the fuzzer spends its time on them otherwise
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"uri":"x","altIds":[{}]} {}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ninjs.Decode(data)
		if err != nil {
			if wire.KindOf(err) != wire.Invalid {
				t.Fatalf("kind %s", wire.KindOf(err))
			}
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ninjs.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := json.Marshal(e)
		if err != nil || !bytes.Equal(again, twice) {
			t.Fatalf("%s became %s (%v)", again, twice, err)
		}
	})
}
