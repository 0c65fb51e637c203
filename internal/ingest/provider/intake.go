package provider

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/ingest"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
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

// Options are what an intake works with. All but Folder, MailDomain, Callback,
// Spread, Log and Registry are required.
type Options struct {
	Store *store.Store
	Keys  *seal.Keyring
	Desk  *desk.Desk
	Media *media.Folder
	// Client speaks to addresses that strangers chose: it must refuse those of the
	// house, and follow no redirect by itself.
	Client     *http.Client
	Folder     string // of the folders that providers fill; "": none are watched
	MailDomain string // whose mail comes to the house; "": none does
	// Callback is the public address at which a hub reaches a token; nil: nothing
	// is subscribed to.
	Callback func(token string) string
	Now      func() time.Time
	// Since is a monotonic clock, Process names this process among those on the
	// store, and Sole says that no other can be alive.
	Since   func() time.Duration
	Process string
	Sole    bool
	// Spread is a number from 0 up to 1 that looks after failures are spread by,
	// so that not all feeds of one server are asked at once; nil: at random.
	Spread   func() float64
	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Intake is safe for concurrent use, by several processes on one store too: what
// comes twice at once is taken once.
type Intake struct {
	Options
	arrivals *prometheus.CounterVec
	idle     *prometheus.GaugeVec
	failing  *prometheus.GaugeVec

	mu    sync.Mutex
	turns map[wire.ProviderID]*sync.Mutex // one document of a provider at a time
	busy  map[wire.ProviderID]bool        // looks under way
	files map[string]fileSeen             // of the folders, as of the last look
	asked map[wire.ProviderID]time.Time   // when hubs were last asked
}

// New makes an intake.
func New(o Options) *Intake {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Spread == nil {
		o.Spread = rand.Float64
	}
	x := &Intake{
		Options:  o,
		arrivals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_arrivals_total", Help: "Stories that came from providers, by provider and what became of them."}, []string{"provider", "verdict"}),
		idle:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "wireroom_provider_idle", Help: "1 where nothing came for longer than the provider may be silent."}, []string{"provider"}),
		failing:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "wireroom_provider_failures", Help: "Looks at a provider's feed that failed in a row."}, []string{"provider"}),
		turns:    map[wire.ProviderID]*sync.Mutex{}, busy: map[wire.ProviderID]bool{}, files: map[string]fileSeen{}, asked: map[wire.ProviderID]time.Time{},
	}
	if o.Registry != nil {
		o.Registry.MustRegister(x.arrivals, x.idle, x.failing)
	}
	return x
}

// Delivery is a document as it came.
type Delivery struct {
	Way   string
	Name  string // of the file; "" unknown
	Raw   []byte
	media string // where Raw lies, once it was kept
	known bool   // that it cannot be read was noted before
	// Unproven says that who sent it is not proven, as with mail: nothing in it is
	// cleared, held or killed without a person.
	Unproven bool
}

func (d *Delivery) reader() *bytes.Reader { return bytes.NewReader(d.Raw) }

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
	stories, guess, err := ingest.ReadStories(d.Name, d.reader(), x.reading(&p))
	if err != nil {
		if kind := wire.KindOf(err); kind != wire.Invalid && kind != wire.Exhausted || d.known {
			return nil, err
		}
		a := wire.Arrival{Provider: id, Way: d.Way, Name: d.Name, Format: string(guess.Kind), Verdict: wire.WasRefused, Reason: err.Error()}
		if e := x.note(ctx, &d, nil, &a); e != nil {
			return nil, e
		}
		return []wire.Arrival{a}, err
	}
	var all []wire.Arrival
	for _, group := range families(stories) {
		arrivals, err := x.takeGroup(ctx, &p, &d, group)
		all = append(all, arrivals...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// reading is how the documents of a provider are read.
func (x *Intake) reading(p *wire.Provider) ingest.Options {
	return ingest.Options{
		Language: p.Language, Now: x.Now(), MaxBytes: MaxBytes,
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

// takeGroup takes one story in, in all the languages it came in.
func (x *Intake) takeGroup(ctx context.Context, p *wire.Provider, d *Delivery, group []ingest.Story) ([]wire.Arrival, error) {
	stories, err := x.judged(ctx, p, d, group)
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
		learnt := x.learnt(s)
		if learnt != nil || d.Way != ByPull {
			if err := x.note(ctx, d, learnt, a); err != nil {
				return all, err
			}
		}
		all = append(all, *a)
	}
	return all, nil
}

// learnt is what is known of a story from now on; nil if that is nothing new.
func (x *Intake) learnt(s *story) []store.ProviderStory {
	if s.arrival.Verdict == wire.WasKnown && !s.newer {
		return nil
	}
	rows := []store.ProviderStory{s.row}
	if family := s.Article.Family; family != "" && s.arrival.Verdict == wire.TookIn {
		rows = append(rows, store.ProviderStory{Provider: s.row.Provider, Story: x.familyName(s.row.Provider, family), Release: s.row.Release, Status: "family"})
	}
	return rows
}

// judged are the stories of a group with what is known of them.
func (x *Intake) judged(ctx context.Context, p *wire.Provider, d *Delivery, group []ingest.Story) ([]*story, error) {
	stories := make([]*story, len(group))
	for i, s := range group {
		stories[i] = x.begin(p, d, s)
	}
	return stories, x.Store.Read(ctx, func(tx *store.Tx) error {
		for _, s := range stories {
			if err := x.judge(tx, p, s); err != nil {
				return err
			}
		}
		return nil
	})
}
