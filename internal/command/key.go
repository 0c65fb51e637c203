package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// KeyCreate makes an API key.
type KeyCreate struct {
	Role wire.Role     `required:"" enum:"reader,provider,issuer,editor,operator" help:"reader, provider, issuer, editor or operator; the name of a provider's key is its id."`
	Name string        `required:"" help:"Whose key it is."`
	For  time.Duration `help:"How long it is valid, such as 2160h; without it until revoked." placeholder:"TIME"`
}

// Run prints the key. It is shown this once.
func (k *KeyCreate) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		key, _, err := auth.NewKeys(s, time.Now).Create(ctx, auth.NewKey{Name: k.Name, Role: k.Role, For: k.For})
		if err == nil {
			fmt.Fprintln(out, key)
		}
		return err
	})
}

// KeyList lists the keys.
type KeyList struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run prints id, role, name and state of each key, never the key.
func (k *KeyList) Run(ctx context.Context, config app.Config, out io.Writer) error {
	type view struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Role    wire.Role `json:"role"`
		Created time.Time `json:"created"`
		Expires time.Time `json:"expires,omitzero"`
		Revoked time.Time `json:"revoked,omitzero"`
	}
	at := func(us int64) time.Time {
		if us == 0 {
			return time.Time{}
		}
		return time.UnixMicro(us).UTC()
	}
	return withStore(ctx, &config, func(s *store.Store) error {
		all := []view{}
		err := s.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.Keys()
			for _, r := range rows {
				all = append(all, view{r.ID, r.Name, r.Role, at(r.CreatedAt), at(r.ExpiresAt), at(r.RevokedAt)})
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
			fmt.Fprintf(out, "%s  %-8s  %-24s  %s\n", v.ID, v.Role, v.Name, state)
		}
		return nil
	})
}

// KeyRevoke ends a key.
type KeyRevoke struct {
	ID string `arg:"" help:"Id of the key: the part between the underscores."`
}

// Run ends the key at once.
func (k *KeyRevoke) Run(ctx context.Context, config app.Config) error {
	return withStore(ctx, &config, func(s *store.Store) error {
		return s.Write(ctx, func(tx *store.Tx) error { return tx.RevokeKey(k.ID) })
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
