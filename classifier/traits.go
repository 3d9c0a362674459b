package classifier

import (
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// traits counts what a text looks like, apart from what it says.
type traits struct {
	letters, capitals, digits, foreign, words, symbols, emoji, lines int
	marks, questions, ats, hashes, currency                          int
	longest, digitRun, longestDigits                                 int
	last                                                             rune
	run, longestRun                                                  int
	wide, mixed, disguised, spelled                                  int
	phone, longestPhone                                              int
	scripts                                                          uint32
}

// letter counts a character of a word.
func (t *traits) letter(class uint8, r rune) {
	if class&digitClass != 0 {
		t.digits++
		if t.digitRun++; t.digitRun > t.longestDigits {
			t.longestDigits = t.digitRun
		}
		if t.phone++; t.phone > t.longestPhone {
			t.longestPhone = t.phone
		}
	} else {
		t.digitRun, t.phone = 0, 0
		t.letters++
		if class&upperClass != 0 {
			t.capitals++
		}
	}
	if class&foreignClass != 0 {
		t.foreign++
		t.scripts |= scriptBit(r)
	} else {
		t.scripts |= 1
	}
	t.repeat(r)
}

// plainWord is asciiWord for a word of so many small letters, none the same as the one
// before it.
func (t *traits) plainWord(n int, last byte) {
	t.letters += n
	t.digitRun, t.phone = 0, 0
	t.scripts |= 1
	t.last, t.run, t.longestRun = rune(last), 1, max(t.longestRun, 1)
}

// asciiWord is letter for all characters of a word in ASCII, whose classes are given.
func (t *traits) asciiWord(word []byte, classes uint8) {
	if classes&digitClass != 0 {
		for _, c := range word {
			t.letter(asciiClass[c], rune(c))
		}
		return
	}
	t.letters += len(word)
	t.digitRun, t.phone = 0, 0
	t.scripts |= 1
	last, run, longest := t.last, t.run, max(t.longestRun, 1)
	for _, c := range word {
		if rune(c) != last {
			last, run = rune(c), 1
			continue
		}
		run++
		longest = max(longest, run)
	}
	t.last, t.run, t.longestRun = last, run, longest
	if classes&upperClass != 0 {
		for _, c := range word {
			t.capitals += int(asciiClass[c] & upperClass / upperClass)
		}
	}
}

// repeat follows runs of one character.
func (t *traits) repeat(r rune) {
	if r != t.last {
		t.last, t.run = r, 0
	}
	if t.run++; t.run > t.longestRun {
		t.longestRun = t.run
	}
}

func (t *traits) space() { t.last, t.run, t.digitRun = 0, 0, 0 }

// word counts a word of so many characters.
func (t *traits) word(n int) {
	t.words++
	t.digitRun = 0
	t.longest = max(t.longest, n)
}

// symbol counts a visible character that is no part of words.
func (t *traits) symbol(r rune) {
	t.symbols++
	t.repeat(r)
	t.digitRun = 0
	switch r {
	case '-', '.', '(', ')', '+', '/':
		return // these stand in telephone numbers
	case '!':
		t.marks++
	case '?':
		t.questions++
	case '@':
		t.ats++
	case '#':
		t.hashes++
	case '$', '£', '¥', '¢', '€', '₽', '₹', '₿':
		t.currency++
	default:
		if pictograph(r) {
			t.emoji++
		}
	}
	t.phone = 0
}

// lookAtDisguise counts full-width, circled, mathematical and such letters, which
// normalising makes ordinary ones.
func (t *traits) lookAtDisguise(text string) {
	for _, r := range text {
		if r < 0x2070 {
			continue
		}
		if r >= 0xff10 && r <= 0xff5a || r >= 0x1d400 && r <= 0x1d7ff || r >= 0x2460 && r <= 0x24ff || r >= 0x1f110 && r <= 0x1f149 {
			t.wide++
		}
	}
}

// scriptBit tells some scripts apart.
func scriptBit(r rune) uint32 {
	switch {
	case r < 0x0250 || r >= 0x1e00 && r <= 0x1eff:
		return 2
	case r >= 0x0370 && r <= 0x03ff:
		return 4
	case r >= 0x0400 && r <= 0x052f:
		return 8
	case r >= 0x0590 && r <= 0x05ff:
		return 16
	case r >= 0x0600 && r <= 0x077f:
		return 32
	case r >= 0x0900 && r <= 0x0dff:
		return 64
	case r >= 0x0e00 && r <= 0x0eff:
		return 128
	case r >= 0x3041 && r <= 0x30ff:
		return 256
	case r >= 0x4e00 && r <= 0x9fff:
		return 512
	case r >= 0xac00 && r <= 0xd7af:
		return 1024
	}
	return 2048
}

// Traits of a text, in the order of traitNames.
const (
	traitLinks = iota
	traitLinksWithPath
	traitHTML
	traitBBCode
	traitMarkdown
	traitBare
	traitDisguised
	traitHidden
	traitLength
	traitWords
	traitDistinct
	traitCapitals
	traitDigits
	traitForeign
	traitScripts
	traitMarks
	traitQuestions
	traitAts
	traitHashes
	traitCurrency
	traitEmoji
	traitSymbols
	traitLines
	traitRun
	traitLongestDigits
	traitPhone
	traitLongest
	traitWide
	traitMixed
	traitUndisguised
	traitSpelled
	traitEmpty
)

var traitNames = [...]string{
	traitLinks: "links", traitLinksWithPath: "links-with-path", traitHTML: "html-links", traitBBCode: "bbcode-links",
	traitMarkdown: "markdown-links", traitBare: "bare-links", traitDisguised: "disguised-links", traitHidden: "hidden",
	traitLength: "length", traitWords: "words", traitDistinct: "distinct", traitCapitals: "capitals", traitDigits: "digits",
	traitForeign: "non-ascii", traitScripts: "scripts", traitMarks: "exclaims", traitQuestions: "questions", traitAts: "at-signs",
	traitHashes: "hashes", traitCurrency: "currency", traitEmoji: "emoji", traitSymbols: "symbols", traitLines: "lines",
	traitRun: "repeated", traitLongestDigits: "digits-in-a-row", traitPhone: "telephone", traitLongest: "longest-word",
	traitWide: "wide", traitMixed: "mixed-scripts", traitUndisguised: "disguised-letters", traitSpelled: "spelled-out",
	traitEmpty: "empty",
}

// trait adds a trait with a coarse value.
func (d *document) trait(name, value int) {
	d.add(kindTrait, uint64(name)<<16|uint64(value), uint32(name), uint32(value))
}

// power is 0 for 0, else the power of two below n, counted from 1.
func power(n int) int { return bits.Len(uint(n)) }

// share gives n/of in steps of powers of two, 0 to 6.
func share(n, of int) int {
	if of == 0 {
		return 0
	}
	return bits.Len(uint(n * 32 / of))
}

// readTraits adds the traits of what was read, which comes last.
func (d *document) readTraits(l *models.Lesson) {
	t := &d.traits
	visible := t.letters + t.digits + t.symbols
	d.linkTraits(l)
	if visible == 0 {
		d.trait(traitEmpty, 0)
		return
	}
	d.trait(traitLength, power(visible))
	d.trait(traitWords, power(t.words))
	d.trait(traitDistinct, share(len(d.features), 8*max(1, t.words)))
	d.trait(traitCapitals, share(t.capitals, t.letters))
	d.trait(traitDigits, share(t.digits, visible))
	d.trait(traitForeign, share(t.foreign, visible))
	d.trait(traitScripts, int(t.scripts))
	d.trait(traitMarks, min(t.marks, 4))
	d.trait(traitQuestions, min(t.questions, 3))
	d.trait(traitAts, min(t.ats, 2))
	d.trait(traitHashes, min(t.hashes, 3))
	d.trait(traitCurrency, min(t.currency, 3))
	d.trait(traitEmoji, power(t.emoji))
	d.trait(traitSymbols, share(t.symbols, visible))
	d.trait(traitLines, power(t.lines))
	d.trait(traitRun, min(power(t.longestRun), 4))
	d.trait(traitLongestDigits, min(t.longestDigits, 12))
	if t.longestPhone >= 7 {
		d.trait(traitPhone, min(t.longestPhone, 14)/2)
	}
	d.trait(traitLongest, power(t.longest))
	d.trait(traitWide, power(t.wide))
	d.trait(traitMixed, min(t.mixed, 2))
	d.trait(traitUndisguised, power(t.disguised))
	d.trait(traitSpelled, min(t.spelled, 2))
}

// linkTraits adds how many links there are, and of which make.
func (d *document) linkTraits(l *models.Lesson) {
	var byKind [5]int
	paths := 0
	for i := range l.Links {
		switch l.Links[i].Kind {
		case models.LinkHTML:
			byKind[0]++
		case models.LinkBBCode:
			byKind[1]++
		case models.LinkMarkdown:
			byKind[2]++
		case models.LinkBare:
			byKind[3]++
		case models.LinkDisguised:
			byKind[4]++
		}
		if len(pathOf(l.Links[i].URL)) > 1 {
			paths++
		}
	}
	if n := min(len(l.Links), 6); n > 0 {
		// That there are links says as much as a word.
		d.add(kindLink, uint64(n), traitLinks, uint32(n))
	} else {
		d.trait(traitLinks, 0)
	}
	d.trait(traitLinksWithPath, min(paths, 3))
	for i, n := range byKind {
		d.trait(traitHTML+i, min(n, 2))
	}
	d.trait(traitHidden, min(l.Hidden, 3))
}

// appendForm writes a form: the classes of a word's characters and its length, or the
// symbol.
func appendForm(b []byte, form uint32) []byte {
	if form&symbolBase != 0 {
		switch form & 0xff {
		case 0x80:
			return append(b, "emoji"...)
		case 0x81:
			return append(b, "currency"...)
		case 0x82:
			return append(b, "symbol"...)
		case addressForm & 0xff:
			return append(b, "address"...)
		}
		return append(b, byte(form))
	}
	for i, c := range "xX9_~" {
		if form>>3>>i&1 != 0 {
			b = utf8.AppendRune(b, c)
		}
	}
	if n := form & 7; n > 0 {
		b = strconv.AppendInt(b, 1<<(n-1), 10)
	}
	return b
}

// shown tells that a character may be part of a name that is shown.
func shown(r rune) bool {
	return r != utf8.RuneError && !unicode.IsControl(r) && !formatting(r)
}

// appendTrait writes a trait: "shape:links=2".
func appendTrait(b []byte, f *feature) []byte {
	b = append(b, "shape:"...)
	b = append(b, traitNames[f.a]...)
	b = append(b, '=')
	return strconv.AppendUint(b, uint64(f.b), 10)
}

// appendNumber writes the length of a number: "number:7".
func appendNumber(b []byte, f *feature) []byte {
	return strconv.AppendUint(append(b, "number:"...), uint64(f.a), 10)
}
