package command

import (
	"fmt"
	"os"
	"path/filepath"
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

// A private key begins with hyphens and has lines: it comes from a file.
func TestAFolderIsOpenedByWhatIsInAFile(t *testing.T) {
	r := openWire(t)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("plugh xyzzy\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	added := printed(t, &SubscriptionAdd{Remote: r, Query: []string{"*"}, Outlet: 7, Folder: "ftps://wire@bote.example/in", SecretFile: file, Format: "text,ninjs"})
	var id wire.SubscriptionID
	if _, err := fmt.Sscanf(added, "subscription %d of Der Bote by drop to ftps://bote.example, in force: *", &id); err != nil {
		t.Fatalf("%s: %v", added, err)
	}
	folder := "ftps://wire@new.bote.example/in"
	if said := printed(t, &SubscriptionChange{Remote: r, Subscription: id, Folder: &folder, SecretFile: file}); !strings.Contains(said, "drop to ftps://new.bote.example,") {
		t.Error(said)
	}
	for name, c := range map[string]SubscriptionChange{
		"without the secret": {Remote: r, Subscription: id, Folder: &folder},
		"no such file":       {Remote: r, Subscription: id, SecretFile: file + ".gone"},
	} {
		if err := c.Run(t.Context(), app.Config{}, nil); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
