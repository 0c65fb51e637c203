package command

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestKeysAndOrganisationsSayWhatMayBeHad(t *testing.T) {
	config := app.Config{Data: t.TempDir()}
	ctx := t.Context()
	var out bytes.Buffer
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must((&OrganisationSet{Name: "Example Bank", Entitlement: "sector:finance", Streams: 500}).Run(ctx, config))
	must((&KeyCreate{Role: wire.RoleReader, Name: "Desk", Organisation: "Example Bank", Streams: 20, JSON: true}).Run(ctx, config, &out))
	var made struct{ ID, Key string }
	must(json.Unmarshal(out.Bytes(), &made))
	if !strings.HasPrefix(made.Key, "wrk_"+made.ID+"_") {
		t.Fatalf("%s", &out)
	}
	english, none := "lang:en", streamCount(-1)
	must((&KeySet{ID: made.ID, Entitlement: &english}).Run(ctx, config))
	list := func() string {
		out.Reset()
		must((&KeyList{}).Run(ctx, config, &out))
		return out.String()
	}
	if got := list(); !strings.Contains(got, "of Example Bank  20 streams  lang:en") || strings.Contains(got, made.Key) {
		t.Errorf("%s", got)
	}
	must((&KeySet{ID: made.ID, Streams: &none}).Run(ctx, config))
	if got := list(); !strings.Contains(got, "no streams  lang:en") {
		t.Errorf("%s", got)
	}
	out.Reset()
	must((&OrganisationList{JSON: true}).Run(ctx, config, &out))
	if got := out.String(); got != `{"organisations":[{"name":"Example Bank","entitlement":"sector:finance","streams":500}]}`+"\n" {
		t.Errorf("%s", got)
	}
	for name, err := range map[string]error{
		"a query that is none": (&OrganisationSet{Name: "x", Entitlement: "("}).Run(ctx, config),
		"no such organisation": (&KeyCreate{Role: wire.RoleReader, Name: "x", Organisation: "Nobody"}).Run(ctx, config, &out),
		"no such key":          (&KeySet{ID: "nosuch"}).Run(ctx, config),
	} {
		if k := wire.KindOf(err); k != wire.Invalid && k != wire.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStreamsAreANumberOrNone(t *testing.T) {
	for text, want := range map[string]streamCount{"0": 0, "12": 12, "none": -1} {
		var c streamCount
		if err := c.UnmarshalText([]byte(text)); err != nil || c != want {
			t.Errorf("%s: %d, %v", text, c, err)
		}
	}
	for _, text := range []string{"", "-1", "many", "99999999"} {
		if err := new(streamCount).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
