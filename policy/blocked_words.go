package policy

import (
	"regexp"
	"unicode/utf8"
)

const blockedWordsName = "blocked-words"

const (
	// maxTerm is the length of the longest term, in characters. It bounds how often a
	// text that repeats the beginning of a phrase is read again.
	maxTerm = 200
	// maxPattern is the length of the longest regular expression, maxPatterns how many an
	// entry may have: each reads the whole text.
	maxPattern  = 1000
	maxPatterns = 100
)

// The ways in which terms are written.
const (
	matchWords     = "words"
	matchWildcards = "wildcards"
	matchRegexp    = "regexp"
)

// blockedWords finds comments that contain one of the operator's words.
type blockedWords struct {
	fields   []field
	lexicon  *lexicon
	terms    *terms
	patterns []pattern
	// size is that of all patterns.
	size int
	// listed tells that terms come from a file.
	listed bool
}

type pattern struct {
	re      *regexp.Regexp
	written string
}

func decodeBlockedWords(o *object) rule {
	r := &blockedWords{fields: o.fields("fields", true, "content", "author.name")}
	r.lexicon = o.d.lexicon(o.flag("fold_diacritics", true))
	match := matchWords
	if n := o.take("match"); n != nil {
		match, _ = o.d.oneOf(n, "match", []string{matchWords, matchWildcards, matchRegexp})
	}
	items := append(o.words("terms"), o.list("file")...)
	r.listed = o.values["file"] != nil
	if o.values["terms"] == nil && !r.listed {
		o.need("terms", "[casino, cheap pills]")
		return r
	}
	if match == matchRegexp {
		r.compile(o, items)
		return r
	}
	r.terms = newTerms(r.lexicon)
	for _, t := range items {
		if n := utf8.RuneCountInString(t.value); n > maxTerm {
			o.d.faultOf(t, "a term has at most %d characters, this one has %d", maxTerm, n)
		} else if !r.terms.add(t.value, match == matchWildcards) {
			o.d.faultOf(t, "%s contains neither a word nor a sign that could be found", quote(t.value))
		}
	}
	return r
}

// compile reads regular expressions.
func (r *blockedWords) compile(o *object, items []text) {
	if len(items) > maxPatterns {
		o.d.faultOf(items[maxPatterns], "an entry has at most %d regular expressions: most can be one with | between them, or wildcards", maxPatterns)
		return
	}
	for _, t := range items {
		if r.size > maxPatternSize {
			return // what follows is too much anyway
		}
		if n := utf8.RuneCountInString(t.value); n > maxPattern {
			o.d.faultOf(t, "a regular expression has at most %d characters, this one has %d", maxPattern, n)
			continue
		}
		re, err := regexp.Compile("(?i)" + t.value)
		switch {
		case err != nil:
			o.d.faultOf(t, "%s is not a regular expression (RE2): %v", quote(t.value), err)
		case re.MatchString(""):
			o.d.faultOf(t, "%s is found in every text", quote(t.value))
		default:
			r.patterns = append(r.patterns, pattern{re, t.value})
			if r.size += patternSize("(?i)" + t.value); r.size > maxPatternSize {
				o.d.faultOf(t, "here the regular expressions of this entry have become too large together, as repetitions such as {100} are: they would take too long")
			}
		}
	}
}

// effect is what an entry without an action does. Lists from files are other people's,
// and flag some honest comments of every site: they are evidence, not a verdict.
func (r *blockedWords) effect() effect {
	if r.listed {
		return stricter()
	}
	return hold()
}

func (r *blockedWords) check(l *look) (reason, bool) {
	steps := maxSteps
	for i := range r.fields {
		f := &r.fields[i]
		term, found, ok := r.find(l.words(f, r.lexicon), &steps)
		if !ok {
			continue
		}
		detail := "contains the blocked word " + quote(term)
		if r.listed {
			detail = "contains the listed word " + quote(term)
		}
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

// find looks through a text, with regular expressions for so many steps.
func (r *blockedWords) find(t *wordText, steps *int) (term, found string, ok bool) {
	if r.terms != nil {
		return r.terms.find(t)
	}
	text := t.text[:min(len(t.text), *steps/max(1, r.size))]
	*steps -= len(text) * r.size
	for _, p := range r.patterns {
		at := p.re.FindIndex(text)
		// What reaches a cut may be an end that is none.
		if len(at) == 0 || at[1] == len(text) && len(text) < len(t.text) {
			continue
		}
		return p.written, string(text[at[0]:at[1]]), true
	}
	return "", "", false
}
