package policy

import (
	"testing"
	"unicode"
)

func TestScriptOfAgreesWithUnicode(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		got := scriptOf(r)
		if !unicode.IsLetter(r) {
			if got != "" {
				t.Fatalf("%U is no letter and in %s", r, got)
			}
			continue
		}
		if got == "" {
			if !unicode.In(r, unicode.Common, unicode.Inherited) && r >= 0x80 {
				t.Fatalf("%U is in no script", r)
			}
		} else if !unicode.Is(unicode.Scripts[got], r) {
			t.Fatalf("%U is not in %s", r, got)
		}
	}
}
