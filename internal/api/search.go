package api

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// SearchFilter chooses by query and fields, as the live stream does.
type SearchFilter struct {
	Query         string   `query:"q" doc:"Words, \"phrases\", prefi*, lang:ar, headline:(…), a NEAR/5 b, AND OR NOT ( ); the language of subscriptions"`
	Languages     []string `query:"lang,explode" maxItems:"50"`
	Countries     []string `query:"country,explode" maxItems:"50"`
	Sectors       []string `query:"sector,explode" maxItems:"50"`
	Subjects      []string `query:"subject,explode" maxItems:"50" doc:"IPTC Media Topics; each stands for those below it"`
	Organisations []string `query:"org,explode" maxItems:"50"`
	Tickers       []string `query:"ticker,explode" maxItems:"50"`
	Priorities    []string `query:"priority,explode" maxItems:"3"`
}

func (f *SearchFilter) query() (*match.Query, error) {
	return match.FromFilter(match.Filter{
		Languages: f.Languages, Countries: f.Countries, Sectors: f.Sectors, Subjects: f.Subjects,
		Organisations: f.Organisations, Tickers: f.Tickers, Priorities: f.Priorities, Text: f.Query,
	})
}

type searchRequest struct {
	SearchFilter
	Since  string `query:"since" doc:"First cleared at or after: 2026-11-23 or RFC 3339; UTC" example:"2026-11-01"`
	Until  string `query:"until" doc:"First cleared before; a day is meant whole"`
	Order  string `query:"order" enum:"newest,best" default:"newest"`
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
	Cursor string `query:"cursor" doc:"next of the page before"`
	Count  bool   `query:"count" default:"true" doc:"Count hits and divide them by field and time; on the first page alone"`
}

// FoundItem is an edition that a search found, in its newest version.
type FoundItem struct {
	Number       int64          `json:"number" doc:"Wire number of this version"`
	Release      wire.ReleaseID `json:"release"`
	Language     string         `json:"language"`
	Version      int            `json:"version"`
	Action       wire.Action    `json:"action"`
	FirstCleared time.Time      `json:"first_cleared"`
	ClearTime    time.Time      `json:"clear_time"`
	Organisation string         `json:"organisation,omitempty"`
	Sectors      []string       `json:"sectors,omitempty"`
	Headline     string         `json:"headline"`
	URL          string         `json:"url"`
	Marked       []archive.Run  `json:"marked_headline,omitempty" doc:"The headline in pieces; hit: what was looked for"`
	Excerpt      []archive.Run  `json:"excerpt,omitempty" doc:"A piece of the text that shows why, in pieces"`
	Matched      []string       `json:"matched,omitempty" doc:"The parts of the query that hold"`
}

// CountView is a value and how many hits have it.
type CountView struct {
	Value string `json:"value"`
	Hits  int    `json:"hits"`
}

// BucketView is how many hits were cleared first in a span of time.
type BucketView struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	Hits  int       `json:"hits"`
}

// SearchView is a page of what a search found.
type SearchView struct {
	Query  string                 `json:"query" doc:"The whole search as one query: as a subscription it brings just this"`
	Total  *int                   `json:"total,omitempty" doc:"Hits counted"`
	More   bool                   `json:"more,omitempty" doc:"There are more than total; fields and times are of the newest"`
	Hits   []FoundItem            `json:"hits"`
	Next   string                 `json:"next,omitempty" doc:"Pass it as cursor to go on"`
	Facets map[string][]CountView `json:"facets,omitempty" doc:"By lang, sector, country, org"`
	Times  []BucketView           `json:"times,omitempty" doc:"By day, month or year, the latest first"`
}

type searchReply struct{ Body SearchView }

// search finds editions on the wire: public fact, so it needs no key.
func (a *API) search(ctx context.Context, in *searchRequest) (*searchReply, error) {
	q, err := in.query()
	if err != nil {
		return nil, a.problem(err)
	}
	r := archive.Request{Query: q, Order: archive.Order(in.Order), Limit: in.Limit, Cursor: in.Cursor, Count: in.Count}
	if r.Since, r.Until, err = archive.Window(in.Since, in.Until); err != nil {
		return nil, a.problem(err)
	}
	found, err := a.Archive.Search(ctx, r)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &searchReply{SearchView{Query: q.String(), More: found.More, Hits: a.found(found.Hits), Next: found.Next, Times: buckets(found.Days)}}
	if found.Facets != nil {
		out.Body.Total, out.Body.Facets = &found.Total, map[string][]CountView{}
	}
	for field, f := range found.Facets {
		counts := []CountView{}
		for _, c := range f.Values {
			counts = append(counts, CountView(c))
		}
		out.Body.Facets[field] = counts
	}
	return out, nil
}

func (a *API) found(hits []archive.Hit) []FoundItem {
	all := []FoundItem{}
	for i := range hits {
		h := &hits[i]
		v := FoundItem{
			Number: h.Item.Number, Release: h.Item.Release, Language: h.Item.Language, Version: h.Item.Version, Action: h.Item.Action,
			FirstCleared: h.Item.First, ClearTime: h.Item.ClearTime, Organisation: h.Item.Organisation, Sectors: h.Item.Sectors,
			Headline: h.Item.Headline, URL: a.Site.ItemURL(&h.Item), Marked: h.Headline, Excerpt: h.Text,
		}
		for _, w := range h.Why {
			v.Matched = append(v.Matched, w.Query)
		}
		all = append(all, v)
	}
	return all
}

func buckets(times []archive.Bucket) []BucketView {
	var all []BucketView
	for _, b := range times {
		all = append(all, BucketView(b))
	}
	return all
}

// PreviewView is what a subscription would have brought.
type PreviewView struct {
	Query  string       `json:"query"`
	Days   []BucketView `json:"days" doc:"Each of the last 30 days, UTC, the latest first"`
	Total  int          `json:"total"`
	More   bool         `json:"more,omitempty" doc:"There were more than total"`
	PerDay float64      `json:"per_day" doc:"Stories a day on average"`
	Newest []FoundItem  `json:"newest"`
}

type previewReply struct{ Body PreviewView }

// preview tells what a query would have caught, before it is saved.
func (a *API) preview(ctx context.Context, in *SearchFilter) (*previewReply, error) {
	q, err := in.query()
	if err != nil {
		return nil, a.problem(err)
	}
	p, err := a.Archive.Preview(ctx, q)
	if err != nil {
		return nil, a.problem(err)
	}
	return &previewReply{PreviewView{Query: q.String(), Days: buckets(p.Days), Total: p.Total, More: p.More, PerDay: p.PerDay, Newest: a.found(p.Newest)}}, nil
}

type alikeItemsRequest struct {
	Number int64 `path:"number" minimum:"1"`
	Limit  int   `query:"limit" default:"10" minimum:"1" maximum:"50"`
}

type alikeItemsReply struct {
	Body struct {
		Hits []FoundItem `json:"hits"`
	}
}

// alikeItems finds other stories that an item's resembles.
func (a *API) alikeItems(ctx context.Context, in *alikeItemsRequest) (*alikeItemsReply, error) {
	it, err := a.numbered(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	hits, err := a.Archive.Alike(ctx, it.Release, it.Language, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &alikeItemsReply{}
	out.Body.Hits = a.found(hits)
	return out, nil
}
