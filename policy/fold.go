package policy

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends s to dst in the form in which words are compared: compatibility
// forms as the plain character (NFKC), letters in lower case, nothing invisible,
// and with diacritics without the marks that an author may leave out.
func fold(dst []byte, s string, diacritics bool) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(s))
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return append(dst[:start], foldUnicode(s, diacritics)...)
		}
		if c = asciiFold[c]; c != 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// asciiFold folds the first characters, invisible ones to 0.
var asciiFold = func() (folded [utf8.RuneSelf]byte) {
	for c := range folded {
		r := rune(c)
		if !invisible(r) || unicode.IsSpace(r) {
			folded[c] = byte(unicode.ToLower(r))
		}
	}
	return folded
}()

// foldUnicode takes the characters apart, folds the pieces and joins what is left.
func foldUnicode(s string, diacritics bool) []byte {
	apart := norm.NFKD.AppendString(nil, s)
	kept := make([]byte, 0, len(apart))
	for i := 0; i < len(apart); {
		r, size := utf8.DecodeRune(apart[i:])
		i += size
		switch {
		case invisible(r) && !unicode.IsSpace(r), diacritics && unicode.Is(optionalMarks, r):
		case diacritics && unbarred(r) != "":
			kept = append(kept, unbarred(r)...)
		case r == 'ß' || r == 'ẞ':
			kept = append(kept, "ss"...)
		case r == 'ς':
			kept = append(kept, "σ"...)
		default:
			kept = utf8.AppendRune(kept, unicode.ToLower(r))
		}
	}
	return norm.NFC.Append(nil, kept...)
}

// unbarred gives the plain form of Latin letters whose stroke or join Unicode does
// not take apart; empty for all others.
func unbarred(r rune) string {
	switch r {
	case 'ø', 'Ø':
		return "o"
	case 'ł', 'Ł':
		return "l"
	case 'đ', 'Đ':
		return "d"
	case 'ħ', 'Ħ':
		return "h"
	case 'ŧ', 'Ŧ':
		return "t"
	case 'ı':
		return "i"
	case 'æ', 'Æ':
		return "ae"
	case 'œ', 'Œ':
		return "oe"
	}
	return ""
}

// optionalMarks are the marks that people leave out: accents, Hebrew points, Arabic
// vowel signs and the Arabic tatweel. The vowel signs of other scripts are none.
var optionalMarks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0300, Hi: 0x036f, Stride: 1},
		{Lo: 0x0591, Hi: 0x05bd, Stride: 1},
		{Lo: 0x05bf, Hi: 0x05bf, Stride: 1},
		{Lo: 0x05c1, Hi: 0x05c2, Stride: 1},
		{Lo: 0x05c4, Hi: 0x05c5, Stride: 1},
		{Lo: 0x0640, Hi: 0x0640, Stride: 1},
		{Lo: 0x064b, Hi: 0x065f, Stride: 1},
		{Lo: 0x0670, Hi: 0x0670, Stride: 1},
		{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1},
		{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
		{Lo: 0x20d0, Hi: 0x20ff, Stride: 1},
	},
}
