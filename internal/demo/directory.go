package demo

import (
	"github.com/wireroom/wireroom/internal/demo/directory"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Size says how large a directory to invent.
type Size struct{ Outlets, Contacts int }

// seed makes every demo the same.
const seed = 0x77697265726f6f6d

// Generate invents a directory, the same for the same size. webhookBase is
// where the outlets' endpoints are: outlet 7's is webhookBase/hook/7.
func Generate(size Size, webhookBase string) *directory.Directory {
	return directory.Generate(directory.Options{Outlets: size.Outlets, Contacts: size.Contacts, Seed: seed, WebhookBase: webhookBase})
}

// WebhookSecret is the secret of an outlet's endpoint. It is public knowledge,
// as everything in a demo is.
func WebhookSecret(outlet int) string {
	return directory.WebhookSecret(seed, wire.OutletID(outlet))
}

// languageOf deals the wire's languages out to the demo's desktops.
func languageOf(desktop int) string {
	all := vocab.Languages()
	return all[desktop%len(all)].Tag
}

// beats are the sectors that the demo's desktops watch.
var beats = []string{"technology", "finance", "energy", "health", "transport", "agriculture", "education", "environment", "manufacturing", "retail", "media", "travel", "government", "telecoms"}
