package markup

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// common are endings that make a link of a bare domain: used a lot, and neither
// words that begin a sentence nor endings of files.
var common = setOf(`com net org info biz edu gov mobi
	ru su ua by kz cn hk tw jp kr vn th de uk fr nl pl cz sk ch dk fi hu ro gr tr il ir br mx ar cl co za ng ke nz
	io app dev xyz top club online site website shop store icu vip bid loan click buzz guru expert agency
	tk ml ga cf gq pw cc tv rocks monster cyou sbs cfd lol bond casino poker bet porn sex xxx webcam dating
	example рф`)

// ambiguous are endings that are words or files as well. They make a link of a
// bare domain only if the rest of it looks like a name of a host.
var ambiguous = setOf(`at au be ca do es eu id in is it la me my no pt rs se si so to us am ai al
	art best blog cam cash chat cool date download fit fun game games gift gold help host life link live love media men
	money name news one party press pro promo racing review reviews rent sale science space stream support team tech
	tips today trade video wiki win wine work world zone`)

// spelled are endings that make a link of "example dot com" and "example . com".
var spelled = setOf("com net org info biz ru xyz club site online cn de uk co io")

// products are well-known names that only look like hosts.
var products = setOf("asp.net vb.net ado.net ml.net vb.com")

// secondLevel are labels under which countries register names: "co.uk" is no host.
var secondLevel = setOf("co com org net gov edu ac")

// reserved are endings for documentation and tests (RFC 2606, RFC 7686).
var reserved = setOf("example test invalid localhost onion")

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// knownEnding reports whether the last label of host, in lower-case ASCII, is an
// ending under which names are registered, and whether host ends in a longer one
// such as "co.uk" and has more than that.
func knownEnding(host string) (known, long bool) {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if reserved[last] {
		return true, false
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	if strings.IndexByte(suffix, '.') < 0 {
		return icann, false
	}
	return true, icann && len(suffix) < len(host)
}
