package classifier

import (
	"unicode"
	"unicode/utf8"
)

// Classes of characters, as bits of a word's form.
const (
	lowerClass = 1 << iota
	upperClass
	digitClass
	otherClass // letters without case, marks, and the underscore
	foreignClass
)

// asciiClass is the class of each byte that is an ASCII character of a word, else 0.
var asciiClass = func() (class [256]uint8) {
	for c := range class {
		switch {
		case 'a' <= c && c <= 'z':
			class[c] = lowerClass
		case 'A' <= c && c <= 'Z':
			class[c] = upperClass
		case '0' <= c && c <= '9':
			class[c] = digitClass
		case c == '_':
			class[c] = otherClass
		}
	}
	return class
}()

// wordClass gives the class of a character in a word, 0 if it is not part of words.
func wordClass(r rune) uint8 {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass[r]
	case 0x0430 <= r && r <= 0x045f || 0x03ac <= r && r <= 0x03ce || 0x00df <= r && r <= 0x00ff && r != 0x00f7:
		return lowerClass | foreignClass // spared the tables
	case 0x0400 <= r && r <= 0x042f || 0x00c0 <= r && r <= 0x00de && r != 0x00d7:
		return upperClass | foreignClass
	case r == utf8.RuneError:
		return 0
	case unicode.IsLower(r):
		return lowerClass | foreignClass
	case unicode.IsUpper(r), unicode.IsTitle(r):
		return upperClass | foreignClass
	case unicode.IsLetter(r), unicode.IsMark(r):
		return otherClass | foreignClass
	case unicode.IsNumber(r):
		return digitClass | foreignClass
	}
	return 0
}

// appendFolded appends a character in lower case; letters that fold to others do
// (Unicode case folding, as far as it matters to words).
func appendFolded(b []byte, r rune) []byte {
	switch {
	case r == 'ß', r == 'ẞ':
		return append(b, 's', 's')
	case r == 'ς':
		r = 'σ'
	case r == 'İ', r == 'ı':
		return append(b, 'i')
	case 0x0430 <= r && r <= 0x044f:
	case 0x0410 <= r && r <= 0x042f:
		r += 0x0430 - 0x0410
	default:
		r = unicode.ToLower(r)
	}
	return utf8.AppendRune(b, r)
}

// unspaced tells that a character belongs to a script that sets no spaces between
// words: Thai, Lao, Myanmar, Khmer, Hiragana, Katakana, Han.
func unspaced(r rune) bool {
	switch {
	case r < 0x0e00:
		return false
	case r <= 0x0eff, 0x1000 <= r && r <= 0x109f, 0x1780 <= r && r <= 0x17ff:
		return wordClass(r) != 0
	case r < 0x2e80:
		return false
	case 0x3041 <= r && r <= 0x30ff, 0x4e00 <= r && r <= 0x9fff:
		return wordClass(r) != 0
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// visible tells that a character outside words shows.
func visible(r rune) bool {
	return r > ' ' && r != utf8.RuneError && !unicode.IsSpace(r) && !unicode.IsControl(r)
}

// pictograph tells that a character is an emoji or the like.
func pictograph(r rune) bool {
	return r >= 0x1f300 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2b00 && r <= 0x2bff
}
