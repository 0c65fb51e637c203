package webhook

import (
	"net/url"

	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// Check says what is wrong with a subscription's address, secret or format, if
// anything is: for whoever takes it into the directory. It connects to nobody
// and never repeats the secret.
func Check(s wire.Subscription) error {
	u, err := url.Parse(s.Address)
	if err != nil || u.Host == "" {
		return wire.Errorf(wire.Invalid, "address", "%q is not a URL", s.Address)
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return wire.Errorf(wire.Invalid, "address", "%q is not a webhook's address, which begins with https:// or http://; files are brought into a folder over the channel %s", s.Address, wire.ByDrop)
	}
	if _, err := parseSecrets(s.Secret); err != nil {
		return err
	}
	_, err = offer.Lookup(s.Format)
	return err
}
