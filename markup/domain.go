package markup

import (
	"strings"

	"github.com/winnowd/winnow/models"
)

// domainAt looks for a host around the dot, plain or disguised, at i.
func (s *scanner) domainAt(i int) int {
	end := i
	for n := 0; n < maxBlank && end > s.floor && (s.text[end-1] == ' ' || s.text[end-1] == '\t'); n++ {
		end--
	}
	start := s.labelStart(end)
	if start == end {
		return i + 1
	}
	if d, _ := s.separator(end); d == noDot {
		return i + 1
	}
	stop := s.readHost(start)
	h := &s.name
	if len(h.labels) < 2 {
		return i + 1
	}
	s.floor = max(s.floor, h.labels[len(h.labels)-1].start)
	if stop < len(s.text) && s.text[stop] == '@' {
		return s.consume(stop + 1)
	}
	if !s.mayStart(start) {
		return stop
	}
	n := s.linkLabels()
	if n == 0 {
		return stop
	}
	return s.addDomain(start, n)
}

// addDomain lists the host of the first n labels, with its path, as a link.
func (s *scanner) addDomain(start, n int) int {
	h := &s.name
	name := h.trimmed(n)
	hostEnd := h.labels[n-1].end
	end := hostEnd
	if s.pathFollows(hostEnd) {
		end = s.urlEnd(hostEnd)
	}
	l := models.Link{Host: withoutWWW(canonical(name))}
	if l.Host == "" {
		return s.consume(hostEnd)
	}
	if h.worst(n) == plainDot && !h.folded {
		l.URL, l.Kind = strings.TrimRight(s.text[start:end], "-_"), models.LinkBare
	} else {
		l.URL, l.Kind = "http://"+name+s.text[hostEnd:end], models.LinkDisguised
	}
	s.add(start, l)
	return s.consume(end)
}

// mayStart reports whether a host may begin at i: not after "@" or "(at)", which
// make an e-mail address, nor inside a path.
func (s *scanner) mayStart(i int) bool {
	before := strings.TrimRight(s.text[max(0, i-8):i], " \t")
	for _, at := range [...]string{"(at)", "[at]", "{at}", "@"} {
		if len(before) >= len(at) && strings.EqualFold(before[len(before)-len(at):], at) {
			return false
		}
	}
	if i == 0 || before == "http//" || before == "https//" || strings.HasSuffix(before, "http:/") || strings.HasSuffix(before, "https:/") {
		return true
	}
	switch s.text[i-1] {
	case '\\', '$', '%':
		return false
	case '/':
		return i >= 2 && s.text[i-2] == '/' && (i == 2 || isSpace(s.text[i-3]) || punctuation(s.text[i-3]) && s.text[i-3] != ':' && s.text[i-3] != '/')
	}
	return true
}

// linkLabels tells how many labels of the host that was read make a link; 0 if it
// is none. A sentence that begins without a space after it is left off.
func (s *scanner) linkLabels() int {
	const tries = 4
	h := &s.name
	for n, last := len(h.labels), len(h.labels)-tries; n >= 2 && n > last; n-- {
		if s.isLink(n) {
			return n
		}
		l := h.labels[n-1]
		if c := s.text[l.start]; !l.dot.weak() && (c < 'A' || c > 'Z') {
			return 0
		}
	}
	return 0
}

// isLink reports whether the first n labels make a link.
func (s *scanner) isLink(n int) bool {
	h := &s.name
	ending := strings.TrimRight(h.ending(n), "-_")
	if digits(ending) || s.beginsSentence(n, ending) || h.labels[n-1].nameEnd > 4*maxHostBytes {
		return false
	}
	hostEnd := h.labels[n-1].end
	if hostEnd < len(s.text) && s.text[hostEnd] == '(' {
		return false // a call in a program
	}
	name := h.trimmed(n)
	switch d := h.worst(n); {
	case d.weak():
		return spelled[ending] && s.standsAsHost(n, d)
	case d == bracketedDot:
		return common[ending] || ambiguous[ending]
	case n >= 3 && h.ending(1) == "www":
		return true
	case products[name]:
		return false
	}
	if path := s.pathFollows(hostEnd); path || common[ending] || n >= 3 {
		known, long := knownEnding(asciiName(name))
		if path && known || long && n >= 3 {
			return true
		}
	}
	left := h.ending(n - 1)
	switch {
	case n == 2 && len(ending) == 2 && secondLevel[left]:
		return false
	case common[ending]:
		return len(left) >= 2 || len(ending) == 3
	case ambiguous[ending]:
		return n >= 3 && len(left) >= 2 && !digits(left) && len(h.ending(n-2)) >= 2 || hostlike(left)
	}
	return false
}

