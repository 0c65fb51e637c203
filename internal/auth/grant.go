package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Grant is what a credential gives on the live wire. The zero Grant is nobody's in
// particular: everything, and as many streams as the house gives to an address.
type Grant struct {
	Subject      string // whose: "key:3kq7x2m4ap"
	Organisation string // whose streams are counted together; "" none
	Entitled     string // standing query in canonical form; "" everything
	Streams      int    // of the subject at a time; 0: the house's default; negative: none
	Shared       int    // of the organisation, in the same way
	Terms        string // tells, with Subject, these rights from others that the subject had or will have; "": they never change
}

// May reports whether there may be any stream.
func (g *Grant) May() bool { return g.Streams >= 0 && g.Shared >= 0 }

// Query is the entitlement; nil for everything.
func (g *Grant) Query() (*match.Query, error) {
	if g.Entitled == "" {
		return nil, nil
	}
	q, err := match.Parse(g.Entitled)
	if err != nil { // it was checked when it was stored: fail closed
		return nil, wire.Errorf(wire.Internal, "entitlement", "what %s may have cannot be read: %w", g.Subject, err)
	}
	return q, nil
}

// Within is the grant with a narrower entitlement: what query wants of it, too.
func (g *Grant) Within(query string) (Grant, error) {
	narrower := *g
	if strings.TrimSpace(query) == "" {
		return narrower, nil
	}
	q, err := match.Parse(query)
	if err != nil {
		return Grant{}, err
	}
	own, err := g.Query()
	if err != nil {
		return Grant{}, err
	}
	if own != nil {
		q = match.Both(own, q)
	}
	narrower.Entitled, err = canonical(q)
	return narrower, err
}

// canonical is how an entitlement is kept; Invalid if it cannot be read again.
func canonical(q *match.Query) (string, error) {
	if q.Everything() {
		return "", nil
	}
	text := q.String()
	if _, err := match.Parse(text); err != nil {
		return "", wire.Errorf(wire.Invalid, "entitlement", "is too long, with what it stands beside")
	}
	return text, nil
}

// Entitlement checks a query that is to be an entitlement and returns the form in
// which it is kept; "" and "*" are everything.
func Entitlement(query string) (string, error) {
	if strings.TrimSpace(query) == "" {
		return "", nil
	}
	q, err := match.Parse(query)
	if err != nil {
		return "", err
	}
	return canonical(q)
}

// grantOf is what a key gives within the terms of its organisation.
func grantOf(key *store.KeyRow, house store.Terms) (Grant, error) {
	g := Grant{Subject: subjectOf(key.ID), Organisation: key.Organisation, Entitled: house.Entitlement, Streams: key.Streams, Shared: house.Streams}
	g, err := g.Within(key.Entitlement)
	if err != nil {
		return Grant{}, wire.Errorf(wire.Internal, "entitlement", "what key %s may have cannot be read: %w", key.ID, err)
	}
	sum := sha256.Sum256([]byte(g.Organisation + "\n" + g.Entitled))
	g.Terms = base64.RawURLEncoding.EncodeToString(sum[:9])
	return g, nil
}

// Subjects name what is behind a grant, without being it.
const keySubject = "key:"

func subjectOf(id string) string { return keySubject + id }
