package api

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/format/picture"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/wire"
)

func asError(err error) (*wire.Error, bool) { return errors.AsType[*wire.Error](err) }

// Document is one file as it is handed in.
type Document struct {
	Name string `json:"name" doc:"File name; what it is its content says, and where that does not, its extension" maxLength:"255"`
	Data []byte `json:"data" doc:"The file, base64"`

	Credit  string            `json:"credit,omitempty" doc:"Of a picture: who must be named"`
	Alt     map[string]string `json:"alt,omitempty" doc:"Of a picture: what is to be seen, language → text"`
	Caption map[string]string `json:"caption,omitempty" doc:"Of a picture: what is printed below, language → text"`
}

// Submission is what an issuer or the desk hands in.
type Submission struct {
	Documents []Document `json:"documents" minItems:"1" maxItems:"64" doc:"One document an edition, the first the source text that prevails; and the pictures beside them"`
	Language  string     `json:"language,omitempty" doc:"BCP 47, where the document does not say; otherwise it is guessed, and the guess is shown"`
	ReleaseAt string     `json:"release_at,omitempty" doc:"Local time to lift at, such as 2026-03-08T14:30; without it at once"`
	Zone      string     `json:"zone,omitempty" doc:"IANA time zone of release_at"`
	Fold      wire.Fold  `json:"fold,omitempty" enum:",earlier,later" doc:"Which of the two where clocks are set back"`
	Clear     bool       `json:"clear,omitempty" doc:"Check, approve and schedule as well; for the desk"`
}

// ReleaseView is a release as the desk sees it.
type ReleaseView struct {
	ID       wire.ReleaseID   `json:"id"`
	State    wire.State       `json:"state"`
	Revision int64            `json:"revision"`
	Release  *wire.Release    `json:"release,omitempty"`
	Items    []ItemView       `json:"items,omitempty"`
	Findings []ingest.Finding `json:"findings,omitempty"`
}

// ItemView says where an item of a release is on the wire.
type ItemView struct {
	Number    int64       `json:"number"`
	Language  string      `json:"language"`
	Version   int         `json:"version"`
	Action    wire.Action `json:"action"`
	ClearTime time.Time   `json:"clear_time"`
	Headline  string      `json:"headline,omitempty"`
	URL       string      `json:"url"`
}

type releaseReply struct{ Body ReleaseView }

