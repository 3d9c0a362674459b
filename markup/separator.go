package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// dot is how the dot between two labels of a host is written.
type dot uint8

const (
	noDot        dot = iota
	plainDot         // example.com
	bracketedDot     // example[.]com, example (dot) com
	spacedDot        // example . com
	spelledDot       // example dot com
)

// weak reports whether such a dot also occurs where no host is meant.
func (d dot) weak() bool { return d >= spacedDot }

// separator reads the dot at i, before another label, and gives that label's place.
func (s *scanner) separator(i int) (dot, int) {
	t := s.text
	k := skipBlank(t, i)
	if k == len(t) {
		return noDot, 0
	}
	switch c := t[k]; c {
	case '(', '[', '{':
		return s.bracketedSeparator(k)
	case 'd', 'D':
		if k > i && dotWord(t[k:]) {
			return s.before(spelledDot, skipBlank(t, k+3))
		}
		return noDot, 0
	}
	size := dotSize(t[k:])
	if size == 0 {
		return noDot, 0
	}
	next := k + size
	if k == i {
		return s.before(plainDot, next)
	}
	if after := skipBlank(t, next); after > next {
		return s.before(spacedDot, after)
	}
	return noDot, 0
}

// bracketedSeparator reads "[.]", "(dot)" and the like at k.
func (s *scanner) bracketedSeparator(k int) (dot, int) {
	t := s.text
	closing := byte(')')
	if t[k] != '(' {
		closing = t[k] + 2 // "]" and "}"
	}
	k = skipBlank(t, k+1)
	if size := dotSize(t[k:]); size > 0 {
		k += size
	} else if hasPrefixFold(t[k:], "dot") {
		k += len("dot")
	} else {
		return noDot, 0
	}
	k = skipBlank(t, k)
	if k == len(t) || t[k] != closing {
		return noDot, 0
	}
	return s.before(bracketedDot, skipBlank(t, k+1))
}

// before gives d and next if a label begins at next.
func (s *scanner) before(d dot, next int) (dot, int) {
	r, _ := utf8.DecodeRuneInString(s.text[next:])
	if _, ok := labelRune(r); !ok {
		return noDot, 0
	}
	return d, next
}

// dotSize gives the length in bytes of the dot that s begins with, 0 if there is none.
func dotSize(s string) int {
	if s == "" {
		return 0
	}
	if s[0] < utf8.RuneSelf {
		if s[0] == '.' {
			return 1
		}
		return 0
	}
	if r, size := utf8.DecodeRuneInString(s); fold(r) == '.' {
		return size
	}
	return 0
}

// label is one label of a host in the text.
type label struct {
	start, end int
	// dot is the dot before it.
	dot dot
	// nameEnd is the end of the host's name up to this label.
	nameEnd int
}

// hostName is a host as it was read from the text.
type hostName struct {
	labels []label
	// bytes is the name, folded and with plain dots.
	bytes []byte
	// folded tells that a letter or dot was not written in ASCII but could have been.
	folded bool
}

// maxLabels is the most labels of a host: 253 bytes have place for 127.
const maxLabels = 127

// readHost reads the host that begins at k into s.name and gives its end.
func (s *scanner) readHost(k int) int {
	h := &s.name
	h.labels, h.bytes, h.folded = h.labels[:0], h.bytes[:0], false
	for d := noDot; ; {
		end := s.readLabel(k)
		if end == k {
			return k
		}
		h.labels = append(h.labels, label{start: k, end: end, dot: d, nameEnd: len(h.bytes)})
		next := 0
		d, next = s.separator(end)
		if d == noDot || len(h.labels) == maxLabels || d.weak() && h.complete() {
			return end
		}
		h.folded = h.folded || d == plainDot && s.text[end] != '.'
		h.bytes = append(h.bytes, '.')
		k = next
	}
}

// readLabel appends the label that begins at k to the name and gives its end.
func (s *scanner) readLabel(k int) int {
	first := true
	var alphabet bool
	for k < len(s.text) {
		r, size := rune(s.text[k]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s.text[k:])
		}
		f, ok := labelRune(r)
		if !ok || !first && wide(f) != alphabet {
			break
		}
		first, alphabet = false, wide(f)
		s.name.folded = s.name.folded || r >= utf8.RuneSelf && f < utf8.RuneSelf
		s.name.bytes = utf8.AppendRune(s.name.bytes, f)
		k += size
	}
	return k
}

// labelStart gives the place where the label that ends at end begins.
func (s *scanner) labelStart(end int) int {
	start := end
	var alphabet bool
	for start > s.floor {
		r, size := utf8.DecodeLastRuneInString(s.text[s.floor:start])
		f, ok := labelRune(r)
		if !ok || start < end && wide(f) != alphabet {
			break
		}
		alphabet = wide(f)
		start -= size
	}
	for start < end && (s.text[start] == '-' || s.text[start] == '_') {
		start++
	}
	return start + pasted(s.text[start:end])
}

// pasted gives the length of a word in another script that an ASCII label was
// pasted to, as in "словоexample.com". Short ones rather are look-alike letters.
func pasted(label string) int {
	const short = 4
	runes := 0
	for i, r := range label {
		if r < utf8.RuneSelf {
			if runes < short || len(label)-i < short || strings.IndexFunc(label[i:], notASCII) >= 0 {
				return 0
			}
			return i
		}
		if unicode.Is(unicode.Latin, r) {
			return 0
		}
		runes++
	}
	return 0
}

func notASCII(r rune) bool { return r >= utf8.RuneSelf }

// upTo gives the name of the first n labels.
func (h *hostName) upTo(n int) string { return string(h.bytes[:h.labels[n-1].nameEnd]) }

// ending gives the n-th label.
func (h *hostName) ending(n int) string {
	from := 0
	if n > 1 {
		from = h.labels[n-2].nameEnd + 1
	}
	return string(h.bytes[from:h.labels[n-1].nameEnd])
}

// worst gives the least certain of the dots between the first n labels.
func (h *hostName) worst(n int) dot {
	d := noDot
	for _, l := range h.labels[1:n] {
		d = max(d, l.dot)
	}
	return d
}

// complete reports whether the labels so far make a host that needs no more.
func (h *hostName) complete() bool {
	n := len(h.labels)
	return n >= 2 && common[h.ending(n)] && h.ending(n) != "co" && !(n == 2 && h.ending(1) == "www")
}

// trimmed gives the name of the first n labels without the signs of emphasis that
// may stand at its end.
func (h *hostName) trimmed(n int) string { return strings.TrimRight(h.upTo(n), "-_") }
