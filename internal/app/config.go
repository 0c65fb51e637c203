package app

import (
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/wire"
)

// Role is a part of the work that a process takes on.
type Role string

// The roles. A laptop has all; a cluster spreads them over processes.
const (
	Web     Role = "web"     // pages, feeds, API, hub
	Edge    Role = "edge"    // live streams
	Courier Role = "courier" // mail, webhooks, file drops, WebSub
	Clock   Role = "clock"   // lifts; one leads
)

// AllRoles is what a process does unless told otherwise.
var AllRoles = []Role{Web, Edge, Courier, Clock}

// Config is everything a wire is told from outside. Defaults are those of the
// command line; the zero value is completed by Complete.
type Config struct {
	Data     string // folder of everything that is kept
	Keys     string // folder of the keys; "" is Data/keys
	Drop     string // folder of the folders that providers fill; "" is Data/drop
	HTTP     string // address to listen on
	HTTPS    HTTPS
	BaseURL  string // public address of the site; "" is made from HTTP
	Name     string // of the wire, as readers see it
	Database string // sqlite:PATH or postgres://…; "" is SQLite in Data
	NATS     string // of an external cluster; "" is embedded in Data
	// MirrorOf is the JetStream domain of the stream, where NATS is a leaf node of
	// another domain; only an edge without a database has one.
	MirrorOf string
	// Origin is the address of the wire's site, from which an edge without a
	// database reads what the stream holds no longer.
	Origin   string
	Replicas int      // of the stream on an external cluster
	SMTP     []string // relays; none: Maildir in Data/mail
	Mail     Mail
	Roles    []Role
	// Fonts is the folder of the Noto typefaces that PDFs are set in; "" is
	// /usr/share/fonts. A language whose typeface is not there has no PDF.
	Fonts string
	// AllowPrivateWebhooks lets webhooks, WebSub callbacks and file drops go to
	// private and loopback addresses, and feeds of providers come from them: for
	// trying out, and for receivers and sources in house.
	AllowPrivateWebhooks bool
	// Preconnect has webhooks connect ahead of the times at which most releases
	// clear.
	Preconnect bool
	// MaxUnanchored is how many standing queries may be held that ask for nothing in
	// particular, such as NOT lang:en; 0 is match.DefaultUnanchored.
	MaxUnanchored int
	// Cover is the mean time between seals that hold nothing and hide how many do;
	// 0 is 30 minutes.
	Cover   time.Duration
	Stream  StreamAccess
	Limits  Limits
	Version string
	Dev     bool // templates and assets from disk, pages reload
	Log     *slog.Logger
}

// NoCover is the Config.Cover with which no seals are made that hold nothing.
const NoCover time.Duration = -1

// leastCover bounds how many seals that hold nothing there are at a time, to fifty
// or so: receivers keep 128 of all.
const leastCover = 5 * time.Minute

// StreamAccess says who may open a live stream.
type StreamAccess string

// Who may. Keys and tokens are checked in either case, and say what may be had.
const (
	StreamPublic StreamAccess = "public" // everyone: what is on it is cleared
	StreamKeys   StreamAccess = "keys"   // who has a key of the wire, or a token made of one
)

// Limits are those of the live streams of one process; 0 is none, but for Streams.
type Limits struct {
	Streams    int      // at a time; 0 is 100,000
	Rate       int      // made in a second
	PerKey     int      // at a time, of a key that says nothing else
	PerAddress int      // at a time, of an address, without a key
	Proxies    []string // addresses and networks whose X-Forwarded-For is believed
}

// Mail is how the wire writes letters.
type Mail struct {
	From     string   // address of the sender; "" is wire@ the host of BaseURL
	DKIM     []string // kinds of keys to sign with: ed25519, rsa
	Selector string   // DKIM selector; the kind is appended: wireroom-ed25519
	// Returns is the address to listen on for what comes back of letters, and
	// ReturnDomain the domain whose mail arrives there; "" is that of From. Where a
	// process listens, all that send are told the domain. Both "": what comes back
	// goes to From, and is for a person to read.
	Returns, ReturnDomain string
}

