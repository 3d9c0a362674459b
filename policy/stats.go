package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stats are counts of a text that several rules ask for.
type stats struct {
	read bool
	// ascii tells that the text has no other characters.
	ascii bool
	runes int
	// words are what stands between white space.
	words int
	// upper and lower are letters of scripts that have both.
	upper, lower int
}

// The kinds of the first characters.
const (
	upperASCII = 1 << iota
	lowerASCII
	spaceASCII
)

var asciiKind = func() (kinds [utf8.RuneSelf]byte) {
	for c := range kinds {
		switch r := rune(c); {
		case unicode.IsUpper(r):
			kinds[c] = upperASCII
		case unicode.IsLower(r):
			kinds[c] = lowerASCII
		case unicode.IsSpace(r):
			kinds[c] = spaceASCII
		}
	}
	return kinds
}()

// stats gives the counts of the content, which are made once.
func (l *look) stats() *stats {
	if !l.counts.read {
		l.counts = countText(l.Text.Plain)
	}
	return &l.counts
}

// countText counts in one pass, as far as the text is ASCII.
func countText(text string) stats {
	var of [upperASCII | lowerASCII | spaceASCII + 1]int
	words, before := 0, byte(spaceASCII)
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return countUnicode(text)
		}
		kind := asciiKind[c]
		of[kind]++
		words += int(before&^kind) / spaceASCII
		before = kind
	}
	return stats{read: true, ascii: true, runes: len(text), words: words, upper: of[upperASCII], lower: of[lowerASCII]}
}

func countUnicode(text string) stats {
	s := stats{read: true}
	for range strings.FieldsSeq(text) {
		s.words++
	}
	for _, r := range text {
		s.runes++
		switch {
		case unicode.IsUpper(r):
			s.upper++
		case unicode.IsLower(r):
			s.lower++
		}
	}
	return s
}
