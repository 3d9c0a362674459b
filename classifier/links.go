package classifier

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/winnowd/winnow/models"
)

const (
	// maxLinks is how many links of a comment are looked at.
	maxLinks = 8
	// maxPathWords is how many words of a link's path and query are.
	maxPathWords = 6
)

// readLinks adds the parts of links: host, registered domain, top-level domain,
// words of the path, and how the link was written.
func (d *document) readLinks(links []models.Link) {
	for i := range links[:min(len(links), maxLinks)] {
		link := &links[i]
		host := link.Host
		if host == "" {
			host = hostOf(link.URL)
		}
		d.addClean("host:", host, kindLink)
		if registered, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
			d.addClean("domain:", registered, kindLink)
		}
		if dot := strings.LastIndexByte(host, '.'); dot >= 0 {
			d.addClean("tld:", host[dot+1:], kindLink)
		}
		d.addClean("link:", string(link.Kind), kindLink)
		d.readPath(link.URL)
	}
}

// readPath adds the words of what follows the host in an address: runs of ASCII
// letters and digits with at least one letter.
func (d *document) readPath(address string) {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	i := strings.IndexAny(address, "/?#")
	if i < 0 {
		return
	}
	path, n := address[i:], 0
	for start := 0; start < len(path) && n < maxPathWords; {
		end, letters := start, false
		for end < len(path) && isAlphanumeric(path[end]) {
			letters = letters || path[end] > '9'
			end++
		}
		if letters && end-start >= 2 && end-start <= maxWord {
			d.buf = append(d.buf, "path:"...)
			d.buf = appendLower(d.buf, path[start:end])
			d.commit(kindLink)
			n++
		}
		start = end + 1
	}
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// appendLower appends ASCII in lower case.
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

// addressLength gives the length of the web address that s starts with; 0 if it
// starts with none.
func addressLength(s []byte) int {
	if !bytes.HasPrefix(s, []byte("http://")) && !bytes.HasPrefix(s, []byte("https://")) && !bytes.HasPrefix(s, []byte("www.")) {
		return 0
	}
	if end := bytes.IndexAny(s, " \t\r\n<>\"'"); end >= 0 {
		return end
	}
	return len(s)
}
