package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// TopicView is an IPTC Media Topic.
type TopicView struct {
	Code    string          `json:"code" doc:"Eight digits"`
	Name    string          `json:"name" doc:"In the language asked for, or in English"`
	Wording string          `json:"wording" enum:"official,derived,ours,english" doc:"Whose the name is: IPTC's; IPTC's in Simplified Chinese, written in the other script; ours, which IPTC has not seen; IPTC's English, for want of another"`
	Retired bool            `json:"retired,omitempty" doc:"Not to be given to new releases"`
	Above   []TopicNameView `json:"above" doc:"The broader topics, the broadest first"`
	Below   int             `json:"below" doc:"How many topics are right below it: ask with under"`
}

// TopicNameView is the name of a broader topic.
type TopicNameView struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type topicsRequest struct {
	Query    string `query:"q" maxLength:"100" doc:"The beginning of a name, in any language"`
	Under    string `query:"under" maxLength:"20" doc:"Without q: a topic of which those right below are meant; the seventeen roots without"`
	Language string `query:"lang" default:"en" maxLength:"35" doc:"Of the names in the answer"`
	Limit    int    `query:"limit" default:"20" minimum:"1" maximum:"100" doc:"Topics that q finds"`
}

type topicsReply struct {
	Body struct {
		Topics []TopicView `json:"topics"`
	}
}

// topics finds Media Topics by their names, or goes down their tree.
func (a *API) topics(_ context.Context, in *topicsRequest) (*topicsReply, error) {
	found, err := Topics(in.Query, in.Under, in.Language, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &topicsReply{}
	out.Body.Topics = found
	return out, nil
}

// Topics returns the Media Topics with a name that begins so, at most limit, or
// without a beginning those right below one; below "" the roots. NotFound if
// there is no topic under.
func Topics(beginning, under, language string, limit int) ([]TopicView, error) {
	var found []vocab.Topic
	if beginning != "" {
		found = vocab.FindTopics(beginning, limit)
	} else {
		if _, ok := vocab.LookupTopic(under); !ok && under != "" {
			return nil, wire.Errorf(wire.NotFound, "under", "%q is no Media Topic: its code has eight digits", under)
		}
		found = vocab.TopicChildren(under)
	}
	all := make([]TopicView, 0, len(found))
	for _, t := range found {
		all = append(all, topicView(t, language))
	}
	return all, nil
}

func topicView(t vocab.Topic, language string) TopicView {
	name, origin := vocab.TopicLabel(t.Code, language)
	v := TopicView{Code: t.Code, Name: name, Retired: t.Retired, Above: []TopicNameView{}, Below: len(vocab.TopicChildren(t.Code)),
		Wording: map[vocab.Origin]string{vocab.Official: "official", vocab.Derived: "derived", vocab.Ours: "ours", vocab.Fallback: "english"}[origin]}
	for _, above := range slices.Backward(vocab.TopicAncestors(t.Code)) {
		v.Above = append(v.Above, TopicNameView{above.Code, vocab.TopicName(above.Code, language)})
	}
	return v
}

// topicRoute is open to all: the vocabulary is public.
func (a *API) topicRoute(h huma.API) {
	huma.Get(h, "/v1/topics", a.topics, func(o *huma.Operation) {
		o.Summary = "IPTC Media Topics, by name or from the top down"
		o.Description = "What a release can be about. A subscription or a search for a topic finds those below it too."
		o.Errors = []int{http.StatusNotFound}
	})
}
