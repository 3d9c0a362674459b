package policy

import (
	"fmt"
	"time"
)

const tooFastName = "too-fast"

// tooFast finds comments whose form was filled in faster than a person can.
type tooFast struct {
	minMS int64
}

func decodeTooFast(o *object) rule {
	least := 3 * time.Second
	if n := o.take("min"); n != nil {
		least = o.d.duration(n, "min", least, day)
	}
	return tooFast{least.Milliseconds()}
}

func (r tooFast) check(l *look) (reason, bool) {
	// A site that measures nothing sends nothing or 0.
	e := l.Revision.Comment.Form.ElapsedMS
	if e == nil || *e <= 0 || *e >= r.minMS {
		return reason{}, false
	}
	return reason{
		code: tooFastName + ".form", params: map[string]any{"elapsed_ms": *e, "min_ms": r.minMS},
		detail: fmt.Sprintf("the form was sent after %.1f seconds, a person needs at least %.1f", float64(*e)/1000, float64(r.minMS)/1000),
	}, true
}
