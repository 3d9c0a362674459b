package classifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// maxShape is the length of the longest name shape, in characters.
const maxShape = 24

// LessonOf makes the training text of a comment: what learning keeps of it and
// all that scoring looks at. It holds neither the e-mail address nor the IP address,
// and of the name its shape and the hashes of its words: those that the model keeps in
// any case to know the words again. The lesson shares memory with text.
func LessonOf(text models.Text, c *models.Comment) models.Lesson {
	var words nameWords
	l := lessonOf(text, c, &words)
	l.NameWords = append([]uint64(nil), l.NameWords...)
	return l
}

// lessonOf is LessonOf that leaves the words of the name in words, which keep NameWords.
func lessonOf(text models.Text, c *models.Comment, words *nameWords) models.Lesson {
	return models.Lesson{
		Text:        text.Plain,
		Links:       text.Links,
		Hidden:      text.Hidden,
		NameShape:   nameShape(c.Author.Name),
		AuthorHost:  hostOf(c.Author.URL),
		EmailDomain: emailDomain(c.Author.Email),
		NameWords:   words.read(c.Author.Name),
		Agent:       agentFamily(c.Author.UserAgent),
	}
}

// nameShape reduces a name to classes of characters, runs of one class collapsed:
// X upper case, x lower case, o letters without case, 9 digits; punctuation stays.
func nameShape(name string) string {
	var room [maxShape * utf8.UTFMax]byte
	shape := room[:0]
	last, n := rune(-1), 0
	for _, r := range strings.TrimSpace(name) {
		class := shapeClass(r)
		if class == last || class == 0 {
			continue
		}
		if n++; n > maxShape {
			break
		}
		shape = utf8.AppendRune(shape, class)
		last = class
	}
	return string(shape)
}

// shapeClass gives the class of a character in a name; 0 for one that does not show.
func shapeClass(r rune) rune {
	if r < utf8.RuneSelf {
		return asciiShape[r]
	}
	switch {
	case unicode.IsUpper(r), unicode.IsTitle(r):
		return 'X'
	case unicode.IsLower(r):
		return 'x'
	case unicode.IsLetter(r):
		return 'o'
	case unicode.IsNumber(r):
		return '9'
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsMark(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
		return 0
	default:
		return '*'
	}
}

// asciiShape is shapeClass of ASCII characters.
var asciiShape = func() (shape [utf8.RuneSelf]rune) {
	for r := range shape {
		switch class := asciiClass[r]; {
		case class == upperClass:
			shape[r] = 'X'
		case class == lowerClass:
			shape[r] = 'x'
		case class == digitClass:
			shape[r] = '9'
		case r == ' ' || r >= '\t' && r <= '\r':
			shape[r] = ' '
		case r > ' ' && r < 0x7f:
			shape[r] = rune(r)
		}
	}
	return shape
}()

// hostOf gives the host of a URL that a person typed, with or without a scheme:
// lower case, without user, port, and leading "www."; empty if there is none.
func hostOf(address string) string {
	s := strings.TrimSpace(address)
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		s = s[:i]
	}
	s = strings.TrimPrefix(domain(s), "www.")
	if !strings.ContainsAny(s, ".:") {
		return ""
	}
	return s
}

// emailDomain gives what follows the @ of an e-mail address, in lower case; empty
// if the address makes no sense.
func emailDomain(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 1 {
		return ""
	}
	return domain(address[i+1:])
}

// domain cleans a domain name; empty if it cannot be one.
func domain(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\r\n."))
	if len(s) > 253 || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError
	}) {
		return ""
	}
	return s
}
