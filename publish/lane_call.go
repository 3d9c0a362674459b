package publish

import (
	"errors"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// result is what became of a call.
type result struct {
	it *item
	a  answer
	// unread is why the decision could not be read and no call was made.
	unread error
}

// launch starts calls while there is something to call.
func (l *lane) launch(now time.Time) {
	l.book.wake(now)
	for l.flying < maxCalls {
		it := l.next(now)
		if it == nil {
			return
		}
		l.flying++
		secrets := l.secrets.get(l.p.o.Sites.Secrets(l.site.ID))
		go func() { l.results <- l.p.deliver(l.cut, l.site, secrets, it) }()
	}
}

// next chooses in turn among what was called before and what was not, so that neither
// keeps the other from its turn.
func (l *lane) next(now time.Time) *item {
	l.turn = !l.turn
	if l.turn {
		if it := l.book.take(&l.book.again); it != nil {
			return it
		}
	}
	if !now.Before(l.freshAt) {
		if it := l.book.take(&l.book.fresh); it != nil {
			if l.failures >= spareAfter {
				l.freshAt = now.Add(maxPause) // one at a time, until it is answered
			}
			return it
		}
	}
	return l.book.take(&l.book.again)
}

// settle notes what became of a call.
func (l *lane) settle(r result) {
	it, now := r.it, time.Now()
	switch {
	case errors.Is(r.unread, models.ErrNotFound):
		l.book.done(it)
		return
	case r.unread != nil:
		l.trouble("read", r.unread)
		it.due = now.Add(troubleWait)
		l.book.schedule(it)
		return
	case r.a.err != nil && l.cut.Err() != nil:
		l.book.interrupted(it)
		return
	case r.a.good():
		l.p.m.observe(l.site.Name, delivered, r.a.took)
		l.failures, l.freshAt = 0, time.Time{}
		l.book.try(it, r.a.attempt())
		l.book.done(it)
		return
	}
	first := it.Attempts == 0 && !it.kept
	it.Attempts++
	attempt := r.a.attempt()
	it.LastStatus, it.LastError, it.LastAttemptAt = attempt.Status, attempt.Error, attempt.At
	l.book.try(it, attempt)
	wait, again := l.p.o.wait(it.Attempts, r.a.retryAfter)
	switch {
	case r.a.status == 410:
		l.p.m.observe(l.site.Name, gone, r.a.took)
		l.stop(it.LastError)
		again = true
	case again:
		l.p.m.observe(l.site.Name, failed, r.a.took)
	default:
		l.p.m.observe(l.site.Name, dead, r.a.took)
		l.p.o.Logger.Warn("delivery failed for good; `winnow deliveries resend` puts it back",
			"site", l.site.Name, "comment", it.CommentID, "attempts", it.Attempts, "error", it.LastError)
	}
	if first {
		l.failures++
		l.freshAt = now.Add(pause(l.failures))
	}
	if !again {
		l.book.dead(it)
		return
	}
	it.DueAt = now.Add(wait)
	l.book.failed(it, it.DueAt)
}

// stop ends the lane because the callback wants to be called no more.
func (l *lane) stop(reason string) {
	if l.stopped != "" {
		return
	}
	l.stopped, l.report = reason, reason
	l.gaveUp.Store(true)
	l.p.o.Logger.Warn("the callback wants no more deliveries; `winnow site set --enable` starts them again",
		"site", l.site.Name, "answer", reason)
}

// maxError is the length of the longest fault that is kept, in bytes.
const maxError = 300

func shorten(s string) string {
	if len(s) > maxError {
		s = s[:maxError]
	}
	return strings.ToValidUTF8(s, "")
}
