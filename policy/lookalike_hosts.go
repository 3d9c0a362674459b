package policy

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

const lookalikeHostsName = "lookalike-hosts"

// lookalikeHosts finds links to hosts whose names are written to be taken for others:
// in letters of several scripts, or so that they look like one of the known hosts.
type lookalikeHosts struct {
	// known are the hosts to be recognised, by their skeleton.
	known map[string]string
}

func decodeLookalikeHosts(o *object) rule {
	r := &lookalikeHosts{known: map[string]string{}}
	names := map[string]string{}
	for _, t := range append(o.words("known"), o.list("known_file")...) {
		o.host(t, names)
	}
	for host := range names {
		r.known[skeleton(host)] = host
	}
	return r
}

func (r *lookalikeHosts) check(l *look) (reason, bool) {
	own := ownHost(l.Case)
	for i := range l.Text.Links {
		host := l.Text.Links[i].Host
		if host == "" || within(host, own) {
			continue
		}
		if found, ok := r.host(host, own); ok {
			return found, true
		}
	}
	return reason{}, false
}

func (r *lookalikeHosts) host(host, own string) (reason, bool) {
	shown := host
	if strings.Contains(host, "xn--") {
		if u, err := idna.Punycode.ToUnicode(host); err == nil {
			shown = u
		}
	}
	for label := range strings.SplitSeq(shown, ".") {
		if mixed(label) {
			return reason{
				code: lookalikeHostsName + ".mixed", params: map[string]any{"host": host, "shown": clip(shown, maxQuoted)},
				detail: "the host " + quote(shown) + " mixes letters of several scripts",
			}, true
		}
	}
	if len(r.known) == 0 && own == "" {
		return reason{}, false
	}
	known := r.imitated(shown, own)
	if known == "" || within(host, known) {
		return reason{}, false
	}
	return reason{
		code: lookalikeHostsName + ".known", params: map[string]any{"host": host, "shown": clip(shown, maxQuoted), "known": known},
		detail: "the host " + quote(shown) + " looks like " + quote(known) + " and is another",
	}, true
}

// imitated gives the known host, or the site's own, that a host or what it lies below
// looks like; empty for none.
func (r *lookalikeHosts) imitated(shown, own string) string {
	ownBones := skeleton(own)
	// The bones of a part are a part of the bones: nothing grows together over a dot.
	for bones := skeleton(shown); strings.Contains(bones, "."); _, bones, _ = strings.Cut(bones, ".") {
		if known, ok := r.known[bones]; ok {
			return known
		}
		if bones == ownBones {
			return own
		}
	}
	return ""
}

// skeleton gives a host as it looks at a glance: hosts of the same skeleton are easily
// taken for each other (after Unicode Technical Standard 39, section 4).
func skeleton(host string) string {
	var b strings.Builder
	b.Grow(len(host))
	for _, r := range strings.ToLower(host) {
		if plain := lookAlike(r); plain != 0 {
			r = rune(plain)
		}
		switch r {
		case '0':
			r = 'o'
		case '1', 'i':
			r = 'l'
		case '5':
			r = 's'
		}
		b.WriteRune(r)
	}
	s := strings.ReplaceAll(b.String(), "rn", "m")
	return strings.ReplaceAll(s, "vv", "w")
}

// mixed tells whether a word has letters of scripts that are not written together.
// Latin beside Chinese, Japanese and Korean letters is usual, and so are marks and
// digits beside any.
func mixed(word string) bool {
	latin, other := false, ""
	for _, r := range word {
		if r < 0x80 {
			latin = latin || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		switch script := scriptOf(r); script {
		case "Latin":
			latin = true
		case "Cyrillic", "Greek", "Armenian", "Cherokee":
			if other != "" && other != script {
				return true
			}
			other = script
		}
		if latin && other != "" {
			return true
		}
	}
	return latin && other != ""
}