// asciiName gives a host's name in ASCII, or as it is if it has none.
func asciiName(name string) string {
	if ascii := canonical(name); ascii != "" {
		return ascii
	}
	return name
}

// beginsSentence reports whether the n-th label rather is the first word of a
// sentence: "Word.In the", "shop.Top", but not "Example.Com".
func (s *scanner) beginsSentence(n int, ending string) bool {
	l, before := s.name.labels[n-1], s.name.labels[n-2]
	if ending == "com" || ending == "net" && l.dot == plainDot || ending == "org" {
		return false
	}
	upper := s.text[l.start] >= 'A' && s.text[l.start] <= 'Z'
	shouted := l.end-l.start > 1 && s.text[l.start+1] >= 'A' && s.text[l.start+1] <= 'Z'
	lowerBefore := s.text[before.end-1] >= 'a' && s.text[before.end-1] <= 'z'
	return upper && (!shouted || lowerBefore)
}

// hostlike reports whether a label is more likely a name than a word: it has a "-"
// or a digit, and letters.
func hostlike(label string) bool {
	return len(label) >= 5 && strings.ContainsAny(label, "-0123456789") && strings.ContainsAny(label, "abcdefghijklmnopqrstuvwxyz")
}

// standsAsHost reports whether a host with a spaced or spelled dot really is one
// and not a word before a full stop, or the word "dot".
func (s *scanner) standsAsHost(n int, d dot) bool {
	h := &s.name
	left := h.ending(n - 1)
	if n >= 3 && (h.ending(1) == "www" || left == "co") || s.pathFollows(h.labels[n-1].end) {
		return true
	}
	if len(left) < 3 || digits(left) {
		return false
	}
	if d == spacedDot {
		return true
	}
	return !beforeDot[left] && !afterDotCom[s.wordAfter(h.labels[n-1].end)]
}

// wordAfter gives the word after the space at i, in lower case.
func (s *scanner) wordAfter(i int) string {
	from := skipBlank(s.text, i)
	to := from
	for to < len(s.text) && to-from < 20 && isAlnum(s.text[to]) {
		to++
	}
	return strings.ToLower(s.text[from:to])
}

// beforeDot are words after which "dot com" is a phrase and not a host.
var beforeDot = setOf(`the this that these those every each any some another old new first early late former failed famous big
	biggest small large many most all and but for with from was were are has had its his her our your their like called about
	use using used learn asp microsoft polka red blue green black white single one two dotted via you they what which said say
	says write type typed word before after then than just only into over under whole entire typical nineties`)

// afterDotCom are words before which "dot com" is a phrase and not a host.
var afterDotCom = setOf(`bubble boom bust crash era company companies startup startups stock stocks millionaire millionaires
	billionaire billionaires business businesses craze days day world domain domains site sites industry economy crowd guys
	developer developers development framework core programmer programmers mania collapse burst generation years age time
	times thing things entrepreneur entrepreneurs venture ventures firm firms matrix product products notation operator`)

// pathFollows reports whether a path, a port or a query begins at i.
func (s *scanner) pathFollows(i int) bool {
	if i+1 >= len(s.text) {
		return i < len(s.text) && s.text[i] == '/'
	}
	next := s.text[i+1]
	switch s.text[i] {
	case '/':
		return next != '/'
	case ':':
		return next >= '0' && next <= '9'
	case '?':
		return isAlnum(next)
	}
	return false
}
