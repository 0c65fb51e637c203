package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Report is what the wire says of one release's delivery.
type Report struct {
	Items []struct {
		Number   int64       `json:"number"`
		Action   wire.Action `json:"action"`
		Planned  bool        `json:"planned"`
		Channels []struct {
			Channel    wire.Channel `json:"channel"`
			Matched    int          `json:"matched"`
			Accepted   int          `json:"accepted"`
			Failed     int          `json:"failed"`
			Deferred   int          `json:"deferred"`
			Pending    int          `json:"pending"`
			Suppressed int          `json:"suppressed"`
			Superseded int          `json:"superseded"`
		} `json:"channels"`
	} `json:"items"`
	// Live is what the edges say, one entry an item.
	Live []struct {
		Number  int64   `json:"number"`
		Edges   int     `json:"edges"`
		Sent    int64   `json:"sent"`
		FirstMS float64 `json:"first_ms"`
		LastMS  float64 `json:"last_ms"`
		Ahead   struct {
			Ready    int     `json:"ready"`
			Kept     int64   `json:"kept"`
			OpenedMS float64 `json:"opened_ms"`
		} `json:"ahead"`
	} `json:"live"`
	raw json.RawMessage
}

// String is the report as it came.
func (r Report) String() string { return string(r.raw) }

// Settled reports whether nothing is left to deliver, now or later.
func (r Report) Settled() bool {
	for _, it := range r.Items {
		if !it.Planned {
			return false
		}
		for _, c := range it.Channels {
			if c.Pending+c.Deferred > 0 {
				return false
			}
		}
	}
	return len(r.Items) > 0
}

// Accepted is how many deliveries receivers took responsibility for, and
// matched how many were intended.
func (r Report) Accepted() (matched, accepted int) {
	for _, channel := range []wire.Channel{wire.ByMail, wire.ByWebhook} {
		m, a := r.By(channel)
		matched, accepted = matched+m, accepted+a
	}
	return matched, accepted
}

// By returns the figures of one channel.
func (r Report) By(channel wire.Channel) (matched, accepted int) {
	for _, it := range r.Items {
		for _, c := range it.Channels {
			if c.Channel == channel {
				matched, accepted = matched+c.Matched, accepted+c.Accepted
			}
		}
	}
	return matched, accepted
}

// Report returns how the delivery of a release stands.
func (a API) Report(ctx context.Context, id wire.ReleaseID) (Report, error) {
	var r Report
	if err := a.call(ctx, http.MethodGet, "/v1/releases/"+string(id)+"/report", nil, &r.raw, ""); err != nil {
		return r, err
	}
	return r, json.Unmarshal(r.raw, &r)
}

// ItemKey names an item as the Message-ID of its mails does.
func ItemKey(it *wire.Item) string {
	return fmt.Sprintf("%s.%s.%d", it.Release, it.Language, it.Version)
}

// MailKey returns the ItemKey of the item that a mail brings, "" if its
// Message-ID names none. It reads <release.language.version.subscription@domain>.
func MailKey(messageID string) string {
	name, _, ok := strings.Cut(strings.TrimPrefix(messageID, "<"), "@")
	if i := strings.LastIndexByte(name, '.'); ok && i > 0 {
		return name[:i]
	}
	return ""
}
