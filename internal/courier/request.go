package courier

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// WriteOnce runs a transaction that makes an act under a request key, "" for none.
// Of two with the same key that came at the same moment, the second runs again,
// and finds by MadeBefore what the first has done.
func WriteOnce(ctx context.Context, s *store.Store, request string, write func(*store.Tx) error) error {
	err := s.Write(ctx, write)
	if wire.KindOf(err) == wire.Conflict && request != "" {
		err = s.Write(ctx, write)
	}
	return err
}

// MadeBefore reads into done, a pointer, what came of the act that was made under a
// request key, and returns the act's id; 0 if there was none, or no key is given.
// Conflict if the key was used under another verb, or not for the same, of which same
// is asked with the act's subject when done is read.
func MadeBefore(tx *store.Tx, request, verb string, done any, same func(subject string) bool) (act int64, err error) {
	if request == "" {
		return 0, nil
	}
	before, ok, err := tx.DeliveryActOf(request)
	if err != nil || !ok {
		return 0, err
	}
	if before.Verb == verb {
		if err := json.Unmarshal([]byte(before.Detail), done); err != nil {
			return 0, fmt.Errorf("courier: the record of act %d cannot be read: %w", before.ID, err)
		}
		if same(before.Subject) {
			return before.ID, nil
		}
	}
	return 0, wire.Errorf(wire.Conflict, "request", "this request key was used for something else: take a new one")
}
