package rig

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wireroom/wireroom/internal/wire"
)

// ReadHook returns which item a webhook's body speaks of: an event, as Standard
// Webhooks has it, around ninjs 3.1. What ninjs has no member for stands among
// its alternative ids.
func ReadHook(body []byte) (Delivery, error) {
	var event struct {
		Type string `json:"type"`
		Data struct {
			Version string `json:"version"`
			AltIDs  []struct {
				Role  string `json:"role"`
				Value string `json:"value"`
			} `json:"altIds"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return Delivery{}, err
	}
	document := event.Data
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
	if d.Item == "" || d.Release == "" || event.Type != "item."+string(d.Action) {
		return d, fmt.Errorf("an event of type %q about item %q of release %q, %q", event.Type, d.Item, d.Release, d.Action)
	}
	return d, nil
}
