package policy

import (
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

const duplicateName = "duplicate"

// MaxDuplicateWindow is the longest window that a duplicate rule may name. Whoever
// gathers the facts must look back at least as far, else a rule would silently
// find less than it says.
const MaxDuplicateWindow = 7 * day

// duplicate finds comments whose text was posted before. The same text by the same
// author under the same post is somebody who pressed the button again.
type duplicate struct {
	windowMS int64
	// maxOthers and maxSame are how many earlier comments are tolerated: by other
	// authors, and by the same author under other posts.
	maxOthers, maxSame int
}

func decodeDuplicate(o *object) rule {
	window := 24 * time.Hour
	if n := o.take("window"); n != nil {
		window = o.d.duration(n, "window", window, MaxDuplicateWindow)
	}
	return duplicate{
		windowMS: window.Milliseconds(),
		// One more than is tolerated must fit among the matches that a fact lists.
		maxOthers: o.whole("max_others", 0, models.MaxMatches-1),
		maxSame:   o.whole("max_same", 2, models.MaxMatches-1),
	}
}

func (r duplicate) check(l *look) (reason, bool) {
	d := l.Facts.Duplicate
	if d == nil {
		return l.lack()
	}
	var others, same tally
	for i := range d.Matches {
		m := &d.Matches[i]
		switch {
		case m.AgeMS > r.windowMS:
		case !m.SameAuthor:
			others.add(m)
		case !m.SamePost:
			same.add(m)
		}
	}
	switch {
	case others.found > r.maxOthers:
		return others.reason("others", r.maxOthers, "the same text was posted by other authors"), true
	case same.found > r.maxSame:
		return same.reason("cross-post", r.maxSame, "the author posted the same text under other posts"), true
	}
	return reason{}, false
}

// tally counts matches, which come newest first.
type tally struct {
	found       int
	first, last string
}

func (t *tally) add(m *models.Match) {
	if t.found == 0 {
		t.last = m.CommentID
	}
	t.first = m.CommentID
	t.found++
}

func (t tally) reason(code string, max int, what string) reason {
	var times string
	switch {
	case t.found == 1:
		times = "once before"
	case t.found < models.MaxMatches:
		times = fmt.Sprintf("%d times before", t.found)
	default:
		times = fmt.Sprintf("at least %d times before", t.found)
	}
	switch {
	case max == 1:
		times += ", at most 1 is tolerated"
	case max > 1:
		times += fmt.Sprintf(", at most %d are tolerated", max)
	}
	return reason{
		code:   duplicateName + "." + code,
		params: map[string]any{"found": t.found, "max": max, "first": t.first, "last": t.last},
		detail: fmt.Sprintf("%s %s, the last time in comment %s", what, times, quote(t.last)),
	}
}
