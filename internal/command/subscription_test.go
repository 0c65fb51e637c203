package command

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestSearchesAreSavedByCommands(t *testing.T) {
	r := openWire(t)
	first := printed(t, &SubscriptionAdd{Remote: r, Query: []string{"hydrogen", "lang:en"}, NewContact: "Tom Ruiz", Email: "tom@press.example", Language: "en"})
	fields := strings.Fields(first)
	if len(fields) < 2 || !strings.HasSuffix(first, " of Tom Ruiz by mail to t…@press.example, in force: hydrogen AND lang:en\n") {
		t.Fatal(first)
	}
	made := printed(t, &SubscriptionAdd{Remote: r, Query: []string{"*"}, Outlet: 7, Webhook: "https://bote.example/in", JSON: true})
	if !strings.Contains(made, `"secret":"whsec_`) || !strings.Contains(made, `"holder":"Der Bote"`) {
		t.Error(made)
	}
	var id wire.SubscriptionID
	for _, c := range fields[1] {
		id = id*10 + wire.SubscriptionID(c-'0')
	}
	query := "NOT war"
	if said := printed(t, &SubscriptionChange{Remote: r, Subscription: id, Query: &query}); !strings.HasSuffix(said, "broad: NOT war\n") {
		t.Error(said)
	}
	if said := printed(t, &SubscriptionRemove{Remote: r, Subscription: id}); !strings.Contains(said, ", suspended: NOT war") {
		t.Error(said)
	}
	if said := printed(t, &SubscriptionShow{Remote: r, Subscription: id, JSON: true}); !strings.Contains(said, `"suspended":true`) {
		t.Error(said)
	}
	if said := printed(t, &SubscriptionList{Remote: r}); strings.Contains(said, "Tom Ruiz") || !strings.Contains(said, "Der Bote") {
		t.Error(said)
	}
	if said := printed(t, &SubscriptionList{Remote: r, Suspended: true, Channel: wire.ByMail, Limit: 100}); !strings.Contains(said, "Tom Ruiz") || strings.Contains(said, "Der Bote  webhook") {
		t.Error(said)
	}
	err := (&SubscriptionChange{Remote: r, Subscription: id}).Run(t.Context(), app.Config{}, nil)
	if wire.KindOf(err) != wire.Invalid {
		t.Errorf("a change of nothing: %v", err)
	}
}
