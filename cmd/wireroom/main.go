// Command wireroom is an open, self-hosted newswire. It only parses the command
// line; what commands do is in internal/command.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // schedules need every zone, whatever the machine has

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/command"
	"github.com/wireroom/wireroom/internal/wire"
)

// version is set by release builds; otherwise it is read from the build.
var version = ""

type commandLine struct {
	Globals
	Demo     command.Demo     `cmd:"" help:"Open a whole wire on this machine, publish, deliver, stay up."`
	Serve    command.Serve    `cmd:"" help:"Run the wire."`
	Publish  command.Publish  `cmd:"" help:"Hand in a release and clear it."`
	Desk     command.Desk     `cmd:"" help:"Check, approve, correct, hold or kill a release."`
	List     command.List     `cmd:"" help:"List what lies on the desk."`
	Subjects command.Subjects `cmd:"" help:"Suggest what a release is about, and say why."`
	Topics   command.Topics   `cmd:"" help:"Find IPTC Media Topics by name, or from the top down."`
	Twins    command.Twins    `cmd:"" help:"What else says much the same as a release."`
	Report   command.Report   `cmd:"" help:"Who got a release, when, how, and what failed."`
	Tail     command.Tail     `cmd:"" help:"Print the live wire."`
	Search   struct {
		Find    command.Search        `cmd:"" default:"withargs" help:"Find what was on the wire."`
		Rebuild command.SearchRebuild `cmd:"" help:"Make the index of the archive anew."`
	} `cmd:"" help:"Search the archive; see what a subscription would have brought."`
	Import command.Import `cmd:"" help:"Bring outlets and contacts into the directory."`
	Key    struct {
		Create command.KeyCreate `cmd:"" help:"Make an API key; it is shown once."`
		List   command.KeyList   `cmd:"" help:"List the keys."`
		Set    command.KeySet    `cmd:"" help:"Change what of the live wire a key may have."`
		Revoke command.KeyRevoke `cmd:"" help:"End a key."`
	} `cmd:"" help:"Make, list and end API keys."`
	Provider struct {
		Add     command.ProviderAdd     `cmd:"" help:"Add a provider."`
		Change  command.ProviderChange  `cmd:"" help:"Change settings of a provider."`
		List    command.ProviderList    `cmd:"" help:"List the providers, and how each stands."`
		Show    command.ProviderShow    `cmd:"" help:"Show a provider, and how it stands."`
		Test    command.ProviderTest    `cmd:"" help:"Show what would become of its feed, or of a document; nothing is changed."`
		Came    command.ProviderCame    `cmd:"" help:"What came from it, and what became of it."`
		Refused command.ProviderRefused `cmd:"" help:"What was refused and why; with a number the document, as it came."`
		Pull    command.ProviderPull    `cmd:"" help:"Pull its feed now."`
		Send    command.ProviderSend    `cmd:"" help:"Hand in documents for it."`
		Key     command.ProviderKey     `cmd:"" help:"Make a key with which it hands in over HTTP; it is shown once."`
		Pause   command.ProviderPause   `cmd:"" help:"Take nothing in from it."`
		Resume  command.ProviderResume  `cmd:"" help:"Take in from it again."`
		Remove  command.ProviderRemove  `cmd:"" help:"Know it no more; its releases stay."`
	} `cmd:"" help:"Add and steer those who supply stories; see what came."`
	Organisation struct {
		Set  command.OrganisationSet  `cmd:"" help:"Say what of the live wire the keys of an organisation may have together."`
		List command.OrganisationList `cmd:"" help:"List the organisations."`
	} `cmd:"" help:"Say what the keys of an organisation may have."`
	Deliveries struct {
		Show      command.Deliveries          `cmd:"" default:"withargs" help:"Who got a release, what failed, and what went to one receiver."`
		Health    command.DeliveriesHealth    `cmd:"" help:"How receivers are: attempts, refusals, delays."`
		Standing  command.DeliveriesStanding  `cmd:"" help:"How many standing queries are held; those that match nothing, or ask for nothing in particular."`
		Why       command.DeliveriesWhy       `cmd:"" help:"Why a query or a subscription wants an item: fields, words, and where they stand."`
		Resend    command.DeliveriesResend    `cmd:"" help:"Send items again, under the ids they had before."`
		Suspend   command.DeliveriesSuspend   `cmd:"" help:"Have a subscription or an endpoint get nothing new."`
		Resume    command.DeliveriesResume    `cmd:"" help:"Have it get again what is new."`
		Test      command.DeliveriesTest      `cmd:"" help:"Send a webhook a test event."`
		Secret    command.DeliveriesSecret    `cmd:"" help:"Give a webhook a new secret."`
		Suspended command.DeliveriesSuspended `cmd:"" help:"Who gets nothing new."`
		Acts      command.DeliveriesActs      `cmd:"" help:"What was done to deliveries by hand."`
	} `cmd:"" help:"See and steer deliveries: receipts, health, resend, suspend, why."`
	Subscription struct {
		Add    command.SubscriptionAdd    `cmd:"" help:"Subscribe an outlet or a contact to a search, from the next release on."`
		List   command.SubscriptionList   `cmd:"" help:"List subscriptions."`
		Show   command.SubscriptionShow   `cmd:"" help:"Show one subscription."`
		Change command.SubscriptionChange `cmd:"" help:"Change the query or the format of a subscription, from the next release on."`
		Remove command.SubscriptionRemove `cmd:"" help:"End a subscription: it gets nothing new."`
	} `cmd:"" help:"Add, list, change and end standing searches."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Globals are the flags every command has. Each is also read from the
// environment (WIREROOM_…) and from --config.
type Globals struct {
	Config     kong.ConfigFlag `help:"YAML file of settings, by the names of flags." placeholder:"FILE"`
	Data       string          `help:"Folder of everything that is kept." default:"wireroom-data" env:"WIREROOM_DATA" placeholder:"DIR"`
	Keys       string          `help:"Folder of the keys; DATA/keys unless given. On another disk it makes a stolen one worthless." env:"WIREROOM_KEYS" placeholder:"DIR"`
	Drop       string          `help:"Folder of the folders that providers fill; DATA/drop unless given." env:"WIREROOM_DROP" placeholder:"DIR"`
	HTTP       string          `name:"http" help:"Address to listen on." default:"127.0.0.1:8080" env:"WIREROOM_HTTP" placeholder:"ADDR"`
	BaseURL    string          `name:"base-url" help:"Public address of the site; made from --http unless given." env:"WIREROOM_BASE_URL" placeholder:"URL"`
	Name       string          `name:"site-name" help:"Name of the wire, as readers see it." default:"Wireroom" env:"WIREROOM_SITE_NAME"`
	Database   string          `help:"sqlite:PATH or postgres://…; SQLite in DATA unless given." env:"WIREROOM_DATABASE" placeholder:"URL"`
	NATS       string          `name:"nats" help:"External NATS, nats://host:port[,…]; embedded unless given." env:"WIREROOM_NATS" placeholder:"URL"`
	MirrorOf   string          `name:"nats-mirror-of" help:"JetStream domain of the stream, where --nats is a leaf node of another: an edge without a database mirrors it there." env:"WIREROOM_NATS_MIRROR_OF" placeholder:"DOMAIN"`
	Origin     string          `help:"Address of the wire's site, where an edge without a database finds what the stream holds no longer." env:"WIREROOM_ORIGIN" placeholder:"URL"`
	Replicas   int             `help:"Copies of the stream on an external cluster." default:"1" env:"WIREROOM_REPLICAS"`
	Fonts      string          `help:"Folder of the Noto typefaces that PDFs are set in." default:"/usr/share/fonts" env:"WIREROOM_FONTS" placeholder:"DIR"`
	SMTP       []string        `name:"smtp" help:"Mail relay, smtp://[user:pass@]host:port; repeat for several. Without one, mail goes to a Maildir in DATA." env:"WIREROOM_SMTP" placeholder:"URL"`
	MailFrom   string          `help:"Address letters come from." env:"WIREROOM_MAIL_FROM" placeholder:"ADDRESS"`
	DKIM       []string        `name:"dkim" help:"Kinds of DKIM keys to sign with: ed25519, rsa; none if a relay signs." default:"ed25519,rsa" enum:"ed25519,rsa,none" env:"WIREROOM_DKIM"`
	Returns    string          `help:"Address to listen on for letters that come back, such as :2525; without one they go to --mail-from." env:"WIREROOM_RETURNS" placeholder:"ADDR"`
	ReturnTo   string          `name:"return-domain" help:"Domain whose mail arrives at --returns, told to every process that sends; that of --mail-from unless given." env:"WIREROOM_RETURN_DOMAIN" placeholder:"DOMAIN"`
	Selector   string          `name:"dkim-selector" help:"DKIM selector, before -ed25519 or -rsa." default:"wireroom" env:"WIREROOM_DKIM_SELECTOR"`
	Private    bool            `name:"allow-private-webhooks" help:"Let webhooks, WebSub callbacks and file drops go to private and loopback addresses, and feeds of providers come from them." env:"WIREROOM_ALLOW_PRIVATE_WEBHOOKS"`
	Preconnect bool            `help:"Connect to all endpoints 20 s before every quarter of an hour, when most releases clear." env:"WIREROOM_PRECONNECT"`
	Log        string          `name:"log-format" help:"text or json." enum:"text,json" default:"text" env:"WIREROOM_LOG_FORMAT"`
	Level      slog.Level      `name:"log-level" help:"debug, info, warn or error." default:"info" env:"WIREROOM_LOG_LEVEL"`
}

func (g *Globals) config() app.Config {
	return app.Config{
		Data: g.Data, Keys: g.Keys, Drop: g.Drop, HTTP: g.HTTP, BaseURL: g.BaseURL, Name: g.Name,
		Database: g.Database, NATS: g.NATS, MirrorOf: g.MirrorOf, Origin: g.Origin, Replicas: g.Replicas, SMTP: g.SMTP, Fonts: g.Fonts,
		Mail:                 app.Mail{From: g.MailFrom, DKIM: g.DKIM, Selector: g.Selector, Returns: g.Returns, ReturnDomain: g.ReturnTo},
		AllowPrivateWebhooks: g.Private, Preconnect: g.Preconnect, Log: g.logger(os.Stderr), Version: build(),
	}
}

func (g *Globals) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: g.Level}
	if g.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// adopt has libraries that use the package log say what they say where the wire's own
// lines go. It is what a receiver did with a connection, in the receiver's words, and so
// for whoever looks for a fault.
func adopt(to *slog.Logger) {
	slog.SetLogLoggerLevel(slog.LevelDebug)
	slog.SetDefault(to)
}

// newParser returns what reads the command line.
func newParser(line *commandLine, more ...kong.Option) *kong.Kong {
	return kong.Must(line, append(more,
		kong.Name("wireroom"), kong.Description("An open, self-hosted newswire."), kong.ShortUsageOnError(),
		kong.Help(help), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Configuration(yamlConfig))...)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line commandLine
	parser := newParser(&line, kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	parsed, err := parser.Parse(asked(os.Args[1:]))
	parser.FatalIfErrorf(err)
	config := line.config()
	adopt(config.Log)
	parsed.Bind(config)
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "wireroom:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode lets scripts tell what they can mend from what they can only try
// again.
func exitCode(err error) int {
	switch wire.KindOf(err) {
	case wire.Invalid, wire.Exhausted:
		return 2
	case wire.Unavailable:
		return 3
	case wire.Forbidden, wire.NotFound, wire.Conflict:
		return 4
	}
	return 1
}

// yamlConfig reads flags from a YAML file: a mapping of flag names. A key that
// is no flag is refused by kong as an unknown one would be.
func yamlConfig(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && err != io.EOF {
		return nil, fmt.Errorf("the configuration is not YAML: %w", err)
	}
	return &yamlResolver{values}, nil
}

type yamlResolver struct{ values map[string]any }

// Validate refuses keys that no flag has: a misspelt setting must not pass for
// one that is set.
func (y *yamlResolver) Validate(a *kong.Application) error {
	known := map[string]bool{}
	for _, group := range a.AllFlags(false) {
		for _, f := range group {
			known[f.Name] = true
		}
	}
	for name := range y.values {
		if !known[name] {
			return fmt.Errorf("the configuration has %q, which is not a setting", name)
		}
	}
	return nil
}

// Resolve gives a flag its value from the file.
func (y *yamlResolver) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	return y.values[f.Name], nil
}

type versionCommand struct{}

// Run prints the version and what it was built from.
func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "wireroom", build())
	return err
}

func build() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
