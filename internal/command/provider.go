package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// ProviderSettings are what is known of a provider, as flags. What is not given
// stays as the file says, or as it was.
type ProviderSettings struct {
	File     string            `type:"existingfile" help:"JSON or YAML with any of the settings, named as \"show --json\" names them; flags count before it." placeholder:"FILE"`
	Name     string            `help:"As readers see it." placeholder:"TEXT"`
	URL      string            `name:"url" help:"Of the provider, for readers." placeholder:"URL"`
	Licence  string            `help:"What was agreed, for the house." placeholder:"TEXT"`
	Trust    wire.Trust        `enum:",auto,desk,reject" default:"" help:"auto: cleared at once; desk: submitted; reject: noted and refused. desk unless given." placeholder:"TRUST"`
	Credit   string            `help:"Attribution as the licence demands it." placeholder:"TEXT"`
	Mark     []string          `sep:"none" help:"How its datelines name it; repeat for several." placeholder:"TEXT"`
	Language string            `help:"BCP 47, where its documents do not say." placeholder:"LANGUAGE"`
	Sector   []string          `help:"Sectors of every story." placeholder:"CODE"`
	Circuit  []string          `sep:"none" help:"Circuits of every story; repeat for several." placeholder:"NAME"`
	Disclaim map[string]string `name:"disclaimer" mapsep:"none" help:"Put below every story in a language; repeat for others." placeholder:"LANGUAGE=TEXT"`
	Map      map[string]string `mapsep:"none" help:"What a code or keyword of the provider means: sectors and eight-digit Media Topics, commas between; repeat for others." placeholder:"FROM=CODES"`
	Replace  map[string]string `mapsep:"none" help:"Text to put right in every story; repeat for others." placeholder:"FIND=WITH"`
	Expiry   time.Duration     `help:"How long after a version was made it may be used, such as 48h." placeholder:"TIME"`
	Pull     string            `help:"Address of a feed or document to fetch." placeholder:"URL"`
	Every    time.Duration     `help:"Time between two looks at it; 5m unless given." placeholder:"TIME"`
	WebSub   bool              `name:"websub" help:"Subscribe at the hub that the feed names."`
	Folder   bool              `negatable:"" help:"Give it a folder, to fill by SFTP or rsync."`
	Mail     []string          `help:"Addresses its letters come from; it gets a mailbox." placeholder:"ADDRESS"`
	Idle     time.Duration     `help:"How long nothing may come before a person is called, such as 24h." placeholder:"TIME"`
}

// apply puts what was given in place of what is known.
func (s *ProviderSettings) apply(p *wire.Provider) error {
	if err := s.read(p); err != nil {
		return err
	}
	for _, f := range []struct {
		given string
		into  *string
	}{{s.Name, &p.Name}, {s.URL, &p.URL}, {s.Licence, &p.Licence}, {string(s.Trust), (*string)(&p.Trust)}, {s.Credit, &p.Credit}, {s.Language, &p.Language}} {
		if f.given != "" {
			*f.into = f.given
		}
	}
	for _, f := range []struct {
		given []string
		into  *[]string
	}{{s.Mark, &p.Marks}, {s.Sector, &p.Sectors}, {s.Circuit, &p.Circuits}, {s.Mail, &p.Push.Mail}} {
		if len(f.given) > 0 {
			*f.into = f.given
		}
	}
	if len(s.Disclaim) > 0 {
		p.Disclaim = s.Disclaim
	}
	if len(s.Map) > 0 {
		p.Map = mappings(s.Map)
	}
	if len(s.Replace) > 0 {
		p.Replace = nil
		for _, find := range sorted(s.Replace) {
			p.Replace = append(p.Replace, wire.Replacement{Find: find, With: s.Replace[find]})
		}
	}
	if s.Expiry > 0 {
		p.Expiry = int64(s.Expiry / time.Second)
	}
	if s.Idle > 0 {
		p.Idle = int64(s.Idle / time.Second)
	}
	p.Push.Folder = p.Push.Folder || s.Folder
	p.Push.WebSub = p.Push.WebSub || s.WebSub
	return s.applyPull(p)
}

// applyPull sets what is fetched, and how often.
func (s *ProviderSettings) applyPull(p *wire.Provider) error {
	if s.Pull == "" && s.Every == 0 {
		return nil
	}
	pull := wire.Pull{Every: int64(5 * time.Minute / time.Second)}
	if p.Pull != nil {
		pull = *p.Pull
	}
	if s.Pull != "" {
		pull.URL = s.Pull
	}
	if s.Every > 0 {
		pull.Every = int64(s.Every / time.Second)
	}
	if pull.URL == "" {
		return wire.Errorf(wire.Invalid, "every", "says how often to look at a feed, and there is none: give --pull")
	}
	p.Pull = &pull
	return nil
}

