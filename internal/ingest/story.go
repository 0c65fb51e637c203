package ingest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/format/intake/article"
	"github.com/wireroom/wireroom/internal/format/intake/docx"
	"github.com/wireroom/wireroom/internal/format/intake/feed"
	"github.com/wireroom/wireroom/internal/format/intake/iptc7901"
	"github.com/wireroom/wireroom/internal/format/intake/message"
	"github.com/wireroom/wireroom/internal/format/intake/newsml"
	"github.com/wireroom/wireroom/internal/format/intake/newsmlg2"
	"github.com/wireroom/wireroom/internal/format/intake/ninjs"
	"github.com/wireroom/wireroom/internal/format/intake/nitf"
	"github.com/wireroom/wireroom/internal/wire"
)

// Story is one story of a document, in one language.
type Story struct {
	Article  article.Article // as the document says it; of a text, Format and Language alone
	Release  *wire.Release   // a draft with one edition; nil with Err, and for a story that is withdrawn
	Findings []Finding
	Err      error // why no release could be made of it; a *wire.Error
}

// parsers are the readers of formats that systems write.
var parsers = map[Kind]func(string) ([]article.Article, error){
	NewsMLG2: newsmlg2.Read, NewsML1: newsml.Read, NITF: nitf.Read, NINJS: ninjs.Read, Feed: feed.Read, IPTC7901: iptc7901.Read,
}

// ReadStories reads every story of a document of any format. What ails the
// document as a whole is the error (that of Read); what ails one story is that
// story's, and the others are read. The document's guess tells what it was read
// as. ReadStories may be called concurrently.
func ReadStories(name string, r io.Reader, o Options) (stories []Story, guess Guess, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			stories, err = nil, panicked(name, fault)
		}
	}()
	d := &document{name: displayName(name), options: o.complete()}
	raw, err := d.slurp(r)
	if err != nil {
		return nil, guess, err
	}
	guess = Recognise(name, raw)
	stories, err = d.stories(name, guess, raw, false)
	return stories, guess, err
}

// stories reads a document; inside says that it came with a message, where
// messages are not opened any more.
func (d *document) stories(name string, guess Guess, raw []byte, inside bool) ([]Story, error) {
	if guess.Kind.text() {
		if err := d.readText(name, guess, raw); err != nil {
			return nil, err
		}
		e := &d.release.Editions[0]
		a := article.Article{Format: string(guess.Kind), Language: e.Language, Headline: e.Headline}
		return []Story{{Article: a, Release: d.release, Findings: d.findings}}, nil
	}
	if guess.Confidence < 0.9 {
		d.find(0, Warning, "format-guessed", "The document was read as "+string(guess.Kind)+": "+guess.Why+".")
	}
	var articles []article.Article
	var err error
	switch guess.Kind {
	case DOCX:
		articles, err = docx.Read(raw)
	case Message:
		if inside {
			return nil, d.fail(0, "is a message inside of a message, which is not opened; send its documents")
		}
		return d.messageStories(raw)
	default:
		var text string
		if guess.Kind == IPTC7901 && !utf8.Valid(raw) {
			raw = latin(raw)
		}
		if text, err = d.decode(raw); err == nil {
			articles, err = parsers[guess.Kind](d.withoutControls(guess.Kind, text))
		}
	}
	if err != nil {
		return nil, d.located(err)
	}
	stories := make([]Story, len(articles))
	for i := range articles {
		stories[i] = d.story(articles[i])
	}
	return stories, nil
}

// located puts the document's name before the place that a reader names.
func (d *document) located(err error) error {
	fault, ok := errors.AsType[*wire.Error](err)
	if !ok || strings.HasPrefix(fault.Field, d.name) {
		return err
	}
	out := *fault
	out.Field = strings.TrimSuffix(d.name+": "+fault.Field, ": ")
	return &out
}

// withoutControls takes out the control characters that XML and JSON may not
// hold (XML 1.0 §2.2): one of them would cost the whole document.
func (d *document) withoutControls(kind Kind, text string) string {
	if kind == IPTC7901 {
		return text
	}
	control := func(r rune) bool { return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }
	if !strings.ContainsFunc(text, control) {
		return strings.TrimPrefix(text, "\ufeff")
	}
	n := 0
	text = strings.Map(func(r rune) rune {
		if control(r) {
			n++
			return -1
		}
		return r
	}, text)
	d.find(0, Warning, "characters-removed", itoa(n)+" control characters were taken out. Read the text once more.")
	return strings.TrimPrefix(text, "\ufeff")
}

// messageStories reads an e-mail: the documents that came with it, or, where
// none did, its own text.
func (d *document) messageStories(raw []byte) ([]Story, error) {
	m, err := message.Read(raw)
	if err != nil {
		return nil, d.located(err)
	}
	var all []Story
	for _, part := range m.Attachments {
		guess := Recognise(part.Name, part.Data)
		if guess.Kind == Unread || guess.Kind == Plain && guess.Confidence <= uncertain {
			d.find(0, Warning, "attachment-dropped", "The attachment "+quote(part.Name)+" was left out: "+guess.Why+".")
			m.Article.Keep("attachment", part.Name+" ("+part.Type+", "+itoa(len(part.Data))+" bytes)")
			continue
		}
		inner := &document{name: d.name + ": " + displayName(part.Name), options: d.options}
		stories, err := inner.stories(part.Name, guess, part.Data, true)
		if err != nil {
			stories = []Story{{Err: err}}
		}
		for i := range stories {
			stories[i].Findings = append(stories[i].Findings, d.findings...)
			stories[i].Article.Keep("covering letter", m.Article.Headline)
		}
		all = append(all, stories...)
	}
	if len(all) > 0 {
		return all, nil
	}
	for prefix := true; prefix; {
		prefix = false
		for _, p := range []string{"Re:", "RE:", "Fwd:", "FW:", "Fw:", "AW:", "WG:"} {
			if rest, ok := strings.CutPrefix(m.Article.Headline, p); ok {
				m.Article.Headline, prefix = strings.TrimSpace(rest), true
			}
		}
	}
	return []Story{d.story(m.Article)}, nil
}

// only reads a document that must hold one story, in one language or several.
func (d *document) only(guess Guess, raw []byte) (*document, error) {
	stories, err := d.stories(d.name, guess, raw, false)
	if err != nil {
		return nil, err
	}
	var releases []*wire.Release
	for _, s := range stories {
		if s.Err != nil {
			return nil, s.Err
		}
		if s.Release == nil {
			return nil, d.fail(0, "withdraws the story %s; hold or kill the release that it is here", quote(s.Article.ID))
		}
		if !slices.Equal(d.findings, s.Findings) {
			d.findings = append(d.findings, s.Findings...)
		}
		releases = append(releases, s.Release)
	}
	if len(stories) == 0 {
		return nil, d.fail(0, "holds no story")
	}
	for _, s := range stories[1:] {
		if s.Article.Family == "" || s.Article.Family != stories[0].Article.Family {
			return nil, d.fail(0, "holds %d stories; hand them in one by one, or let them come in from a provider", len(stories))
		}
	}
	d.release, err = Combine(releases)
	return d, err
}
