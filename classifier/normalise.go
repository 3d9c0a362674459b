package classifier

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxTextBytes is how much of a text is read.
const maxTextBytes = 64 << 10

// normaliser makes plain letters of a text, and counts what it meets.
type normaliser struct {
	wide   []byte // the text, normalised
	traits traits
}

func (d *normaliser) reset() { d.wide, d.traits = d.wide[:0], traits{} }

// normalise gives the text in Unicode's compatibility composition (NFKC, UAX #15)
// with letters in disguise undone: format characters are dropped and so are
// combining marks stacked on one letter, letters that are drawn as small capitals, in
// squares or as flags become ASCII, and in words that mix Latin with Cyrillic or Greek
// those that look like Latin become Latin (after the confusables of UTS #39). Case
// stays. A text in ASCII is given back as it is.
func (d *normaliser) normalise(text string) []byte {
	if len(text) > maxTextBytes {
		text = text[:maxTextBytes]
	}
	if !ascii(text) && !plain(text) {
		return d.normaliseUnicode(text)
	}
	d.wide = append(d.wide[:0], text...)
	return d.wide
}

func ascii(text string) bool {
	for ; len(text) >= 8; text = text[8:] {
		if (text[0]|text[1]|text[2]|text[3]|text[4]|text[5]|text[6]|text[7])&utf8.RuneSelf != 0 {
			return false
		}
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plain tells that a text is what normalising makes of it: that it consists of ASCII and
// the letters and quotes of European languages, and no word mixes scripts.
func plain(text string) bool {
	scripts := 0
	for _, r := range text {
		if !normal(r) {
			return false
		}
		s, letter := scriptOf(r)
		if scripts |= s; !letter {
			scripts = 0
		}
		if scripts&latin != 0 && scripts != latin {
			return false
		}
	}
	return true
}

// normal tells of the commonest characters that NFKC leaves them alone wherever they
// stand among themselves, and that none is a disguise.
func normal(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return true
	case r >= 0x00c0 && r <= 0x017e:
		return r != 0x0132 && r != 0x0133 && r != 0x013f && r != 0x0140 && r != 0x0149
	case r >= 0x0400 && r <= 0x045f, r == 0x2013, r == 0x2014:
		return true
	}
	return r == '«' || r == '»' || r == '‘' || r == '’' || r == '“' || r == '”' || r == '„'
}

func (d *normaliser) normaliseUnicode(text string) []byte {
	d.traits.lookAtDisguise(text)
	raw := norm.NFKC.AppendString(d.wide[:0], text)
	if len(raw) > maxTextBytes { // a few characters become long words
		raw = cutRune(raw, maxTextBytes)
	}
	d.wide = raw
	kept := raw[:0]
	marks := 0
	for i := 0; i < len(raw); {
		r, size := decode(raw[i:])
		at := i
		i += size
		if r < utf8.RuneSelf {
			kept, marks = append(kept, byte(r)), 0
			continue
		}
		switch {
		case r >= 0x0300 && r <= 0x036f || r >= 0x1ab0 && r <= 0x1aff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe20 && r <= 0xfe2f:
			// What NFKC could not compose is decoration: one may be spelling.
			if marks++; marks > 1 || latinBefore(kept) {
				d.traits.disguised++
				continue
			}
		case formatting(r):
			d.traits.disguised++
			continue
		default:
			marks = 0
			if plain := undisguise(r); plain != 0 {
				kept = append(kept, plain)
				d.traits.disguised++
				continue
			}
		}
		// kept never overtakes raw: what is written is no longer than what was read.
		kept = append(kept, raw[at:at+size]...)
	}
	d.wide = d.mapMixed(kept)
	return d.wide
}

// latinBefore tells that the last letter is an ASCII one.
func latinBefore(b []byte) bool {
	return len(b) > 0 && b[len(b)-1] < utf8.RuneSelf
}

// formatting tells that a character has no shape of its own.
func formatting(r rune) bool {
	if r < 0x0600 {
		return r == 0x00ad || r == 0x034f
	}
	return r == 0x061c || r >= 0x180b && r <= 0x180f ||
		r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f ||
		r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff || r >= 0xe0000 && r <= 0xe0fff
}

// undisguise gives the ASCII letter that a character is drawn as, beyond what NFKC
// undoes; 0 if it is none.
func undisguise(r rune) byte {
	switch {
	case r >= 0x1d00 && r <= 0x1d22 || r >= 0x0250 && r <= 0x02af || r == 0xa730 || r == 0xa731 || r == 0xa7af:
		return smallCapital(r)
	case r >= 0x1f150 && r <= 0x1f169: // negative circled
		return byte(r-0x1f150) + 'A'
	case r >= 0x1f170 && r <= 0x1f189: // negative squared
		return byte(r-0x1f170) + 'A'
	case r >= 0x1f1e6 && r <= 0x1f1ff: // regional indicators
		return byte(r-0x1f1e6) + 'A'
	}
	return 0
}

func smallCapital(r rune) byte {
	const from = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
	const to = "abcdefghijklmnoprstuvwyz"
	n := 0
	for _, c := range from {
		if c == r {
			return to[n]
		}
		n++
	}
	return 0
}

// Scripts of a word, as bits.
const (
	latin = 1 << iota
	cyrillic
	greek
)

// mapMixed replaces look-alikes in the words of b that mix scripts, in place.
func (d *normaliser) mapMixed(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		end, scripts := i, 0
		for end < len(b) {
			r, size := decode(b[end:])
			s, letter := scriptOf(r)
			if !letter {
				break
			}
			scripts |= s
			end += size
		}
		if end == i {
			_, size := decode(b[i:])
			out = append(out, b[i:i+size]...)
			i += size
			continue
		}
		if scripts&latin == 0 || scripts == latin {
			out = append(out, b[i:end]...)
			i = end
			continue
		}
		d.traits.mixed++
		for i < end {
			r, size := decode(b[i:])
			if c := lookAlike(r); c != 0 {
				out = append(out, c)
			} else {
				out = append(out, b[i:i+size]...)
			}
			i += size
		}
	}
	return out
}

