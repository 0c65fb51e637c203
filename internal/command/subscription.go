package command

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/wire"
)

// SubscriptionAdd saves a search as a subscription.
type SubscriptionAdd struct {
	Remote
	Query      []string       `arg:"" help:"The search, as wireroom search takes it; * is everything."`
	Outlet     wire.OutletID  `xor:"holder" help:"Number of the outlet that gets it; or:" placeholder:"NUMBER"`
	Contact    wire.ContactID `xor:"holder" help:"Number of the contact; or:" placeholder:"NUMBER"`
	NewOutlet  string         `xor:"holder" help:"Name of an outlet that is new; or:" placeholder:"NAME"`
	NewContact string         `xor:"holder" help:"Name of a contact that is new." placeholder:"NAME"`
	Email      string         `help:"Address of a new contact." placeholder:"ADDRESS"`
	Country    string         `help:"Of who is new." placeholder:"CODE"`
	Language   string         `help:"Of who is new; of letters to a contact." placeholder:"TAG"`
	Kind       string         `help:"Of a new outlet: newspaper, agency, broadcast, online, terminal." placeholder:"NAME"`
	Webhook    string         `xor:"way" help:"Where an outlet takes it; or:" placeholder:"URL"`
	Folder     string         `xor:"way" help:"Folder of an outlet, by SFTP, FTPS, FTP or S3." placeholder:"URL"`
	Secret     string         `env:"WIREROOM_SUBSCRIPTION_SECRET" help:"Of a webhook, made if it is missing; what opens a folder." placeholder:"TEXT"`
	SecretFile string         `type:"existingfile" help:"File with the secret, such as a private key; counts before --secret." placeholder:"FILE"`
	Format     string         `help:"Of a webhook or a folder, of a folder several with commas; ninjs unless given." placeholder:"NAME"`
	Reason     string         `help:"Why, for the record." placeholder:"TEXT"`
	Request    string         `help:"Key of the request: made again with the same, it adds nothing." placeholder:"KEY"`
	JSON       bool           `name:"json" help:"Print one JSON object."`
}

