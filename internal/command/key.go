package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// streamCount is a number of live streams, or "none".
type streamCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *streamCount) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		*c = -1
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 || n > 10_000_000 {
		return fmt.Errorf("%q is neither a number of streams nor none", text)
	}
	*c = streamCount(n)
	return nil
}

// KeyCreate makes an API key.
type KeyCreate struct {
	Role         wire.Role     `required:"" enum:"reader,provider,issuer,editor,operator" help:"reader, provider, issuer, editor or operator; the name of a provider's key is its id."`
	Name         string        `required:"" help:"Whose key it is."`
	For          time.Duration `help:"How long it is valid, such as 2160h; without it until revoked." placeholder:"TIME"`
	Organisation string        `help:"Organisation it belongs to; within what that may have." placeholder:"NAME"`
	Entitlement  string        `help:"Standing query: what of the live wire it may have; everything unless given." placeholder:"QUERY"`
	Streams      streamCount   `help:"Live streams at a time, or none; as many as the house gives unless given." placeholder:"NUMBER"`
	JSON         bool          `name:"json" help:"Print one JSON object."`
}

// Run prints the key. It is shown this once.
func (k *KeyCreate) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		key, id, err := auth.NewKeys(s, time.Now).Create(ctx, auth.NewKey{
			Name: k.Name, Role: k.Role, For: k.For, Organisation: k.Organisation, Terms: store.Terms{Entitlement: k.Entitlement, Streams: int(k.Streams)},
		})
		switch {
		case err != nil:
			return err
		case k.JSON:
			return json.NewEncoder(out).Encode(map[string]string{"id": id, "key": key})
		}
		_, err = fmt.Fprintln(out, key)
		return err
	})
}

// KeySet changes what a key may have.
type KeySet struct {
	ID           string       `arg:"" help:"Id of the key: the part between the underscores."`
	Organisation *string      `help:"Organisation it belongs to; '' for none." placeholder:"NAME"`
	Entitlement  *string      `help:"Standing query; '*' for everything." placeholder:"QUERY"`
	Streams      *streamCount `help:"Live streams at a time, or none; 0 for as many as the house gives." placeholder:"NUMBER"`
}

// Run changes it. Streams that are open under other rights end within seconds.
func (k *KeySet) Run(ctx context.Context, config app.Config) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		return auth.NewKeys(s, time.Now).Set(ctx, k.ID, auth.Change{Organisation: k.Organisation, Entitlement: k.Entitlement, Streams: (*int)(k.Streams)})
	})
}

// KeyList lists the keys.
type KeyList struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// keyView is a key as it is shown, never the key.
type keyView struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Role         wire.Role `json:"role"`
	Organisation string    `json:"organisation,omitempty"`
	Entitlement  string    `json:"entitlement,omitempty"`
	Streams      int       `json:"streams,omitempty"` // -1: none
	Created      time.Time `json:"created"`
	Expires      time.Time `json:"expires,omitzero"`
	Revoked      time.Time `json:"revoked,omitzero"`
}

// Run prints id, role, name and state of each key.
func (k *KeyList) Run(ctx context.Context, config app.Config, out io.Writer) error {
	at := func(us int64) time.Time {
		if us == 0 {
			return time.Time{}
		}
		return time.UnixMicro(us).UTC()
	}
	return withStore(ctx, &config, func(s *store.Store) error {
		all := []keyView{}
		err := s.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Keys()
			for _, r := range rows {
				all = append(all, keyView{r.ID, r.Name, r.Role, r.Organisation, r.Entitlement, r.Streams, at(r.CreatedAt), at(r.ExpiresAt), at(r.RevokedAt)})
			}
			return err
		})
		if err != nil {
			return err
		}
		if k.JSON {
			return json.NewEncoder(out).Encode(map[string]any{"keys": all})
		}
		for _, v := range all {
			state := "valid"
			if !v.Revoked.IsZero() {
				state = "revoked " + v.Revoked.Format(time.DateTime)
			} else if !v.Expires.IsZero() {
				state = "until " + v.Expires.Format(time.DateTime)
			}
			fmt.Fprintf(out, "%s  %-8s  %-24s  %s%s\n", v.ID, v.Role, v.Name, state, termsLine(v.Organisation, v.Entitlement, v.Streams))
		}
		return nil
	})
}

// termsLine says what of the live wire may be had, where that is not everything.
func termsLine(organisation, entitlement string, streams int) string {
	line := ""
	if organisation != "" {
		line += "  of " + organisation
	}
	switch {
	case streams < 0:
		line += "  no streams"
	case streams > 0:
		line += "  " + count(streams, "stream", "streams")
	}
	if entitlement != "" {
		line += "  " + entitlement
	}
	return line
}

// KeyRevoke ends a key.
type KeyRevoke struct {
	ID string `arg:"" help:"Id of the key: the part between the underscores."`
}

// Run ends the key at once, and its live streams within seconds.
func (k *KeyRevoke) Run(ctx context.Context, config app.Config) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		return s.Write(ctx, func(tx *store.Tx) error { return tx.RevokeKey(k.ID) })
	})
}

// OrganisationSet says what an organisation may have.
type OrganisationSet struct {
	Name        string      `arg:"" help:"Name of the organisation."`
	Entitlement string      `help:"Standing query: what of the live wire its keys may have; everything unless given." placeholder:"QUERY"`
	Streams     streamCount `help:"Live streams of all its keys at a time, or none; no limit unless given." placeholder:"NUMBER"`
}

// Run makes or changes it. Streams that are open under other rights end within
// seconds.
func (o *OrganisationSet) Run(ctx context.Context, config app.Config) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		return auth.NewKeys(s, time.Now).SetOrganisation(ctx, o.Name, store.Terms{Entitlement: o.Entitlement, Streams: int(o.Streams)})
	})
}

// OrganisationList lists the organisations.
type OrganisationList struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run prints name and terms of each.
func (o *OrganisationList) Run(ctx context.Context, config app.Config, out io.Writer) error {
	type view struct {
		Name        string `json:"name"`
		Entitlement string `json:"entitlement,omitempty"`
		Streams     int    `json:"streams,omitempty"` // -1: none
	}
	return withStore(ctx, &config, func(s *store.Store) error {
		all := []view{}
		err := s.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Organisations()
			for _, r := range rows {
				all = append(all, view{r.Name, r.Entitlement, r.Streams})
			}
			return err
		})
		if err != nil {
			return err
		}
		if o.JSON {
			return json.NewEncoder(out).Encode(map[string]any{"organisations": all})
		}
		for _, v := range all {
			fmt.Fprintf(out, "%s%s\n", v.Name, termsLine("", v.Entitlement, v.Streams))
		}
		return nil
	})
}

// withStore opens the store alone: who can open it owns the wire.
func withStore(ctx context.Context, config *app.Config, f func(*store.Store) error) error {
	if err := config.Complete(); err != nil {
		return err
	}
	s, err := store.Open(ctx, config.Database)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s)
}
