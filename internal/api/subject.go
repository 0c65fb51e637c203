package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/subject"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// SubjectView is a Media Topic that an edition of a release may be about.
type SubjectView struct {
	Language string         `json:"language" doc:"Of the edition"`
	Code     string         `json:"code" doc:"IPTC Media Topic"`
	Name     string         `json:"name" doc:"Its name in the edition's language, or in English"`
	Given    bool           `json:"given" doc:"The release has it already"`
	Score    int            `json:"score" doc:"3 for words in the headline, 1 for each time in the body, at most 3"`
	Evidence []EvidenceView `json:"evidence" doc:"The words that speak for it"`
}

// EvidenceView is some words of the text that speak for a topic.
type EvidenceView struct {
	Words    string `json:"words"`
	Headline bool   `json:"headline,omitempty" doc:"They stand in the headline"`
	Times    int    `json:"times"`
}

type subjectsReply struct {
	Body struct {
		Subjects []SubjectView `json:"subjects"`
	}
}

// subjects suggests to the desk what a release is about. It sets nothing.
func (a *API) subjects(ctx context.Context, in *releaseRequest) (*subjectsReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	r, err := a.Desk.Release(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &subjectsReply{}
	out.Body.Subjects = suggestedSubjects(r)
	return out, nil
}

func suggestedSubjects(r *wire.Release) []SubjectView {
	given := map[string]bool{}
	for _, code := range r.Subjects {
		given[strings.TrimPrefix(code, "medtop:")] = true
	}
	all := []SubjectView{}
	for i := range r.Editions {
		e := &r.Editions[i]
		for _, s := range subject.Suggest(e) {
			v := SubjectView{Language: e.Language, Code: s.Code, Name: vocab.TopicName(s.Code, e.Language), Given: given[s.Code], Score: s.Score}
			for _, because := range s.Evidence {
				v.Evidence = append(v.Evidence, EvidenceView(because))
			}
			all = append(all, v)
		}
	}
	return all
}

// subjectFindings suggests subjects to whoever hands in a release without any.
func subjectFindings(r *wire.Release) []ingest.Finding {
	if len(r.Subjects) > 0 {
		return nil
	}
	var all []ingest.Finding
	for _, s := range suggestedSubjects(r) {
		all = append(all, ingest.Finding{Severity: ingest.Note, Code: "subject-suggested",
			Message: fmt.Sprintf("no subjects are given; the %s edition seems to be about %s, %s (%s)", s.Language, s.Code, s.Name, because(s.Evidence))})
	}
	return all
}

func because(all []EvidenceView) string {
	var says []string
	for _, e := range all {
		says = append(says, fmt.Sprintf("“%s” × %d", e.Words, e.Times))
	}
	return strings.Join(says, ", ")
}
