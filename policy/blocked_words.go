package policy

import (
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

const blockedWordsName = "blocked-words"

// maxTerm is the length of the longest term, in characters. It bounds how often a
// text that repeats the beginning of a phrase is read again.
const maxTerm = 200

// blockedWords finds comments that contain one of the operator's words.
type blockedWords struct {
	fields []field
	terms  terms
}

func decodeBlockedWords(o *object) rule {
	r := &blockedWords{fields: o.fields("fields", true, "content", "author.name")}
	r.terms.diacritics = o.flag("fold_diacritics", true)
	list := o.need("terms", "[casino, cheap pills]")
	if list == nil {
		return r
	}
	for _, t := range o.d.texts(list, "terms") {
		if n := utf8.RuneCountInString(t.value); n > maxTerm {
			o.d.fault(t.node, "a term has at most %d characters, this one has %d", maxTerm, n)
		} else if !r.terms.add(t.value) {
			o.d.fault(t.node, "%s contains neither a word nor a sign that could be found", quote(t.value))
		}
	}
	return r
}

func (r *blockedWords) check(c *models.Case) (reason, bool) {
	for i := range r.fields {
		f := &r.fields[i]
		term, found, ok := r.terms.find(f.value(c))
		if !ok {
			continue
		}
		detail := "contains the blocked word " + quote(term)
		if f.name != "content" {
			detail = f.name + " " + detail
		}
		return reason{
			code:   blockedWordsName + ".found",
			params: map[string]any{"term": term, "field": f.name, "found": clip(found, maxQuoted)},
			detail: detail,
		}, true
	}
	return reason{}, false
}