// read takes the settings of the file.
func (s *ProviderSettings) read(p *wire.Provider) error {
	if s.File == "" {
		return nil
	}
	raw, err := os.ReadFile(s.File)
	if err == nil {
		raw, err = yaml.YAMLToJSON(raw) // JSON is YAML
	}
	if err != nil {
		return wire.Errorf(wire.Invalid, s.File, "cannot be read: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return wire.Errorf(wire.Invalid, s.File, "is not what a provider is described by: %s", err.Error())
	}
	return nil
}

// mappings reads what codes mean: eight digits are a Media Topic, anything else a
// sector.
func mappings(given map[string]string) []wire.Mapping {
	var all []wire.Mapping
	for _, from := range sorted(given) {
		m := wire.Mapping{From: from}
		for code := range strings.SplitSeq(given[from], ",") {
			if code = strings.TrimSpace(code); code == "" {
				continue
			}
			if _, topic := vocab.LookupTopic(code); topic || len(code) == 8 && isNumber(code) {
				m.Subjects = append(m.Subjects, code)
			} else {
				m.Sectors = append(m.Sectors, code)
			}
		}
		all = append(all, m)
	}
	return all
}

// ProviderAdd adds a provider.
type ProviderAdd struct {
	Remote
	ID wire.ProviderID `arg:"" help:"Short name: lower-case letters, digits, hyphens."`
	ProviderSettings
	Paused bool `help:"Take nothing in until it is resumed: try it first."`
	JSON   bool `name:"json" help:"Print one JSON object."`
}

// Run adds the provider and prints how it stands.
func (c *ProviderAdd) Run(ctx context.Context, config app.Config, out io.Writer) error {
	p := wire.Provider{ID: c.ID, Name: string(c.ID), Trust: wire.TrustDesk}
	if err := c.apply(&p); err != nil {
		return err
	}
	p.ID, p.Paused = c.ID, p.Paused || c.Paused
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	return putProvider(ctx, r, &p, http.Header{"If-None-Match": {"*"}}, c.JSON, out)
}

// ProviderChange changes settings of a provider.
type ProviderChange struct {
	Remote
	ID wire.ProviderID `arg:"" help:"The provider."`
	ProviderSettings
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run changes what was given, and prints how the provider stands.
func (c *ProviderChange) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var view api.ProviderView
	if err := r.get(ctx, providerPath(c.ID, ""), &view); err != nil {
		return err
	}
	p := view.Provider
	if err := c.apply(&p); err != nil {
		return err
	}
	p.ID = c.ID
	return putProvider(ctx, r, &p, nil, c.JSON, out)
}

func providerPath(id wire.ProviderID, rest string) string {
	return "/v1/providers/" + url.PathEscape(string(id)) + rest
}

func putProvider(ctx context.Context, r *remote, p *wire.Provider, header http.Header, asJSON bool, out io.Writer) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	answer, err := r.send(ctx, http.MethodPut, providerPath(p.ID, ""), raw, header)
	if err != nil {
		return err
	}
	var view api.ProviderView
	if err := json.Unmarshal(answer, &view); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(&view)
	}
	return printProvider(&view, out)
}

// printProvider shows a provider and how it stands.
func printProvider(v *api.ProviderView, out io.Writer) error {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-10s %s\n", name, harmless(fmt.Sprintf(format, args...)))
	}
	state := ""
	if v.Paused {
		state = "  paused: nothing is taken in"
	}
	line("provider", "%s  %s  trust %s%s", v.ID, v.Name, v.Trust, state)
	if v.Pull != nil {
		line("pull", "%s  every %s", v.Pull.URL, time.Duration(v.Pull.Every)*time.Second)
		if !v.Looked.IsZero() {
			line("looked", "%s UTC  next %s", short(v.Looked), short(v.Next))
		}
		if v.Problem != "" {
			line("problem", "%s  (%s)", v.Problem, count(v.Failures, "failure", "failures in a row"))
		}
	}
	if v.Hub != "" {
		line("hub", "%s  until %s", v.Hub, short(v.Lease))
	}
	if v.Folder != "" {
		line("folder", "%s", v.Folder)
	}
	if v.Mailbox != "" {
		line("mail", "%s  from %s", v.Mailbox, strings.Join(v.Push.Mail, ", "))
	} else if len(v.Push.Mail) > 0 {
		line("mail", "comes to nobody: run the wire with --returns")
	}
	line("http", "POST %s  (key: wireroom provider key %s)", v.Documents, v.ID)
	if !v.Came.IsZero() {
		silent := ""
		if v.Silent {
			silent = "  SILENT for longer than it may be"
		}
		line("came", "%s UTC%s", short(v.Came), silent)
	}
	var day []string
	for _, verdict := range []wire.Verdict{wire.TookIn, wire.WasKnown, wire.WasDouble, wire.WasRefused, wire.WasUndone} {
		if n := v.Day[verdict]; n > 0 {
			day = append(day, fmt.Sprintf("%d %s", n, verdict))
		}
	}
	if len(day) > 0 {
		line("24 hours", "%s", strings.Join(day, ", "))
	}
	return nil
}
