package drop

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/wireroom/wireroom/internal/courier/drop/droptest"
	"github.com/wireroom/wireroom/internal/wire"
)

const pinned = "hostkey=SHA256:+VN0LEGvGxBLDbs2SXYBBMSkCgZ3jGEqHqBUeb+uvRY"

func TestAnAddressLeadsToAFolder(t *testing.T) {
	for _, c := range []struct{ address, server, file string }{
		{"sftp://desk@host.example?" + pinned, "host.example:22", "n"},
		{"sftp://desk@host.example/in/wire/?" + pinned, "host.example:22", "in/wire/n"},
		{"sftp://desk@host.example:2222//srv/wire?" + pinned, "host.example:2222", "/srv/wire/n"},
		{"sftp://desk@[2001:db8::1]//?" + pinned, "[2001:db8::1]:22", "/n"},
		{"ftp://desk%40daily@host.example/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1", "host.example:21", "أخبار/n"},
		{"ftps://desk@host.example/in", "host.example:21", "in/n"},
	} {
		f, err := parseFolder(c.address)
		if err != nil || f.server() != c.server || f.in("n") != c.file {
			t.Errorf("%s: %+v, %v", c.address, f, err)
		}
	}
	f, err := parseFolder("sftp://desk@host.example/?hostkey=SHA256:%2BVN0LEGvGxBLDbs2SXYBBMSkCgZ3jGEqHqBUeb%2BuvRY%3D&" + pinned)
	if err != nil || len(f.hostKeys) != 2 || f.hostKeys[0] != f.hostKeys[1] || "hostkey="+f.hostKeys[0] != pinned {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestAnAddressLeadsToABucket(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"s3://bucket?region=eu-central-1", "https://bucket.s3.eu-central-1.amazonaws.com/n"},
		{"s3://dotted.bucket/in/?region=eu-central-1", "https://s3.eu-central-1.amazonaws.com/dotted.bucket/in/n"},
		{"s3://bucket/in?endpoint=https://s3.example:9000", "https://s3.example:9000/bucket/in/n"},
		{"s3://bucket/in?endpoint=https://s3.example&style=host", "https://bucket.s3.example/in/n"},
		{"s3://bucket/a%20b+%E6%96%B0?style=path", "https://s3.us-east-1.amazonaws.com/bucket/a%20b%2B%E6%96%B0/n"},
	} {
		f, err := parseFolder(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
		} else if got := (&s3Session{folder: f}).url("n").String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.address, got, c.want)
		}
	}
}

// refusedAddresses are addresses with a part of what is said about them.
var refusedAddresses = []struct{ address, why string }{
	{"", "is not a folder's URL"},
	{"host.example/in", "is not a folder's URL"},
	{"sftp:desk@host", "is not a folder's URL"},
	{"https://host.example/in", "is not a way to bring files"},
	{"sftp://desk@host.example/in", "has no hostkey"},
	{"sftp://host.example/in?" + pinned, "has no user"},
	{"ftp://host.example/in", "has no user"},
	{"ftp://desk:plugh@host.example/in", "put the password into the secret"},
	{"ftp://desk@host.example:99999/in", "is not a port"},
	{"ftp://desk@host.example/in%0D%0ADELE%20all", "control characters"},
	{"ftp://desk%0A@host.example/in", "control characters"},
	{"ftp://desk@host.example/a/../../etc", "is not named straight"},
	{"ftp://desk@host.example/a/%2e%2e/etc", "is not named straight"},
	{"ftp://desk@host.example/?hostkey=SHA256:a", "is not a parameter of ftp"},
	{"sftp://desk@host.example/?hostkey=SHA256:a", "is not a fingerprint"},
	{"sftp://desk@host.example/?hostkey=MD5:a", "is not a fingerprint"},
	{"ftp://desk@host.example/?nmae=a", "is not a parameter of ftp"},
	{"ftp://desk@host.example/?name=%ZZ", "cannot be read"},
	{"ftp://desk@host.example/?name={number}&name={number}", "twice"},
	{"s3://Bucket/", "is not a bucket"},
	{"s3://key@bucket/", "is not a bucket"},
	{"s3://bucket:9000/", "is not a bucket"},
	{"s3://bucket/?region=EU!", "is not a region"},
	{"s3://bucket/?style=round", "style is host or path"},
	{"s3://bucket/?endpoint=ftp://a", "endpoint is not"},
	{"s3://bucket/?endpoint=https://a/b", "endpoint is not"},
	{"s3://bucket/?endpoint=https://u:p@a", "endpoint is not"},
	{"s3://bucket/?endpoint=https://a?b%3Dc", "endpoint is not"},
}

