package rig

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wireroom/wireroom/internal/wire"
)

// ReadHook returns which item a webhook's body, ninjs 3.1, speaks of: what ninjs
// has no member for stands among its alternative ids.
func ReadHook(body []byte) (Delivery, error) {
	var document struct {
		Version string `json:"version"`
		AltIDs  []struct {
			Role  string `json:"role"`
			Value string `json:"value"`
		} `json:"altIds"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return Delivery{}, err
	}
	ids := map[string]string{}
	for _, id := range document.AltIDs {
		ids[id.Role] = id.Value
	}
	d := Delivery{Item: wire.ItemID(ids["item"]), Release: wire.ReleaseID(ids["release"]), Action: wire.Action(ids["action"])}
	var err error
	if d.Number, err = strconv.ParseInt(ids["wireNumber"], 10, 64); err != nil {
		return d, fmt.Errorf("wire number: %w", err)
	}
	if d.Version, err = strconv.Atoi(document.Version); err != nil {
		return d, fmt.Errorf("version: %w", err)
	}
	if d.Item == "" || d.Release == "" || d.Action == "" {
		return d, fmt.Errorf("no item, release or action among the alternative ids")
	}
	return d, nil
}
