package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// schemes are the beginnings of bare links, the longest first where one ends in
// another, with what disguised ones stand for.
var schemes = [...]struct{ written, meant string }{
	{"https", "https"}, {"http", "http"}, {"hxxps", "https"}, {"hxxp", "http"}, {"h**ps", "https"}, {"h**p", "http"},
	{"ttps", "https"}, {"ttp", "http"}, {"ftps", "ftps"}, {"ftp", "ftp"},
}

// schemeAt looks for a URL around the ":" of size bytes at i.
func (s *scanner) schemeAt(i, size int) int {
	hostStart, loose, odd := s.afterSlashes(i + size)
	if hostStart == 0 {
		return i + size
	}
	end := i
	for n := 0; n < maxBlank && end > s.floor && s.text[end-1] == ' '; n++ {
		end--
	}
	start, scheme, disguised := s.schemeBefore(end)
	if scheme == "" {
		return i + size
	}
	disguised = disguised || odd || size > 1 || end < i
	s.readHost(hostStart)
	n := s.urlLabels()
	if loose && (n < 2 || !common[s.name.ending(n)]) {
		return i + size
	}
	var (
		l    models.Link
		stop int
	)
	if n > 1 && s.name.worst(n) > plainDot || n > 0 && s.name.folded {
		name, hostEnd := s.name.upTo(n), s.name.labels[n-1].end
		stop = hostEnd
		if s.pathFollows(hostEnd) {
			stop = s.urlEnd(hostEnd)
		}
		l = models.Link{URL: scheme + "://" + name + s.text[hostEnd:stop], Kind: models.LinkDisguised}
	} else {
		stop = s.urlEnd(hostStart)
		l = models.Link{URL: s.text[start:stop], Kind: models.LinkBare}
		if disguised {
			l = models.Link{URL: scheme + "://" + s.text[hostStart:stop], Kind: models.LinkDisguised}
		}
	}
	if strings.IndexFunc(s.text[hostStart:stop], alphanumeric) < 0 {
		return i + size
	}
	l.Host = Host(l.URL)
	s.add(start, l)
	return s.consume(stop)
}

// urlLabels tells how many of the labels that were read after a scheme belong to
// the host: not those after a weak dot that make no host.
func (s *scanner) urlLabels() int {
	h := &s.name
	n := len(h.labels)
	for n > 1 && h.labels[n-1].dot.weak() && !common[h.ending(n)] {
		n--
	}
	return n
}

// afterSlashes reads the two slashes after a colon and gives the place after them,
// 0 if they are not there; loose tells of a space after them, odd of anything else
// that browsers do not take for slashes.
func (s *scanner) afterSlashes(i int) (end int, loose, odd bool) {
	for range 2 {
		k := skipBlank(s.text, i)
		odd = odd || k > i
		r, size := utf8.DecodeRuneInString(s.text[k:])
		switch {
		case r == '/':
		case r == '\\' || fold(r) == '/':
			odd = true
		default:
			return 0, false, false
		}
		i = k + size
	}
	end = skipBlank(s.text, i)
	return end, end > i, odd || end > i
}

// schemeBefore gives the scheme that ends at end, and where it begins; "" if it is none.
func (s *scanner) schemeBefore(end int) (start int, scheme string, disguised bool) {
	var word [6]byte
	var at [6]int
	n := len(word)
	folded := false
	for i := end; i > s.floor && n > 0; {
		r, size := utf8.DecodeLastRuneInString(s.text[s.floor:i])
		f := fold(r)
		if f != '*' && (f < 'a' || f > 'z') {
			break
		}
		folded = folded || r >= utf8.RuneSelf
		i -= size
		n--
		word[n], at[n] = byte(f), i
	}
	for _, known := range schemes {
		first := len(word) - len(known.written)
		if first < n || string(word[first:]) != known.written {
			continue
		}
		if known.written[0] != 'h' && first > n {
			return 0, "", false // sftp, or a word that ends in it
		}
		return at[first], known.meant, folded || known.written != known.meant
	}
	return 0, "", false
}

// urlEnd gives the end of the URL that goes on at i, in its host or after it.
// Punctuation at its end is not part of it, nor is a closing parenthesis that
// was not opened in it.
func (s *scanner) urlEnd(i int) int {
	start, depth := i, 0
	inHost := true // until a path or a query begins
	if i < len(s.text) && s.text[i] == '[' {
		if end := strings.IndexByte(s.text[i:min(i+50, len(s.text))], ']'); end > 0 {
			i += end + 1
		}
	}
	for i < len(s.text) {
		c := s.text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s.text[i:])
			if !alphanumeric(r) && !unicode.IsMark(r) || inHost && wide(r) && i > start && isAlnum(s.text[i-1]) {
				break
			}
			i += size
			continue
		}
		if urlStop[c] || inHost && strings.IndexByte(",;!'()", c) >= 0 || i > start && glued(s.text[i-1:]) {
			break
		}
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case '/', '?', '#':
			inHost = false
		}
		i++
	}
	for ; i > start; i-- {
		switch c := s.text[i-1]; {
		case c == ')' && depth < 0:
			depth++
		case strings.IndexByte(".,;:!?'*_~", c) >= 0:
		default:
			return i
		}
	}
	return i
}

// urlStop are the ASCII characters that end a URL.
var urlStop = func() (stop [utf8.RuneSelf]bool) {
	for c := range stop {
		stop[c] = c <= ' ' || c == 0x7f || strings.IndexByte("<>\"`{}|\\^[]", byte(c)) >= 0
	}
	return stop
}()

// glued reports whether after its first byte s goes on with another URL that was
// pasted to this one, and is not part of its path or query.
func glued(s string) bool {
	return s[1]|0x20 == 'h' && (hasPrefixFold(s[1:], "http://") || hasPrefixFold(s[1:], "https://")) && strings.IndexByte("/=?&:#%", s[0]) < 0
}

func alphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
