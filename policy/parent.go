package policy

import "github.com/winnowd/winnow/models"

const parentName = "parent"

// parent finds answers to comments that are held or were rejected. A comment that is
// not remembered is neither.
type parent struct {
	held, rejected bool
}

func decodeParent(o *object) rule {
	r := parent{true, true}
	if n := o.take("states"); n != nil {
		r = parent{}
		for _, t := range o.d.texts(n, "states") {
			switch state, _ := o.d.oneOf(t.node, "state", []string{"held", "rejected"}); state {
			case "held":
				r.held = true
			case "rejected":
				r.rejected = true
			}
		}
	}
	return r
}

func (r parent) check(l *look) (reason, bool) {
	if l.Revision.Comment.ParentID == "" {
		return reason{}, false
	}
	p := l.Facts.Parent
	if p == nil {
		return l.lack()
	}
	id := clip(l.Revision.Comment.ParentID, maxQuoted)
	switch {
	case r.held && p.Action == models.Hold:
		return reason{code: parentName + ".held", params: map[string]any{"parent": id}, detail: "answers comment " + quote(id) + ", which is held"}, true
	case r.rejected && p.Action == models.Reject:
		return reason{code: parentName + ".rejected", params: map[string]any{"parent": id}, detail: "answers comment " + quote(id) + ", which was rejected"}, true
	}
	return reason{}, false
}
