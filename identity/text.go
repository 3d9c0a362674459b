package identity

import (
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// MinTextLetters is how many letters and digits a text needs to be recognised again.
const MinTextLetters = 20

// Text gives a hash of the letters and digits of a text, whatever their case and
// whatever stands between them. It is 0 if there are fewer than MinTextLetters of
// them, because short texts are alike by chance. The hash is XXH64 of their UTF-8
// and the same on every machine.
func Text(content string) uint64 {
	var (
		digest xxhash.Digest
		room   [256]byte
		n      int
		count  int
	)
	digest.Reset()
	for i := 0; i < len(content); {
		if n > len(room)-utf8.UTFMax {
			_, _ = digest.Write(room[:n])
			n = 0
		}
		if c := content[i]; c < utf8.RuneSelf {
			i++
			// Without a branch, because nobody can tell where the next word ends.
			f := foldASCII[c]
			kept := int(f+0x7f) >> 7 // 0 for 0, else 1
			room[n] = f
			n += kept
			count += kept
			continue
		}
		r, size := utf8.DecodeRuneInString(content[i:])
		i += size
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n += utf8.EncodeRune(room[n:], foldRune(r))
			count++
		}
	}
	if count < MinTextLetters {
		return 0
	}
	_, _ = digest.Write(room[:n])
	return max(digest.Sum64(), 1)
}

// foldRune gives the character that stands for r in all its cases: the final sigma
// and the others are one.
func foldRune(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// foldASCII gives the lower case of letters, digits as they are, and 0 for the rest.
var foldASCII = func() (table [utf8.RuneSelf]byte) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	return table
}()
