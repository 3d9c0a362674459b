package markup

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// maxHostBytes bounds the host names that are looked at. A real one has at most
// 253 bytes (RFC 1035, 2.3.4) in ASCII.
const maxHostBytes = 512

// hosts maps host names as browsers do (UTS #46, non-transitional), and lets pass
// what only registries forbid, such as "_".
var hosts = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.CheckJoiners(false))

// Host gives the host of a URL, or of a bare domain such as "example.com/path", in
// lower-case ASCII (IDNA), without user, port, a trailing dot and a leading "www.".
// It is "" where there is none: a relative reference, a scheme without hosts
// ("mailto:"), a name that is no host. A bare domain must end in an ending that is
// registered. It reads as browsers do, who forgive backslashes and missing slashes.
func Host(rawURL string) string {
	s := strings.TrimFunc(rawURL, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\u3000' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.Map(func(r rune) rune {
			if r == '\t' || r == '\n' || r == '\r' {
				return -1
			}
			return r
		}, s)
	}
	authority, bare := splitAuthority(s)
	if authority == "" || len(authority) > 4*maxHostBytes {
		return ""
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		if bare {
			return ""
		}
		authority = authority[i+1:]
	}
	if strings.HasPrefix(authority, "[") {
		return bracketed(authority)
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && digits(authority[i+1:]) {
		authority = authority[:i]
	}
	host := canonical(authority)
	if bare && !registered(host) {
		return ""
	}
	return withoutWWW(host)
}

// splitAuthority gives the part of a URL that holds the host, and whether it is a
// bare domain rather than a URL.
func splitAuthority(s string) (authority string, bare bool) {
	i := strings.IndexAny(s, `:/?#\`)
	if i < 0 {
		return s, true
	}
	rest := s[i:]
	switch {
	case i == 0 && slashes(rest) >= 2:
		return upToPath(rest[2:]), false
	case i == 0:
		return "", false
	case rest[0] != ':':
		return s[:i], true
	}
	scheme := strings.ToLower(s[:i])
	rest = rest[1:]
	n := slashes(rest)
	switch scheme {
	case "http", "https", "ftp", "ws", "wss", "hxxp", "hxxps":
		return upToPath(rest[n:]), false
	}
	if n >= 2 {
		return upToPath(rest[2:]), false
	}
	if port := upToPath(rest); strings.IndexByte(scheme, '.') > 0 && digits(port) {
		return s[:i], true
	}
	return "", false
}

func upToPath(s string) string {
	if i := strings.IndexAny(s, `/?#\`); i >= 0 {
		return s[:i]
	}
	return s
}

func slashes(s string) int {
	n := 0
	for n < len(s) && (s[n] == '/' || s[n] == '\\') {
		n++
	}
	return n
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// bracketed gives the IPv6 address in "[...]" or "[...]:port".
func bracketed(authority string) string {
	end := strings.IndexByte(authority, ']')
	if end < 0 {
		return ""
	}
	addr, err := netip.ParseAddr(authority[1:end])
	if err != nil {
		return ""
	}
	return addr.WithZone("").String()
}

// canonical gives a host name in lower-case ASCII; "" if it is none.
func canonical(name string) string {
	if strings.IndexByte(name, '%') >= 0 {
		decoded, err := url.PathUnescape(name)
		if err != nil {
			return ""
		}
		name = decoded
	}
	if name == "" || len(name) > maxHostBytes {
		return ""
	}
	if !lowerASCII(name) {
		mapped, err := hosts.ToASCII(name)
		if err != nil {
			mapped = strings.ToLower(name)
		}
		name = mapped
	}
	name = strings.TrimRight(name, ".")
	if !wellFormed(name) {
		return ""
	}
	return name
}

func lowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// wellFormed reports whether name is made of labels of letters, digits, "-" and "_".
func wellFormed(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	label := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_':
			label++
			if label > 63 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// registered reports whether a bare name has an ending under which names are.
func registered(host string) bool {
	i := strings.IndexByte(host, '.')
	if i < 0 {
		return false
	}
	known, _ := knownEnding(host)
	return known || strings.HasPrefix(host, "www.") && strings.IndexByte(host[i+1:], '.') > 0
}

// withoutWWW drops a leading "www." from a host that has more than one label after it.
func withoutWWW(host string) string {
	if rest, ok := strings.CutPrefix(host, "www."); ok && strings.IndexByte(rest, '.') > 0 {
		return rest
	}
	return host
}
