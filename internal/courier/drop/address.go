package drop

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/wireroom/wireroom/internal/wire"
)

// ports are the schemes with their ports; ftps is FTP that becomes TLS by AUTH
// (RFC 4217), on the port of FTP.
var ports = map[string]string{"sftp": "22", "ftp": "21", "ftps": "21", "s3": ""}

// folder is where an address leads.
type folder struct {
	scheme     string
	user       string
	host, port string
	path       string   // from the folder of the log-in, or from the root if it begins with "/"
	hostKeys   []string // SHA256:… as ssh-keygen -l prints them; any of them
	names      *template

	// Of S3; path is the prefix of keys, without a slash around it.
	bucket, region string
	endpoint       *url.URL // nil for Amazon's
	byHost         bool     // the bucket is in the host's name rather than in the path
}

// maxAddress bounds an address.
const maxAddress = 2000

var (
	fingerprint = regexp.MustCompile(`^SHA256:[A-Za-z0-9+/]{43}$`)
	bucketName  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`) // as Amazon allows them
	regionName  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

func badAddress(text string, args ...any) error {
	return wire.Errorf(wire.Invalid, "address", text, args...)
}

// parseFolder reads an address. It is what a stranger wrote: what is not
// understood is refused rather than left out.
func parseFolder(address string) (*folder, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.Hostname() == "" || u.Opaque != "" || u.Fragment != "" {
		return nil, badAddress("is not a folder's URL, such as sftp://user@host/folder?hostkey=SHA256:…")
	}
	f := &folder{scheme: u.Scheme, user: u.User.Username(), host: u.Hostname(), port: u.Port()}
	standard, ok := ports[f.scheme]
	if !ok {
		return nil, badAddress("%q is not a way to bring files: sftp, ftp, ftps, s3", f.scheme)
	}
	if f.port == "" {
		f.port = standard
	} else if n, err := strconv.Atoi(f.port); err != nil || n < 1 || n > 65535 {
		return nil, badAddress("%q is not a port", f.port)
	}
	if _, has := u.User.Password(); has {
		return nil, badAddress("put the password into the secret: addresses are shown")
	}
	// A line break in a name would be a command of its own to an FTP server.
	if strings.ContainsFunc(f.user+u.Path+f.host, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return nil, badAddress("holds control characters")
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == ".." || part == "." {
			return nil, badAddress("the folder is not named straight: leave out . and ..")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badAddress("has parameters that cannot be read")
	}
	if err := f.parameters(query); err != nil {
		return nil, err
	}
	if f.scheme == "s3" {
		return f, f.toBucket(u, query)
	}
	if f.user == "" {
		return nil, badAddress("has no user: %s://user@%s", f.scheme, f.host)
	}
	// The slash after the host ends it; one more begins at the root.
	f.path = strings.TrimRight(strings.TrimPrefix(u.Path, "/"), "/")
	if strings.HasPrefix(u.Path, "//") && f.path == "" {
		f.path = "/"
	}
	if f.scheme == "sftp" && len(f.hostKeys) == 0 {
		return nil, badAddress("has no hostkey=SHA256:…, without which an impostor would get the password: ask the outlet what ssh-keygen -lf prints on %s", f.host)
	}
	return f, nil
}

// parameters reads what follows the question mark.
func (f *folder) parameters(query url.Values) (err error) {
	template := defaultNames
	for name, values := range query {
		s3 := name == "endpoint" || name == "region" || name == "style"
		switch {
		case s3 && f.scheme == "s3", name == "name":
			if len(values) != 1 {
				return badAddress("has %s twice", name)
			}
		case name == "hostkey" && f.scheme == "sftp":
		default:
			return badAddress("%q is not a parameter of %s", name, f.scheme)
		}
	}
	for _, key := range query["hostkey"] {
		key = strings.TrimRight(strings.ReplaceAll(key, " ", "+"), "=") // a + that nobody escaped
		if !fingerprint.MatchString(key) {
			return badAddress("hostkey is not a fingerprint such as ssh-keygen -l prints: SHA256 and 43 characters")
		}
		f.hostKeys = append(f.hostKeys, key)
	}
	if query.Has("name") {
		template = query.Get("name")
	}
	f.names, err = parseTemplate(template)
	return err
}

// toBucket reads what is of S3 alone.
func (f *folder) toBucket(u *url.URL, query url.Values) error {
	f.bucket, f.path, f.region = u.Host, strings.Trim(u.Path, "/"), query.Get("region")
	if !bucketName.MatchString(f.bucket) || u.User != nil {
		return badAddress("%q is not a bucket: s3://bucket/prefix?region=…", u.Host)
	}
	if f.region == "" {
		f.region = "us-east-1"
	}
	if !regionName.MatchString(f.region) {
		return badAddress("%q is not a region, such as eu-central-1", f.region)
	}
	f.byHost = !query.Has("endpoint") && !strings.Contains(f.bucket, ".") // a certificate knows no further dots
	switch query.Get("style") {
	case "":
	case "host":
		f.byHost = true
	case "path":
		f.byHost = false
	default:
		return badAddress("style is host or path")
	}
	if !query.Has("endpoint") {
		return nil
	}
	e, err := url.Parse(query.Get("endpoint"))
	if err != nil || e.Hostname() == "" || e.Scheme != "https" && e.Scheme != "http" || e.User != nil || e.RawQuery != "" || e.Fragment != "" || strings.Trim(e.Path, "/") != "" {
		return badAddress("endpoint is not the address of an S3 service, such as https://s3.example")
	}
	f.endpoint = e
	return nil
}

// server is what to connect to.
func (f *folder) server() string { return net.JoinHostPort(f.host, f.port) }

// in is the path of a file in the folder.
func (f *folder) in(name string) string {
	if f.path == "" || strings.HasSuffix(f.path, "/") {
		return f.path + name
	}
	return f.path + "/" + name
}
