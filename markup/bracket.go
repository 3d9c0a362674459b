package markup

import (
	"slices"
	"strings"

	"github.com/winnowd/winnow/models"
)

// bracket is a pair of brackets that Markdown gives a meaning.
type bracket struct {
	open, close int
	// end is the end of what follows the closing bracket.
	end int
	// url is the target; empty for a use of a reference.
	url        string
	definition bool
}

// matchBrackets finds "[text](url)", "[text][label]" and "[label]: url" in text, in
// the order in which they open.
func matchBrackets(text string) []bracket {
	if !strings.Contains(text, "](") && !strings.Contains(text, "]:") {
		return nil
	}
	var found []bracket
	var stack []int
	defined := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[':
			stack = append(stack, i)
		case ']':
			if len(stack) == 0 {
				continue
			}
			open := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			b := follow(text, open, i)
			if b.end > 0 {
				found = append(found, b)
				defined = defined || b.definition
			}
		}
	}
	slices.SortFunc(found, func(a, b bracket) int { return a.open - b.open })
	if !defined {
		found = slices.DeleteFunc(found, func(b bracket) bool { return b.url == "" })
	}
	return found
}

// follow reads what follows the closing bracket at close; its end is 0 if it is
// nothing that makes a link.
func follow(text string, open, close int) bracket {
	b := bracket{open: open, close: close}
	if close+1 >= len(text) {
		return b
	}
	switch text[close+1] {
	case '(':
		b.url, b.end = destination(text, close+2)
	case '[':
		end := close + 2
		for end < len(text) && text[end] != ']' && text[end] != '[' && text[end] != '\n' {
			end++
		}
		if end < len(text) && text[end] == ']' {
			b.end = end + 1
		}
	case ':':
		if !lineStart(text, open) || close == open+1 {
			return b
		}
		start := skipBlank(text, close+2)
		end := start
		for end < len(text) && !isSpace(text[end]) && text[end] != '[' && text[end] != ']' {
			end++
		}
		url := strings.Trim(text[start:end], "<>")
		if absolute(url) {
			b.url, b.end, b.definition = url, end, true
		}
	}
	return b
}

// destination reads the target and title of an inline link up to the closing
// parenthesis. A target whose parenthesis is missing is taken all the same.
func destination(text string, i int) (url string, end int) {
	i = skipBlank(text, i)
	start := i
	if i = enclosed(text, start); i == start {
		i = targetEnd(text, start)
	}
	url = strings.Trim(text[start:i], "<>")
	if !absolute(url) && !(strings.HasPrefix(url, "/") && i < len(text) && text[i] == ')') {
		return "", 0
	}
	return url, title(text, i)
}

// enclosed gives the end of a target in angle brackets, which may have spaces in it
// (CommonMark 0.31, 6.3); i if there is none.
func enclosed(text string, i int) int {
	if i == len(text) || text[i] != '<' {
		return i
	}
	end := strings.IndexAny(text[i+1:], "<>[]\n")
	if end < 0 || text[i+1+end] != '>' {
		return i
	}
	return i + 1 + end + 1
}

// targetEnd gives the end of a target that ends at a space, a bracket, or a parenthesis
// that was not opened in it.
func targetEnd(text string, i int) int {
	for depth := 0; i < len(text) && !isSpace(text[i]); i++ {
		switch text[i] {
		case '[', ']':
			return i
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return i
}

// title passes over the title of a link at i and the closing parenthesis.
func title(text string, i int) int {
	j := skipSpace(text, i)
	if j < len(text) && j > i && (text[j] == '"' || text[j] == '\'' || text[j] == '(') {
		quote := text[j]
		if quote == '(' {
			quote = ')'
		}
		for j++; j < len(text) && text[j] != quote && text[j] != '\n' && text[j] != '[' && text[j] != ']'; j++ {
		}
		if j < len(text) && text[j] == quote {
			j = skipBlank(text, j+1)
		}
	}
	if j < len(text) && text[j] == ')' {
		return j + 1
	}
	return i
}

// absolute reports whether a target names a host or a scheme that browsers run.
func absolute(url string) bool {
	return points(url) && (Host(url) != "" || hasPrefixFold(url, "javascript:") || hasPrefixFold(url, "data:"))
}

// lineStart reports whether at most three spaces stand before i in its line.
func lineStart(text string, i int) bool {
	for n := 0; n < 3 && i > 0 && text[i-1] == ' '; n++ {
		i--
	}
	return i == 0 || text[i-1] == '\n'
}

// openBracket looks at the "[" at i: Markdown, BBCode, or "[dot]".
func (s *scanner) openBracket(i int) int {
	if b := s.bracketAt(i); b != nil {
		switch {
		case b.definition:
			s.passSpans(i)
			s.list(models.Link{URL: b.url, Host: Host(b.url), Kind: models.LinkMarkdown})
			s.cut(i, b.end)
			return s.consume(b.end)
		case i > 0 && s.text[i-1] == '!' && b.url != "":
		case b.url != "":
			s.addOwner(ownMarkdown, i, models.Link{URL: b.url, Host: Host(b.url), Kind: models.LinkMarkdown}, b.close)
		}
		s.pending = append(s.pending, *b)
		s.cut(i, i+1)
		return i + 1
	}
	if kind, _ := s.separator(i); kind == bracketedDot {
		return s.domainAt(i)
	}
	return s.bbTagAt(i)
}

// imageMark cuts the "!" of an image at i.
func (s *scanner) imageMark(i int) int {
	if i+1 < len(s.text) && s.text[i+1] == '[' {
		if b := s.bracketAt(i + 1); b != nil && b.url != "" && !b.definition {
			s.cut(i, i+1)
		}
	}
	return i + 1
}

// closeBracket cuts what follows the text of a Markdown link that ends at i.
func (s *scanner) closeBracket(i int) int {
	for n := len(s.pending) - 1; n >= 0; n-- {
		b := s.pending[n]
		if b.close > i {
			break
		}
		s.pending = s.pending[:n]
		if b.close == i {
			s.cut(i, b.end)
			return s.consume(b.end)
		}
	}
	return i + 1
}

// bracketAt gives the pair that opens at i, and keeps it until it closes; nil if
// there is none.
func (s *scanner) bracketAt(i int) *bracket {
	for len(s.brackets) > 0 && s.brackets[0].open < i {
		s.brackets = s.brackets[1:]
	}
	if len(s.brackets) == 0 || s.brackets[0].open != i {
		return nil
	}
	return &s.brackets[0]
}
