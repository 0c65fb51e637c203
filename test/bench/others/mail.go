package others

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net"
	"net/smtp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	texttemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	composed "github.com/wireroom/wireroom/internal/format/letter"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/story"
)

// Result is what came of a measurement. Times are in seconds.
type Result struct {
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu"`    // in that time, of this process
	Peak    int64   `json:"peak"`   // bytes of memory at the most
	Others  float64 `json:"others"` // processors that were busy in that time beside this process
	Done    int     `json:"done"`
	Failed  int     `json:"failed"`
}

// Measure runs f and says what it used.
func Measure(f func() (done, failed int, err error)) (*Result, error) {
	cpu, machine, began := process.Used().CPU, process.Machine(), time.Now()
	done, failed, err := f()
	used := process.Used()
	r := &Result{Seconds: time.Since(began).Seconds(), CPU: used.CPU - cpu, Peak: used.Peak, Done: done, Failed: failed}
	r.Others = (process.Machine() - machine - r.CPU) / r.Seconds
	return r, err
}

// page and plain are a letter as templates, filled in for each reader: the text of
// ours, line by line, and an end like that of ours.
var page = template.Must(template.New("letter").Parse(`{{range .HTML}}{{.}}
{{end}}<p style="margin:0 0 8px;font-size:13px;line-height:1.6">You receive this because it matches: <bdi>{{.Why}}</bdi></p>
<p style="margin:0 0 8px;font-size:13px;line-height:1.6"><a href="{{.Unsubscribe}}">Preferences · Unsubscribe</a></p></div>
</div>
</td></tr></table>
</body></html>
`))

var plain = texttemplate.Must(texttemplate.New("plain").Parse(`{{range .Text}}{{.}}
{{end}}
{{"-- "}}
You receive this because it matches: {{.Why}}
Preferences · Unsubscribe: {{.Unsubscribe}}
`))

type letter struct {
	Headline, Why, Unsubscribe string
	HTML                       []template.HTML
	Text                       []string
}

// newLetter is what all readers have.
func newLetter() letter {
	r := story.Release(story.OfLetter)
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, time.Now().UTC(), wire.Amendment{})
	ours := composed.Compose(&it, story.Headline, story.Site, locale.For(it.Language))
	l := letter{Headline: ours.Subject, Why: story.Query}
	for line := range strings.SplitSeq(ours.HTML.Head, "\n") {
		l.HTML = append(l.HTML, template.HTML(line))
	}
	head, _, _ := strings.Cut(ours.Text.Head, "\n\n-- \n")
	l.Text = strings.Split(head, "\n")
	return l
}

// render fills in both alternatives for one reader.
func (l letter) render(to story.Recipient) (text, html string, err error) {
	l.Unsubscribe = story.Site.UnsubscribeURL(to.Token)
	var t, h bytes.Buffer
	if err := plain.Execute(&t, l); err != nil {
		return "", "", err
	}
	if err := page.Execute(&h, l); err != nil {
		return "", "", err
	}
	return t.String(), h.String(), nil
}

// Mail sends n letters with wneessen/go-mail over so many connections, each of
// which stays open.
func Mail(ctx context.Context, relay string, n, connections int) (*Result, error) {
	host, port, err := net.SplitHostPort(relay)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	l := newLetter()
	release := string(wire.NewReleaseID())
	return Measure(func() (int, int, error) {
		return Each(n, connections, func(next func() int, done func(error)) error {
			client, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithHELO("wire.example"))
			if err != nil {
				return err
			}
			if err := client.DialWithContext(ctx); err != nil {
				return err
			}
			defer client.Close()
			for i := next(); i >= 0 && ctx.Err() == nil; i = next() {
				done(send(client, l, release, i))
			}
			return nil
		})
	})
}

func send(client *gomail.Client, l letter, release string, i int) error {
	to := story.RecipientOf(i)
	text, html, err := l.render(to)
	if err != nil {
		return err
	}
	m := gomail.NewMsg()
	for _, err := range []error{m.EnvelopeFrom(story.From), m.FromFormat(story.Site.Name, story.From), m.To(to.Address)} {
		if err != nil {
			return err
		}
	}
	m.Subject(l.Headline)
	m.SetDate()
	m.SetMessageIDWithValue(fmt.Sprintf("%s.en1.%d@wire.example", release, i))
	unsubscribe := story.Site.UnsubscribeURL(to.Token)
	m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+unsubscribe+">, <mailto:"+story.From+"?subject=unsubscribe%20"+to.Token+">")
	m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	return client.Send(m)
}

// NetSMTP sends n letters, all the same, with the standard library: its share of
// the cost without any rendering.
func NetSMTP(ctx context.Context, relay string, n, connections int, constant []byte) (*Result, error) {
	return Measure(func() (int, int, error) {
		return Each(n, connections, func(next func() int, done func(error)) error {
			client, err := smtp.Dial(relay)
			if err != nil {
				return err
			}
			defer client.Close()
			for i := next(); i >= 0 && ctx.Err() == nil; i = next() {
				err := transact(client, story.RecipientOf(i).Address, constant)
				if done(err); err != nil {
					return err
				}
			}
			return client.Quit()
		})
	})
}

func transact(client *smtp.Client, to string, letter []byte) error {
	if err := client.Mail(story.From); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(letter); err != nil {
		return err
	}
	return w.Close()
}

// Each runs workers that take numbers from 0 to n-1 until there are no more (-1)
// and say what came of each. It returns the first error of a worker.
func Each(n, workers int, work func(next func() int, done func(error)) error) (done, failed int, err error) {
	var at, good, bad atomic.Int64
	next := func() int {
		if i := int(at.Add(1)) - 1; i < n {
			return i
		}
		return -1
	}
	count := func(err error) {
		if err == nil {
			good.Add(1)
		} else {
			bad.Add(1)
		}
	}
	errs := make(chan error, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { errs <- work(next, count) })
	}
	group.Wait()
	close(errs)
	for e := range errs {
		if err == nil {
			err = e
		}
	}
	return int(good.Load()), int(bad.Load()), err
}
