package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// publish brings a text to the wire and into the index.
func (f *face) publish(text string) wire.ReleaseID {
	f.t.Helper()
	status, got := f.call("POST", "/v1/releases", f.key(wire.RoleEditor), map[string]any{"clear": true, "documents": []map[string]any{{"name": "a.md", "data": []byte(text)}}})
	if status != http.StatusCreated {
		f.t.Fatal(status, got)
	}
	id := wire.ReleaseID(got["id"].(string))
	if _, err := f.desk.Lift(f.t.Context(), wire.Actor{Role: wire.RoleClock}, id, 0, func(*store.Tx) error { return nil }); err != nil {
		f.t.Fatal(err)
	}
	if _, err := archive.NewIndexer(f.store, nil, nil, nil).CatchUp(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestTheArchiveIsSearched(t *testing.T) {
	f := open(t)
	for i := range 3 {
		f.publish(fmt.Sprintf("---\nlanguage: en\nsectors: energy\n---\n# Halden opens plant %d\n\nThe hydrogen plant opened today in the harbour of Bergen.\n", i))
	}
	f.publish("---\nlanguage: de\n---\n# Werk eröffnet\n\nDas Wasserstoffwerk ging heute in Betrieb.\n")
	search := func(query string) (int, map[string]any) {
		return f.call("GET", "/v1/search?"+query, "", nil)
	}
	status, got := search("limit=2&q=" + url.QueryEscape("hydrogen NOT lang:de"))
	hits := got["hits"].([]any)
	if status != http.StatusOK || got["total"] != 3.0 || len(hits) != 2 || got["next"] == "" {
		t.Fatalf("%d %v", status, got)
	}
	first := hits[0].(map[string]any)
	if first["headline"] != "Halden opens plant 2" || !strings.HasPrefix(first["url"].(string), "https://wire.example/en/r/") || !strings.Contains(fmt.Sprint(first["excerpt"]), "map[hit:true text:hydrogen]") {
		t.Errorf("%v", first)
	}
	if lang := fmt.Sprint(got["facets"].(map[string]any)["lang"]); lang != "[map[hits:3 value:en]]" {
		t.Errorf("languages %s", lang)
	}
	_, next := search("limit=2&q=" + url.QueryEscape("hydrogen NOT lang:de") + "&cursor=" + got["next"].(string))
	if hits := next["hits"].([]any); len(hits) != 1 || next["next"] != nil || next["total"] != nil {
		t.Errorf("the second page: %v", next)
	}
	if _, got := search("lang=de&lang=ja"); got["total"] != 1.0 || got["query"] != "lang:de OR lang:ja" {
		t.Errorf("fields alone: %v", got)
	}
	if _, got := search("q=plant&order=best&since=2020-01-01&until=2020-02-01"); got["total"] != 0.0 {
		t.Errorf("in 2020: %v", got)
	}
	_, preview := f.call("GET", "/v1/search/preview?q=plant", "", nil)
	if preview["total"] != 3.0 || len(preview["days"].([]any)) != archive.PreviewDays || len(preview["newest"].([]any)) != 3 {
		t.Errorf("preview %v", preview)
	}
	if _, got := f.call("GET", "/v1/items/1/alike", "", nil); len(got["hits"].([]any)) != 2 {
		t.Errorf("alike: %v", got)
	}
}

func TestWhatIsWrongWithASearchIsSaid(t *testing.T) {
	f := open(t)
	for query, want := range map[string]string{
		"q=a+AND":                    "query at character 6: expects a word, a phrase or a field here, not the end",
		"q=x&since=yesterday":        "since \"yesterday\" is neither",
		"q=x&cursor=bjEx&order=best": "cursor is none of a search in this order",
	} {
		status, got := f.call("GET", "/v1/search?"+query, "", nil)
		detail := got["errors"].([]any)[0].(map[string]any)
		if status != http.StatusBadRequest || !strings.HasPrefix(fmt.Sprint(detail["location"], " ", detail["message"]), want) {
			t.Errorf("%s: %d %v", query, status, got)
		}
	}
	if status, _ := f.call("GET", "/v1/search?limit=1000", "", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("limit: %d", status)
	}
}

func TestTheDeskIsToldWhatComesInTwice(t *testing.T) {
	f := open(t)
	body := strings.Repeat("The hydrogen ferry sails from Bergen to the islands every morning and carries forty cars. ", 3)
	text := func(head, end string) map[string]any {
		return map[string]any{"documents": []map[string]any{{"name": "a.md", "data": []byte("---\nlanguage: en\n---\n# " + head + "\n\n" + body + end + "\n")}}}
	}
	f.publish("---\nlanguage: en\n---\n# Ferry sails\n\n" + body + "It was built in Norway.\n")
	editor := f.key(wire.RoleEditor)
	_, first := f.call("POST", "/v1/releases", editor, text("Hydrogen ferry begins", "It was built in Norway."))
	if got := fmt.Sprint(first["findings"]); !strings.Contains(got, "much-alike") || !strings.Contains(got, "on the wire since item 1") {
		t.Errorf("on the wire: %s", got)
	}
	_, second := f.call("POST", "/v1/releases", editor, text("Ferry again", "It was built in Norway."))
	if got := fmt.Sprint(second["findings"]); !strings.Contains(got, "like release "+first["id"].(string)+", still on the desk") {
		t.Errorf("on the desk: %s", got)
	}
	if status, got := f.call("GET", "/v1/releases/"+second["id"].(string)+"/twins", editor, nil); status != http.StatusOK || len(got["twins"].([]any)) != 2 {
		t.Errorf("twins: %d %v", status, got)
	}
	issuer := f.key(wire.RoleIssuer)
	if _, got := f.call("POST", "/v1/releases", issuer, text("By an issuer", "It was built in Norway.")); strings.Contains(fmt.Sprint(got), "much-alike") {
		t.Errorf("an issuer is told of others' releases: %v", got)
	}
	if status, _ := f.call("GET", "/v1/releases/"+second["id"].(string)+"/twins", issuer, nil); status != http.StatusNotFound {
		t.Errorf("an issuer asks: %d", status)
	}
	if status, got := f.call("POST", "/v1/releases/"+first["id"].(string)+"/kill", editor, map[string]any{"reason": "twice"}); status != http.StatusOK {
		t.Fatal(got)
	}
	_, got := f.call("GET", "/v1/releases/"+second["id"].(string)+"/twins", editor, nil)
	if strings.Contains(fmt.Sprint(got), first["id"].(string)) {
		t.Errorf("a release that was killed on the desk is still named: %v", got)
	}
}
