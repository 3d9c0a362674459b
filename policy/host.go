package policy

import (
	"strings"

	"golang.org/x/net/idna"
)

// hostOf gives the host of a URL as people type it, with or without a scheme, in
// the form of models.Link.Host: lower-case ASCII without port and leading "www.".
// It is empty if there is none.
func hostOf(raw string) string {
	s := strings.TrimSpace(raw)
	i := strings.Index(s, "//")
	hasScheme := i == 0 || i > 0 && strings.IndexAny(s, ":/?#.@") == i-1 && s[i-1] == ':'
	if hasScheme {
		s = s[i+2:]
	}
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	if strings.HasPrefix(s, "[") {
		s, _, _ = strings.Cut(s[1:], "]")
		return strings.ToLower(s)
	}
	s, _, _ = strings.Cut(s, ":")
	if !hasScheme && !strings.Contains(s, ".") {
		return ""
	}
	return asciiHost(s)
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
	return strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(s, ".")), "www.")
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
