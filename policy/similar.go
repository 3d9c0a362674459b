package policy

import (
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

const similarName = "similar"

// similar finds comments whose text is nearly that of earlier ones by other authors.
type similar struct {
	windowMS int64
	percent  int
	max      int
}

func decodeSimilar(o *object) rule {
	window := 24 * time.Hour
	if n := o.take("window"); n != nil {
		window = o.d.duration(n, "window", window, MaxDuplicateWindow)
	}
	r := similar{windowMS: window.Milliseconds(), percent: o.whole("percent", 70, 100), max: o.whole("max", 0, models.MaxMatches-1)}
	if r.percent < 50 {
		o.d.fault(o.values["percent"], "percent must be 50 to 100: what is less alike is not looked for")
	}
	return r
}

func (r similar) check(l *look) (reason, bool) {
	f := l.Facts.Similar
	if f == nil {
		return l.lack()
	}
	found, last := 0, (*models.Alike)(nil)
	for i := range f.Matches {
		m := &f.Matches[i]
		if m.SameAuthor || m.AgeMS > r.windowMS || m.Percent < r.percent {
			continue
		}
		if found++; last == nil {
			last = m
		}
	}
	if found <= r.max {
		return reason{}, false
	}
	return reason{
		code: similarName + ".others", params: map[string]any{"found": found, "max": r.max, "percent": last.Percent, "last": last.CommentID},
		detail: fmt.Sprintf("about %d %% alike to %s by other authors, the last one %s", last.Percent, count(found, "comment"), quote(last.CommentID)),
	}, true
}
