package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// maxEmailBytes bounds what is looked at. A real address has at most 254 bytes
// (RFC 5321, 4.5.3.1.3).
const maxEmailBytes = 512

// domains maps domains as mail programs do, and lets "_" pass.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.CheckJoiners(false))

// normalEmail gives an address in the form that all ways of writing it share: lower
// case, the domain in ASCII (IDNA), without a "+tag", and without the dots that
// Gmail ignores. It is "" for what is no address.
func normalEmail(email string) string {
	email = strings.TrimSpace(email)
	at := strings.IndexByte(email, '@')
	if at <= 0 || at != strings.LastIndexByte(email, '@') || len(email) > maxEmailBytes || !utf8.ValidString(email) {
		return ""
	}
	local, domain := normalLocal(email[:at]), normalDomain(email[at+1:])
	if local == "" || domain == "" {
		return ""
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		domain = "gmail.com"
		if local = strings.ReplaceAll(local, ".", ""); local == "" {
			return ""
		}
	}
	if email[:at] == local && email[at+1:] == domain {
		return email
	}
	return local + "@" + domain
}

// normalLocal gives the part before the "@" in lower case and without its tag; ""
// if it has spaces or control characters.
func normalLocal(local string) string {
	if plainLocal(local) {
		return local
	}
	if strings.IndexFunc(local, notGraphic) >= 0 {
		return ""
	}
	local = norm.NFC.String(strings.ToLower(norm.NFC.String(local)))
	if plus := strings.IndexByte(local, '+'); plus > 0 {
		local = local[:plus]
	}
	return local
}

// plainLocal reports whether the part before the "@" is as nearly all are: of small
// letters, digits and a few signs, and so in its normal form.
func plainLocal(local string) bool {
	for i := range len(local) {
		switch c := local[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// normalDomain gives the part after the "@" in lower-case ASCII; "" if it is none.
func normalDomain(domain string) string {
	domain = strings.TrimSuffix(domain, ".")
	if plainDomain(domain) {
		return domain
	}
	if domain == "" || strings.IndexFunc(domain, notGraphic) >= 0 {
		return ""
	}
	ascii, err := domains.ToASCII(domain)
	ascii = strings.TrimSuffix(ascii, ".")
	if err != nil || !plainDomain(ascii) {
		return ""
	}
	return ascii
}

// plainDomain reports whether a domain is lower-case ASCII without empty labels.
func plainDomain(domain string) bool {
	label := 0
	for i := range len(domain) {
		switch c := domain[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_':
			label++
		default:
			return false
		}
	}
	return label > 0
}

func notGraphic(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }
