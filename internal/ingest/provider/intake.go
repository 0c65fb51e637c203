package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// MaxBytes bounds a document, whatever the way it comes.
const MaxBytes = 8 * ingest.DefaultMaxBytes

// The ways in.
const (
	ByPull   = "pull"
	ByHTTP   = "http"
	ByFolder = "folder"
	ByMail   = "mail"
	ByWebSub = "websub"
)

// Options are what an intake works with. All but Folder, Callback, Log and
// Registry are required.
type Options struct {
	Store *store.Store
	Keys  *seal.Keyring
	Desk  *desk.Desk
	// Client speaks to addresses that strangers chose: it must refuse those of the
	// house, and follow no redirect by itself.
	Client *http.Client
	Folder string // of the folders that providers fill; "": none are watched
	// Callback is the public address at which a hub reaches a token; nil: nothing
	// is subscribed to.
	Callback func(token string) string
	Now      func() time.Time
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Intake is safe for concurrent use, by several processes on one store too: what
// comes twice at once is taken once.
type Intake struct {
	Options
	arrivals *prometheus.CounterVec
	idle     *prometheus.GaugeVec

	mu    sync.Mutex
	turns map[wire.ProviderID]*sync.Mutex // one document of a provider at a time
	busy  map[wire.ProviderID]bool        // looks under way
	files map[string]fileSeen             // of the folders, as of the last look
}

// New makes an intake.
func New(o Options) *Intake {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	x := &Intake{
		Options:  o,
		arrivals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_arrivals_total", Help: "Stories that came from providers, by provider and what became of them."}, []string{"provider", "verdict"}),
		idle:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "wireroom_provider_idle", Help: "1 where nothing came for longer than the provider may be silent."}, []string{"provider"}),
		turns:    map[wire.ProviderID]*sync.Mutex{}, busy: map[wire.ProviderID]bool{}, files: map[string]fileSeen{},
	}
	if o.Registry != nil {
		o.Registry.MustRegister(x.arrivals, x.idle)
	}
	return x
}

// Delivery is a document as it came.
type Delivery struct {
	Way  string
	Name string // of the file; "" unknown
	Raw  []byte
	// Unproven says that who sent it is not proven, as with mail: nothing in it is
	// cleared, held or killed without a person.
	Unproven bool
}