// Complete fills in what follows from the rest and refuses what cannot work.
func (c *Config) Complete() error {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if len(c.Roles) == 0 {
		c.Roles = AllRoles
	}
	if c.Data == "" {
		c.Data = "wireroom-data"
	}
	if c.HTTP == "" {
		c.HTTP = "127.0.0.1:8080"
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.Data, "keys")
	}
	if c.Drop == "" {
		c.Drop = filepath.Join(c.Data, "drop")
	}
	if whole, err := filepath.Abs(c.Drop); err == nil { // it is shown, to people elsewhere in the file system
		c.Drop = whole
	}
	if c.Database == "" && !c.remote() {
		c.Database = "sqlite:" + filepath.Join(c.Data, "wire.db")
	}
	if c.Name == "" {
		c.Name = "Wireroom"
	}
	if c.Fonts == "" {
		c.Fonts = "/usr/share/fonts"
	}
	for _, r := range c.Roles {
		if !slices.Contains(AllRoles, r) {
			return wire.Errorf(wire.Invalid, "role", "%q is not a role: web, edge, courier, clock", r)
		}
	}
	if c.Cover > 0 && c.Cover < leastCover {
		return wire.Errorf(wire.Invalid, "cover", "%v is too often, for receivers keep no more than 128 seals; give %v or more, or 0 for none", c.Cover, leastCover)
	}
	if _, _, err := net.SplitHostPort(c.HTTP); err != nil {
		return wire.Errorf(wire.Invalid, "http", "%q is not an address to listen on, such as 127.0.0.1:8080", c.HTTP)
	}
	if err := c.HTTPS.complete(); err != nil {
		return err
	}
	if !c.remote() && (c.MirrorOf != "" || c.Origin != "") {
		return wire.Errorf(wire.Invalid, "origin", "an origin and a mirror are for an edge without a database: --role edge and --nats, without --database")
	}
	c.Origin = strings.TrimRight(c.Origin, "/")
	if c.BaseURL == "" {
		c.BaseURL = c.Origin
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return wire.Errorf(wire.Invalid, "base-url", "%q is not the public address of a site, such as https://wire.example", c.BaseURL)
		}
		if u.Scheme != "https" && c.HTTPS.Address != "" && !c.remote() {
			return wire.Errorf(wire.Invalid, "base-url", "%q is in clear, and TLS ends in this process: the public address begins with https://", c.BaseURL)
		}
		c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	}
	switch c.Stream {
	case "":
		c.Stream = StreamPublic
	case StreamPublic, StreamKeys:
	default:
		return wire.Errorf(wire.Invalid, "stream", "%q is neither public nor keys", c.Stream)
	}
	if _, err := auth.ParseProxies(c.Limits.Proxies); err != nil {
		return err
	}
	if c.Mail.Selector == "" {
		c.Mail.Selector = "wireroom"
	}
	return nil
}

// Public is the public address of the site as far as it is known before a socket is
// bound, of a configuration that is Complete; "" where HTTP leaves the port open.
func (c *Config) Public() string {
	_, port, _ := net.SplitHostPort(c.HTTP)
	if c.BaseURL != "" || port == "0" {
		return c.BaseURL
	}
	return "http://" + reachable(c.HTTP)
}

// has reports whether the process has a role.
func (c *Config) has(r Role) bool { return slices.Contains(c.Roles, r) }

// remote reports whether the process is an edge that has the stream on the bus and
// no database.
func (c *Config) remote() bool {
	return c.Database == "" && c.NATS != "" && len(c.Roles) == 1 && c.Roles[0] == Edge
}

// returns reports whether what comes back of letters comes back to the wire.
func (m *Mail) returns() bool { return m.Returns != "" || m.ReturnDomain != "" }

// returnDomain is the domain whose mail comes to the wire; "" if none does.
func (c *Config) returnDomain() string {
	switch {
	case !c.Mail.returns():
		return ""
	case c.Mail.ReturnDomain != "":
		return c.Mail.ReturnDomain
	}
	return c.mailDomain()
}

// mailDomain is the domain that signs and sends: that of the sender's address.
func (c *Config) mailDomain() string {
	_, domain, _ := strings.Cut(c.Mail.From, "@")
	return domain
}

// settle fills in what depends on the addresses that were really bound; over TLS is
// nil where the process does not end it.
func (c *Config) settle(bound net.Addr, tls net.Listener) {
	switch {
	case c.BaseURL != "":
	case tls != nil:
		c.BaseURL = "https://" + reachable(tls.Addr().String())
	default:
		c.BaseURL = "http://" + reachable(bound.String())
	}
	if c.Mail.From == "" {
		host := "wireroom.example"
		if u, err := url.Parse(c.BaseURL); err == nil && net.ParseIP(u.Hostname()) == nil && strings.Contains(u.Hostname(), ".") {
			host = u.Hostname()
		}
		c.Mail.From = "wire@" + host
	}
}

// reachable is how a browser on this machine reaches a bound address.
func reachable(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
