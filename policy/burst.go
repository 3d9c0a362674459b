package policy

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

const burstName = "burst"

// burst finds comments under posts that get too many at once.
type burst struct {
	window, max int
}

func decodeBurst(o *object) rule {
	return burst{o.window("10m"), o.whole("max", 100, 1_000_000)}
}

func (r burst) check(l *look) (reason, bool) {
	f := l.Facts.Post
	if f == nil {
		return l.lack()
	}
	if f.Comments == nil || f.Comments[r.window] < r.max {
		return reason{}, false
	}
	n, window := f.Comments[r.window]+1, writeDuration(models.CountWindows[r.window])
	return reason{
		code: burstName + ".post", params: map[string]any{"found": n, "max": r.max, "window": window},
		detail: fmt.Sprintf("%s under the same post within %s, at most %d are usual", count(n, "comment"), window, r.max),
	}, true
}
