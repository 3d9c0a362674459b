package policy

import "strings"

const nameLinksName = "name-links"

// nameLinks finds authors whose name is a web address or has one in it.
type nameLinks struct{}

func decodeNameLinks(*object) rule { return nameLinks{} }

func (nameLinks) check(l *look) (reason, bool) {
	name := l.Revision.Comment.Author.Name
	if !strings.ContainsAny(name, ".:") {
		return reason{}, false
	}
	for word := range strings.FieldsSeq(name) {
		word = strings.Trim(word, `.,;:!?()[]{}<>"'`)
		lower := strings.ToLower(word)
		if !strings.Contains(lower, "://") && !strings.HasPrefix(lower, "www.") && !nameOfHost(lower) {
			continue
		}
		return reason{
			code: nameLinksName + ".found", params: map[string]any{"found": clip(word, maxQuoted)},
			detail: "the author's name contains the link " + quote(word),
		}, true
	}
	return reason{}, false
}

// nameOfHost tells whether a word is surely a host: several labels with a top-level
// domain that names end in seldom otherwise. "J.R" and "Dr.Who" are none.
func nameOfHost(word string) bool {
	host, _, _ := strings.Cut(word, "/")
	i := strings.LastIndexByte(host, '.')
	if i < 3 || !validHost(asciiHost(host)) {
		return false
	}
	switch host[i+1:] {
	case "com", "net", "org", "info", "biz", "ru", "cn", "io", "shop", "store", "online", "site", "top", "xyz", "club", "casino", "bet", "win", "loan", "click", "link", "de", "uk", "eu", "fr", "it", "pl", "us", "in", "co", "tk", "ml":
		return true
	}
	return strings.Contains(word, "/")
}
