package web

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a piece of text that looks alike. Kind is a class of the style sheet: "" is
// plain, "spam" and "ham" are words that moved the score, "host" is where a link leads,
// "odd" stands for a character that cannot be seen, whose name Title is.
type span struct{ Kind, Text, Title string }

// clip cuts a text off after so many characters, and tells how many are left.
func clip(text string, most int) (string, int) {
	if len(text) <= most {
		return text, 0
	}
	n := 0
	for i := range text {
		if n == most {
			return text[:i], utf8.RuneCountInString(text[i:])
		}
		n++
	}
	return text, 0
}

// clipLines is clip, also after so many lines.
func clipLines(text string, most, lines int) (string, int) {
	text, left := clip(text, most)
	n := 0
	for i, c := range text {
		if c != '\n' {
			continue
		}
		if n++; n == lines {
			return text[:i], left + utf8.RuneCountInString(text[i:])
		}
	}
	return text, left
}

// mark is a stretch of a text, in bytes, that is not plain.
type mark struct {
	from, to int
	kind     string
}

// Web addresses in a text, and the target of a link, each with its host: that which
// browsers go to, who take a backslash for a slash and the last @ for the end of a user's
// name (URL Standard, section 4.4).
var (
	address = regexp.MustCompile(`(?i)\b(?:https?://|ftp://|www\.)` + authority)
	target  = regexp.MustCompile(`(?i)^(?:(?:https?|ftp):[/\\]*|[/\\]{2,}|www\.)` + authority)
)

const authority = `(?:[^\s/?#\\<>"']*@)?(\[[0-9a-f:.]+\]|[^\s/?#\\@<>"'(),;!\[\]{}|^]+)`

// hosts finds the hosts of the web addresses in a text. Each is in bytes; what ends a
// sentence is no part of it.
func hosts(in *regexp.Regexp, text string) (marks []mark) {
	for _, m := range in.FindAllStringSubmatchIndex(text, -1) {
		if host := strings.TrimRight(text[m[2]:m[3]], ".:"); host != "" {
			marks = append(marks, mark{m[2], m[2] + len(host), "host"})
		}
	}
	return marks
}

// spans sets apart what matters in a text: hosts of links, words that moved the score, and
// characters that cannot be seen.
func spans(text string, clues []clue) []span {
	return marked(text, append(hosts(address, text), wordMarks(text, clues)...))
}

// marked sets a text with marks, of which the first and longest count.
func marked(text string, marks []mark) []span {
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var list []span
	at := 0
	for _, m := range marks {
		if m.from < at {
			continue
		}
		list = append(visible(list, text[at:m.from], ""), visible(nil, text[m.from:m.to], m.kind)...)
		at = m.to
	}
	return visible(list, text[at:], "")
}

// linkSpans sets apart the host of an address.
func linkSpans(url string) []span {
	url, _ = clip(url, 300)
	return marked(url, hosts(target, url))
}

// wordMarks finds the words and pairs of words that moved the score.
func wordMarks(text string, clues []clue) []mark {
	kinds := map[string]string{}
	for _, k := range clues {
		if k.Kind != "" {
			continue
		}
		kind := "spam"
		if k.Weight < 0 {
			kind = "ham"
		}
		if _, ok := kinds[k.Text]; !ok { // the strongest come first
			kinds[k.Text] = kind
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	var marks []mark
	var last mark // kind is the word itself
	for from := 0; from < len(text); {
		r, size := utf8.DecodeRuneInString(text[from:])
		if !inWord(r) {
			from += size
			continue
		}
		to := from
		for to < len(text) {
			r, size := utf8.DecodeRuneInString(text[to:])
			if !inWord(r) {
				break
			}
			to += size
		}
		word := strings.ToLower(text[from:to])
		if kind, ok := kinds[last.kind+" "+word]; ok && last.kind != "" && from-last.to < 4 {
			marks = append(marks, mark{last.from, to, kind})
		}
		if kind, ok := kinds[word]; ok {
			marks = append(marks, mark{from, to, kind})
		}
		last, from = mark{from, to, word}, to
	}
	return append(marks, unspacedMarks(text, kinds)...)
}

// unspacedMarks finds words of scripts that write without spaces.
func unspacedMarks(text string, kinds map[string]string) []mark {
	var marks []mark
	for word, kind := range kinds {
		if !strings.ContainsFunc(word, unspaced) {
			continue
		}
		for at := 0; ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				break
			}
			marks = append(marks, mark{at + i, at + i + len(word), kind})
			at += i + len(word)
		}
	}
	return marks
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '\''
}

// maxOdd is how many hidden characters in a row are shown one by one.
const maxOdd = 8

// visible adds a text to spans, with every character that cannot be seen by its name.
func visible(list []span, text, kind string) []span {
	plain, odd := 0, 0
	var before rune
	flush := func(to int) {
		if to > plain {
			list = append(list, span{Kind: kind, Text: text[plain:to]})
		}
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		next, _ := utf8.DecodeRuneInString(text[i+size:])
		if !hidden(r, size, before, next) {
			before, odd = r, 0
			i += size
			continue
		}
		flush(i)
		if odd++; odd <= maxOdd {
			list = append(list, oddSpan(r))
		} else {
			list[len(list)-1] = span{Kind: "odd", Text: fmt.Sprintf("×%d", odd), Title: "U+…"}
		}
		i += size
		plain = i
	}
	flush(len(text))
	return list
}

// hidden tells whether people do not see a character, or see others otherwise because of
// it.
func hidden(r rune, size int, before, next rune) bool {
	switch {
	case r == utf8.RuneError && size == 1:
		return true
	case r == '\n' || r == '\t' || r == '\r' && next == '\n': // forms send lines that end in both
		return false
	case r == '\u200d' || r == '\u200c': // joiners, where they have something to join
		return before < 0x300 || next < 0x300
	case r == '\ufe0f' || r == '\ufe0e':
		return before < 0x80 && !unicode.IsDigit(before) && before != '#' && before != '*'
	case r == '\u2028', r == '\u2029', r == '\u2800':
		return true
	case unicode.Is(unicode.Variation_Selector, r): // of ideographs and of Mongolian letters
		return !unicode.In(before, unicode.Han, unicode.Mongolian)
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point)
}

// oddNames are what characters are called that attackers use most.
var oddNames = map[rune]string{
	'\u00ad': "soft hyphen", '\u200b': "zero-width space", '\u200c': "zero-width non-joiner", '\u200d': "zero-width joiner",
	'\u200e': "left-to-right mark", '\u200f': "right-to-left mark", '\u202a': "left-to-right embedding", '\u202b': "right-to-left embedding",
	'\u202c': "pop directional formatting", '\u202d': "left-to-right override", '\u202e': "right-to-left override", '\u2060': "word joiner",
	'\u2066': "left-to-right isolate", '\u2067': "right-to-left isolate", '\u2068': "first strong isolate", '\u2069': "pop directional isolate",
	'\ufeff': "byte order mark", '\r': "carriage return",
}

func oddSpan(r rune) span {
	code := fmt.Sprintf("U+%04X", r)
	if name, ok := oddNames[r]; ok {
		return span{Kind: "odd", Text: code, Title: name}
	}
	return span{Kind: "odd", Text: code, Title: code}
}
