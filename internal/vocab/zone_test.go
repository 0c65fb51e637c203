package vocab

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestEveryZoneExistsAndIsNamedInEveryLanguage(t *testing.T) {
	for _, l := range Languages() {
		zones := Zones(l.Tag)
		if len(zones) < 400 {
			t.Fatalf("%s: %d zones", l.Tag, len(zones))
		}
		names := map[string]bool{}
		for _, z := range zones {
			if _, err := time.LoadLocation(z.ID); err != nil {
				t.Error(err)
			}
			if z.Name == "" || names[z.Name] {
				t.Errorf("%s: %s is %q, as another", l.Tag, z.ID, z.Name)
			}
			names[z.Name] = true
		}
	}
}

func TestZonesAreInTheOrderOfTheLanguage(t *testing.T) {
	at := func(tag, id string) int {
		for i, z := range Zones(tag) {
			if z.ID == id {
				return i
			}
		}
		t.Fatalf("%s is missing", id)
		return 0
	}
	for _, c := range []struct{ tag, first, second string }{
		{"en", "Europe/Vienna", "Europe/Zurich"},       // Austria, Switzerland
		{"de", "Europe/Vienna", "Europe/Lisbon"},       // Österreich, Portugal
		{"fr", "America/Guayaquil", "Europe/Helsinki"}, // Équateur, Finlande
		{"ru", "Australia/Sydney", "Asia/Tokyo"},       // Австралия, Япония
	} {
		if at(c.tag, c.first) > at(c.tag, c.second) {
			t.Errorf("%s: %s stands after %s", c.tag, c.first, c.second)
		}
	}
	names := map[string]string{}
	for _, z := range Zones("ja") {
		names[z.ID] = z.Name
	}
	if names["Asia/Tokyo"] != "日本" || names["America/New_York"] != "アメリカ合衆国 – New York" {
		t.Errorf("%q, %q", names["Asia/Tokyo"], names["America/New_York"])
	}
}
