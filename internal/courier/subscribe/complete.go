package subscribe

import (
	"cmp"
	"net/mail"

	"github.com/wireroom/wireroom/internal/courier/drop"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Complete says what is wrong with a subscription, if anything is, and brings it
// into the form in which it is kept: the query in its canonical form, the format
// of a webhook, a secret where one can be made. It returns the query, and whether
// it made a secret that its holder must be told. The errors are Invalid, name the
// field and never repeat the secret; those of a query hold a *match.Fault.
func Complete(s *wire.Subscription) (q *match.Query, made bool, err error) {
	switch s.Channel {
	case wire.ByMail:
		if a, err := mail.ParseAddress(s.Address); err != nil || a.Address != s.Address {
			return nil, false, wire.Errorf(wire.Invalid, "address", "%q is not an e-mail address", s.Address)
		}
		if s.Format != "" {
			return nil, false, wire.Errorf(wire.Invalid, "format", "a letter has no other format: leave it out")
		}
		if err := checkPreference(s.Preference); err != nil {
			return nil, false, err
		}
		s.Secret = cmp.Or(s.Secret, wire.NewToken())
	case wire.ByWebhook, wire.ByDrop:
		if s.Preference != nil {
			return nil, false, wire.Errorf(wire.Invalid, "preference", "only a contact can have a preference: it is about letters")
		}
		if s.Channel == wire.ByDrop {
			err = drop.Check(*s)
			break
		}
		s.Format = cmp.Or(s.Format, offer.Ninjs)
		if made = s.Secret == ""; made {
			s.Secret = webhook.NewSecret()
		}
		err = webhook.Check(*s)
	default:
		err = wire.Errorf(wire.Invalid, "channel", "is mail, webhook or drop, not %q", s.Channel)
	}
	if err != nil {
		return nil, false, err
	}
	if q, err = match.Parse(s.Query); err != nil {
		return nil, false, err
	}
	s.Query = q.String()
	return q, made, nil
}

func checkPreference(p *wire.Preference) error {
	if p == nil {
		return nil
	}
	return p.Check()
}
