package policy

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

const trustedAuthorName = "trusted-author"

// trustedUpTo is the score above which a typed e-mail address helps nobody.
const trustedUpTo = 0.9

// trustedAuthor finds comments by people who had others approved and none rejected.
// Whoever is logged in is who it says; an e-mail address anybody can type, so one
// alone does not approve: it lets the classifier hold from trustedUpTo up only, and
// outvotes no rule.
type trustedAuthor struct {
	min      int
	byPeople bool
}

func decodeTrustedAuthor(o *object) rule {
	r := trustedAuthor{min: o.whole("min", 3, models.MaxHistory)}
	if n := o.take("approved_by"); n != nil {
		by, _ := o.d.oneOf(n, "approved_by", []string{"anyone", "people"})
		r.byPeople = by == "people"
	}
	return r
}

func (r trustedAuthor) check(l *look) (reason, bool) {
	h := l.Facts.Author
	if h == nil {
		return l.lack()
	}
	approved := h.Approved
	if r.byPeople {
		approved = h.ByPeople
	}
	if !h.Person || h.Rejected > 0 || approved < r.min || approved == 0 {
		return reason{}, false
	}
	found := reason{
		code: trustedAuthorName + ".account", params: map[string]any{"approved": approved, "min": r.min},
		detail: fmt.Sprintf("%s of this author approved before", count(approved, "comment")),
	}
	if author := &l.Revision.Comment.Author; author.LoggedIn && author.ID != "" {
		return found, true
	}
	// Without cut-offs there is nothing to move.
	if l.Verdict == nil || l.Verdict.Cutoffs.HoldAbove >= trustedUpTo || l.Verdict.Cutoffs.HoldAbove <= 0 {
		return reason{}, false
	}
	found.code = trustedAuthorName + ".email"
	found.detail += fmt.Sprintf(", but an e-mail address alone is no proof: held only from a score of %g", trustedUpTo)
	found.shift = models.LogOdds(l.Verdict.Cutoffs.HoldAbove) - models.LogOdds(trustedUpTo)
	return found, true
}
