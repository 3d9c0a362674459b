package facts

import (
	"unicode"
	"unicode/utf8"
)

const (
	// sketchSize is how many values a sketch has, in bands of bandSize: texts that agree
	// in all values of a band are compared. Texts with 80 % of their runs of words in
	// common meet in some band with a probability of 0.97, with 90 % of 0.999.
	sketchSize = 15
	bandSize   = 3
	bands      = sketchSize / bandSize

	// runLength is how many words a run has.
	runLength = 3
	// minRuns is how many runs a text needs, because short texts are alike by chance.
	minRuns = 8
	// maxSketched is how much of a text is looked at, in bytes.
	maxSketched = 16 << 10
)

// sketch stands for the set of a text's runs of words. The share of values in which two
// sketches agree estimates the share of runs that the texts have in common (Broder, "On
// the resemblance and containment of documents", 1997). Each run is hashed once and
// counts for one value (Li, Owen and Zhang, "One permutation hashing", 2012), of which
// 16 bits are kept. The zero sketch is of a text that is too short.
type sketch [sketchSize]uint16

// sketchOf reads a text: letters and digits make words, and each character of the
// scripts that put no spaces between words is one.
func sketchOf(text string) (s sketch, ok bool) {
	if len(text) > maxSketched {
		text = text[:maxSketched]
	}
	var least [sketchSize]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	var last [runLength]uint64
	words, runs, word := 0, 0, uint64(0)
	end := func() {
		if word == 0 {
			return
		}
		last[words%runLength] = word
		word = 0
		if words++; words < runLength {
			return
		}
		runs++
		h := uint64(0)
		for i := range runLength {
			h = mix(h ^ last[(words+i)%runLength])
		}
		at := h % sketchSize
		least[at] = min(least[at], h>>4)
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			case 'A' <= c && c <= 'Z':
				c += 'a' - 'A'
			default:
				end()
				continue
			}
			word = (word ^ uint64(c) + 1) * 0x100000001b3
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case spaceless(r):
			end()
			word = (uint64(r) + 1) * 0x100000001b3
			end()
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = (word ^ uint64(unicode.ToLower(r)) + 1) * 0x100000001b3
		case !unicode.IsMark(r):
			end()
		}
	}
	end()
	if runs < minRuns {
		return s, false
	}
	for i := range s {
		s[i] = value(&least, i)
	}
	return s, true
}

// value gives the kept bits of a place, from the next one that any run fell on.
func value(least *[sketchSize]uint64, at int) uint16 {
	for i := range sketchSize {
		if v := least[(at+i)%sketchSize]; v != ^uint64(0) {
			return uint16(mix(v + uint64(i)))
		}
	}
	return 0
}

// alike estimates, in percent, how much two texts have in common.
func (s *sketch) alike(other *sketch) int {
	n := 0
	for i := range s {
		if s[i] == other[i] {
			n++
		}
	}
	return n * 100 / sketchSize
}

// band gives the value of a band, different for each of them.
func (s *sketch) band(i int) uint64 {
	return uint64(i)<<32 | uint64(s[i*bandSize])<<16 ^ mix(uint64(s[i*bandSize+1])<<16|uint64(s[i*bandSize+2]))
}

// spaceless tells whether r is of a script that puts no spaces between words, or of
// Hangul, as in policy.
func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}
