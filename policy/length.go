package policy

import (
	"fmt"
	"unicode/utf8"
)

const lengthName = "length"

// length finds comments with too little or too much text.
type length struct {
	min, max int
}

func decodeLength(o *object) rule {
	r := length{o.whole("min", 0, 1_000_000), o.whole("max", 0, 1_000_000)}
	switch {
	case o.values["min"] == nil && o.values["max"] == nil:
		o.d.fault(o.node, "%s needs min or max, the least or most characters", o.what)
	case o.values["max"] != nil && r.max < r.min:
		o.d.fault(o.values["max"], "max must not be less than min, %d", r.min)
	}
	return r
}

func (r length) check(l *look) (reason, bool) {
	// A character has 1 to utf8.UTFMax bytes, so most texts need not be counted.
	if n := len(l.Text.Plain); n >= r.min*utf8.UTFMax && (r.max == 0 || n <= r.max) {
		return reason{}, false
	}
	n := l.stats().runes
	switch {
	case n < r.min:
		return reason{
			code: lengthName + ".too-short", params: map[string]any{"found": n, "min": r.min},
			detail: fmt.Sprintf("%s, at least %d are needed", count(n, "character"), r.min),
		}, true
	case r.max > 0 && n > r.max:
		return reason{
			code: lengthName + ".too-long", params: map[string]any{"found": n, "max": r.max},
			detail: fmt.Sprintf("%s, at most %d are allowed", count(n, "character"), r.max),
		}, true
	}
	return reason{}, false
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
