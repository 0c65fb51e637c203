package provider_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// with is a document of the provider that says something more.
func with(raw []byte, fields string) []byte {
	return []byte(strings.Replace(string(raw), `"type":"text"`, `"type":"text",`+fields, 1))
}

func embargoed(raw []byte, until time.Time) []byte {
	return with(raw, `"embargoed":"`+until.Format(time.RFC3339)+`"`)
}

func (h *north) items(t *testing.T, id wire.ReleaseID) []wire.Item {
	t.Helper()
	var all []wire.Item
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		items, err := tx.ItemsOf(id)
		all = items
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnEmbargoHoldsWhateverTheTrust(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		until := h.now.Add(time.Hour)
		first := h.take(t, embargoed(story("1", 1, "usable", "News."), until))
		r := h.release(t, first)
		if r.State != wire.Scheduled || !r.Schedule.UTC.Equal(until) {
			t.Fatalf("is %s, for %s", r.State, r.Schedule.UTC)
		}
		if second := h.take(t, embargoed(story("1", 2, "usable", "Other news."), until.Add(time.Hour))); second.Release != first.Release {
			t.Fatalf("%+v", second)
		}
		h.now = until
		if s := h.state(t, first.Release); s != wire.Scheduled {
			t.Errorf("is %s at the time that a later version put off", s)
		}
		h.now = until.Add(time.Hour)
		if s := h.state(t, first.Release); s != wire.Live {
			t.Errorf("is %s after its embargo", s)
		}
		items := h.items(t, first.Release)
		if len(items) != 1 || !strings.Contains(wire.PlainText(items[0].Body), "Other news.") {
			t.Errorf("on the wire: %+v", items)
		}
	})
}

// What is on the wire is changed at once, so a version that may not be used yet
// must not change it.
func TestAnEmbargoedVersionDoesNotChangeWhatIsOnTheWire(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("1", 1, "usable", "News."))
		a := h.take(t, embargoed(story("1", 2, "usable", "A secret."), h.now.Add(time.Hour)))
		if a.Release == live.Release || h.release(t, a).State != wire.Submitted || !strings.Contains(a.Reason, "embargo") {
			t.Errorf("%+v is %s", a, h.release(t, a).State)
		}
		if items := h.items(t, live.Release); len(items) != 1 {
			t.Errorf("%d items are on the wire", len(items))
		}
	})
}

func TestAnEmbargoThatHasPassedHoldsNothing(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		if a := h.take(t, embargoed(story("1", 1, "usable", "News."), h.now.Add(-time.Hour))); h.release(t, a).State != wire.Live {
			t.Errorf("%+v is %s", a, h.release(t, a).State)
		}
	})
}

func TestWhatIsTooOldOrExpiredIsRefused(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, func(p *wire.Provider) { p.Expiry = 3600 })
		young := story("1", 1, "usable", "News.") // of 11:11; it is 12:00
		if a := h.take(t, young); a.Verdict != wire.TookIn {
			t.Errorf("%+v", a)
		}
		if a := h.take(t, replaced(story("2", 1, "usable", "Old news."), "T11:11:", "T10:59:")); a.Verdict != wire.WasRefused || !strings.Contains(a.Reason, "older than 1h") {
			t.Errorf("%+v", a)
		}
		for expires, want := range map[time.Duration]wire.Verdict{-time.Second: wire.WasRefused, time.Second: wire.TookIn} {
			raw := with(story(fmt.Sprint("x", want), 1, "usable", "Until "+expires.String()), `"expires":"`+h.now.Add(expires).Format(time.RFC3339)+`"`)
			if a := h.take(t, raw); a.Verdict != want {
				t.Errorf("expires in %s: %+v", expires, a)
			}
		}
		// A kill counts, however old it is.
		if a := h.take(t, replaced(story("1", 2, "canceled", "News."), "T11:", "T01:")); a.Verdict != wire.WasUndone {
			t.Errorf("%+v", a)
		}
	})
}

func replaced(raw []byte, old, new string) []byte {
	return []byte(strings.Replace(string(raw), old, new, 1))
}

