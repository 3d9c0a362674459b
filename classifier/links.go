package classifier

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/winnowd/winnow/models"
)

const (
	// maxLinks is how many links of a comment are looked at.
	maxLinks = 8
	// maxPathWords is how many words of a link's path and query are.
	maxPathWords = 6
	// maxName is the length of the longest name of a feature that is no word, in bytes.
	maxName = 200
)

// readLinks adds the parts of links: host, registered domain, top-level domain,
// words of the path, and of the address of a link that does not stand in the text the
// words of the domain.
func (d *document) readLinks(links []models.Link) {
	for i := range links[:min(len(links), maxLinks)] {
		link := &links[i]
		host := link.Host
		if host == "" {
			host = hostOf(link.URL)
		}
		d.readHost(kindHost, "", host)
		if link.Kind != models.LinkBare {
			d.hostWords(host)
		}
		d.readPath(link.URL)
	}
}

// readHost adds a host, its registered domain and its top-level domain.
func (d *document) readHost(k kind, prefix, host string) {
	if host == "" {
		return
	}
	d.named(k, prefix+"host:", host)
	if registered, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		d.named(k, prefix+"domain:", registered)
	}
	if dot := strings.LastIndexByte(host, '.'); dot >= 0 {
		d.named(k, prefix+"tld:", host[dot+1:])
	}
}

// hostWords reads the labels of a host but the last as words: what stands in domain
// names is what stands in texts.
func (d *document) hostWords(host string) {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 {
		return
	}
	host = host[:min(dot, maxName)]
	for start := 0; start < len(host); {
		end := start
		for end < len(host) && isAlphanumeric(host[end]) {
			end++
		}
		if end > start {
			from := len(d.lower)
			d.lower = appendLower(d.lower, host[start:end])
			d.addWord(d.lower[from:], uint32(from))
		}
		start = end + 1
	}
}

// pathOf gives what follows the host in an address.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if i := strings.IndexAny(address, "/?#"); i >= 0 {
		return address[i:]
	}
	return ""
}

// readPath adds the words of what follows the host in an address: runs of ASCII
// letters and digits with at least one letter.
func (d *document) readPath(address string) {
	path, n := pathOf(address), 0
	for start := 0; start < len(path) && n < maxPathWords; {
		end, letters := start, false
		for end < len(path) && isAlphanumeric(path[end]) {
			letters = letters || path[end] > '9'
			end++
		}
		if letters && end-start >= 2 && end-start <= maxWord {
			d.named(kindPath, "path:", path[start:end])
			n++
		}
		start = end + 1
	}
}

// named adds a feature whose name is a prefix and a value from outside, in lower case
// and without what cannot be shown; nothing if the value is empty.
func (d *document) named(k kind, prefix, value string) {
	if value == "" {
		return
	}
	d.namedAs(k, prefix, strings.ToLower(value[:min(len(value), maxName)]))
}

// namedAs is named without a change of case.
func (d *document) namedAs(k kind, prefix, value string) {
	from := len(d.names)
	d.names = append(d.names, prefix...)
	at := len(d.names)
	for i, r := range value {
		if i >= maxName {
			break
		}
		if shown(r) {
			d.names = utf8.AppendRune(d.names, r)
		}
	}
	if len(d.names) > at {
		d.add(k, hashOf(d.names[from:]), uint32(from), uint32(len(d.names)))
	}
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
