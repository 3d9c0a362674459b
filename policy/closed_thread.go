package policy

import (
	"fmt"
	"time"
)

const closedThreadName = "closed-thread"

// closedThread finds comments under old posts. The comment's own time counts, if it
// says one, so that imports are judged as of then.
type closedThread struct {
	after time.Duration
}

func decodeClosedThread(o *object) rule {
	r := closedThread{90 * day}
	if n := o.take("after"); n != nil {
		r.after = o.d.duration(n, "after", r.after, 36500*day)
	}
	return r
}

func (r closedThread) check(l *look) (reason, bool) {
	age, ok := l.postAge()
	if !ok || age < r.after {
		return reason{}, false
	}
	days := int(age / day)
	return reason{
		code: closedThreadName + ".old", params: map[string]any{"age_days": days, "after": writeDuration(r.after)},
		detail: fmt.Sprintf("the post is %s old, comments are expected for %s", count(days, "day"), writeDuration(r.after)),
	}, true
}

// postAge is how old the post was when the comment was written; false if the site
// does not say when it was published.
func (l *look) postAge() (time.Duration, bool) {
	c := &l.Revision.Comment
	if c.Post.PublishedAt.IsZero() {
		return 0, false
	}
	at := c.SubmittedAt
	if at.IsZero() || at.After(l.Revision.ReceivedAt) {
		at = l.Revision.ReceivedAt
	}
	return at.Sub(c.Post.PublishedAt), true
}