func TestALaterVersionOfWhatIsLiveIsTheDesksWithoutTrust(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("1", 1, "usable", "News."))
		h.put(t, wire.TrustDesk, nil)
		a := h.take(t, story("1", 2, "usable", "Other news."))
		r := h.release(t, a)
		if a.Release == live.Release || r.State != wire.Submitted || !strings.Contains(r.Editions[0].Note, string(live.Release)) {
			t.Errorf("%+v is %s, note %q", a, r.State, r.Editions[0].Note)
		}
		if again := h.take(t, story("1", 2, "usable", "Other news.")); again.Verdict != wire.WasKnown {
			t.Errorf("%+v", again)
		}
		if k := h.take(t, story("1", 3, "canceled", "Other news.")); k.Release != live.Release || h.release(t, live).State != wire.Held {
			t.Errorf("a kill is of the one on the wire: %+v", k)
		}
	})
}

// Feeds touch the time of a story that they do not change. That must neither stop
// the feed nor undo what the desk did.
func TestAVersionThatChangesNothingIsKnown(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("1", 1, "usable", "News."))
		if a := h.take(t, story("1", 2, "usable", "News.")); a.Verdict != wire.WasKnown || len(h.items(t, live.Release)) != 1 {
			t.Errorf("%+v", a)
		}
		h.put(t, wire.TrustDesk, nil)
		pending := h.take(t, story("2", 1, "usable", "More news."))
		for _, verb := range []wire.Verb{wire.DoCheck, wire.DoApprove} {
			if _, _, err := h.desk.Do(t.Context(), editor, pending.Release, desk.Act{Verb: verb}); err != nil {
				t.Fatal(err)
			}
		}
		if a := h.take(t, story("2", 2, "usable", "More news.")); a.Verdict != wire.WasKnown || h.release(t, pending).State != wire.Approved {
			t.Errorf("%+v; the release is %s", a, h.release(t, pending).State)
		}
		if a := h.take(t, story("2", 3, "usable", "Quite other news.")); a.Verdict != wire.TookIn || h.release(t, pending).State != wire.Checking {
			t.Errorf("%+v; a change must void the approval: %s", a, h.release(t, pending).State)
		}
	})
}

func TestOnlyItsOwnHoldIsLiftedByAProvider(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("1", 1, "usable", "News."))
		h.take(t, story("1", 2, "withheld", "News."))
		if a := h.take(t, story("1", 3, "usable", "News.")); a.Verdict != wire.TookIn || !h.release(t, live).State.OnWire() || h.release(t, live).State == wire.Held {
			t.Errorf("%+v; the release is %s", a, h.release(t, live).State)
		}
		if _, _, err := h.desk.Do(t.Context(), editor, live.Release, desk.Act{Verb: wire.DoHold, Reason: "a doubt of ours"}); err != nil {
			t.Fatal(err)
		}
		h.take(t, story("1", 4, "withheld", "News."))
		if a := h.take(t, story("1", 5, "usable", "Other news.")); a.Release == live.Release || h.release(t, live).State != wire.Held {
			t.Errorf("%+v; the release is %s", a, h.release(t, live).State)
		}
	})
}

// pair is a story in two languages, as one document.
func pair(version int, en, ar string) []byte {
	item := func(language, headline, text string) string {
		return fmt.Sprintf(`<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" standard="NewsML-G2" standardversion="2.35" conformance="power" guid="urn:north:f1:%s" version="%d" xml:lang="%s"><catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"/><itemMeta><itemClass qcode="ninat:text"/><provider literal="north"/><versionCreated>2026-11-23T11:%02d:00Z</versionCreated><pubStatus qcode="stat:usable"/></itemMeta><contentMeta><language tag="%s"/><headline>%s</headline></contentMeta><contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>%s</p></body></html></inlineXML></contentSet></newsItem>`,
			language, version, language, 10+version, language, headline, text)
	}
	return []byte(`<?xml version="1.0"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2026-11-23T11:30:00Z</sent></header><itemSet>` + item("en", "North opens a yard", en) + item("ar", "نورث تفتح حوضا", ar) + `<packageItem standard="NewsML-G2" standardversion="2.35" guid="urn:north:f1" version="1"><itemMeta><itemClass qcode="ninat:composite"/><provider literal="north"/><versionCreated>2026-11-23T11:11:00Z</versionCreated></itemMeta><groupSet root="g"><group id="g" role="group:main"><itemRef residref="urn:north:f1:en"/><itemRef residref="urn:north:f1:ar"/></group></groupSet></packageItem></itemSet></newsMessage>`)
}