// secretIn is the secret in a file, or else the one that was given.
func secretIn(file, given string) (string, error) {
	if file == "" {
		return given, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", wire.Errorf(wire.Invalid, "secret-file", "cannot be read: %w", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

func (c *SubscriptionAdd) order(secret string) api.NewSubscription {
	o := api.NewSubscription{
		Query: strings.Join(c.Query, " "), Outlet: c.Outlet, Contact: c.Contact, Channel: wire.ByMail,
		Secret: secret, Format: c.Format, Reason: c.Reason,
	}
	switch {
	case c.Webhook != "":
		o.Channel, o.Address = wire.ByWebhook, c.Webhook
	case c.Folder != "":
		o.Channel, o.Address = wire.ByDrop, c.Folder
	}
	if c.NewOutlet != "" {
		o.NewOutlet = &api.NewOutlet{Name: c.NewOutlet, Country: c.Country, Language: c.Language, Kind: c.Kind}
	}
	if c.NewContact != "" {
		o.NewContact = &api.NewContact{Name: c.NewContact, Email: c.Email, Country: c.Country, Language: c.Language}
	}
	return o
}

// Run prints the number of the subscription, and its secret if it was made: once.
func (c *SubscriptionAdd) Run(ctx context.Context, config app.Config, out io.Writer) error {
	secret, err := secretIn(c.SecretFile, c.Secret)
	if err != nil {
		return err
	}
	var added subscribe.Added
	return c.ask(ctx, config, out, question{
		method: http.MethodPost, path: "/v1/subscriptions", in: c.order(secret), request: c.Request, answer: &added, json: c.JSON,
		print: func() error { return printAdded(out, &added) },
	})
}

func printAdded(out io.Writer, added *subscribe.Added) error {
	err := printSubscription(out, &added.BookEntry)
	if err == nil && added.Secret != "" {
		_, err = fmt.Fprintf(out, "secret: %s\n", added.Secret)
	}
	if err == nil && added.Repeated {
		_, err = fmt.Fprintln(out, "it was added by the same request before")
	}
	return err
}

// SubscriptionList lists subscriptions.
type SubscriptionList struct {
	Remote
	Outlet    wire.OutletID  `help:"Those of an outlet and of its contacts." placeholder:"NUMBER"`
	Contact   wire.ContactID `help:"Those of a contact." placeholder:"NUMBER"`
	Channel   wire.Channel   `help:"mail, webhook, websub or drop." placeholder:"NAME"`
	Suspended bool           `help:"Those that get nothing new as well."`
	Limit     int            `default:"100" help:"At most so many (${default}); 0 is all." placeholder:"NUMBER"`
	JSON      bool           `name:"json" help:"Print a JSON object a line."`
}

// Run prints a line a subscription.
func (c *SubscriptionList) Run(ctx context.Context, config app.Config, out io.Writer) error {
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	q := url.Values{"suspended": {strconv.FormatBool(c.Suspended)}}
	if c.Outlet != 0 {
		q.Set("outlet", fmt.Sprint(c.Outlet))
	}
	if c.Contact != 0 {
		q.Set("contact", fmt.Sprint(c.Contact))
	}
	if c.Channel != "" {
		q.Set("channel", string(c.Channel))
	}
	lines := newLines(out, c.JSON, "number\twho\tchannel\taddress\tstate\tquery")
	err = pages(c.Limit, func(size int) (int, bool, error) {
		q.Set("limit", strconv.Itoa(size))
		var found api.SubscriptionsView
		if err := r.get(ctx, "/v1/subscriptions?"+q.Encode(), &found); err != nil {
			return 0, false, err
		}
		for _, e := range found.Subscriptions {
			if err := lines.print(e, fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s", e.Subscription, e.Holder, e.Channel, e.Address, stateOf(&e), e.Query)); err != nil {
				return 0, false, err
			}
		}
		q.Set("after", fmt.Sprint(found.Next))
		return len(found.Subscriptions), found.Next != 0, nil
	})
	if err != nil {
		return err
	}
	return lines.end("none")
}

func stateOf(e *subscribe.BookEntry) string {
	switch {
	case e.Suspended:
		return "suspended"
	case e.Broad:
		return "broad"
	}
	return "in force"
}

// SubscriptionShow shows one subscription.
type SubscriptionShow struct {
	Remote
	Subscription wire.SubscriptionID `arg:"" help:"Number of the subscription."`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run prints it.
func (c *SubscriptionShow) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return actOnSubscription(ctx, c.Remote, config, out, c.JSON, http.MethodGet, c.Subscription, "", nil)
}

// SubscriptionChange changes what a subscription asks for.
type SubscriptionChange struct {
	Remote
	Subscription wire.SubscriptionID `arg:"" help:"Number of the subscription."`
	Query        *string             `help:"The search it is to be." placeholder:"QUERY"`
	Format       *string             `help:"The format it is to come in." placeholder:"NAME"`
	Folder       *string             `help:"Where the folder is, with its secret." placeholder:"URL"`
	Secret       string              `env:"WIREROOM_SUBSCRIPTION_SECRET" help:"What opens the folder." placeholder:"TEXT"`
	SecretFile   string              `type:"existingfile" help:"File with the secret, such as a private key; counts before --secret." placeholder:"FILE"`
	Reason       string              `help:"Why, for the record." placeholder:"TEXT"`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run prints it as it is then.
func (c *SubscriptionChange) Run(ctx context.Context, config app.Config, out io.Writer) error {
	secret, err := secretIn(c.SecretFile, c.Secret)
	if err != nil {
		return err
	}
	in := map[string]any{}
	for name, value := range map[string]*string{"query": c.Query, "format": c.Format, "address": c.Folder, "secret": &secret} {
		if value != nil && (name != "secret" || *value != "") {
			in[name] = *value
		}
	}
	if len(in) == 0 {
		return wire.Errorf(wire.Invalid, "query", "say what is to change: --query, --format, --folder, --secret or --secret-file")
	}
	in["reason"] = c.Reason
	return actOnSubscription(ctx, c.Remote, config, out, c.JSON, http.MethodPatch, c.Subscription, "", in)
}

// SubscriptionRemove ends a subscription.
type SubscriptionRemove struct {
	Remote
	Subscription wire.SubscriptionID `arg:"" help:"Number of the subscription."`
	Reason       string              `help:"Why, for the record." placeholder:"TEXT"`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run prints it as it is then.
func (c *SubscriptionRemove) Run(ctx context.Context, config app.Config, out io.Writer) error {
	return actOnSubscription(ctx, c.Remote, config, out, c.JSON, http.MethodDelete, c.Subscription, "?"+url.Values{"reason": {c.Reason}}.Encode(), nil)
}

func actOnSubscription(ctx context.Context, at Remote, config app.Config, out io.Writer, asJSON bool, method string, id wire.SubscriptionID, parameters string, in any) error {
	var e subscribe.BookEntry
	return at.ask(ctx, config, out, question{
		method: method, path: fmt.Sprintf("/v1/subscriptions/%d%s", id, parameters), in: in, answer: &e, json: asJSON,
		print: func() error { return printSubscription(out, &e) },
	})
}

func printSubscription(out io.Writer, e *subscribe.BookEntry) error {
	_, err := fmt.Fprintf(out, "subscription %d of %s by %s to %s, %s: %s\n", e.Subscription, harmless(e.Holder), e.Channel, e.Address, stateOf(e), harmless(e.Query))
	if err == nil && e.Problem != "" {
		_, err = fmt.Fprintf(out, "it matches nothing: %s\n", harmless(e.Problem))
	}
	return err
}
