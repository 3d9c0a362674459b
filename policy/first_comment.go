package policy

const firstCommentName = "first-comment"

// firstComment finds the comments of people of whom none was approved before. Whoever
// cannot be recognised is not known to be new.
type firstComment struct{}

func decodeFirstComment(*object) rule { return firstComment{} }

func (firstComment) check(l *look) (reason, bool) {
	h := l.Facts.Author
	if h == nil {
		return l.lack()
	}
	if !h.Person || h.Approved > 0 {
		return reason{}, false
	}
	if h.Comments > 0 {
		return reason{
			code: firstCommentName + ".none-approved", params: map[string]any{"earlier": h.Comments},
			detail: "none of the author's " + count(h.Comments, "earlier comment") + " was approved",
		}, true
	}
	return reason{code: firstCommentName + ".first", params: map[string]any{}, detail: "the author's first comment here"}, true
}
