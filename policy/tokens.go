package policy

import (
	"unicode"
	"unicode/utf8"
)

// class is what a character is to the word matcher.
type class byte

const (
	gap  class = iota // separates words: white space, dashes, underscores
	word              // part of a word: letters, digits, marks
	lone              // a word of its own: a character of a script without spaces
	sign              // a token of its own: punctuation and symbols
)

// spaceless are the scripts that put no spaces between words, and Hangul, which
// writes particles onto the word before them.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// asciiClass has the classes of the first characters.
var asciiClass = func() (classes [utf8.RuneSelf]class) {
	for r := range classes {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', 'A' <= r && r <= 'Z':
			classes[r] = word
		case r <= ' ', r == '-', r == '_', r == 0x7f:
			classes[r] = gap
		default:
			classes[r] = sign
		}
	}
	return classes
}()

func classOf(r rune) class {
	if r < utf8.RuneSelf {
		return asciiClass[r&0x7f]
	}
	switch {
	case r == 'ー': // the length mark belongs to no script
		return lone
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
		// Below U+0E00 there is no script without spaces.
		if r >= 0x0e00 && unicode.In(r, spaceless...) {
			return lone
		}
		return word
	case unicode.IsPunct(r) && !unicode.In(r, unicode.Pd, unicode.Pc), unicode.IsSymbol(r):
		return sign
	}
	return gap
}

// nextToken finds the token of text that begins at from or after it. Marks belong
// to the character before them. Without one, ok is false.
func nextToken(text []byte, from int) (start, end int, ok bool) {
	var first class
	for start = from; start < len(text); start = end {
		r, size := rune(text[start]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[start:])
		}
		end = start + size
		if first = classOf(r); first != gap {
			break
		}
	}
	if start >= len(text) {
		return 0, 0, false
	}
	for first != sign && end < len(text) {
		if c := text[end]; c < utf8.RuneSelf {
			if first == lone || asciiClass[c] != word {
				break
			}
			end++
			continue
		}
		r, size := utf8.DecodeRune(text[end:])
		if !unicode.IsMark(r) && (first == lone || classOf(r) != word) {
			break
		}
		end += size
	}
	return start, end, true
}

// nextPattern is nextToken for terms in which * and ? stand for characters of words.
func nextPattern(text []byte, from int) (start, end int, ok bool) {
	classAt := func(i int) (class, int) {
		r, size := utf8.DecodeRune(text[i:])
		if r == '*' || r == '?' {
			return word, size
		}
		return classOf(r), size
	}
	for start = from; start < len(text); {
		c, size := classAt(start)
		end = start + size
		switch c {
		case gap:
			start = end
			continue
		case word:
			for end < len(text) {
				c, size := classAt(end)
				if c != word {
					break
				}
				end += size
			}
		}
		return start, end, true
	}
	return 0, 0, false
}
