package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
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
	if got := e.asked; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	e, err = parseEntry([]byte(`{"outlet":"Daily","webhook":"https://example.org/wire","query":"*"}`))
	if s := e.asked; err != nil || s.Channel != wire.ByWebhook || !strings.HasPrefix(s.Secret, "whsec_") {
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
	for line, why := range map[string]string{
		`{"contact":"Tom","email":"tom@example.org","drop":"ftps://wire@files.example/in","query":"*"}`:          "a contact gets letters",
		`{"contact":"Tom","email":"tom@example.org","format":"text","query":"*"}`:                                "a contact gets letters",
		`{"outlet":"Daily","email":"desk@example.org","drop":"ftps://w@files.example","secret":"x","query":"*"}`: "only a contact gets letters",
	} {
		if _, err := parseEntry([]byte(line)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", line, err, why)
		}
	}
}

// A secret that somebody gave is known to them: printed, it would only stand in
// one more log.
func TestAnImportPrintsTheSecretsItMade(t *testing.T) {
	t.Parallel()
	const given = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	folder := t.TempDir()
	file := filepath.Join(folder, "directory.jsonl")
	lines := `{"outlet":"Given","webhook":"https://given.example/wire","secret":"` + given + `","query":"*"}` + "\n" +
		`{"outlet":"Made","webhook":"https://made.example/wire","query":"*"}` + "\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	config := app.Config{Data: folder, Keys: filepath.Join(folder, "keys"), Database: "sqlite:" + filepath.Join(folder, "wire.db")}
	if err := (&Import{File: file}).Run(t.Context(), config, &out); err != nil {
		t.Fatal(err)
	}
	said := out.String()
	if strings.Contains(said, given) || !strings.HasPrefix(said, "Made (2)  https://made.example/wire  whsec_") || !strings.HasSuffix(said, "\n2 imported: subscriptions 1 to 2\n") {
		t.Errorf("printed:\n%s", said)
	}
	var objects bytes.Buffer
	if err := (&Import{File: file, JSON: true}).Run(t.Context(), config, &objects); err != nil {
		t.Fatal(err)
	}
	given3, made4, _ := strings.Cut(objects.String(), "\n")
	if given3 != `{"subscription":3,"outlet":"Given"}` || !strings.HasPrefix(made4, `{"subscription":4,"outlet":"Made","secret":"whsec_`) {
		t.Errorf("printed:\n%s", &objects)
	}
}

func TestAnImportSaysWhichQueriesAskForNothingInParticular(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "directory.jsonl")
	lines := `{"contact":"Broad","email":"broad@press.example","query":"NOT lang:en"}` + "\n" +
		`{"contact":"Narrow","email":"narrow@press.example","query":"lang:ar NOT war"}` + "\n" +
		`{"contact":"All","email":"all@press.example","query":"*"}` + "\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	config := app.Config{Data: folder, Keys: filepath.Join(folder, "keys"), Database: "sqlite:" + filepath.Join(folder, "wire.db")}
	if err := (&Import{File: file}).Run(t.Context(), config, &out); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); strings.Count(said, "nothing in particular") != 1 || !strings.HasPrefix(said, "Broad (1): NOT lang:en asks for nothing in particular") {
		t.Errorf("printed:\n%s", said)
	}
}