// scriptOf gives the script of a letter as far as look-alikes go, and whether the
// character is part of a word.
func scriptOf(r rune) (script int, letter bool) {
	switch {
	case r < utf8.RuneSelf:
		l := r | 0x20
		if 'a' <= l && l <= 'z' {
			return latin, true
		}
		return 0, '0' <= r && r <= '9'
	case r >= 0x00c0 && r <= 0x024f && r != 0x00d7 && r != 0x00f7:
		return latin, true
	case r >= 0x0370 && r <= 0x03ff:
		return greek, unicode.IsLetter(r)
	case r >= 0x0400 && r <= 0x052f:
		return cyrillic, true
	}
	return 0, false
}

// lookAlike gives the Latin letter that a Cyrillic or Greek one looks like, 0 if it
// does not (Unicode UTS #39, confusables).
func lookAlike(r rune) byte {
	switch r {
	case 'а', 'α':
		return 'a'
	case 'А', 'Α':
		return 'A'
	case 'В', 'Β':
		return 'B'
	case 'с', 'ϲ':
		return 'c'
	case 'С', 'Ϲ':
		return 'C'
	case 'ԁ':
		return 'd'
	case 'е', 'ҽ', 'ё', 'ε':
		return 'e'
	case 'Е', 'Ε', 'Ё':
		return 'E'
	case 'ԛ':
		return 'q'
	case 'һ':
		return 'h'
	case 'Н', 'Η', 'Һ':
		return 'H'
	case 'і', 'ι', 'ї':
		return 'i'
	case 'І', 'Ι', 'Ӏ', 'Ї':
		return 'I'
	case 'ј', 'ϳ':
		return 'j'
	case 'Ј':
		return 'J'
	case 'к', 'κ':
		return 'k'
	case 'К', 'Κ':
		return 'K'
	case 'М', 'Μ':
		return 'M'
	case 'Ν':
		return 'N'
	case 'п', 'η':
		return 'n'
	case 'о', 'ο', 'σ':
		return 'o'
	case 'О', 'Ο':
		return 'O'
	case 'р', 'ρ':
		return 'p'
	case 'Р', 'Ρ':
		return 'P'
	case 'г':
		return 'r'
	case 'ѕ':
		return 's'
	case 'Ѕ':
		return 'S'
	case 'т', 'τ':
		return 't'
	case 'Т', 'Τ':
		return 'T'
	case 'υ':
		return 'u'
	case 'ѵ', 'ν':
		return 'v'
	case 'ԝ', 'ω', 'ш':
		return 'w'
	case 'Ԝ':
		return 'W'
	case 'х', 'χ':
		return 'x'
	case 'Х', 'Χ':
		return 'X'
	case 'у', 'γ':
		return 'y'
	case 'У', 'Υ', 'Ү':
		return 'Y'
	case 'Ζ':
		return 'Z'
	}
	return 0
}

// cutRune cuts b to at most n bytes without splitting a character.
func cutRune(b []byte, n int) []byte {
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// decode reads a character, quickly for one of one or two bytes.
func decode(s []byte) (rune, int) {
	c := s[0]
	if c < utf8.RuneSelf {
		return rune(c), 1
	}
	if c >= 0xc2 && c < 0xe0 && len(s) > 1 && s[1]&0xc0 == 0x80 {
		return rune(c&0x1f)<<6 | rune(s[1]&0x3f), 2
	}
	return utf8.DecodeRune(s)
}
