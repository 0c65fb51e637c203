package site

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// withReader makes the bench's site one with a reader who gets letters about a
// query, and returns the address of the reader's page.
func (b *bench) withReader(language, query string) (page string) {
	b.t.Helper()
	token := wire.NewToken()
	err := b.store.Write(b.t.Context(), func(tx *store.Tx) error {
		if err := tx.AddContacts([]wire.Contact{{ID: 1, Name: "Layla Haddad", Email: "layla@bote.example", Language: language}}); err != nil {
			return err
		}
		return tx.AddSubscriptions([]wire.Subscription{{ID: 1, Contact: 1, Channel: wire.ByMail, Address: "layla@bote.example", Query: query, Secret: token}})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	c := courier.New(courier.Options{Store: b.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	b.open(Options{Subscriptions: c, Searches: &subscribe.Book{Store: b.store, Courier: c}})
	return "/u/" + token
}

// press sends the form of the page's searches that has a button, as a browser
// does, with what was typed.
func (b *bench) press(page, do, field, value string, want int) *html.Node {
	b.t.Helper()
	w := b.do("POST", page, url.Values{"do": {do}, field: {value}}.Encode())
	tree, err := html.Parse(w.Body)
	if w.Code != want || err != nil || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "same-origin" {
		b.t.Fatalf("%s %s: %d %v, %v", do, value, w.Code, w.Header(), err)
	}
	return tree
}

// listed are the searches that the page shows, and whether each can be removed.
func listed(tree *html.Node) string {
	var all []string
	for _, section := range find(tree, "section", "class", "searches") {
		for _, item := range find(section, "li") {
			s := text(find(item, "span", "class", "source")[0])
			if inputs := find(item, "input", "name", "search"); len(inputs) == 1 {
				if value, _ := attr(inputs[0], "value"); value == s {
					s += " ×"
				}
			}
			all = append(all, s)
		}
	}
	return strings.Join(all, "; ")
}

// status is what is said among the searches to have been done.
func status(tree *html.Node) string {
	var all []string
	for _, section := range find(tree, "section", "class", "searches") {
		for _, p := range find(section, "p", "role", "status") {
			all = append(all, text(p))
		}
	}
	return strings.Join(all, "; ")
}

func TestAReaderSavesSearches(t *testing.T) {
	b := newBench(t)
	page := b.withReader("ja", "hydrogen")
	_, tree := b.page(page, 200)
	if got := listed(tree); got != "hydrogen" {
		t.Errorf("at first %q", got)
	}

	tree = b.press(page, "try-search", "query", "lang:en", 200)
	if status := find(tree, "p", "class", "brought"); len(status) != 1 || !strings.Contains(text(status[0]), "過去30日間") {
		t.Errorf("what it would bring is not said")
	}
	if typed := find(tree, "input", "name", "query"); len(typed) != 1 || func() string { v, _ := attr(typed[0], "value"); return v }() != "lang:en" || listed(tree) != "hydrogen" {
		t.Error("what was tried is not kept in its field alone")
	}

	tree = b.press(page, "add-search", "query", " lang:en   wind", 200)
	if got := listed(tree); got != "hydrogen ×; lang:en AND wind ×" || !strings.Contains(status(tree), "追加しました") {
		t.Errorf("after one was added %q", got)
	}
	tree = b.press(page, "remove-search", "search", "hydrogen", 200)
	if got := listed(tree); got != "lang:en AND wind" || !strings.Contains(status(tree), "解除しました") {
		t.Errorf("after one was removed %q", got)
	}

	// Whoever has left finds the way back there, and nothing else.
	for range 2 {
		b.press(page, "unsubscribe", "", "", 200)
	}
	for _, do := range []string{"add-search", "remove-search"} {
		tree = b.press(page, do, map[string]string{"add-search": "query", "remove-search": "search"}[do], "oil", 200)
		if len(find(tree, "section", "class", "searches")) != 0 || len(find(tree, "button", "value", "resubscribe")) != 1 {
			t.Errorf("%s: whoever has left is asked for searches", do)
		}
	}
}

func TestWhatIsWrongWithASavedSearchIsSaidAtItsPlace(t *testing.T) {
	b := newBench(t)
	page := b.withReader("en", "hydrogen")
	for query, want := range map[string]string{
		"(wind":    "At character 6: A parenthesis or a quotation mark is not closed.",
		"":         "Please enter what you are looking for.",
		"NOT wind": "Please ask for at least one word or field that every release must have.",
		"*":        "Please ask for at least one word or field that every release must have.",
	} {
		tree := b.press(page, "add-search", "query", query, 422)
		alert := find(tree, "div", "role", "alert")
		if len(alert) != 1 || !strings.Contains(text(alert[0]), want) || listed(tree) != "hydrogen" {
			t.Errorf("%q: not said: %s", query, want)
		}
		if field := find(tree, "input", "name", "query", "aria-invalid", "true", "aria-describedby", "wrong-search", "value", query); len(field) != 1 {
			t.Errorf("%q: the field does not point to what is wrong", query)
		}
	}
	for i := 1; i < subscribe.MaxSearches; i++ {
		b.press(page, "add-search", "query", strings.Repeat("x", i+1), 200)
	}
	tree := b.press(page, "add-search", "query", "one more", 422)
	if !strings.Contains(text(find(tree, "div", "role", "alert")[0]), "No more searches fit.") {
		t.Error("that there are too many is not said")
	}
}

func TestSearchesAreForWhoeverHasTheToken(t *testing.T) {
	b := newBench(t)
	page := b.withReader("en", "*")
	_, tree := b.page(page, 200)
	if section := find(tree, "section", "class", "searches"); len(section) != 1 || !strings.Contains(text(section[0]), "You receive every release now.") || listed(tree) != "" {
		t.Error("it is not said that everything comes")
	}
	for _, do := range []string{"try-search", "add-search", "remove-search"} {
		tree := b.press("/u/"+wire.NewToken(), do, "query", "wind", 404)
		if len(find(tree, "form", "method", "post")) != 0 {
			t.Errorf("%s: a stranger gets a form", do)
		}
	}
	// Without a book of subscriptions nothing is offered.
	b.open(Options{Subscriptions: b.subs})
	_, tree = b.page("/u/token-en", 200)
	if len(find(tree, "section", "class", "searches")) != 0 {
		t.Error("searches are offered where none can be saved")
	}
	if w := b.do("POST", "/u/token-en", "do=add-search&query=wind"); w.Code != 400 {
		t.Errorf("and saved: %d", w.Code)
	}
}
