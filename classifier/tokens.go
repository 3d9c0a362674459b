package classifier

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/winnowd/winnow/models"
)

// Tokenizer is the version of how lessons become tokens. Counts made with another
// one mean nothing: it is part of the model's version.
const Tokenizer = "t1"

const (
	// maxTextBytes is how much of a text is read.
	maxTextBytes = 64 << 10
	// maxWord is the length of the longest word that is kept whole, in characters.
	maxWord = 20
)

// linkToken stands in the text where a link stood; no word has a bracket.
const linkToken = "[link]"

// read makes d the set of tokens of a lesson. A token is valid UTF-8, 1 to
// maxTokenBytes long, and never starts with U+0000; there are at most maxTokens.
func (d *document) read(l *models.Lesson) {
	d.reset()
	d.readFields(l)
	d.readLinks(l.Links)
	text := l.Text
	if len(text) > maxTextBytes {
		text = text[:maxTextBytes]
	}
	d.readTraits(l, text)
	d.readText(text, len(l.Links) > 0)
}

// readFields adds what is known of the author.
func (d *document) readFields(l *models.Lesson) {
	d.addClean("author-name:", l.NameShape, kindField)
	d.addClean("author-host:", l.AuthorHost, kindField)
	d.addClean("email-domain:", l.EmailDomain, kindField)
}

// readText adds words, pairs and symbols.
func (d *document) readText(text string, links bool) {
	s := d.normalise(text)
	previous := int32(-1)
	for i := 0; i < len(s) && !d.full(); {
		if links && (s[i] == 'h' || s[i] == 'w') {
			if n := addressLength(s[i:]); n > 0 {
				i += n
				d.buf = append(d.buf, linkToken...)
				previous = d.pair(previous, d.commit(kindWord))
				continue
			}
		}
		r, size := decode(s[i:])
		switch {
		case unspaced(r):
			i += d.readUnspaced(s[i:])
			previous = -1
		case inWord(r):
			n, length := wordLength(s[i:])
			previous = d.pair(previous, d.word(s[i:i+n], length))
			i += n
		case r > ' ' && r != utf8.RuneError && !unicode.IsSpace(r) && !unicode.IsControl(r):
			d.buf = append(d.buf, s[i:i+size]...)
			d.commit(kindWord)
			i += size
		default:
			i += size
		}
	}
}

// word adds a word of so many characters and gives its number; -1 for one that
// pairs with nothing.
func (d *document) word(w []byte, length int) int32 {
	if length > maxWord {
		_, size := utf8.DecodeRune(w)
		d.buf = append(append(append(d.buf, "skip:"...), w[:size]...), ' ')
		d.buf = strconv.AppendInt(d.buf, int64(length/10*10), 10)
		d.commit(kindWord)
		return -1
	}
	if len(w) >= minNumber && digitsOnly(w) {
		d.buf = append(d.buf, "number:"...)
		d.buf = strconv.AppendInt(d.buf, int64(len(w)), 10)
		d.commit(kindWord)
	}
	d.buf = append(d.buf, w...)
	return d.commit(kindWord)
}

// minNumber is the length of the shortest number whose length is a token too.
const minNumber = 4

// pair adds two neighbouring words, if there are two, and gives the second.
func (d *document) pair(first, second int32) int32 {
	if first >= 0 && second >= 0 && !d.full() {
		d.buf = append(append(append(d.buf, d.token(int(first))...), ' '), d.token(int(second))...)
		d.commit(kindPair)
	}
	return second
}

// readUnspaced adds each two neighbouring characters of a run of a script that
// sets no spaces, or the only one, and gives the run's length in bytes.
func (d *document) readUnspaced(s []byte) int {
	i, last := 0, 0
	for i < len(s) {
		r, size := utf8.DecodeRune(s[i:])
		if !unspaced(r) {
			break
		}
		if i > 0 {
			d.buf = append(d.buf, s[last:i+size]...)
			d.commit(kindWord)
		}
		last = i
		i += size
	}
	if last == 0 {
		d.buf = append(d.buf, s[:i]...)
		d.commit(kindWord)
	}
	return i
}

// normalise gives the text in Unicode's compatibility composition (NFKC, UAX #15)
// and case-folded, without format characters.
func (d *document) normalise(text string) []byte {
	d.text = d.text[:0]
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			return d.normaliseUnicode(text)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		d.text = append(d.text, c)
	}
	return d.text
}

func (d *document) normaliseUnicode(text string) []byte {
	d.wide = norm.NFKC.AppendString(d.wide[:0], text)
	d.fold.Reset()
	folded, _, err := transform.Append(d.fold, d.text[:0], d.wide)
	if err != nil { // folding never fails; unfolded text is still a text
		d.text = append(d.text[:0], d.wide...)
		folded = d.text
	}
	kept := folded[:0]
	for i := 0; i < len(folded); {
		r, size := decode(folded[i:])
		if r < 0x0600 && r != '\u00AD' || !unicode.Is(unicode.Cf, r) { // the soft hyphen is the only one below
			kept = append(kept, folded[i:i+size]...)
		}
		i += size
	}
	d.text = kept
	return d.text
}

// addClean adds a token of a prefix and a value from outside, in lower case but
// for name shapes, without what cannot be shown; nothing if the value is empty.
func (d *document) addClean(prefix, value string, k kind) {
	if value == "" {
		return
	}
	d.buf = append(d.buf, prefix...)
	for i, r := range value {
		if i >= maxTokenBytes {
			break
		}
		if r != utf8.RuneError && !unicode.IsControl(r) {
			d.buf = utf8.AppendRune(d.buf, r)
		}
	}
	d.commit(k)
}

// decode reads a character, quickly for ASCII.
func decode(s []byte) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	return utf8.DecodeRune(s)
}

// wordLength measures the word that s starts with, in bytes and in characters.
func wordLength(s []byte) (size, length int) {
	for size < len(s) {
		r, n := decode(s[size:])
		if !inWord(r) || unspaced(r) {
			break
		}
		size += n
		length++
	}
	return size, length
}

// inWord tells that a character is a letter, digit, mark, or underscore.
func inWord(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' || 'A' <= r && r <= 'Z'
	case 0x0400 <= r && r <= 0x0481, 0x0391 <= r && r <= 0x03A1, 0x03A3 <= r && r <= 0x03CE:
		return true // Cyrillic and Greek, spared the tables
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r))
}

// unspaced tells that a character belongs to a script that sets no spaces between
// words: Thai, Lao, Myanmar, Khmer, Hiragana, Katakana, Han.
func unspaced(r rune) bool {
	switch {
	case r < 0x0E00:
		return false
	case r <= 0x0EFF, 0x1000 <= r && r <= 0x109F, 0x1780 <= r && r <= 0x17FF:
		return inWord(r)
	case r < 0x2E80:
		return false
	default:
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
}

func digitsOnly(w []byte) bool {
	for _, c := range w {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
