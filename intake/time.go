package intake

import (
	"bytes"
	"time"
)

// parseTime reads an RFC 3339 date and time, to milliseconds in UTC; ok is false if
// it is none or not within the years 0 to 9999. As the RFC allows, T and Z may be
// small letters, and a second may be the 60th: it counts as the first of the next
// minute.
func parseTime(b []byte) (t time.Time, ok bool) {
	if !shapedAsTime(b) {
		return time.Time{}, false
	}
	if t.UnmarshalText(b) != nil {
		upper, leap := bytes.ToUpper(b), time.Duration(0)
		if string(upper[16:19]) == ":60" {
			copy(upper[16:19], ":59")
			leap = time.Second
		}
		if t.UnmarshalText(upper) != nil {
			return time.Time{}, false
		}
		t = t.Add(leap)
	}
	t = t.UTC().Truncate(time.Millisecond)
	return t, t.Year() >= 0 && t.Year() <= 9999
}

// shapedAsTime tells whether digits and signs stand where RFC 3339 has them: the
// time package lets some through that are not of the form.
func shapedAsTime(b []byte) bool {
	const dateTime, offset = "0000-00-00T00:00:00", "00:00"
	if len(b) <= len(dateTime) || !shaped(b[:len(dateTime)], dateTime) {
		return false
	}
	b = b[len(dateTime):]
	if b[0] == '.' {
		digits := 1
		for digits < len(b) && isDigit(b[digits]) {
			digits++
		}
		if digits == 1 {
			return false
		}
		b = b[digits:]
	}
	switch {
	case len(b) == 1:
		return b[0] == 'Z' || b[0] == 'z'
	case len(b) == 1+len(offset):
		return (b[0] == '+' || b[0] == '-') && shaped(b[1:], offset) && string(b[1:3]) < "24" && b[4] < '6'
	}
	return false
}

// shaped compares with a pattern of the same length, in which 0 is any digit and T
// may be a small letter.
func shaped(b []byte, pattern string) bool {
	for i, c := range b {
		switch p := pattern[i]; {
		case p == '0' && !isDigit(c), p != '0' && c != p && (p != 'T' || c != 't'):
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