// turn waits until no other document of the provider is taken in here.
func (x *Intake) turn(id wire.ProviderID) (end func()) {
	x.mu.Lock()
	m := x.turns[id]
	if m == nil {
		m = new(sync.Mutex)
		x.turns[id] = m
	}
	x.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// Take takes a document in and returns what became of each story in it. An error
// of kind Invalid or Exhausted is about the document, which is refused whole and
// noted; NotFound and Conflict about the provider; others are ours, and the same
// document may come again.
func (x *Intake) Take(ctx context.Context, id wire.ProviderID, d Delivery) ([]wire.Arrival, error) {
	defer x.turn(id)()
	p, err := x.Provider(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.Paused {
		return nil, wire.Errorf(wire.Conflict, string(id), "the provider is paused: nothing is taken in until an editor resumes it")
	}
	stories, guess, err := ingest.ReadStories(d.Name, bytes.NewReader(d.Raw), x.reading(&p))
	if err != nil {
		if kind := wire.KindOf(err); kind != wire.Invalid && kind != wire.Exhausted || d.Way == ByPull {
			return nil, err
		}
		a := wire.Arrival{Provider: id, Way: d.Way, Format: string(guess.Kind), Verdict: wire.WasRefused, Reason: err.Error()}
		return []wire.Arrival{a}, joinErrors(err, x.note(ctx, nil, &a))
	}
	var all []wire.Arrival
	for _, group := range families(stories) {
		arrivals, err := x.takeGroup(ctx, &p, d, group)
		all = append(all, arrivals...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func joinErrors(first, second error) error {
	if second != nil {
		return second
	}
	return first
}

// reading is how the documents of a provider are read.
func (x *Intake) reading(p *wire.Provider) ingest.Options {
	return ingest.Options{
		Language: p.Language, Now: x.Now(),
		Providers: []ingest.Provider{{Name: p.Name, URL: p.URL, Line: p.Credit, Marks: p.Marks}},
	}
}

// families puts stories together that are one story in several languages.
func families(stories []ingest.Story) [][]ingest.Story {
	var groups [][]ingest.Story
	at := map[string]int{}
	for _, s := range stories {
		family := s.Article.Family
		if i, known := at[family]; known && family != "" && s.Release != nil && !hasLanguage(groups[i], s.Release.Editions[0].Language) {
			groups[i] = append(groups[i], s)
			continue
		}
		if s.Release != nil {
			at[family] = len(groups)
		}
		groups = append(groups, []ingest.Story{s})
	}
	return groups
}

func hasLanguage(group []ingest.Story, language string) bool {
	for _, s := range group {
		if s.Release == nil || s.Release.Editions[0].Language == language {
			return true
		}
	}
	return false
}

// story is a story on its way in.
type story struct {
	ingest.Story
	row     store.ProviderStory // as it will be known
	before  store.ProviderStory // as it was
	known   bool                // before is something
	arrival wire.Arrival
	done    bool // the arrival's verdict is final
}

// takeGroup takes one story in, in all the languages it came in.
func (x *Intake) takeGroup(ctx context.Context, p *wire.Provider, d Delivery, group []ingest.Story) ([]wire.Arrival, error) {
	stories := make([]*story, len(group))
	for i, s := range group {
		stories[i] = x.begin(p, d, s)
	}
	err := x.Store.Read(ctx, func(tx *store.Tx) error {
		for _, s := range stories {
			if err := x.judge(tx, p, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := x.act(ctx, p, d, stories); err != nil {
		return nil, err
	}
	var all []wire.Arrival
	for _, s := range stories {
		a := &s.arrival
		if a.Verdict == wire.WasRefused && s.row.Release == "" && s.row.Status == "usable" {
			s.row.Status = "refused"
		}
		if a.Verdict == wire.WasKnown {
			if d.Way == ByPull { // at every look; nothing to tell
				all = append(all, *a)
				continue
			}
			err = x.note(ctx, nil, a)
		} else {
			err = x.note(ctx, &s.row, a)
		}
		if err != nil {
			return all, err
		}
		all = append(all, *a)
	}
	return all, nil
}

// begin says what a story is by itself.
func (x *Intake) begin(p *wire.Provider, d Delivery, in ingest.Story) *story {
	a := &in.Article
	s := &story{Story: in}
	body := a.Headline + "\n" + a.Body + "\n" + a.Text
	if in.Release != nil {
		e := in.Release.Editions[0]
		body = e.Language + "\n" + e.Headline + "\n" + wire.PlainText(e.Body)
		s.row.Language = e.Language
	}
	s.row.Provider, s.row.Version, s.row.Modified, s.row.Status = p.ID, a.Number(), a.Modified, string(a.Status)
	if s.row.Status == "" {
		s.row.Status = "usable"
	}
	s.row.Text = x.Keys.Digest("text", strings.Join(strings.Fields(text.Fold(body)), " "))
	id := a.ID
	if id == "" {
		id = "text " + s.row.Text
	}
	s.row.Story = x.Keys.Digest("story "+string(p.ID), id)
	s.arrival = wire.Arrival{Provider: p.ID, Way: d.Way, Format: a.Format, Story: a.ID, Version: a.Version, Verdict: wire.TookIn}
	return s
}

// finish settles what becomes of a story.
func (s *story) finish(v wire.Verdict, release wire.ReleaseID, reason string, args ...any) {
	s.arrival.Verdict, s.arrival.Release, s.arrival.Reason, s.done = v, release, fmt.Sprintf(reason, args...), true
	if release != "" && s.row.Release == "" && v != wire.WasDouble {
		s.row.Release = release
	}
}

// judge finds what is known of a story, and settles what needs no act of the
// desk.
func (x *Intake) judge(tx *store.Tx, p *wire.Provider, s *story) (err error) {
	if s.before, s.known, err = tx.ProviderStory(p.ID, s.row.Story); err != nil {
		return err
	}
	withdraws := s.Article.Withdrawn()
	if s.known {
		s.row.Release = s.before.Release
		if s.old() && (!withdraws || s.before.Status == s.row.Status) {
			s.finish(wire.WasKnown, s.before.Release, "")
			return nil
		}
		if s.before.Status == "canceled" && !withdraws {
			s.finish(wire.WasRefused, s.before.Release, "the provider has killed this story; what it kills stays killed")
			s.row.Status = s.before.Status
			return nil
		}
	}
	now := x.Now()
	switch age := time.Duration(p.Expiry) * time.Second; {
	case withdraws: // whatever else is true of it
	case p.Trust == wire.TrustReject:
		s.finish(wire.WasRefused, "", "the house takes nothing from this provider")
	case s.Err != nil:
		s.finish(wire.WasRefused, "", "%v", s.Err)
	case !s.Article.Expires.IsZero() && !s.Article.Expires.After(now):
		s.finish(wire.WasRefused, "", "the provider let it expire at %s", s.Article.Expires.Format(time.RFC3339))
	case age > 0 && !s.Article.Modified.IsZero() && s.Article.Modified.Add(age).Before(now):
		s.finish(wire.WasRefused, "", "it is older than %s", age)
	case !s.known:
		return x.judgeDouble(tx, s)
	}
	return nil
}

// old reports whether this version, or a later one, came before.
func (s *story) old() bool {
	switch b := s.before; {
	case s.row.Version > 0 && b.Version > 0:
		return s.row.Version <= b.Version
	case b.Text == s.row.Text:
		return true
	case !s.row.Modified.IsZero() && !b.Modified.IsZero():
		return s.row.Modified.Before(b.Modified)
	}
	return false
}

// judgeDouble looks for the same text under another id, of any provider.
func (x *Intake) judgeDouble(tx *store.Tx, s *story) error {
	same, err := tx.StoriesOfText(s.row.Text)
	if err != nil {
		return err
	}
	for _, b := range same {
		if b.Release != "" && b.Status != "canceled" {
			s.finish(wire.WasDouble, b.Release, "the same text came from %s before", b.Provider)
			return nil
		}
	}
	return nil
}

// note stores what became of a story, and what is known of it from now on.
func (x *Intake) note(ctx context.Context, row *store.ProviderStory, a *wire.Arrival) error {
	x.arrivals.WithLabelValues(string(a.Provider), string(a.Verdict)).Inc()
	x.Log.Info("a story came", "provider", a.Provider, "way", a.Way, "format", a.Format, "verdict", a.Verdict, "release", a.Release)
	return x.Store.Write(ctx, func(tx *store.Tx) error {
		if row != nil {
			if err := tx.PutProviderStory(*row); err != nil {
				return err
			}
		}
		if a.Verdict != wire.WasKnown {
			state, err := tx.ProviderState(a.Provider)
			if err != nil {
				return err
			}
			state.Came, state.Alarm = tx.Now(), time.Time{}
			if err := tx.PutProviderState(state); err != nil {
				return err
			}
			x.idle.WithLabelValues(string(a.Provider)).Set(0)
		}
		return tx.AddArrival(a.Provider, a.Verdict, func(number int64, at time.Time) ([]byte, error) {
			a.Number, a.At = number, at
			raw, err := json.Marshal(a)
			if err != nil {
				return nil, err
			}
			return x.Keys.Seal(arrivalName(number), raw)
		})
	})
}

func arrivalName(number int64) string { return fmt.Sprintf("arrival/%d", number) }
