package markup

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// scanner goes once through a text, lists its links and cuts out its markup.
type scanner struct {
	text  string
	signs *[256]bool
	// out is the plain text of text[:last]; the rest is appended at the next cut.
	out  []byte
	last int
	// floor is the end of the last thing that was recognised: nothing is looked at
	// twice by looking back.
	floor int

	links []models.Link
	spans []span // HTML links that are still to come
	// owners are the HTML, BBCode and Markdown link whose text is being read.
	owners [3]owner

	bbcode   bool      // there is a closing BBCode tag somewhere
	brackets []bracket // Markdown brackets that are still to come
	pending  []bracket // those whose text is being read, outermost first
	emphasis []cutting
	name     hostName
}

// owner is a link that may be repeated in its own text.
type owner struct {
	host string
	// end is where the link's text ends.
	end int
}

// The owners.
const (
	ownHTML = iota
	ownBBCode
	ownMarkdown
)

// cutting is a part of the text to be cut out.
type cutting struct{ start, end int }

// prepare finds what can be recognised only by its end: brackets and emphasis.
func (s *scanner) prepare(markdown bool) {
	s.bbcode = strings.Contains(s.text, "[/")
	s.brackets = matchBrackets(s.text)
	s.emphasis = matchEmphasis(s.text, markdown)
}

// run goes through the text.
func (s *scanner) run() {
	for i := 0; i < len(s.text); {
		c := s.text[i]
		if !s.signs[c] {
			i++
			continue
		}
		next := s.sign(i, c)
		if next <= i {
			next = i + 1
		}
		i = next
	}
	s.passSpans(math.MaxInt)
}

// sign looks at the sign c at i and gives the place to go on from.
func (s *scanner) sign(i int, c byte) int {
	switch c {
	case '[':
		return s.openBracket(i)
	case ']':
		return s.closeBracket(i)
	case '!':
		return s.imageMark(i)
	case '<':
		return s.autolink(i)
	case ':':
		return s.schemeAt(i, 1)
	case '.':
		return s.domainAt(i)
	case '(', '{':
		if kind, _ := s.separator(i); kind == bracketedDot {
			return s.domainAt(i)
		}
	case 'd', 'D':
		if i > 0 && s.text[i-1] == ' ' && dotWord(s.text[i:]) {
			return s.domainAt(i)
		}
	case 0xe2, 0xe3, 0xef:
		r, size := utf8.DecodeRuneInString(s.text[i:])
		switch fold(r) {
		case '.':
			return s.domainAt(i)
		case ':':
			return s.schemeAt(i, size)
		}
		return i + size
	default:
		return s.decoration(i, c)
	}
	return i + 1
}

// cut leaves text[from:to] out of the plain text.
func (s *scanner) cut(from, to int) {
	if from = max(from, s.last); to <= from {
		return
	}
	if s.out == nil {
		s.out = make([]byte, 0, len(s.text))
	}
	s.out = append(s.out, s.text[s.last:from]...)
	s.last = to
}

// consume marks the text up to end as recognised and goes on there.
func (s *scanner) consume(end int) int {
	s.floor = max(s.floor, end)
	return end
}

// plain gives the plain text.
func (s *scanner) plain() string {
	if s.out == nil {
		return s.text
	}
	return string(append(s.out, s.text[s.last:]...))
}

// passSpans lists the HTML links that begin at or before at.
func (s *scanner) passSpans(at int) {
	for len(s.spans) > 0 && s.spans[0].start <= at {
		p := s.spans[0]
		s.spans = s.spans[1:]
		host := Host(p.url)
		s.list(models.Link{URL: p.url, Host: host, Kind: models.LinkHTML})
		s.owners[ownHTML] = owner{host: host, end: p.end}
	}
}

func (s *scanner) list(l models.Link) {
	if len(s.links) < maxLinks {
		s.links = append(s.links, l)
	}
}

// addOwner lists a link at at whose text ends at end.
func (s *scanner) addOwner(who int, at int, l models.Link, end int) {
	s.passSpans(at)
	s.list(l)
	s.owners[who] = owner{host: l.Host, end: end}
}

// add lists a link at at, unless it only repeats the link in whose text it stands.
func (s *scanner) add(at int, l models.Link) {
	s.passSpans(at)
	for i := range s.owners {
		if o := &s.owners[i]; at < o.end && o.host != "" && o.host == l.Host {
			o.host = ""
			return
		}
	}
	s.list(l)
}

// autolink reads "<https://...>" at i.
func (s *scanner) autolink(i int) int {
	if !autolinked(s.text[i:]) {
		return i + 1
	}
	end := i + 1
	for end < len(s.text) && s.text[end] != '>' && s.text[end] != '<' && !isSpace(s.text[end]) {
		end++
	}
	if end == len(s.text) || s.text[end] != '>' {
		return i + 1
	}
	url := s.text[i+1 : end]
	s.add(i, models.Link{URL: url, Host: Host(url), Kind: models.LinkMarkdown})
	s.cut(i, i+1)
	s.cut(end, end+1)
	return s.consume(end + 1)
}

// decoration cuts emphasis, and in Markdown the other signs that are not read.
func (s *scanner) decoration(i int, c byte) int {
	if c == '*' || c == '_' || c == '~' {
		n, found := slices.BinarySearchFunc(s.emphasis, i, func(e cutting, at int) int { return e.start - at })
		if found {
			e := s.emphasis[n]
			s.cut(e.start, e.end)
			return e.end
		}
	}
	if s.signs != &markdownSigns {
		return i + 1
	}
	return s.markdownSign(i, c)
}
