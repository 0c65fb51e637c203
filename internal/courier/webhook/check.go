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
	if u, err := url.Parse(s.Address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return wire.Errorf(wire.Invalid, "address", "%q is not a URL", s.Address)
	}
	if _, err := parseSecrets(s.Secret); err != nil {
		return err
	}
	_, err := offer.Lookup(s.Format)
	return err
}
