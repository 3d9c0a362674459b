package policy

import (
	"fmt"
	"net/netip"
	"strings"
)

// knownAddress reads the address that a comment came from. What says nothing about
// the sender is not known: no address, loopback and unspecified ones, and those
// that were anonymised, which end in .0 or in nothing but zeros after a /48.
func knownAddress(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	a = a.Unmap().WithZone("")
	return a, !a.IsLoopback() && !a.IsUnspecified() && !anonymised(a)
}

func anonymised(a netip.Addr) bool {
	if a.Is4() {
		return a.As4()[3] == 0
	}
	b := a.As16()
	return [10]byte(b[6:]) == [10]byte{}
}

// parseRange reads an address or a range in CIDR notation. The error says what
// must be written instead.
func parseRange(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		return parseSingle(s, s)
	}
	r, err := netip.ParsePrefix(s)
	if err != nil {
		return r, fmt.Errorf("%s is not an address range such as 203.0.113.0/24 or 2001:db8::/32", quote(s))
	}
	if r != r.Masked() {
		return r, fmt.Errorf("%s has bits set after the first %d: write %s", quote(s), r.Bits(), r.Masked())
	}
	if r.Addr().Is4In6() && r.Bits() >= 96 {
		r = netip.PrefixFrom(r.Addr().Unmap(), r.Bits()-96)
	}
	if r.IsSingleIP() || r.Addr().IsLoopback() {
		return parseSingle(r.Addr().String(), s)
	}
	return r, nil
}

// parseSingle reads an address as the range that holds it alone. Loopback is
// refused here, whole ranges of it too. The error quotes what was written.
func parseSingle(s, written string) (netip.Prefix, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%s is not an address such as 203.0.113.9 or 2001:db8::9, nor a range such as 203.0.113.0/24", quote(written))
	}
	a = a.Unmap()
	r := netip.PrefixFrom(a, a.BitLen())
	switch {
	case a.IsLoopback(), a.IsUnspecified():
		return r, fmt.Errorf("%s says nothing about a sender and never matches", quote(written))
	case anonymised(a):
		bits := 48
		if a.Is4() {
			bits = 24
		}
		wide, _ := a.Prefix(bits) // neither is longer than its address
		return r, fmt.Errorf("%s looks like an anonymised address, which never matches: write %s for the range", quote(written), wide)
	}
	return r, nil
}
