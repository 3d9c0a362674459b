package markup

import (
	"unicode"
	"unicode/utf8"
)

// writer collects the text of a comment without hidden and control characters.
type writer struct {
	buf    []byte
	hidden int
	// tags is how many more tag characters (U+E0020 to U+E007F) may follow a flag.
	tags int
	// spans are the HTML links so far, in order; open is the one whose text is being
	// written, -1 if there is none.
	spans []span
	open  int
}

// span is an HTML link with the part of the text that it covers.
type span struct {
	url        string
	start, end int
}

// maxFlagTags is how many tag characters an emoji flag may have (UTS #51, 1.4.9:
// a region subdivision has up to 6 of them and a terminator).
const maxFlagTags = 8

// text appends s, cleaned.
func (w *writer) text(s string) {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !suspect(r) {
			i += size
			continue
		}
		w.buf = append(w.buf, s[from:i]...)
		w.odd(r, size, s[i+size:])
		i += size
		from = i
	}
	w.buf = append(w.buf, s[from:]...)
}

// clean returns s without hidden and control characters, and how many were hidden.
func clean(s string) (string, int) {
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && suspect(r) {
			w := writer{buf: make([]byte, 0, len(s)), open: -1}
			w.text(s)
			return string(w.buf), w.hidden
		}
	}
	return s, 0
}

// suspect reports whether r needs a closer look: controls, what may be hidden, and
// what stands for bytes that are not UTF-8.
func suspect(r rune) bool {
	switch {
	case r < 0x300:
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xad
	case r < 0x2000:
		return r == 0x34f || r == 0x61c || r == 0x115f || r == 0x1160 || r >= 0x180b && r <= 0x180f
	case r < 0xe0000:
		return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f ||
			r == 0x3164 || r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff || r == 0xffa0 ||
			r >= 0xfff0 && r <= 0xfffb || r == utf8.RuneError || r >= 0x1d173 && r <= 0x1d17a
	default:
		return r < 0xe1000
	}
}

// odd appends what is to be kept of the suspect character r of size bytes, which
// rest follows, and counts it if it is dropped.
func (w *writer) odd(r rune, size int, rest string) {
	prev, _ := utf8.DecodeLastRune(w.buf)
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r == utf8.RuneError:
		w.buf = utf8.AppendRune(w.buf, utf8.RuneError)
	case r == '\r':
		if next != '\n' {
			w.buf = append(w.buf, '\n')
		}
	case unicode.Is(unicode.Cc, r):
		w.buf = append(w.buf, ' ')
	case w.needed(r, prev, next):
		w.buf = utf8.AppendRune(w.buf, r)
	case (r == 0x200e || r == 0x200f || r == 0x61c) && (rightToLeft(prev) || rightToLeft(next)):
		// Keyboards of right-to-left scripts write these marks; they say nothing.
	default:
		w.hidden++
	}
}

// needed reports whether the invisible r is part of how the characters around it
// are written: joiners in scripts that join, emoji, and variants of ideographs.
func (w *writer) needed(r, prev, next rune) bool {
	switch {
	case r == 0x200c || r == 0x200d:
		if next == 0x200c || next == 0x200d {
			return false
		}
		return unicode.In(prev, joining...) || r == 0x200d && pictured(prev) && unicode.IsSymbol(next)
	case r == 0xfe0e || r == 0xfe0f:
		return unicode.IsSymbol(prev) || prev == '‼' || prev == '⁉' || prev == '〰' || prev == '〽' ||
			(prev >= '0' && prev <= '9' || prev == '#' || prev == '*') && next == 0x20e3
	case r >= 0xfe00 && r <= 0xfe0d || r >= 0xe0100 && r <= 0xe01ef:
		return unicode.In(prev, unicode.Han, unicode.Myanmar, unicode.Phags_Pa) || prev > 0x2000 && unicode.IsSymbol(prev)
	case r >= 0x180b && r <= 0x180f && r != 0x180e:
		return unicode.Is(unicode.Mongolian, prev)
	case r >= 0xe0020 && r <= 0xe007f:
		return w.flagTag(prev)
	}
	return false
}

// flagTag reports whether a tag character after prev belongs to an emoji flag.
func (w *writer) flagTag(prev rune) bool {
	const blackFlag = 0x1f3f4
	switch {
	case prev == blackFlag:
		w.tags = maxFlagTags - 1
		return true
	case prev >= 0xe0020 && prev < 0xe007f && w.tags > 0:
		w.tags--
		return true
	}
	return false
}

// pictured reports whether r may stand before a joiner in an emoji.
func pictured(r rune) bool {
	return unicode.IsSymbol(r) || r == 0xfe0f || r >= 0xe0020 && r <= 0xe007f
}

// joining lists the scripts in which joiners decide how a word is written.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Devanagari, unicode.Bengali, unicode.Malayalam, unicode.Tamil, unicode.Telugu, unicode.Kannada,
	unicode.Gujarati, unicode.Gurmukhi, unicode.Oriya, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Mongolian,
	unicode.Syriac, unicode.Nko, unicode.Mandaic, unicode.Tibetan, unicode.Javanese, unicode.Balinese, unicode.Sundanese,
}

// rightToLeft reports whether r is a letter of a script written from right to left.
func rightToLeft(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefc || r >= 0x10800 && r <= 0x10fff
}
