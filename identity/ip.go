package identity

import (
	"net/netip"
	"strings"
)

var (
	// sharedV4 are addresses that many customers of a provider share (RFC 6598).
	sharedV4 = netip.MustParsePrefix("100.64.0.0/10")
	// thisNetwork are addresses that mean no host (RFC 1122, 3.2.1.3).
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")
	// reservedV4 is everything from 240.0.0.0 on (RFC 1112, 4).
	reservedV4 = netip.MustParsePrefix("240.0.0.0/4")
	// translated holds IPv4 addresses seen through NAT64 (RFC 6052, 2.1).
	translated = netip.MustParsePrefix("64:ff9b::/96")
	// teredo are addresses of which the first 64 bits are a server's (RFC 4380, 4).
	teredo = netip.MustParsePrefix("2001::/32")
)

// normalIP gives the address that stands for a visitor, IPv6 ones with the last 64
// bits zero; not valid if the visitor is unknown.
func normalIP(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap().WithZone("")
	if translated.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if addr.IsUnspecified() || addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsMulticast() {
		return netip.Addr{}
	}
	if addr.Is4() {
		if addr.As4()[3] == 0 || sharedV4.Contains(addr) || thisNetwork.Contains(addr) || reservedV4.Contains(addr) {
			return netip.Addr{}
		}
		return addr
	}
	if teredo.Contains(addr) || cutAfter48(addr) {
		return netip.Addr{}
	}
	b := addr.As16()
	clear(b[8:])
	return netip.AddrFrom16(b)
}

// cutAfter48 reports whether everything after the first 48 bits is zero.
func cutAfter48(addr netip.Addr) bool {
	b := addr.As16()
	for _, c := range b[6:] {
		if c != 0 {
			return false
		}
	}
	return true
}

// ipKey makes the key of a normal address at the end of room. IPv4 and IPv6
// addresses differ in length.
func (s *state) ipKey(room []byte, addr netip.Addr) (key, rest []byte) {
	s.input = append(s.input[:0], kindIP...)
	if addr.Is4() {
		b := addr.As4()
		s.input = append(s.input, b[:]...)
	} else {
		b := addr.As16()
		s.input = append(s.input, b[:8]...)
	}
	return s.finish(room)
}
