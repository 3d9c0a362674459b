package markup

import "strings"

// element is what a tag means for the text.
type element uint8

const (
	unknown element = iota
	inline          // says nothing to a reader of plain text
	block           // begins a line and ends one
	link            // has a target in href
	frame           // has a target in src
	image           // has a text in alt
	raw             // has content that is no text
)

// elements are the elements that people write in comments, and those that hide or
// link something.
var elements = map[string]element{
	"a": link, "area": link, "iframe": frame, "frame": frame, "embed": frame, "img": image, "image": image,
	"script": raw, "style": raw,
	"abbr": inline, "acronym": inline, "b": inline, "bdi": inline, "bdo": inline, "big": inline, "button": inline,
	"cite": inline, "code": inline, "data": inline, "del": inline, "dfn": inline, "em": inline, "font": inline, "i": inline,
	"input": inline, "ins": inline, "kbd": inline, "label": inline, "mark": inline, "marquee": inline, "nobr": inline,
	"noscript": inline, "object": inline, "q": inline, "s": inline, "samp": inline, "small": inline, "span": inline,
	"strike": inline, "strong": inline, "sub": inline, "sup": inline, "svg": inline, "time": inline, "tt": inline,
	"u": inline, "var": inline, "wbr": inline, "video": inline, "audio": inline, "source": inline, "base": inline,
	"link": inline, "meta": inline, "html": inline, "body": inline, "head": inline, "template": inline,
	"address": block, "article": block, "aside": block, "blockquote": block, "br": block, "center": block, "dd": block,
	"details": block, "div": block, "dl": block, "dt": block, "fieldset": block, "figcaption": block, "figure": block,
	"footer": block, "form": block, "h1": block, "h2": block, "h3": block, "h4": block, "h5": block, "h6": block,
	"header": block, "hr": block, "li": block, "main": block, "nav": block, "ol": block, "option": block, "p": block,
	"pre": block, "section": block, "select": block, "summary": block, "table": block, "tbody": block, "td": block,
	"textarea": block, "tfoot": block, "th": block, "thead": block, "title": block, "tr": block, "ul": block, "xmp": block,
}

// tag is one HTML tag as it stands in plain text.
type tag struct {
	kind    element
	closing bool
	// value is the attribute that kind looks for.
	value string
}

// attribute names the attribute that holds a tag's target or text.
func (e element) attribute() string {
	switch e {
	case link:
		return "href"
	case frame:
		return "src"
	case image:
		return "alt"
	default:
		return ""
	}
}

// parseTag reads the HTML tag that s, beginning with "<", begins with, and tells
// its length; 0 if it is none. It is strict, because in plain text "<" mostly is
// no tag: the element must be known, an attribute must have a value, and there is
// no "<" inside, which also bounds the work.
func parseTag(s string) (tag, int) {
	var t tag
	i := 1
	if i < len(s) && s[i] == '/' {
		t.closing = true
		i++
	}
	end := i
	for end < len(s) && end-i < 12 && isAlnum(s[end]) {
		end++
	}
	t.kind = elementOf(s[i:end])
	if t.kind == unknown {
		return tag{}, 0
	}
	valued, any := false, false
	for i = end; i < len(s); {
		switch c := s[i]; {
		case c == '>':
			if any && !valued && !t.closing {
				return tag{}, 0
			}
			return t, i + 1
		case c == '<':
			return tag{}, 0
		case isSpace(c) || c == '/' || c == '"' || c == '\'':
			i++
		case i == end:
			return tag{}, 0
		default:
			name, value, n := parseAttribute(s[i:])
			if n == 0 {
				return tag{}, 0
			}
			any = true
			valued = valued || value != ""
			if t.value == "" && strings.EqualFold(name, t.kind.attribute()) {
				t.value = value
			}
			i += n
		}
	}
	return tag{}, 0
}

// parseAttribute reads name, name=value, name='value' or name="value" at the
// beginning of s and tells its length; 0 if the value does not end.
func parseAttribute(s string) (name, value string, n int) {
	i := 0
	for i < len(s) && !isSpace(s[i]) && s[i] != '=' && s[i] != '>' && s[i] != '<' && s[i] != '/' {
		i++
	}
	name = s[:i]
	j := skipSpace(s, i)
	if j == len(s) || s[j] != '=' {
		return name, "", max(i, 1)
	}
	j = skipSpace(s, j+1)
	if j < len(s) && (s[j] == '"' || s[j] == '\'') {
		for k := j + 1; k < len(s) && s[k] != '<'; k++ {
			if s[k] == s[j] {
				return name, s[j+1 : k], k + 1
			}
		}
		return "", "", 0
	}
	k := j
	for k < len(s) && !isSpace(s[k]) && s[k] != '>' && s[k] != '<' {
		k++
	}
	return name, s[j:k], k
}

// elementOf gives the element of a name in any case.
func elementOf(name string) element {
	var lower [12]byte
	if len(name) > len(lower) {
		return unknown
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return elements[string(lower[:len(name)])]
}

func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'
}
