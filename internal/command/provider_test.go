package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestSettingsOfAProvider(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kabar.yaml")
	if err := os.WriteFile(file, []byte("name: From the file\ntrust: auto\ndisclaimer: {en: Theirs}\npull: {url: https://kabar.example/a, every: 60}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := wire.Provider{ID: "kabar", Name: "Kabar", Trust: wire.TrustDesk, Credit: "Kabar/Wire", Pull: &wire.Pull{URL: "https://kabar.example/feed", Every: 600}}
	for _, c := range []struct {
		name string
		set  ProviderSettings
		want string // what differs from what is known
	}{
		{"nothing", ProviderSettings{}, `{}`},
		{"text", ProviderSettings{Name: "Kabar News", Trust: wire.TrustAuto}, `{"name":"Kabar News","trust":"auto"}`},
		{"another feed is looked at as often", ProviderSettings{Pull: "https://kabar.example/b"}, `{"pull":{"url":"https://kabar.example/b","every":600}}`},
		{"more often", ProviderSettings{Every: time.Minute}, `{"pull":{"url":"https://kabar.example/feed","every":60}}`},
		{"times", ProviderSettings{Expiry: 48 * time.Hour, Idle: time.Hour}, `{"expiry":172800,"idle":3600}`},
		{"codes", ProviderSettings{Map: map[string]string{"Ships": "energy, 20000170", "Air": "99999999"}}, `{"map":[{"from":"Air","subjects":["99999999"]},{"from":"Ships","sectors":["energy"],"subjects":["20000170"]}]}`},
		{"ways in", ProviderSettings{Folder: true, WebSub: true, Mail: []string{"a@kabar.example"}}, `{"push":{"folder":true,"mail":["a@kabar.example"],"websub":true}}`},
		{"a flag counts before the file", ProviderSettings{File: file, Name: "Flag"}, `{"name":"Flag","trust":"auto","disclaimer":{"en":"Theirs"},"pull":{"url":"https://kabar.example/a","every":60}}`},
	} {
		got := known
		pull := *known.Pull
		got.Pull = &pull
		if err := c.set.apply(&got); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := known
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if g, w := asJSON(t, got), asJSON(t, want); g != w {
			t.Errorf("%s:\n%s, want\n%s", c.name, g, w)
		}
		known.Pull = &wire.Pull{URL: "https://kabar.example/feed", Every: 600} // json decodes into what is pointed at
	}
}

func asJSON(t *testing.T, p wire.Provider) string {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kabar.yaml")
	if err := os.WriteFile(file, []byte("name: Kabar\ncredits: misspelt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]ProviderSettings{"a file with another setting": {File: file}, "how often, without a feed": {Every: time.Minute}} {
		if err := s.apply(&wire.Provider{}); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
