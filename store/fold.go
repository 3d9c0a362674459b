package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxFolded is how much of a comment's text a search looks at, in bytes.
const maxFolded = 8 << 10

// Fold gives text as a search compares it: case, accents, width, and invisible
// characters make no difference, in any script, and runs of blanks are one. What is
// beyond 8 KiB is left out.
func Fold(text string) string {
	if len(text) > maxFolded {
		text = strings.ToValidUTF8(text[:maxFolded], "")
	}
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.Join(strings.Fields(strings.ToLower(text)), " ")
	}
	text = norm.NFKD.String(cases.Fold().String(text))
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r <= 0x36f, r != ' ' && unicode.Is(unicode.Cf, r), r >= 0xfe00 && r <= 0xfe0f:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
