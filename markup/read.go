package markup

import (
	"strings"

	"github.com/winnowd/winnow/models"
)

// maxLinks is the most links that are listed of one content.
const maxLinks = 10_000

// Read gives content as a reader of it sees it. A content type that is not known
// is read as plain text.
//
// Plain has no markup: tags, link syntax and emphasis are gone, and the texts of
// links and the alternative texts of images stay. Block elements begin a new line,
// comments vanish without a trace, scripts and style sheets are left out. Entities
// are decoded in HTML and Markdown, and in plain text that contains HTML. Control
// characters but line feed and tab become spaces, all kinds of line ends become line
// feeds, bytes that are not UTF-8 become U+FFFD, and white space around the whole is
// trimmed. Letters are otherwise unchanged.
//
// Hidden counts format characters, tag characters and variation selectors that were
// dropped because they change nothing that can be seen. Joiners in the scripts that
// need them and the parts of emoji stay and are not counted.
//
// Links are at most 10,000; what is beyond is not listed.
func Read(content string, ct models.ContentType) models.Text {
	if simple(content) {
		return models.Text{Plain: strings.TrimSpace(content)}
	}
	text, spans, hidden := visible(content, ct)
	if len(spans) == 0 && simple(text) {
		return models.Text{Plain: strings.TrimSpace(text), Hidden: hidden}
	}
	s := scanner{text: text, spans: spans, signs: &plainSigns}
	if ct == models.Markdown {
		s.signs = &markdownSigns
	}
	s.prepare(ct == models.Markdown)
	s.run()
	return models.Text{Plain: strings.TrimSpace(s.plain()), Links: s.links, Hidden: hidden}
}

// visible gives the text of content without HTML and hidden characters, and the
// HTML links in it.
func visible(content string, ct models.ContentType) (string, []span, int) {
	w := writer{open: -1}
	switch {
	case ct == models.HTML && strings.ContainsAny(content, "<&"):
		w.buf = make([]byte, 0, len(content))
		w.readHTML(content)
	default:
		first := firstTag(content)
		if first < 0 && ct == models.Markdown && strings.IndexByte(content, '&') >= 0 {
			first = len(content)
		}
		if first < 0 {
			text, hidden := clean(content)
			return text, nil, hidden
		}
		w.buf = make([]byte, 0, len(content))
		w.readPlain(content, first)
	}
	w.finish()
	return string(w.buf), w.spans, w.hidden
}

// plainSigns and markdownSigns mark the bytes at which the scanner has to look
// closer, in Markdown and in everything else.
var (
	plainSigns    = signSet("[]<!:.({dD*\xe2\xe3\xef")
	markdownSigns = signSet("[]<!:.({dD*\xe2\xe3\xef_`~\\#>")
)

func signSet(signs string) (set [256]bool) {
	for i := range len(signs) {
		set[signs[i]] = true
	}
	return set
}

// Classes of bytes for simple.
const (
	ordinary = iota
	never    // needs the long way
	point    // "." ends a sentence or is part of a host
	colon    // ":" may be part of "://"
	letterD  // may begin "dot"
)

var simpleClass = func() (class [256]uint8) {
	for c := range class {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			class[c] = never
		}
	}
	for _, c := range "<[]&*_`~\\#({>" {
		class[c] = never
	}
	class['.'], class[':'], class['d'], class['D'] = point, colon, letterD, letterD
	return class
}()

// simple reports whether s is surely its own plain text, without links: most
// comments are. It may say no to a text that is.
func simple(s string) bool {
	for i := 0; i < len(s); i++ {
		switch simpleClass[s[i]] {
		case never:
			return false
		case point:
			// The end of a sentence: nothing that a host goes on with after it, and no
			// space before it as in "example . com".
			if i+1 < len(s) && isAlnum(s[i+1]) || i > 0 && s[i-1] == ' ' {
				return false
			}
		case colon:
			if n := skipBlank(s, i+1); n < len(s) && (s[n] == '/' || s[n] == '\\') {
				return false
			}
		case letterD:
			if i > 0 && s[i-1] == ' ' && dotWord(s[i:]) {
				return false
			}
		}
	}
	return true
}

// dotWord reports whether s begins with the word "dot" and a space.
func dotWord(s string) bool {
	return len(s) > 3 && (s[3] == ' ' || s[3] == '\t') && s[1]|0x20 == 'o' && s[2]|0x20 == 't' && s[0]|0x20 == 'd'
}

// maxBlank is the most spaces around a dot, colon or slash of a disguised link.
const maxBlank = 3

// skipBlank gives the first place from i on that is no blank, at most maxBlank on.
func skipBlank(s string, i int) int {
	for n := 0; n < maxBlank && i < len(s) && (s[i] == ' ' || s[i] == '\t'); n++ {
		i++
	}
	return i
}