func TestAStoryInTwoLanguagesIsOneReleaseAndTellsEachReaderWhy(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, func(p *wire.Provider) { p.Disclaim["ar"] = "نورث وحدها مسؤولة." })
		take := func(raw []byte, want wire.Verdict) []wire.Arrival {
			t.Helper()
			all, err := h.Take(t.Context(), "north", provider.Delivery{Way: provider.ByHTTP, Name: "a.xml", Raw: raw})
			if err != nil || len(all) != 2 || all[0].Verdict != want || all[1].Verdict != want || all[0].Release != all[1].Release {
				t.Fatalf("%+v, %v", all, err)
			}
			h.state(t, all[0].Release)
			return all
		}
		const arabic = "افتتحت الشركة حوضها الثاني في المدينة يوم الاثنين، وسيعمل فيه ثلاثمئة شخص."
		first := take(pair(1, sentence, arabic), wire.TookIn)
		r := h.release(t, first[0])
		if len(r.Editions) != 2 || wire.PlainText(r.Edition("ar").Disclaimer) != "نورث وحدها مسؤولة." || wire.PlainText(r.Edition("en").Disclaimer) != "North Agency is alone responsible." {
			t.Fatalf("%+v", r.Editions)
		}
		take(pair(2, sentence+" Ferries sail next year.", arabic+" وستبحر العبارات العام المقبل."), wire.TookIn)
		told := map[string]string{}
		for _, it := range h.items(t, first[0].Release) {
			if it.Version == 2 {
				told[it.Language] = it.Reason
			}
		}
		if told["en"] != "Updated by North Agency." || told["ar"] != "تحديث من North Agency." {
			t.Errorf("readers are told %q", told)
		}
	})
}

// inFamily is a story of a family, in one of its languages, as a document of its
// own.
func inFamily(id, language, headline, text string) []byte {
	return fmt.Appendf(nil, `{"uri":"urn:north:%s","translation_id":"urn:north:family","version":"1","type":"text","language":%q,"versioncreated":"2026-11-23T11:11:00Z","headline":%q,"body_text":%q}`, id, language, headline, text)
}

func TestATranslationThatComesLaterJoinsItsRelease(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, func(p *wire.Provider) { p.Disclaim = nil })
		first := h.take(t, inFamily("en", "en", "North opens a yard", sentence))
		second := h.take(t, inFamily("de", "de", "North eröffnet eine Werft", "Das Unternehmen hat am Montag seine zweite Werft in der Stadt eröffnet; dreihundert Menschen werden dort arbeiten."))
		other := h.take(t, inFamily("other", "en", "North sails", "The first ferries will sail to the islands next year, the company says."))
		if second.Release != first.Release || other.Release == first.Release {
			t.Fatalf("%+v, %+v, %+v", first, second, other)
		}
		var actions []string
		for _, it := range h.items(t, first.Release) {
			actions = append(actions, it.Language+" "+string(it.Action))
		}
		if want := []string{"en publish", "de publish"}; !slices.Equal(actions, want) {
			t.Errorf("on the wire: %q, want %q", actions, want)
		}
		if r := h.release(t, first); r.Edition("de").Translation == nil || r.Edition("de").Translation.From != "en" {
			t.Errorf("%+v", r.Edition("de").Translation)
		}
	})
}

func TestWhatAnotherProviderBringsMuchAlikeIsForAPerson(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		south := wire.Provider{ID: "south", Name: "South Agency", Trust: wire.TrustAuto}
		if err := h.Put(t.Context(), editor, south, true); err != nil {
			t.Fatal(err)
		}
		long := strings.Repeat("The turbine at place %d stands in the sea and gives light to towns along the coast. ", 6)
		text := func(last string) string { return fmt.Sprintf(long, 1, 2, 3, 4, 5, 6) + last }
		first := h.take(t, embargoed(story("1", 1, "usable", text("Its owner is Halden.")), h.now.Add(time.Hour)))
		series := h.take(t, embargoed(story("1b", 1, "usable", text("Its owner is Finch.")), h.now.Add(time.Hour)))
		if s := h.release(t, series).State; s != wire.Scheduled {
			t.Errorf("a provider's own series: %s", s)
		}
		all, err := h.Take(t.Context(), "south", provider.Delivery{Way: provider.ByHTTP, Name: "a.json", Raw: replaced(story("1", 1, "usable", text("Its owner is Wren.")), "urn:north", "urn:south")})
		if err != nil || len(all) != 1 || all[0].Verdict != wire.TookIn || !strings.Contains(all[0].Reason, "% like release") || h.release(t, all[0]).State != wire.Submitted {
			t.Errorf("%+v, %v; the first is %s", all, err, first.Release)
		}
		other, err := h.Take(t.Context(), "south", provider.Delivery{Way: provider.ByHTTP, Name: "a.json", Raw: []byte(`{"uri":"urn:south:2","version":"1","type":"text","language":"en","headline":"Ferries sail","body_text":"The first ferries will sail to the islands next year, the company says."}`)})
		if err != nil || h.state(t, other[0].Release) != wire.Live {
			t.Errorf("%+v, %v", other, err)
		}
	})
}

