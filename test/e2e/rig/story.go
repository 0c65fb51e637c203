package rig

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Secret is the signing secret of every webhook in the tests.
const Secret = "whsec_d2lyZXJvb20gdGVzdHMgc2lnbiB3aXRoIHRoaXMga2V5IQ=="

// Text is one edition as its author wrote it.
type Text struct {
	Language string
	Headline string
	Body     []string // paragraphs
}

// Document returns the text as the file its author would hand in.
func (x Text) Document() Document {
	return Document{
		Name: x.Language + ".txt",
		Data: []byte(x.Headline + "\n\n" + strings.Join(x.Body, "\n\n") + "\n"),
	}
}

// Words is all of the text, as a standing query sees it.
func (x Text) Words() string { return x.Headline + " " + strings.Join(x.Body, " ") }

// Write returns a text in en, ar or ja that bears a mark, by which it can be
// known again wherever it comes out.
func Write(language, mark string) Text {
	switch language {
	case "ar":
		return Text{language, "شركة هالدن تفتح حوض السفن الجديد رقم " + mark, []string{
			"أعلنت شركة هالدن البحرية اليوم افتتاح حوض السفن الجديد في الميناء الشمالي بعد عامين من العمل.",
			"وقال مدير الشركة إن الحوض يستقبل اثنتي عشرة سفينة في الشهر، وإن المرسى يعمل بالطاقة الشمسية.",
		}}
	case "ja":
		return Text{language, "ハルデン海運、新しい船渠" + mark + "を開く", []string{
			"ハルデン海運は本日、北港に新しい船渠を開いたと発表しました。工事には二年かかりました。",
			"船渠は月に十二隻の船を受け入れ、岸壁の電力は太陽光でまかなわれます。",
		}}
	}
	return Text{"en", "Halden Marine opens dry dock " + mark, []string{
		"Halden Marine opened its new dry dock in the north harbour today after two years of work, the company said.",
		"The dock takes twelve ships a month, and the quay runs on power from its own solar roof.",
	}}
}

// Story returns a submission of one text that bears a mark.
func Story(mark, language string) Submission { return Submit(Write(language, mark)) }

// Submit returns a submission of texts, an edition each.
func Submit(texts ...Text) Submission {
	var s Submission
	for _, x := range texts {
		s.Documents = append(s.Documents, x.Document())
	}
	return s
}

// Delivery is one item as it came out of a webhook.
type Delivery struct {
	Number  int64
	Item    wire.ItemID
	Release wire.ReleaseID
	Action  wire.Action
	Version int
}

// Subscriber is one line of an import, with what the test knows of their
// wishes by itself.
type Subscriber struct {
	Contact  string `json:"contact,omitempty"`
	Email    string `json:"email,omitempty"`
	Outlet   string `json:"outlet,omitempty"`
	Webhook  string `json:"webhook,omitempty"`
	Secret   string `json:"secret,omitempty"`
	Country  string `json:"country"`
	Language string `json:"language"`
	Kind     string `json:"kind,omitempty"`
	Query    string `json:"query"`

	Endpoint int             `json:"-"` // of an outlet
	Wants    func(Text) bool `json:"-"`
}

// wish is a standing query beside what it means, in other words.
type wish struct {
	query string
	wants func(Text) bool
}

func speaks(language string) func(Text) bool {
	return func(x Text) bool { return x.Language == language }
}

func says(words string) func(Text) bool {
	return func(x Text) bool { return strings.Contains(strings.ToLower(x.Words()), words) }
}

func both(a, b func(Text) bool) func(Text) bool { return func(x Text) bool { return a(x) && b(x) } }
func not(a func(Text) bool) func(Text) bool     { return func(x Text) bool { return !a(x) } }
func nothing(Text) bool                         { return false }

// wishes are what the directory of the tests asks for. The first takes
// everything.
var wishes = []wish{
	{`*`, func(Text) bool { return true }},
	{`lang:en`, speaks("en")},
	{`lang:ar`, speaks("ar")},
	{`lang:ja`, speaks("ja")},
	{`"dry dock"`, says("dry dock")},
	{`lang:en AND harbour AND NOT ceramics`, both(both(speaks("en"), says("harbour")), not(says("ceramics")))},
	{`ceramics`, says("ceramics")},
	{`هالدن`, says("هالدن")},
	{`"太陽光"`, says("太陽光")},
	{`lang:th`, nothing},
	{`zeppelin`, nothing},
	{`lang:en AND "oxygen harvest"`, nothing},
}

// Everyone returns a directory of contacts and outlets. Wishes go round, so
// that every one of them is held by some of each where there are enough; the
// outlets' webhooks are base/hook/1, base/hook/2 …
func Everyone(contacts, outlets int, base string) []Subscriber {
	var all []Subscriber
	for i := range contacts {
		w := wishes[i%len(wishes)]
		all = append(all, Subscriber{
			Contact: fmt.Sprintf("Reporter %d", i+1), Email: fmt.Sprintf("reporter%d@desk.example", i+1),
			Country: []string{"GB", "SG", "JP", "AE"}[i%4], Language: []string{"en", "ar", "ja"}[i%3],
			Query: w.query, Wants: w.wants,
		})
	}
	for i := range outlets {
		w := wishes[i%len(wishes)]
		all = append(all, Subscriber{
			Outlet: fmt.Sprintf("Gazette %d", i+1), Webhook: fmt.Sprintf("%s/hook/%d", base, i+1), Secret: Secret,
			Country: []string{"GB", "SG", "JP", "AE"}[i%4], Language: "en", Kind: "online",
			Query: w.query, Wants: w.wants, Endpoint: i + 1,
		})
	}
	return all
}

// JSONLines returns a directory as a file to import.
func JSONLines(all []Subscriber) []byte {
	var out []byte
	for _, s := range all {
		line, err := json.Marshal(s)
		if err != nil {
			panic(err) // strings alone
		}
		out = append(append(out, line...), '\n')
	}
	return out
}
