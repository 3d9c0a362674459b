package accounts

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of reverse proxies that are believed when they say where a
// request came from.
type Proxies []netip.Prefix

// has tells whether an address is one of them.
func (p Proxies) has(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// ClientAddress is the address that a request came from. If that is a trusted proxy's, it
// is what the proxy says in X-Forwarded-For: each proxy adds the address that it was
// called from at the end, so that the list is read from there, and the first address that
// is no trusted proxy's counts. What stands before it anybody can have written. Where
// the list ends, or has something else than an address, the last proxy counts.
func (p Proxies) ClientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	at = at.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !p.has(at) {
			break
		}
		from, ok := hopAddress(hop)
		if !ok {
			break
		}
		at = from
	}
	return at.String()
}

// hopAddress reads an address of the list, which some proxies write with its port.
func hopAddress(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if a, err := netip.ParseAddr(hop); err == nil {
		return a.WithZone("").Unmap(), true
	}
	if a, err := netip.ParseAddrPort(hop); err == nil {
		return a.Addr().WithZone("").Unmap(), true
	}
	return netip.Addr{}, false
}
