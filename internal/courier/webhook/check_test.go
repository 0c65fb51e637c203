package webhook

import (
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestAnAddressThatIsNoWebhooksIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for address, reason := range map[string]string{
		"https://desk.example/wire":    "",
		"http://desk.example:8080/":    "",
		"sftp://wire@files.example/in": "over the channel drop",
		"mailto:desk@paper.example":    "not a URL",
		"ws://desk.example/wire":       "begins with https:// or http://",
		"desk.example/wire":            "not a URL",
		"https://desk example/":        "not a URL",
		"":                             "not a URL",
	} {
		err := Check(wire.Subscription{Channel: wire.ByWebhook, Address: address, Secret: secretText})
		if reason == "" && err != nil {
			t.Errorf("%q: %v", address, err)
		}
		if reason != "" && (wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), reason)) {
			t.Errorf("%q: %v, want %q", address, err, reason)
		}
	}
}
