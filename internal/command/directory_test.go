package command

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestAnOutletIsReachedByWebhookOrByDrop(t *testing.T) {
	const drop = `{"outlet":"Daily","drop":"ftps://wire@files.example/in","secret":"plugh","format":"text,ninjs","query":"lang:ja"}`
	e, err := parseEntry([]byte(drop))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Subscription{Query: "lang:ja", Channel: wire.ByDrop, Address: "ftps://wire@files.example/in", Secret: "plugh", Format: "text,ninjs"}
	if got := e.subscription(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	e, err = parseEntry([]byte(`{"outlet":"Daily","webhook":"https://example.org/wire","query":"*"}`))
	if s := e.subscription(); err != nil || s.Channel != wire.ByWebhook || !strings.HasPrefix(s.Secret, "whsec_") {
		t.Errorf("%+v, %v", s, err)
	}
	for change, why := range map[string]string{
		`"drop":"ftps://wire@files.example/in","webhook":"https://example.org"`: "either webhook or drop",
		`"drop":"sftp://wire@files.example/in"`:                                 "has no hostkey",
		`"drop":"ftps://files.example/in"`:                                      "has no user",
		`"country":"SG"`:                                                        "either webhook or drop",
	} {
		_, err := parseEntry([]byte(strings.Replace(drop, `"drop":"ftps://wire@files.example/in"`, change, 1)))
		if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "plugh") {
			t.Errorf("%s: %v, want %q", change, err, why)
		}
	}
}
