package policy

import (
	"unicode"
	"unicode/utf8"
)

// undisguise appends a folded word to dst with what is written to look like other
// letters undone: letters of other scripts in a word with Latin ones, and digits
// among letters. It appends nothing to a word that is not disguised; words wholly
// in another script are none, and neither are numbers.
func undisguise(dst, word []byte) []byte {
	latin, digits, other := false, false, false
	for i := 0; i < len(word); {
		c := word[i]
		if c < utf8.RuneSelf {
			latin = latin || 'a' <= c && c <= 'z'
			digits = digits || '0' <= c && c <= '9'
			i++
			continue
		}
		r, size := utf8.DecodeRune(word[i:])
		i += size
		if lookAlike(r) != 0 {
			other = true
		} else if unicode.Is(unicode.Latin, r) {
			latin = true
		}
	}
	if !latin || !digits && !other {
		return dst
	}
	for i := 0; i < len(word); {
		c := word[i]
		if c < utf8.RuneSelf {
			dst = append(dst, undoDigit(c))
			i++
			continue
		}
		r, size := utf8.DecodeRune(word[i:])
		i += size
		if plain := lookAlike(r); plain != 0 {
			dst = append(dst, plain)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func undoDigit(c byte) byte {
	switch c {
	case '0':
		return 'o'
	case '1':
		return 'i'
	case '3':
		return 'e'
	case '4':
		return 'a'
	case '5':
		return 's'
	case '7':
		return 't'
	}
	return c
}

// lookAlike gives the Latin letter that a small letter of another script is drawn
// like, 0 if it is like none. Capitals are compared in small letters, hence the
// likes of в, which is drawn like b only as В.
func lookAlike(r rune) byte {
	switch r {
	case 'а', 'α', 'ɑ':
		return 'a'
	case 'в', 'β':
		return 'b'
	case 'с', 'ϲ':
		return 'c'
	case 'ԁ':
		return 'd'
	case 'е', 'ё', 'ε', 'є':
		return 'e'
	case 'ɡ', 'ց':
		return 'g'
	case 'н', 'һ', 'η', 'հ':
		return 'h'
	case 'і', 'ї', 'ι', 'ɩ':
		return 'i'
	case 'ј', 'ϳ':
		return 'j'
	case 'к', 'κ':
		return 'k'
	case 'ӏ', 'ʟ':
		return 'l'
	case 'м', 'μ':
		return 'm'
	case 'ν', 'ѵ':
		return 'v'
	case 'ո', 'п':
		return 'n'
	case 'о', 'ο', 'օ', 'σ':
		return 'o'
	case 'р', 'ρ', 'ք':
		return 'p'
	case 'ԛ', 'զ':
		return 'q'
	case 'г', 'ɼ':
		return 'r'
	case 'ѕ', 'ꜱ':
		return 's'
	case 'т', 'τ':
		return 't'
	case 'υ', 'ս':
		return 'u'
	case 'ԝ', 'ω':
		return 'w'
	case 'х', 'χ':
		return 'x'
	case 'у', 'γ', 'ү':
		return 'y'
	case 'ζ':
		return 'z'
	}
	return 0
}
