package markup

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
)

// readHTML writes what a browser shows of content.
func (w *writer) readHTML(content string) {
	z := xhtml.NewTokenizer(strings.NewReader(content))
	var (
		done   int  // bytes of content that were read
		hide   bool // the next text is a script or a style sheet
		noEnds bool // no script ends any more
	)
	for {
		kind := z.Next()
		token := z.Raw()
		at := done
		done += len(token)
		switch kind {
		case xhtml.ErrorToken:
			// What is left is a tag without an end. A browser drops it; many a blog shows it.
			w.text(html.UnescapeString(content[at:]))
			return
		case xhtml.TextToken:
			if !hide {
				w.text(string(z.Text()))
			}
			hide = false
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			if autolinked(content[at:done]) {
				z.NextIsNotRawText()
				w.text(content[at:done])
				continue
			}
			name, more := z.TagName()
			t := tag{kind: elements[string(name)]}
			if more && t.kind.attribute() != "" {
				t.value = attribute(z, t.kind.attribute())
			}
			hide = t.kind == raw && !noEnds && closes(content[done:], string(name))
			noEnds = noEnds || t.kind == raw && !hide
			if !hide {
				// A blog that strips the tag would leave its content, so it is read as text.
				z.NextIsNotRawText()
			}
			w.tag(t)
		case xhtml.EndTagToken:
			name, _ := z.TagName()
			w.tag(tag{kind: elements[string(name)], closing: true})
			hide = false
		}
	}
}

// attribute gives the value of the first attribute called name of the tag at hand.
func attribute(z *xhtml.Tokenizer, name string) string {
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		if string(key) == name {
			return string(value)
		}
	}
	return ""
}

// closes reports whether the end tag of name is in s.
func closes(s, name string) bool {
	for {
		i := strings.Index(s, "</")
		if i < 0 {
			return false
		}
		s = s[i+2:]
		if hasPrefixFold(s, name) && len(s) > len(name) && strings.IndexByte(" \n\t\f/>", s[len(name)]) >= 0 {
			return true
		}
	}
}

// readPlain writes content that is plain text or Markdown and has an HTML tag at
// first, without its tags and comments and with its entities decoded.
func (w *writer) readPlain(content string, first int) {
	from, i := 0, first
	noComments := false
	for i < len(content) {
		n := strings.IndexByte(content[i:], '<')
		if n < 0 {
			break
		}
		i += n
		if !noComments && strings.HasPrefix(content[i:], "<!--") {
			end := strings.Index(content[i+4:], "-->")
			if end >= 0 {
				w.text(html.UnescapeString(content[from:i]))
				i += 4 + end + 3
				from = i
				continue
			}
			noComments = true
		}
		t, length := parseTag(content[i:])
		if length == 0 {
			i++
			continue
		}
		w.text(html.UnescapeString(content[from:i]))
		t.value = html.UnescapeString(t.value)
		w.tag(t)
		i += length
		from = i
	}
	w.text(html.UnescapeString(content[from:]))
}

// firstTag tells where the first HTML tag of a plain text is, -1 if it has none.
func firstTag(content string) int {
	for i := 0; ; i++ {
		n := strings.IndexByte(content[i:], '<')
		if n < 0 {
			return -1
		}
		i += n
		if _, length := parseTag(content[i:]); length > 0 {
			return i
		}
	}
}

// tag writes what a tag means: a line break, an alternative text, a link.
func (w *writer) tag(t tag) {
	switch t.kind {
	case block:
		if n := len(w.buf); n > 0 && w.buf[n-1] != '\n' {
			w.buf = append(w.buf, '\n')
		}
	case image:
		w.text(t.value)
	case frame:
		if !t.closing && points(t.value) {
			w.addSpan(t.value)
		}
	case link:
		if w.open >= 0 {
			w.spans[w.open].end = len(w.buf)
			w.open = -1
		}
		if !t.closing && points(t.value) {
			w.open = len(w.spans)
			w.addSpan(t.value)
		}
	}
}

func (w *writer) addSpan(url string) {
	if len(w.spans) < maxLinks {
		w.spans = append(w.spans, span{url: strings.TrimSpace(url), start: len(w.buf), end: len(w.buf)})
		return
	}
	w.open = -1
}

// finish ends a link that was left open.
func (w *writer) finish() {
	if w.open >= 0 {
		w.spans[w.open].end = len(w.buf)
	}
}

// points reports whether a target leads to another page: not to a place in the
// same one, a mail program or a telephone.
func points(target string) bool {
	target = strings.TrimSpace(target)
	return target != "" && target[0] != '#' && !hasPrefixFold(target, "mailto:") && !hasPrefixFold(target, "tel:") && !hasPrefixFold(target, "sms:")
}

// autolinked reports whether s begins with a Markdown autolink, "<https://...",
// which HTML would take for a strange tag.
func autolinked(s string) bool {
	if len(s) < 5 || s[0] != '<' {
		return false
	}
	s = s[1:]
	return hasPrefixFold(s, "http://") || hasPrefixFold(s, "https://") || hasPrefixFold(s, "ftp://") || hasPrefixFold(s, "www.")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
