package auth

import (
	"net/http/httptest"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	trusted, err := ParseProxies([]string{"10.1.0.0/16", "192.0.2.7", "2001:db8:1::/48", "::ffff:192.0.2.8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "198.51.100.4:1000", nil, "198.51.100.4"},
		{"a stranger that claims to be one", "198.51.100.4:1000", []string{"203.0.113.9"}, "198.51.100.4"},
		{"a proxy", "10.1.2.3:1000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a single address", "192.0.2.7:1000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"an address written as IPv6", "[::ffff:192.0.2.8]:1000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"what the client wrote itself", "10.1.2.3:1000", []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{"in a header of its own", "10.1.2.3:1000", []string{"1.1.1.1", "203.0.113.9"}, "203.0.113.9"},
		{"proxies in a row", "10.1.2.3:1000", []string{"203.0.113.9, 192.0.2.7, 10.1.0.1"}, "203.0.113.9"},
		{"a proxy's own request", "10.1.2.3:1000", nil, "10.1.2.3"},
		{"proxies alone", "10.1.2.3:1000", []string{"10.1.0.9"}, "10.1.0.9"},
		{"what is no address", "10.1.2.3:1000", []string{"203.0.113.9, unknown"}, "10.1.2.3"},
		{"IPv6: a customer's network", "[2001:db8:1::5]:1000", []string{"2001:db8:2:3:4:5:6:7"}, "2001:db8:2:3::/64"},
		{"with a zone", "[fe80::1%eth0]:1000", nil, "fe80::/64"},
		{"no TCP", "@", []string{"203.0.113.9"}, "@"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"] = c.forwarded
		if got := trusted.Client(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := ParseProxies([]string{"10.1"}); wire.KindOf(err) != wire.Invalid {
		t.Error(err)
	}
}