func TestWhereOthersActMeanwhileItIsTriedAgain(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustDesk, nil)
		a := h.take(t, story("1", 1, "usable", "News."))
		p, err := h.Provider(t.Context(), "north")
		if err != nil {
			t.Fatal(err)
		}
		tries, rivals := 0, 1
		kill := func(r *wire.Release) (*wire.Release, error) {
			tries++
			if tries <= rivals { // an editor is quicker
				if _, _, err := h.desk.Do(t.Context(), editor, r.ID, desk.Act{Verb: wire.DoEdit, Content: r}); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := h.desk.Do(t.Context(), editor, r.ID, desk.Act{Verb: wire.DoKill, Revision: r.Revision, Reason: "withdrawn"})
			return r, err
		}
		if tries, rivals = 0, 100; wire.KindOf(h.Upon(t.Context(), &p, a.Release, kill)) != wire.Unavailable {
			t.Error("it must come again when others never cease")
		}
		if tries, rivals = 0, 1; h.Upon(t.Context(), &p, a.Release, kill) != nil || h.release(t, a).State != wire.Killed {
			t.Errorf("the release is %s after %d tries", h.release(t, a).State, tries)
		}
		wrong := errors.New("ours")
		if err := h.Upon(t.Context(), &p, a.Release, func(r *wire.Release) (*wire.Release, error) { return r, wrong }); !errors.Is(err, wrong) {
			t.Errorf("%v", err)
		}
	})
}

func TestATrialSaysWhatWouldBecomeOfAStoryAndChangesNothing(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("1", 1, "usable", "News."))
		for _, c := range []struct {
			name  string
			raw   []byte
			would string
		}{
			{"new", story("2", 1, "usable", "Other news."), "be cleared, and lifted at once"},
			{"embargoed", embargoed(story("3", 1, "usable", "Third news."), h.now.Add(time.Hour)), "be cleared, and lifted at 2026-11-23 13:00:00 UTC"},
			{"later", story("1", 2, "usable", "Yet other news."), "update what is on the wire, at once"},
			{"correction", with(story("1", 2, "usable", "Yet other news."), `"signal":"correction"`), "correct what is on the wire, at once"},
			{"known", story("1", 1, "usable", "News."), "change nothing: it came before"},
			{"double", replaced(story("1", 1, "usable", "News."), "urn:north:1", "urn:north:other"), "change nothing: the same text came before"},
			{"held", story("1", 2, "withheld", "News."), "have the release held"},
			{"killed", story("1", 2, "canceled", "News."), "have the release killed"},
			{"killed, unheard of", story("4", 1, "canceled", "News."), "withdraw nothing: nothing of it is here"},
			{"expired", with(story("5", 1, "usable", "Fifth news."), `"expires":"2026-11-23T11:59:59Z"`), "be refused"},
		} {
			found, err := h.Try(t.Context(), editor, "north", "story.json", c.raw)
			if err != nil || len(found) != 1 {
				t.Fatalf("%s: %v, %v", c.name, found, err)
			}
			if found[0].Would != c.would {
				t.Errorf("%s: would %s, want %s (%s)", c.name, found[0].Would, c.would, found[0].Reason)
			}
		}
		if all, err := h.Arrivals(t.Context(), editor, "north", "", 0, 10); err != nil || len(all) != 1 {
			t.Errorf("%d arrivals, %v", len(all), err)
		}
		if r := h.release(t, live); r.State != wire.Live || len(h.items(t, live.Release)) != 1 {
			t.Errorf("a trial changed the release: %s", r.State)
		}
		shown, err := h.Try(t.Context(), editor, "north", "story.json", story("2", 1, "usable", "Other news."))
		if s := shown[0]; err != nil || s.Disclaimer != "North Agency is alone responsible." || !slices.Contains(s.Sectors, "energy") || s.Language != "en" || s.Headline == "" {
			t.Errorf("%+v, %v", s, err)
		}
		if _, err := h.Try(t.Context(), wire.Actor{Name: "north", Role: wire.RoleProvider}, "north", "story.json", story("2", 1, "usable", "")); wire.KindOf(err) != wire.Forbidden {
			t.Error(err)
		}
	})
}
