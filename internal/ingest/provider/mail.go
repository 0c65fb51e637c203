package provider

import (
	"bytes"
	"context"
	"net/mail"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// mailPrefix begins the mailbox of a provider: provider-ID@domain.
const mailPrefix = "provider-"

// mailbox is the address of a provider's mailbox; "" if it has none.
func (x *Intake) mailbox(p *wire.Provider) string {
	if x.MailDomain == "" || len(p.Push.Mail) == 0 {
		return ""
	}
	return mailPrefix + string(p.ID) + "@" + x.MailDomain
}

// Mailbox returns the provider whose mailbox a local part is; false if it is
// none's, or the provider sends no mail.
func (x *Intake) Mailbox(ctx context.Context, local string) (wire.ProviderID, bool) {
	name, ok := strings.CutPrefix(strings.ToLower(local), mailPrefix)
	if !ok {
		return "", false
	}
	p, err := x.Provider(ctx, wire.ProviderID(name))
	return p.ID, err == nil && len(p.Push.Mail) > 0
}

// TakeMail takes in a letter to a provider's mailbox. One from an address that is
// not the provider's is noted and refused. Even from one that is, it proves
// nothing: a sender is written, not known; nothing of it is cleared without a
// person. An error means that it is not noted, and must come again: while a
// provider is paused its letters wait at its own server.
func (x *Intake) TakeMail(ctx context.Context, id wire.ProviderID, raw []byte) error {
	p, err := x.Provider(ctx, id)
	if err != nil {
		return err
	}
	if from := sender(raw); !slices.ContainsFunc(p.Push.Mail, func(known string) bool { return strings.EqualFold(known, from) }) {
		a := wire.Arrival{Provider: id, Way: ByMail, Verdict: wire.WasRefused, Reason: "it comes from an address that is not the provider's: " + from}
		return x.note(ctx, &Delivery{Way: ByMail}, nil, &a) // its letter is not kept: anybody could fill the disk
	}
	_, err = x.Take(ctx, id, Delivery{Way: ByMail, Name: "letter.eml", Raw: raw, Unproven: true})
	switch wire.KindOf(err) {
	case wire.Invalid, wire.Exhausted: // refused, and that is noted
		return nil
	}
	return err
}

// sender is the address that a letter says it is from.
func sender(raw []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) != 1 {
		return ""
	}
	return from[0].Address
}