func TestWhatIsNotUnderstoodOfAnAddressIsRefused(t *testing.T) {
	for _, c := range refusedAddresses {
		_, err := parseFolder(c.address)
		if wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), c.why) || strings.Contains(err.Error(), "plugh") {
			t.Errorf("%q: %v, want %q", c.address, err, c.why)
		}
	}
}

func FuzzParseFolder(f *testing.F) {
	for _, c := range refusedAddresses {
		f.Add(c.address)
	}
	f.Add("sftp://desk@host.example:2222//srv/wire?" + pinned + "&name={slug}-{number}.{ext}")
	f.Add("s3://bucket/in?endpoint=https://s3.example&style=host&region=eu-central-1")
	f.Fuzz(func(t *testing.T, address string) {
		to, err := parseFolder(address)
		if err != nil {
			if wire.KindOf(err) != wire.Invalid {
				t.Error(err)
			}
			return
		}
		// Whatever was read, it is one line of a conversation and one folder.
		if strings.ContainsAny(to.user+to.in("n")+to.server(), "\r\n\x00") || strings.Contains("/"+to.in("n")+"/", "/../") {
			t.Errorf("%q leads to %q", address, to.in("n"))
		}
		if to.scheme == "sftp" && len(to.hostKeys) == 0 || to.scheme != "s3" && to.user == "" {
			t.Errorf("%q: %+v", address, to)
		}
		if to.scheme == "s3" && (&s3Session{folder: to}).url("n").Host == "" {
			t.Errorf("%q: no host", address)
		}
	})
}

// read reads a secret with the key in it.
func read(scheme, text string) error {
	s, err := parseSecret(scheme, text)
	if err == nil {
		_, err = s.signer()
	}
	return err
}

func TestASecretIsReadForItsScheme(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	plain, _ := droptest.Key(key)
	locked := string(pem.EncodeToMemory(droptest.Must(ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("xyzzy")))))
	quoted := strings.ReplaceAll(locked, "\n", `\n`)
	for _, c := range []struct{ scheme, text string }{
		{"ftp", "plugh"}, {"sftp", "pl:ugh "}, {"ftps", `{"password":"{plugh}"}`}, {"sftp", string(plain)},
		{"sftp", `{"key":"` + quoted + `","passphrase":"xyzzy","password":"as well"}`},
		{"s3", "AKIA:plugh+/="}, {"s3", `{"access_key":"AKIA","secret_key":"plugh"}`},
	} {
		if err := read(c.scheme, c.text); err != nil {
			t.Errorf("%s %q: %v", c.scheme, c.text, err)
		}
	}
	for _, c := range []struct{ scheme, text string }{
		{"ftp", ""}, {"ftp", " \n"}, {"ftp", strings.Repeat("plugh", 10_000)}, {"ftp", "plugh\r\nDELE all"}, {"ftp", "plu\x00gh"},
		{"ftp", `{"password":"plugh"`}, {"ftp", `{"plugh":"a"}`}, {"ftp", `{"password":"plugh"} {}`}, {"ftp", `{}`},
		{"ftp", `{"key":"plugh"}`}, {"ftp", `{"password":"plugh","access_key":"a"}`},
		{"sftp", "-----BEGIN OPENSSH PRIVATE KEY-----\nplugh\n-----END OPENSSH PRIVATE KEY-----\n"}, {"sftp", locked},
		{"sftp", `{"key":"` + quoted + `","passphrase":"plugh"}`},
		{"s3", "plugh"}, {"s3", ":plugh"}, {"s3", "plugh:"}, {"s3", `{"password":"plugh"}`},
	} {
		err := read(c.scheme, c.text)
		if wire.KindOf(err) != wire.Invalid || strings.Contains(err.Error(), "plugh") {
			t.Errorf("%s %.40q: %v", c.scheme, c.text, err)
		}
	}
}

func TestASubscriptionIsCheckedBeforeItIsTaken(t *testing.T) {
	good := wire.Subscription{Channel: wire.ByDrop, Address: "ftp://desk@host.example/in", Secret: "plugh", Format: "text, ninjs"}
	if err := Check(good); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*wire.Subscription){
		"address": func(s *wire.Subscription) { s.Address += "?name={number}.txt" },
		"secret":  func(s *wire.Subscription) { s.Secret = "" },
		"format":  func(s *wire.Subscription) { s.Format = "text,text" },
	} {
		s := good
		change(&s)
		if err := Check(s); wire.KindOf(err) != wire.Invalid || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, formats := range []string{"html", "ninjs,", ","} {
		if _, err := parseFormats(formats); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v", formats, err)
		}
	}
}
