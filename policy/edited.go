package policy

import (
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

const editedName = "edited"

// edited finds comments that were changed after they had been submitted: a harmless
// text is approved, and then becomes another.
type edited struct {
	max   int
	after time.Duration
	// approved tells that only changes of what was approved count.
	approved bool
}

func decodeEdited(o *object) rule {
	r := edited{max: o.whole("max", 0, 1_000_000), approved: o.flag("approved_only", true)}
	if n := o.take("after"); n != nil {
		r.after = o.d.duration(n, "after", r.after, 36500*day)
	}
	return r
}

func (r edited) check(l *look) (reason, bool) {
	edits := l.Revision.Number - 1
	if edits <= r.max {
		return reason{}, false
	}
	c := &l.Revision.Comment
	if r.after > 0 {
		at := c.EditedAt
		if at.IsZero() {
			at = l.Revision.ReceivedAt
		}
		if c.SubmittedAt.IsZero() || at.Sub(c.SubmittedAt) < r.after {
			return reason{}, false
		}
	}
	if r.approved {
		if l.Facts.Previous == nil {
			return l.lack()
		}
		if l.Facts.Previous.Action != models.Approve {
			return reason{}, false
		}
	}
	return reason{
		code: editedName + ".changed", params: map[string]any{"edits": edits, "max": r.max},
		detail: fmt.Sprintf("changed %s since it was submitted", times(edits)),
	}, true
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
