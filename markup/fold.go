package markup

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold gives the ASCII character in lower case that r is a variant of: full-width,
// circled, mathematical and such letters (Unicode NFKC), and the full stops of other
// scripts. Other characters are given back as they are.
func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return lower(r)
	case r == 0x3002 || r == 0xff61 || r == 0x2024 || r == 0xfe52:
		return '.'
	case r >= 0xff01 && r <= 0xff5e:
		return lower(r - 0xfee0)
	case r >= 0x2070 && r <= 0x209c || r >= 0x2100 && r <= 0x214f || r >= 0x2460 && r <= 0x24ff ||
		r >= 0x1d400 && r <= 0x1d7ff || r >= 0x1f130 && r <= 0x1f149:
		var encoded [utf8.UTFMax]byte
		n := utf8.EncodeRune(encoded[:], r)
		if d := norm.NFKC.Properties(encoded[:n]).Decomposition(); len(d) == 1 {
			return lower(rune(d[0]))
		}
	}
	return r
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// labelRune folds r, and reports whether it may be part of a host's label.
func labelRune(r rune) (rune, bool) {
	r = fold(r)
	if r < utf8.RuneSelf {
		return r, r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	return r, r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// wide reports whether r is of a script that puts no spaces between words, so that
// a link may begin or end next to it.
func wide(r rune) bool {
	return r >= 0x0e00 && (r <= 0x0edf || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff ||
		r >= 0x3040 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff)
}
