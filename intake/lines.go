package intake

import "bytes"

// line is one line of a batch that is not blank.
type line struct {
	number int // from 1, blank ones counted
	text   []byte
}

// splitLines gives the lines of a body that are not blank, at most limit; ok is false
// if there are more. A line ends at a line feed or with the body; white space around
// it, a carriage return for one, is left to the JSON that stands in it. The lines share
// the body's memory.
func splitLines(body []byte, limit int) (lines []line, ok bool) {
	lines = make([]line, 0, min(bytes.Count(body, newline)+1, limit))
	for number := 1; len(body) > 0; number++ {
		var text []byte
		text, body, _ = bytes.Cut(body, newline)
		if blank(text) {
			continue
		}
		if len(lines) == limit {
			return nil, false
		}
		lines = append(lines, line{number, text})
	}
	return lines, true
}

var newline = []byte{'\n'}

// blank tells whether a line has nothing but white space in it, as JSON knows it.
func blank(text []byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
