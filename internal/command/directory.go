package command

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Import brings outlets and contacts into the directory.
type Import struct {
	File string `arg:"" type:"existingfile" help:"JSON Lines: an outlet or a contact with its standing query on each."`
	JSON bool   `name:"json" help:"Print a JSON object for each line of the file: the number of its subscription, and the secret if it was made."`
}

// entry is one line of an import.
type entry struct {
	Outlet   string `json:"outlet"`  // name; or
	Contact  string `json:"contact"` // name
	Email    string `json:"email"`   // of a contact
	Webhook  string `json:"webhook"` // of an outlet; or
	Drop     string `json:"drop"`    // the address of an outlet's folder
	Secret   string `json:"secret"`  // of the webhook: made and printed where it is missing; of the drop: what opens it
	Format   string `json:"format"`  // a name as in docs/formats.md; of a drop several with commas between. ninjs where it is missing
	Country  string `json:"country"`
	Language string `json:"language"`
	Kind     string `json:"kind"`
	Query    string `json:"query"`
	// Preference is when a contact wants letters; none: each release at once.
	Preference *wire.Preference `json:"preference"`

	asked wire.Subscription // complete, but for who holds it
	made  bool              // the secret: whoever gave one has it already
	broad bool              // the query asks for nothing in particular
	id    wire.SubscriptionID
}

// Imported is what became of one line of an import.
type Imported struct {
	Subscription wire.SubscriptionID `json:"subscription"`
	Outlet       string              `json:"outlet,omitempty"`
	Contact      string              `json:"contact,omitempty"`
	Secret       string              `json:"secret,omitempty"` // of a webhook, if it was made
	Broad        bool                `json:"broad,omitempty"`  // the query asks for nothing in particular
}

// Run reads the whole file before it stores anything: all of it or nothing.
// It prints the secrets it made, and the numbers of the subscriptions, by which
// commands name them: they follow one another as the lines do.
func (i *Import) Run(ctx context.Context, config app.Config, out io.Writer) error {
	raw, err := os.ReadFile(i.File)
	if err != nil {
		return wire.Errorf(wire.Invalid, i.File, "cannot be read: %w", err)
	}
	var entries []entry
	scanner := bufio.NewScanner(bytes.NewReader(raw))
	scanner.Buffer(nil, 1<<20)
	for line := 1; scanner.Scan(); line++ {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		e, err := parseEntry(scanner.Bytes())
		if err != nil {
			return wire.Errorf(wire.Invalid, fmt.Sprintf("%s:%d", i.File, line), "%s", err.Error())
		}
		entries = append(entries, e)
	}
	if err := scanner.Err(); err != nil {
		return wire.Errorf(wire.Invalid, i.File, "cannot be read: %w", err)
	}
	return withStore(ctx, &config, func(s *store.Store) error {
		keys, err := app.OpenKeyring(ctx, s, config.Keys)
		if err != nil {
			return err
		}
		if err := s.Write(ctx, func(tx *store.Tx) error { return addEntries(tx, keys, entries) }); err != nil {
			return err
		}
		return i.print(out, entries)
	})
}

func (i *Import) print(out io.Writer, entries []entry) error {
	if i.JSON {
		objects := json.NewEncoder(out)
		for _, e := range entries {
			done := Imported{Subscription: e.id, Outlet: e.Outlet, Contact: e.Contact, Broad: e.broad}
			if e.made {
				done.Secret = e.asked.Secret
			}
			if err := objects.Encode(done); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range entries {
		name := harmless(who(cmp.Or(e.Outlet, e.Contact), e.id))
		if e.made {
			fmt.Fprintf(out, "%s  %s  %s\n", name, e.Webhook, e.asked.Secret)
		}
		if e.broad {
			fmt.Fprintf(out, "%s: %s asks for nothing in particular; only so many such queries are held (serve --max-unanchored), and one above that matches nothing: see deliveries standing\n", name, e.Query)
		}
	}
	var numbers string
	switch n := len(entries); n {
	case 0:
	case 1:
		numbers = fmt.Sprintf(": subscription %d", entries[0].id)
	default:
		numbers = fmt.Sprintf(": subscriptions %d to %d", entries[0].id, entries[n-1].id)
	}
	_, err := fmt.Fprintf(out, "%d imported%s\n", len(entries), numbers)
	return err
}

// parseEntry reads a line and completes it.
func parseEntry(line []byte) (entry, error) {
	var e entry
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return e, fmt.Errorf("is not an entry: %w", err)
	}
	if err := e.check(); err != nil {
		return e, err
	}
	e.asked = e.subscription()
	q, made, err := subscribe.Complete(&e.asked)
	if err != nil {
		return e, err
	}
	e.Query, e.made, e.broad = e.asked.Query, made, q.Unanchored()
	return e, nil
}

// check says what is wrong with who an entry names and where it leads.
func (e *entry) check() error {
	switch {
	case (e.Outlet == "") == (e.Contact == ""):
		return fmt.Errorf("give either outlet or contact, with its name")
	case e.Outlet != "" && e.Preference != nil:
		return fmt.Errorf("only a contact can have a preference: it is about letters")
	case e.Outlet != "" && (e.Webhook == "") == (e.Drop == ""):
		return fmt.Errorf("give an outlet either webhook or drop")
	case e.Outlet != "" && e.Email != "":
		return fmt.Errorf("only a contact gets letters: leave out email, or name the contact in a line of its own")
	case e.Contact != "" && e.Webhook+e.Drop+e.Secret+e.Format != "":
		return fmt.Errorf("a contact gets letters: leave out webhook, drop, secret and format, or name the outlet in a line of its own")
	}
	return nil
}

// subscription is what an entry asks for.
func (e *entry) subscription() wire.Subscription {
	switch {
	case e.Contact != "":
		return wire.Subscription{Query: e.Query, Channel: wire.ByMail, Address: e.Email, Preference: e.Preference}
	case e.Drop != "":
		return wire.Subscription{Query: e.Query, Channel: wire.ByDrop, Address: e.Drop, Secret: e.Secret, Format: e.Format}
	}
	return wire.Subscription{Query: e.Query, Channel: wire.ByWebhook, Address: e.Webhook, Secret: e.Secret, Format: e.Format}
}

// addEntries stores entries, and gives each the number of its subscription.
func addEntries(tx *store.Tx, keys *seal.Keyring, entries []entry) error {
	for i := range entries {
		e := &entries[i]
		sub := e.asked
		if e.Outlet != "" {
			o := []wire.Outlet{{Name: e.Outlet, Country: e.Country, Language: e.Language, Kind: e.Kind}}
			if err := tx.AddOutlets(o); err != nil {
				return err
			}
			sub.Outlet = o[0].ID
		} else {
			c := []wire.Contact{{Name: e.Contact, Email: e.Email, Country: e.Country, Language: e.Language}}
			if err := tx.AddContacts(c); err != nil {
				return err
			}
			sub.Contact = c[0].ID
		}
		if err := sealed.Seal(keys, &sub); err != nil {
			return err
		}
		stored := []wire.Subscription{sub}
		if err := tx.AddSubscriptions(stored); err != nil {
			return err
		}
		e.id = stored[0].ID
	}
	return nil
}
