package markup

import (
	"slices"
	"strings"
)

// markdownSign cuts the Markdown sign c at i: code, escapes, and what begins a line.
func (s *scanner) markdownSign(i int, c byte) int {
	switch c {
	case '`':
		end := i + 1
		for end < len(s.text) && s.text[end] == '`' {
			end++
		}
		s.cut(i, end)
		return end
	case '\\':
		if i+1 < len(s.text) && punctuation(s.text[i+1]) {
			s.cut(i, i+1)
			if strings.IndexByte("*_`~#>+-\\", s.text[i+1]) >= 0 {
				return i + 2
			}
		}
	case '#', '>', '*':
		return s.lineMark(i, c)
	}
	return i + 1
}

// lineMark cuts a heading, quote or list mark at i if it begins its line.
func (s *scanner) lineMark(i int, c byte) int {
	end := i + 1
	for c == '#' && end < len(s.text) && s.text[end] == '#' {
		end++
	}
	spaced := end == len(s.text) || s.text[end] == ' ' || s.text[end] == '\t' || s.text[end] == '\n'
	if !spaced && c != '>' || end-i > 6 || !s.beginsLine(i) {
		return end
	}
	if end < len(s.text) && s.text[end] == ' ' {
		end++
	}
	s.cut(i, end)
	return end
}

// beginsLine reports whether only spaces and cut marks stand before i in its line.
func (s *scanner) beginsLine(i int) bool {
	for n := 0; n < 4 && i > s.last && s.text[i-1] == ' '; n++ {
		i--
	}
	if i == s.last && i > 0 {
		return len(s.out) == 0 || s.out[len(s.out)-1] == '\n'
	}
	return i == 0 || s.text[i-1] == '\n'
}

// delimiter is a run of emphasis signs that may begin emphasis.
type delimiter struct{ start, end int }

// matchEmphasis finds the pairs of emphasis signs in text: "**" everywhere, and in
// Markdown also "*", "_", "__" and "~~". It is stricter than CommonMark inside words,
// where "f**k" and "snake_case" are more likely than emphasis.
func matchEmphasis(text string, markdown bool) []cutting {
	if !strings.Contains(text, "**") && !(markdown && strings.ContainsAny(text, "*_~")) {
		return nil
	}
	var cuts []cutting
	var open [3][4][]delimiter // by sign and length
	for i := 0; i < len(text); {
		sign := strings.IndexByte("*_~", text[i])
		if sign < 0 {
			if text[i] == '\n' && i+1 < len(text) && text[i+1] == '\n' {
				open = [3][4][]delimiter{}
			}
			i++
			continue
		}
		end := i + 1
		for end < len(text) && text[end] == text[i] {
			end++
		}
		n := end - i
		known := n == 2 && sign == 0 || markdown && n <= 3 && (sign != 2 || n == 2)
		if known {
			stack := &open[sign][n]
			switch before, after := edge(text, i-1), edge(text, end); {
			case before != blank && after != letter && len(*stack) > 0:
				top := (*stack)[len(*stack)-1]
				*stack = (*stack)[:len(*stack)-1]
				cuts = append(cuts, cutting(top), cutting{i, end})
			case after != blank && before != letter:
				*stack = append(*stack, delimiter{i, end})
			}
		}
		i = end
	}
	slices.SortFunc(cuts, func(a, b cutting) int { return a.start - b.start })
	return cuts
}

// What stands beside a run of signs.
const (
	blank = iota
	letter
	other
)

// edge tells what stands at i: blank, a letter or digit, or something else.
func edge(text string, i int) int {
	switch {
	case i < 0 || i >= len(text) || isSpace(text[i]):
		return blank
	case isAlnum(text[i]) || text[i] >= 0x80:
		return letter
	default:
		return other
	}
}

func punctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !isAlnum(c)
}
