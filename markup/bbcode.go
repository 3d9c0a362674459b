package markup

import (
	"math"
	"strings"

	"github.com/winnowd/winnow/models"
)

// bbTags are the BBCode tags that are cut from a text that has a closing one.
var bbTags = setOf(`b i u s url link img image quote code color colour size font list li ul ol center left right justify
	align email mail youtube video media spoiler sub sup table tr td th h1 h2 h3 h4 h5 h6 hr strike highlight indent pre * p`)

// bbTag is one BBCode tag.
type bbTag struct {
	name    string
	closing bool
	// value is what follows "=", or the value of its one attribute.
	value  string
	length int
}

// parseBBTag reads the BBCode tag that s begins with; its length is 0 if it is none.
func parseBBTag(s string) bbTag {
	var t bbTag
	i := 1
	if i < len(s) && s[i] == '/' {
		t.closing = true
		i++
	}
	start := i
	for i < len(s) && i-start < 10 && (isAlnum(s[i]) || s[i] == '*') {
		i++
	}
	t.name = strings.ToLower(s[start:i])
	if i == len(s) || t.name == "" || !bbTags[t.name] {
		return bbTag{}
	}
	from := i
	for i < len(s) && s[i] != ']' && s[i] != '[' && s[i] != '\n' {
		i++
	}
	if i == len(s) || s[i] != ']' {
		return bbTag{}
	}
	rest := s[from:i]
	if rest != "" && (t.closing || rest[0] != '=' && rest[0] != ' ') {
		return bbTag{}
	}
	if _, value, ok := strings.Cut(rest, "="); ok {
		t.value = strings.Trim(value, " \t\"'")
	}
	t.length = i + 1
	return t
}

// bbTagAt reads the BBCode tag that the "[" at i may begin.
func (s *scanner) bbTagAt(i int) int {
	t := parseBBTag(s.text[i:])
	if t.length == 0 {
		return i + 1
	}
	end := i + t.length
	switch t.name {
	case "url", "link":
		if next := s.bbLink(i, t); next > 0 {
			return next
		}
	case "img", "image":
		if next := s.bbImage(end, t); next > 0 {
			s.cut(i, next)
			return s.consume(next)
		}
	}
	if s.bbcode {
		s.cut(i, end)
		return s.consume(end)
	}
	return i + 1
}

// bbLink reads "[url]target", "[url=target]" or "[/url]" at i; 0 if there is no target.
func (s *scanner) bbLink(i int, t bbTag) int {
	end := i + t.length
	switch {
	case t.closing:
		s.owners[ownBBCode] = owner{}
		return 0
	case t.value != "":
		if !absolute(t.value) {
			return 0
		}
		s.addOwner(ownBBCode, i, models.Link{URL: t.value, Host: Host(t.value), Kind: models.LinkBBCode}, math.MaxInt)
		s.cut(i, end)
		return s.consume(end)
	}
	from := skipBlank(s.text, end)
	to := s.bbTarget(from)
	url := s.text[from:to]
	if !absolute(url) {
		return 0
	}
	s.passSpans(i)
	s.list(models.Link{URL: url, Host: Host(url), Kind: models.LinkBBCode})
	s.cut(i, end)
	return s.consume(to)
}

// bbImage gives the end of the source of an image at i, if the closing tag follows
// it; 0 otherwise.
func (s *scanner) bbImage(i int, t bbTag) int {
	if t.closing {
		return 0
	}
	to := s.bbTarget(i)
	if to > i && hasPrefixFold(s.text[to:], "[/im") {
		return to
	}
	return 0
}

// bbTarget gives the end of the target that begins at i.
func (s *scanner) bbTarget(i int) int {
	for i < len(s.text) && !isSpace(s.text[i]) && strings.IndexByte(`[]<>"`, s.text[i]) < 0 {
		i++
	}
	return i
}
