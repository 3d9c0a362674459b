package classifier

import (
	"math/bits"
	"strconv"
	"unicode"

	"github.com/winnowd/winnow/models"
)

// traits counts what a text looks like, apart from what it says.
type traits struct {
	letters, capitals, digits, marks, spaces, wide int
	repeated                                       bool // a character four times in a row
	latin, cyrillic, greek                         bool
}

// readTraits adds a few tokens about the text as a whole. A text of nothing has none.
func (d *document) readTraits(l *models.Lesson, text string) {
	if n := len(l.Links); n > 0 {
		// How many links there are is as good as a word: more than a mere trait.
		d.buf = append(d.buf, "shape:links="...)
		d.buf = appendUpTo(d.buf, n, 3)
		d.commit(kindLink)
	}
	if l.Hidden > 0 {
		d.buf = append(d.buf, "shape:hidden="...)
		d.buf = appendUpTo(d.buf, l.Hidden, 3)
		d.commit(kindLink)
	}
	if text == "" {
		return
	}
	t := lookAt(text)
	d.trait("length=", bits.Len(uint(len(text)))) // powers of two of bytes
	if t.letters >= 8 {
		d.trait("capitals=", bits.Len(uint(t.capitals*16/t.letters)))
	}
	if t.digits > 0 {
		d.trait("digits=", bits.Len(uint(t.digits)))
	}
	if t.marks > 0 {
		d.trait("exclaims=", min(t.marks, 4))
	}
	if t.repeated {
		d.trait("repeated=", 1)
	}
	if t.wide > 0 {
		d.trait("wide=", bits.Len(uint(t.wide)))
	}
	if t.latin && (t.cyrillic || t.greek) {
		d.trait("mixed-scripts=", 1)
	}
}

func (d *document) trait(name string, value int) {
	d.buf = append(append(d.buf, "shape:"...), name...)
	d.buf = strconv.AppendInt(d.buf, int64(value), 10)
	d.commit(kindTrait)
}

// appendUpTo appends a number, or "limit+" from limit on.
func appendUpTo(dst []byte, n, limit int) []byte {
	if n < limit {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return append(strconv.AppendInt(dst, int64(limit), 10), '+')
}

// lookAt counts the traits of a text.
func lookAt(text string) (t traits) {
	last, run := rune(-1), 0
	for _, r := range text {
		if r == last {
			run++
		} else {
			last, run = r, 1
		}
		switch {
		case 'a' <= r && r <= 'z':
			t.letters++
			t.latin = true
		case 'A' <= r && r <= 'Z':
			t.letters++
			t.capitals++
			t.latin = true
		case r == ' ' || r == '\n':
			t.spaces++
			continue // a row of spaces is no repetition
		case '0' <= r && r <= '9':
			t.digits++
		case r == '!':
			t.marks++
		case r >= 0x80:
			t.lookAtWide(r)
		}
		if run == 4 {
			t.repeated = true
		}
	}
	return t
}

// lookAtWide counts a character outside ASCII.
func (t *traits) lookAtWide(r rune) {
	if 0x0400 <= r && r <= 0x0481 { // spared the tables
		t.letters++
		t.cyrillic = true
		if r < 0x0430 {
			t.capitals++
		}
		return
	}
	if !unicode.IsLetter(r) {
		return
	}
	t.letters++
	if unicode.IsUpper(r) {
		t.capitals++
	}
	switch {
	case r >= 0xFF00 && r <= 0xFFEF, r >= 0x1D400 && r <= 0x1D7FF: // full-width, mathematical
		t.wide++
	case unicode.Is(unicode.Latin, r):
		t.latin = true
	case unicode.Is(unicode.Cyrillic, r):
		t.cyrillic = true
	case unicode.Is(unicode.Greek, r):
		t.greek = true
	}
}
