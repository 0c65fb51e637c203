package command

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestAContactCanSayWhenLettersMayCome(t *testing.T) {
	const contact = `{"contact":"Ken","email":"ken@press.example","query":"*","preference":{"zone":"Asia/Tokyo","digest":["15:00","07:00"],"quiet":{"from":"22:00","to":"06:30"}}}`
	e, err := parseEntry([]byte(contact))
	if err != nil || e.Preference.Digest[0] != "07:00" || e.Preference.Quiet.To != "06:30" {
		t.Errorf("%+v, %v", e.Preference, err)
	}
	for change, why := range map[string]string{
		`"zone":"Tokyo"`: "is not an IANA time zone", `"zone":"Asia/Tokyo","when":"never"`: "unknown field",
	} {
		if _, err := parseEntry([]byte(strings.Replace(contact, `"zone":"Asia/Tokyo"`, change, 1))); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", change, err)
		}
	}
	outlet := strings.Replace(contact, `"contact":"Ken","email":"ken@press.example"`, `"outlet":"Daily","webhook":"https://example.org/wire"`, 1)
	if _, err := parseEntry([]byte(outlet)); err == nil || !strings.Contains(err.Error(), "only a contact") {
		t.Error(err)
	}
}

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
