package publish

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errAddress tells that a callback lies where winnow must not call.
var errAddress = errors.New("address refused")

// A guard decides, when a connection is about to be made, by the address that the
// callback's name resolved to. It is the last moment: whatever the name resolved to
// before does not matter.
type guard struct {
	// private allows loopback and private networks.
	private bool
}

// control is a net.Dialer's Control.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is not an IP address with a port", errAddress, address)
	}
	return g.check(at.Addr())
}

// check returns an error for an address that must not be called. An IPv6 address that
// holds an IPv4 address is as that one.
func (g guard) check(addr netip.Addr) error {
	addr = addr.WithZone("").Unmap()
	if !addr.IsValid() {
		return fmt.Errorf("%w: no address", errAddress)
	}
	for _, inner := range embedded(addr) {
		if err := g.check(inner); err != nil {
			return fmt.Errorf("%s holds %w", addr, err)
		}
	}
	for _, r := range ranges {
		if !r.prefix.Contains(addr) {
			continue
		}
		if !r.private {
			return fmt.Errorf("%w: %s is %s, where no callback may lie", errAddress, addr, r.what)
		}
		if !g.private {
			return fmt.Errorf("%w: %s is %s; a callback there must be allowed with --allow-private-callback", errAddress, addr, r.what)
		}
		return nil
	}
	return nil
}

// reserved is a range of addresses where no callback may lie, or one that may be
// allowed.
type reserved struct {
	prefix  netip.Prefix
	what    string
	private bool
}

// ranges are those of the IANA special-purpose address registries (RFC 6890) that are
// not globally reachable, multicast, and addresses at which clouds hand out the
// machine's own credentials. The first that fits decides.
var ranges = []reserved{
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback", true},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address", true},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address", true},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address", true},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address", false},
	{netip.MustParsePrefix("100.100.100.200/32"), "a cloud's metadata service", false},
	{netip.MustParsePrefix("100.64.0.0/10"), "a shared address", true}, // of carriers, and of overlay networks
	{netip.MustParsePrefix("0.0.0.0/8"), "no host's address", false},
	{netip.MustParsePrefix("192.0.0.0/24"), "a protocol's address", false},
	{netip.MustParsePrefix("192.0.2.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("192.88.99.0/24"), "a relay's address", false},
	{netip.MustParsePrefix("198.18.0.0/15"), "a benchmark's address", false},
	{netip.MustParsePrefix("198.51.100.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("203.0.113.0/24"), "a documentation address", false},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address", false},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address", false},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud's metadata service", false},

	{netip.MustParsePrefix("::1/128"), "loopback", true},
	{netip.MustParsePrefix("::/96"), "no host's address", false},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a translator's address", false},
	{netip.MustParsePrefix("100::/64"), "a discard address", false},
	{netip.MustParsePrefix("100:0:0:1::/64"), "a dummy address", false},
	{netip.MustParsePrefix("2001::/32"), "a Teredo address", false},
	{netip.MustParsePrefix("2001:2::/48"), "a benchmark's address", false},
	{netip.MustParsePrefix("2001:10::/28"), "an identifier, no address", false},
	{netip.MustParsePrefix("2001:db8::/32"), "a documentation address", false},
	{netip.MustParsePrefix("3fff::/20"), "a documentation address", false},
	{netip.MustParsePrefix("5f00::/16"), "a segment identifier", false},
	{netip.MustParsePrefix("fd00:ec2::/32"), "a cloud's metadata service", false},
	{netip.MustParsePrefix("fd20:ce::/32"), "a cloud's metadata service", false},
	{netip.MustParsePrefix("fc00::/7"), "a private address", true},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address", false},
	{netip.MustParsePrefix("fec0::/10"), "a site-local address", false},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address", false},
}

// The prefixes of IPv6 addresses that hold an IPv4 address.
var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052
	translated = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 2765
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056
)

// embedded returns the IPv4 addresses that an IPv6 address holds and leads to.
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	switch {
	case nat64.Contains(addr), translated.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:]))}
	case sixToFour.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	}
	return nil
}
