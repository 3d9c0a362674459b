package classifier

import (
	"bytes"
	"math/bits"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// Tokenizer is the version of how lessons become features. Counts made with another
// one mean nothing: it is part of the model's version.
const Tokenizer = "t3"

const (
	// maxWord is the length of the longest word that is kept whole, in characters.
	maxWord = 32
	// maxGrams is how many characters of a word are read for grams.
	maxGrams = 64
	// hashBits of a word's hash are kept: as many as every JSON reader keeps of a number.
	hashBits = 52
)

// read makes d the set of features of a lesson. author, if it is not nil, are the
// words whose hashes are l.NameWords, for names of features.
func (d *document) read(l *models.Lesson, author *nameWords) {
	d.reset()
	d.readAuthor(l, author)
	d.readLinks(l.Links)
	d.readText(d.normalise(l.Text))
	d.joinPieces()
	d.readTraits(l)
}

// readText adds words, pairs, grams and forms.
func (d *document) readText(s []byte) {
	for i := 0; i < len(s) && !d.full(); {
		if c := s[i]; c < utf8.RuneSelf {
			switch {
			case asciiClass[c] != 0:
				if c|0x20 == 'h' && startsAddress(s[i:]) {
					d.address = true
				}
				i += d.readWord(s[i:])
			case c > ' ' && c != 0x7f:
				d.symbol(s[i:i+1], rune(c))
				i++
			default:
				if c == '\n' {
					d.traits.lines++
				}
				i++
				d.address = false
				d.traits.space()
			}
			continue
		}
		r, size := decode(s[i:])
		switch {
		case unspaced(r):
			d.address = false
			i += d.readUnspaced(s[i:])
			continue
		case wordClass(r) != 0:
			i += d.readWord(s[i:])
			continue
		case visible(r):
			d.symbol(s[i:i+size], r)
		default:
			d.address = false
			d.traits.space()
		}
		i += size
	}
}

// startsAddress tells that a text begins with http:// or https://.
func startsAddress(s []byte) bool {
	const schemes = "https://"
	n := 0
	for n < len(s) && n < 5 && s[n]|0x20 == schemes[n] {
		n++
	}
	return n >= 4 && bytes.HasPrefix(s[n:], []byte("://"))
}

// window is the last three characters of a word, 21 bits each.
type window uint64

func (w window) push(r rune) window { return w>>21 | window(r)<<42 }

// gram is the hash of the window and the character after it.
func (w window) gram(r rune) uint64 { return uint64(w) ^ uint64(r)*0xc2b2ae3d27d4eb4f }

// FNV-1a's numbers.
const (
	hashStart = 0xcbf29ce484222325
	hashPrime = 0x100000001b3
)

// finish makes the hash of a word's bytes even.
func finish(h uint64) uint64 { return mix(h, 0) >> (64 - hashBits) }

// hashOf is the hash of a word.
func hashOf(word []byte) uint64 {
	h := uint64(hashStart)
	for _, c := range word {
		h = (h ^ uint64(c)) * hashPrime
	}
	return finish(h)
}

// padding stands before and after a word in its grams.
const padding = '<'

// readWord adds the word that s starts with and gives its length in bytes. Where a loop
// over characters ends, the processor can only guess: there are as few of them as can be.
func (d *document) readWord(s []byte) int {
	n, classes, last, plain := 0, uint8(0), byte(0), true // plain: no character follows itself
	for n < len(s) && n <= maxGrams {
		c := s[n]
		class := asciiClass[c]
		if class == 0 {
			break
		}
		if c == last {
			plain = false
		}
		classes |= class
		last = c
		n++
	}
	if n > maxGrams || n < len(s) && s[n] >= utf8.RuneSelf {
		return d.readAnyWord(s)
	}
	if plain && classes == lowerClass && rune(s[0]) != d.traits.last {
		d.traits.plainWord(n, last)
	} else {
		d.traits.asciiWord(s[:n], classes)
	}
	from := len(d.lower)
	d.lower = append(d.lower, s[:n]...)
	if classes&upperClass != 0 {
		word := d.lower[from:]
		for i, c := range word {
			word[i] = c | asciiClass[c]&upperClass<<4 // upperClass<<4 is what small letters have
		}
	}
	d.wordRead(uint32(from), n, classes, asciiClass[s[0]])
	return n
}

// readAnyWord is readWord for words that are not short and in ASCII.
func (d *document) readAnyWord(s []byte) int {
	from := len(d.lower)
	classes, first, i, n := uint8(0), uint8(0), 0, 0
	for i < len(s) {
		r, size := decode(s[i:])
		class := wordClass(r)
		if class == 0 || size > 1 && unspaced(r) {
			break
		}
		classes |= class
		if n == 0 {
			first = class
		}
		d.traits.letter(class, r)
		if n < maxGrams {
			d.lower = appendFolded(d.lower, r)
		}
		i += size
		n++
	}
	d.wordRead(uint32(from), n, classes, first)
	return i
}

// wordRead adds the word of n characters that stands at the end of d.lower.
func (d *document) wordRead(from uint32, n int, classes, first uint8) {
	d.traits.word(n)
	h := d.addWord(d.lower[from:], from)
	if classes&^digitClass == 0 && n >= minNumber {
		d.add(kindNumber, uint64(n), uint32(n), 0)
	}
	form := formOf(classes, n)
	if first&upperClass != 0 && classes&lowerClass != 0 {
		form |= titleForm
	}
	d.token(token{from, uint32(len(d.lower)), h, form})
}

// minNumber is the length of the shortest number whose length is a feature too.
const minNumber = 4

// addWord adds a word in lower case that stands at a place of d.lower, and its grams,
// and gives its hash.
func (d *document) addWord(word []byte, from uint32) uint64 {
	h, w := uint64(hashStart), window(0).push(padding)
	to := from + uint32(len(word))
	for i, n := 0, 0; ; n++ {
		r, size := rune(padding), 1
		if i < len(word) {
			c := word[i]
			r = rune(c)
			h = (h ^ uint64(c)) * hashPrime
			switch {
			case c < utf8.RuneSelf:
			case c < 0xe0 && i+1 < len(word): // what is in d.lower is valid
				r, size = rune(c&0x1f)<<6|rune(word[i+1]&0x3f), 2
				h = (h ^ uint64(word[i+1])) * hashPrime
			default:
				r, size = decode(word[i:])
				for _, c := range word[i+1 : i+size] {
					h = (h ^ uint64(c)) * hashPrime
				}
			}
		}
		if n >= 2 {
			d.insert(feature{mix(w.gram(r), uint64(kindGram)), kindGram, from, to})
		}
		if i >= len(word) {
			if h = finish(h); n <= maxWord {
				d.add(kindWord, h, from, to)
			}
			return h
		}
		w = w.push(r)
		i += size
	}
}

// symbol adds a visible character that is no part of words.
func (d *document) symbol(s []byte, r rune) {
	from := uint32(len(d.lower))
	d.lower = append(d.lower, s...)
	h := hashOf(s)
	switch {
	case r >= utf8.RuneSelf: // an emoji says something
		d.add(kindWord, h, from, from+uint32(len(s)))
	case !d.address:
		d.add(kindSymbol, h, from, from+uint32(len(s)))
	}
	d.traits.symbol(r)
	d.token(token{from, from + uint32(len(s)), h, symbolForm(r)})
}

// token adds the next token's pairs with the one before it. What an address consists of
// has one form: links are features of their own, and else the same link would speak many
// times.
func (d *document) token(t token) {
	if d.address {
		t.form, d.addressed = addressForm, true
	}
	if t.form&(symbolBase|7) == 1 {
		d.singles++
	}
	if n := len(d.tokens); n > 0 {
		last := &d.tokens[n-1]
		d.add(kindPair, last.hash*0x9fb21c651e98df25+t.hash, uint32(n-1), uint32(n))
		if last.form != addressForm || t.form != addressForm {
			d.forms(last.form, t.form)
		}
	}
	d.tokens = append(d.tokens, t)
}

// forms adds the forms of two neighbours. Those of words in small letters come all the
// time, so that they are remembered.
func (d *document) forms(one, two uint32) {
	if one>>3 == lowerClass && two>>3 == lowerClass {
		bit := uint64(1) << (one&7<<3 | two&7)
		if d.smallForms&bit != 0 {
			return
		}
		d.smallForms |= bit
	}
	d.add(kindForm, uint64(one)<<32|uint64(two), one, two)
}

// readUnspaced adds each character of a run of a script that sets no spaces, and each
// two and three neighbours, and gives the run's length in bytes.
func (d *document) readUnspaced(s []byte) int {
	i, n := 0, 0
	base := uint32(len(d.lower))
	var starts [3]int
	for i < len(s) && !d.full() {
		r, size := utf8.DecodeRune(s[i:])
		if !unspaced(r) {
			break
		}
		d.lower = append(d.lower, s[i:i+size]...)
		d.traits.letter(otherClass|foreignClass, r)
		starts[n%3] = i
		end := base + uint32(i+size)
		d.add(kindWord, hashOf(s[i:i+size]), base+uint32(i), end)
		if n > 0 {
			d.add(kindWord, hashOf(s[starts[(n+2)%3]:i+size]), base+uint32(starts[(n+2)%3]), end)
		}
		if n > 1 {
			d.add(kindGram, hashOf(s[starts[(n+1)%3]:i+size]), base+uint32(starts[(n+1)%3]), end)
		}
		i += size
		n++
	}
	if i == 0 { // the document is full: pass over the character
		_, i = utf8.DecodeRune(s)
	}
	d.traits.word(n)
	return i
}

// Forms of tokens: for words the classes of their characters and the power of two of
// their length, for symbols the symbol or its kind.
const (
	titleForm  = 1 << 9
	symbolBase = 1 << 10
	// addressForm is that of all words and symbols of an address.
	addressForm = symbolBase | 0x83
)

func formOf(classes uint8, n int) uint32 {
	return uint32(classes)<<3 | uint32(min(7, bits.Len(uint(n))))
}

func symbolForm(r rune) uint32 {
	switch {
	case r < utf8.RuneSelf:
		return symbolBase | uint32(r)
	case pictograph(r):
		return symbolBase | 0x80
	case r >= 0x20a0 && r <= 0x20cf || r == '£' || r == '¥' || r == '¢':
		return symbolBase | 0x81
	}
	return symbolBase | 0x82
}

const (
	// minPieces is the fewest letters that stand alone and are read as one word.
	minPieces = 3
	// maxJoined is the length of the longest word that is put together, in bytes.
	maxJoined = 24
	// maxJoints is how many words are put together.
	maxJoints = 16
)

// joinPieces adds the words whose letters stand apart, as in "v-i-a-g-r-a" and
// "v i a g r a".
func (d *document) joinPieces() {
	if d.singles < minPieces {
		return
	}
	words := len(d.tokens)
	for i, joints := 0, 0; i < words && joints < maxJoints; {
		end, n := i, 0
		from := len(d.lower)
		for end < words && d.single(end) && len(d.lower)-from < maxJoined {
			t := d.tokens[end]
			d.lower = append(d.lower, d.lower[t.from:t.to]...)
			n++
			end++
			if end+1 < words && d.tokens[end].form&symbolBase != 0 && d.single(end+1) {
				end++
			}
		}
		if n >= minPieces {
			d.addWord(d.lower[from:], uint32(from))
			d.traits.spelled++
			joints++
		} else {
			d.lower = d.lower[:from]
		}
		i = max(end, i+1)
	}
}

// single tells that a token is one letter.
func (d *document) single(i int) bool {
	t := &d.tokens[i]
	return t.form&symbolBase == 0 && t.form&7 == 1 && t.form>>3&digitClass == 0
}
