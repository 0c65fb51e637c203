package courier

import (
	"context"
	"slices"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Why is why a query wants an item.
type Why struct {
	Number  int64    `json:"number" doc:"Wire number of the item"`
	Query   string   `json:"query"`
	Wanted  bool     `json:"wanted" doc:"Whether the query wants the item. An amendment is wanted by whoever wanted a version before it"`
	Reasons []Reason `json:"reasons" doc:"The parts of the query that hold, outside of NOT; none where it asks for nothing in particular"`
}

// Reason is a part of a query that holds.
type Reason struct {
	Query  string  `json:"query" doc:"lang:ar, \"free trade\", telecom*"`
	Field  string  `json:"field,omitempty" doc:"Of the item, where one was asked for"`
	Value  string  `json:"value,omitempty"`
	Places []Place `json:"places,omitempty" doc:"Where words stand; none of a story that was killed"`
}

// Place is a word of a reason in the text.
type Place struct {
	Number int64  `json:"number" doc:"Of the version it stands in"`
	Part   string `json:"part" example:"body[2]"`
	Start  int    `json:"start" doc:"Bytes of the part's plain text"`
	End    int    `json:"end"`
	Text   string `json:"text"`
}

// maxPlaces bounds the places that are told of one reason.
const maxPlaces = 100

// Why tells why a query wants the item with a wire number; NotFound if there is no
// such item.
func (c *Courier) Why(ctx context.Context, number int64, q *match.Query) (*Why, error) {
	var it wire.Item
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) { it, err = tx.Item(number); return err })
	if err != nil {
		return nil, err
	}
	versions, err := c.versions(ctx, &it)
	if err != nil {
		return nil, err
	}
	killed := slices.ContainsFunc(versions, func(v wire.Item) bool { return v.Action == wire.Kill })
	texts := textsOf(&it, versions)
	d := match.NewDocumentOf(texts...)
	w := &Why{Number: number, Query: q.String(), Wanted: q.Matches(d), Reasons: []Reason{}}
	for _, r := range q.Why(d) {
		reason := Reason{Query: r.Query, Field: r.Field, Value: r.Value}
		for _, p := range r.Places[:min(len(r.Places), maxPlaces)] {
			if !killed {
				reason.Places = append(reason.Places, place(texts[p.Version], p))
			}
		}
		w.Reasons = append(w.Reasons, reason)
	}
	return w, nil
}

func place(it *wire.Item, p match.Place) Place {
	found := Place{Number: it.Number, Part: p.Part, Start: p.Start, End: p.End}
	for _, part := range match.Parts(it) {
		if part.Name == p.Part {
			found.Text = part.Text[p.Start:p.End]
		}
	}
	return found
}

// WhyTo tells why a subscription wants an item, by its query as it is now;
// NotFound if there is no such item or subscription.
func (c *Courier) WhyTo(ctx context.Context, number int64, id wire.SubscriptionID) (*Why, error) {
	var s wire.Subscription
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) { s, err = tx.Subscription(id); return err })
	if err != nil {
		return nil, err
	}
	if s.Channel == wire.ByWebSub {
		return nil, wire.Errorf(wire.Invalid, "subscription", "is to a feed, %s: it gets what the feed has", s.Query)
	}
	q, err := match.Parse(s.Query)
	if err != nil {
		return nil, err
	}
	return c.Why(ctx, number, q)
}
