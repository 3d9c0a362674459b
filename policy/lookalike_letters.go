package policy

import (
	"fmt"
	"strings"
	"unicode"
)

const lookalikeLettersName = "lookalike-letters"

// lookalikeLetters finds words that mix letters of several scripts, such as Latin with
// Cyrillic ones that look the same.
type lookalikeLetters struct {
	max int
}

func decodeLookalikeLetters(o *object) rule {
	return lookalikeLetters{o.whole("max", 1, 1_000_000)}
}

func (r lookalikeLetters) check(l *look) (reason, bool) {
	if l.stats().ascii {
		return reason{}, false
	}
	found, first := 0, ""
	for word := range strings.FieldsFuncSeq(l.Text.Plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if ascii(word) || !mixed(word) {
			continue
		}
		if found++; found == 1 {
			first = word
		}
	}
	if found <= r.max {
		return reason{}, false
	}
	return reason{
		code: lookalikeLettersName + ".found", params: map[string]any{"found": found, "max": r.max, "first": clip(first, maxQuoted)},
		detail: fmt.Sprintf("%s in letters of several scripts, such as %s", count(found, "word"), quote(first)),
	}, true
}

// ascii tells whether s has no other characters.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