type submitRequest struct {
	Credential
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"The same key again returns the first release"`
	Body Submission
}

func (a *API) submit(ctx context.Context, in *submitRequest) (*releaseReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	r, findings, err := a.read(in.Body)
	if err != nil {
		return nil, a.problem(err)
	}
	take := a.Desk.Submit
	if in.Body.Clear {
		take = a.Desk.Publish
	}
	if r, err = take(ctx, actor, r, desk.Submission{Request: request(actor, in.Key), Original: in.Body.source()}); err != nil {
		return nil, a.problem(err)
	}
	findings = append(findings, a.twinFindings(ctx, actor, r.ID)...)
	findings = append(findings, subjectFindings(r)...)
	return &releaseReply{ReleaseView{ID: r.ID, State: r.State, Revision: r.Revision, Findings: findings}}, nil
}

// request makes an idempotency key an actor's own: nobody meets another's.
func request(actor wire.Actor, key string) string {
	if key == "" {
		return ""
	}
	return actor.Name + "\n" + key
}

// source is the source text as it was handed in.
func (s *Submission) source() []byte {
	for _, d := range s.Documents {
		if !picture.Claims(d.Data) {
			return d.Data
		}
	}
	return nil
}

// read turns documents into one release with an edition each.
func (a *API) read(s Submission) (*wire.Release, []ingest.Finding, error) {
	options := a.Ingest
	options.Language = s.Language
	documents := make([]ingest.Document, len(s.Documents))
	for i, d := range s.Documents {
		documents[i] = ingest.Document{Name: d.Name, Reader: bytes.NewReader(d.Data), Credit: d.Credit, Alt: d.Alt, Caption: d.Caption}
	}
	r, findings, err := ingest.ReadRelease(documents, options)
	if err == nil && s.ReleaseAt != "" {
		r.Schedule, err = wire.NewSchedule(s.ReleaseAt, s.Zone, s.Fold)
	}
	return r, findings, err
}

type listRequest struct {
	Credential
	State wire.State `query:"state" default:"submitted" enum:"submitted,checking,queried,approved,scheduled,live,corrected,held,killed,archived"`
	Limit int        `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type listReply struct {
	Body struct {
		Releases []ReleaseView `json:"releases"`
	}
}

func (a *API) list(ctx context.Context, in *listRequest) (*listReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	found, err := a.Desk.In(ctx, actor, in.State, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &listReply{}
	out.Body.Releases = []ReleaseView{}
	for _, r := range found {
		out.Body.Releases = append(out.Body.Releases, ReleaseView{ID: r.ID, State: r.State, Revision: r.Revision, Release: r})
	}
	return out, nil
}

type releaseRequest struct {
	Credential
	ID wire.ReleaseID `path:"id"`
}

func (a *API) release(ctx context.Context, in *releaseRequest) (*releaseReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	r, err := a.Desk.Release(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.view(ctx, r)
}

// view shows a release with where it is on the wire.
func (a *API) view(ctx context.Context, r *wire.Release) (*releaseReply, error) {
	items, err := a.Archive.Release(ctx, r.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	v := ReleaseView{ID: r.ID, State: r.State, Revision: r.Revision, Release: r}
	for i := range items {
		it := &items[i]
		v.Items = append(v.Items, ItemView{it.Number, it.Language, it.Version, it.Action, it.ClearTime, it.Headline, a.Site.ItemURL(it)})
	}
	return &releaseReply{v}, nil
}

type actRequest struct {
	Credential
	ID   wire.ReleaseID `path:"id"`
	Verb wire.Verb      `path:"verb" enum:"check,query,answer,edit,approve,schedule,unschedule,update,correct,refile,hold,unhold,kill,archive"`
	Body struct {
		Revision   int64             `json:"revision,omitempty" doc:"Refuse unless the release still has this revision"`
		Reason     string            `json:"reason,omitempty" doc:"Public where the act reaches the wire"`
		Reasons    map[string]string `json:"reasons,omitempty" doc:"What the readers of editions are told in their languages, in place of reason: language → text"`
		Submission *Submission       `json:"content,omitempty" doc:"edit, update, correct, refile: the text as it shall be"`
	}
}

func (a *API) act(ctx context.Context, in *actRequest) (*releaseReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	act := desk.Act{Verb: in.Verb, Revision: in.Body.Revision, Reason: in.Body.Reason, Reasons: in.Body.Reasons}
	if in.Body.Submission != nil {
		if act.Content, _, err = a.read(*in.Body.Submission); err != nil {
			return nil, a.problem(err)
		}
	}
	r, _, err := a.Desk.Do(ctx, actor, in.ID, act)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.view(ctx, r)
}

// AuditView is one act on a release.
type AuditView struct {
	Revision int64      `json:"revision"`
	At       time.Time  `json:"at"`
	Actor    string     `json:"actor"`
	Role     wire.Role  `json:"role"`
	Verb     wire.Verb  `json:"verb"`
	From     wire.State `json:"from"`
	To       wire.State `json:"to"`
	Hash     string     `json:"hash" doc:"SHA-256 of the content after the act"`
	Reason   string     `json:"reason,omitempty"`
}

type auditReply struct {
	Body struct {
		Audit []AuditView `json:"audit"`
	}
}

func (a *API) audit(ctx context.Context, in *releaseRequest) (*auditReply, error) {
	actor, err := a.actor(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	rows, err := a.Desk.Audit(ctx, actor, in.ID)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &auditReply{}
	for _, r := range rows {
		out.Body.Audit = append(out.Body.Audit, AuditView{r.Revision, r.At, r.Actor.Name, r.Actor.Role, r.Verb, r.From, r.To, r.Hash, r.Reason})
	}
	return out, nil
}
