package policy

import (
	"strings"
	"unicode"
)

// maxQuoted is the most characters of a comment or a file that a sentence quotes.
const maxQuoted = 60

// invisible tells whether a reader sees nothing of r although it is no white
// space: format and control characters, variation selectors, and the letters that
// are drawn as nothing.
func invisible(r rune) bool {
	switch {
	case r < 0x80:
		return r < ' ' || r == 0x7f
	case r == 0x115f, r == 0x1160, r == 0x2800, r == 0x3164, r == 0xffa0, r == 0x034f:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector)
}

// blank tells whether a reader sees nothing of s.
func blank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && !invisible(r) {
			return false
		}
	}
	return true
}

// clip makes at most n characters of s fit to be shown in a sentence: without what
// is invisible, white space as single spaces, and an ellipsis for what was cut off.
func clip(s string, n int) string {
	var b strings.Builder
	length, gap := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = length > 0
			continue
		case invisible(r):
			continue
		}
		need := 1
		if gap {
			need = 2
		}
		if length+need > n {
			b.WriteRune('…')
			return b.String()
		}
		if gap {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		length, gap = length+need, false
	}
	return b.String()
}

// quote clips s and puts it in quotation marks, which stand nowhere inside.
func quote(s string) string {
	return `"` + strings.ReplaceAll(clip(s, maxQuoted), `"`, "'") + `"`
}
