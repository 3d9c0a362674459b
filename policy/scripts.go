package policy

import (
	"cmp"
	"slices"
	"unicode"
)

// scriptNames are the scripts that are told apart.
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

// scriptRange is a range of characters of one script.
type scriptRange struct {
	lo, hi rune
	script string
}

// scriptRanges are those of all scripts, in order, so that any character is found in a
// few steps.
var scriptRanges = func() (all []scriptRange) {
	add := func(script string, lo, hi, stride rune) {
		if stride == 1 {
			all = append(all, scriptRange{lo, hi, script})
			return
		}
		for r := lo; r <= hi; r += stride {
			all = append(all, scriptRange{r, r, script})
		}
	}
	for _, name := range scriptNames() {
		table := unicode.Scripts[name]
		for _, r := range table.R16 {
			add(name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range table.R32 {
			add(name, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(all, func(a, b scriptRange) int { return cmp.Compare(a.lo, b.lo) })
	return all
}()

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
	i, _ := slices.BinarySearchFunc(scriptRanges, r, func(s scriptRange, r rune) int { return cmp.Compare(s.hi, r) })
	if i < len(scriptRanges) && scriptRanges[i].lo <= r {
		return scriptRanges[i].script
	}
	return ""
}
