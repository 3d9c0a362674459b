package intake

import (
	"strings"
	"time"
)

// maxWait is the longest that Prefer: wait keeps a client waiting.
const maxWait = 30 * time.Second

// preferredWait reads the wait preference of a request's Prefer headers (RFC 7240):
// how long the client would wait, at most maxWait, and whether it said so. What is
// malformed is passed over; of several waits the first counts.
func preferredWait(headers []string) (wait time.Duration, ok bool) {
	for _, h := range headers {
		for h != "" {
			var preference string
			preference, h = cutElement(h)
			if wait, ok = parseWait(preference); ok {
				return wait, true
			}
		}
	}
	return 0, false
}

// cutElement splits a list at its first comma outside quoted strings.
func cutElement(list string) (element, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// parseWait reads one preference, its parameters left aside, if it is a wait.
func parseWait(preference string) (time.Duration, bool) {
	name, value, ok := strings.Cut(preference, "=")
	if !ok || !strings.EqualFold(strings.Trim(name, " \t"), "wait") {
		return 0, false
	}
	value, _, _ = strings.Cut(value, ";")
	value = strings.Trim(value, " \t")
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	return parseSeconds(value)
}

// parseSeconds reads digits as seconds, at most maxWait however many they are.
func parseSeconds(digits string) (time.Duration, bool) {
	if digits == "" {
		return 0, false
	}
	var wait time.Duration
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		wait = min(wait*10+time.Duration(digits[i]-'0')*time.Second, maxWait)
	}
	return wait, true
}
