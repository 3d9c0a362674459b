package policy

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// hostOf gives the host of a URL as people type it, with or without a scheme, in
// the form of models.Link.Host: lower-case ASCII without port and leading "www.".
// It is empty if there is none. It reads as browsers do (URL Standard, section 4.4),
// who forgive backslashes, missing slashes and line ends: whoever hides a website from
// a list may write all of them.
func hostOf(raw string) string {
	s := strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimSpace(raw))
	s, hasScheme := afterScheme(s)
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	if strings.HasPrefix(s, "[") {
		s, _, _ = strings.Cut(s[1:], "]")
		return strings.ToLower(s)
	}
	s, _, _ = strings.Cut(s, ":")
	if strings.IndexByte(s, '%') >= 0 {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
	}
	host := asciiHost(s)
	if !hasScheme && (!strings.Contains(host, ".") || !validHost(host)) {
		return ""
	}
	return host
}

// afterScheme gives what follows the scheme and the slashes of a URL; false if it has
// neither.
func afterScheme(s string) (rest string, ok bool) {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || strings.ContainsAny(scheme, `/\?#.@`) {
		scheme, rest = "", s
	}
	path := strings.TrimLeft(rest, `/\`)
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp", "ws", "wss":
		return path, true // however many slashes there are
	}
	if len(rest)-len(path) >= 2 {
		return rest[2:], true
	}
	return s, false
}

// asciiHost gives a host name in lower-case ASCII without a leading "www." and the
// root's dot; empty if it cannot be written so.
func asciiHost(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			s, _ = idna.Lookup.ToASCII(s) // gives what it made of a wrong name too
			break
		}
	}
	s = strings.ToLower(strings.TrimRight(s, "."))
	if name, ok := strings.CutPrefix(s, "www."); ok && strings.Contains(name, ".") {
		return name
	}
	return s
}

// validHost tells whether s, from asciiHost, is a name that a host can have.
func validHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// within tells whether a host is the domain or lies below it; nothing lies in the
// empty one.
func within(host, domain string) bool {
	rest, ok := strings.CutSuffix(host, domain)
	return ok && domain != "" && (rest == "" || rest[len(rest)-1] == '.')
}
