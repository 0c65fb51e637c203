package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Proxies are the networks of proxies whose word on where a request came from is
// taken. Nil trusts nobody.
type Proxies []netip.Prefix

// ParseProxies reads addresses and networks, such as 10.0.0.7 or 10.1.0.0/16.
func ParseProxies(list []string) (p Proxies, err error) {
	for _, text := range list {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, plain := netip.ParseAddr(text)
			if plain != nil {
				return nil, wire.Errorf(wire.Invalid, "trusted-proxy", "%q is neither an address nor a network, such as 10.1.0.0/16", text)
			}
			prefix = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Passed reports whether a request came by a proxy that is trusted.
func (p Proxies) Passed(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && p.trusts(at.Addr().Unmap().WithZone(""))
}

// Client is where a request came from, as far as it can be believed: the address of
// the connection or, if that is a trusted proxy's, the last one in X-Forwarded-For
// that is no trusted proxy's. All before that anyone could have written. Of IPv6 it
// is the network of 64 bits that one customer has.
func (p Proxies) Client(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	client := at.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trusts(client); i-- {
		hop, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(hops[i]), "[]"))
		if err != nil {
			break // the proxy in front of this one wrote no address
		}
		client = hop.Unmap().WithZone("")
	}
	if client.Is6() {
		return netip.PrefixFrom(client, 64).Masked().String()
	}
	return client.String()
}
