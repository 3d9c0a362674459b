package policy

import (
	"slices"
	"unicode"
)

// scriptNames are the scripts that are told apart; everything else is "Other".
func scriptNames() []string {
	names := make([]string, 0, len(unicode.Scripts))
	for name := range unicode.Scripts {
		if name != "Common" && name != "Inherited" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// frequent are the scripts that are looked for first.
var frequent = [...]string{
	"Latin", "Cyrillic", "Han", "Hiragana", "Katakana", "Hangul", "Arabic", "Hebrew", "Greek", "Devanagari", "Thai",
	"Armenian", "Georgian", "Bengali", "Tamil", "Telugu", "Cherokee",
}

// scriptOf gives the script of a letter; empty for what belongs to none.
func scriptOf(r rune) string {
	if r < 0x80 {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return "Latin"
		}
		return ""
	}
	if !unicode.IsLetter(r) {
		return ""
	}
	for _, name := range frequent {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
