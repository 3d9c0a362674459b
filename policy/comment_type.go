package policy

import "strings"

const commentTypeName = "comment-type"

// commentType finds what is no ordinary comment, by the site's word for it.
type commentType struct {
	types map[string]bool
}

func decodeCommentType(o *object) rule {
	r := commentType{map[string]bool{"trackback": true, "pingback": true}}
	if n := o.take("types"); n != nil {
		r.types = map[string]bool{}
		for _, t := range o.d.texts(n, "types") {
			r.types[strings.ToLower(t.value)] = true
		}
	}
	return r
}

func (r commentType) check(l *look) (reason, bool) {
	kind := l.Revision.Comment.Type
	if !r.types[strings.ToLower(kind)] {
		return reason{}, false
	}
	return reason{
		code: commentTypeName + ".found", params: map[string]any{"type": clip(kind, maxQuoted)},
		detail: "this is a " + clip(kind, maxQuoted),
	}, true
}
