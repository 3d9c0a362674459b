package configs

import (
	"fmt"
	"net/netip"
	"strings"
)

// Prefixes reads a list of IP addresses and networks, such as "127.0.0.1, 10.1.0.0/16",
// separated by commas or blanks. A network of all addresses is refused, and one whose
// address has bits beyond its length: it is likely a slip.
func Prefixes(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if addr, err := netip.ParseAddr(part); err == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s is not an IP address or network, such as 127.0.0.1 or 10.1.0.0/16", quote(part))
		case p.Bits() == 0:
			return nil, fmt.Errorf("%s is every address there is: name those of your proxies", quote(part))
		case p.Addr().Is4In6():
			return nil, fmt.Errorf("%s: write an IPv4 network as such, like 10.1.0.0/16", quote(part))
		case p != p.Masked():
			return nil, fmt.Errorf("%s has bits beyond its length: write %s", quote(part), p.Masked())
		}
		list = append(list, p)
	}
	return list, nil
}
