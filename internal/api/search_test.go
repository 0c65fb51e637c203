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
