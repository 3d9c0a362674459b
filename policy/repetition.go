package policy

import (
	"fmt"
	"unicode/utf8"
)

const repetitionName = "repetition"

// repetition finds texts in which one character stands again and again, or one word
// makes up most of it.
type repetition struct {
	characters, words, percent int
	lexicon                    *lexicon
	content                    *field
}

func decodeRepetition(o *object) rule {
	return &repetition{
		characters: max(2, o.whole("characters", 20, 1_000_000)), words: max(2, o.whole("words", 10, 1_000_000)),
		percent: o.whole("percent", 40, 100), lexicon: o.d.lexicon(true), content: &fieldTable[0],
	}
}

func (r *repetition) check(l *look) (reason, bool) {
	if !mayRun(l.Text.Plain, r.characters) {
		// most texts
	} else if run, n := longestRun(l.Text.Plain); n >= r.characters {
		return reason{
			code: repetitionName + ".character", params: map[string]any{"found": n, "max": r.characters, "character": string(run)},
			detail: fmt.Sprintf("%s stands %d times in a row", quote(string(run)), n),
		}, true
	}
	t := l.words(r.content, r.lexicon)
	find := commonest
	if r.percent <= 33 {
		find = commonestOfAll
	}
	word, n, of := find(t, r.words, r.percent)
	if n < r.words || n*100 < r.percent*of {
		return reason{}, false
	}
	percent := n * 100 / of
	return reason{
		code: repetitionName + ".word", params: map[string]any{"word": clip(word, maxQuoted), "found": n, "percent": percent},
		detail: fmt.Sprintf("%s stands %d times, %d %% of the text", quote(word), n, percent),
	}, true
}

// mayRun tells whether a text may have a run of so many characters. It looks at few: of a
// run of one byte, two that are looked at are next to each other.
func mayRun(text string, most int) bool {
	step := most / 2
	if step < 4 {
		return true
	}
	for i := 0; i < len(text); i += step {
		c := text[i]
		if c >= utf8.RuneSelf || i >= step && c == text[i-step] && c == text[i-1] && c == text[i-step+1] {
			return true
		}
	}
	return false
}

// longestRun gives the character that stands most often in a row; white space, lines and
// dots, which people draw with, do not count.
func longestRun(s string) (best rune, most int) {
	last, n := rune(-1), 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		i += size
		if r != last {
			last, n = r, 0
		}
		if n++; n > most && classOf(r) != gap && r != '.' && r != '=' && r != '~' && r != '*' && r != '…' {
			best, most = r, n
		}
	}
	return best, most
}

// maxCompared is how many words of a text are compared.
const maxCompared = 2000

// commonest gives the word that a text has most often if it is more than a third of it
// (Boyer and Moore, "MJRTY", 1991, needs one pass and no memory), else a word that stands less
// often than it may, or none, and of how many words. Signs are none. Words that stand less
// than least times, or are less than percent of the words, need not be found.
func commonest(t *wordText, least, percent int) (word string, n, of int) {
	words := t.words[:min(len(t.words), maxCompared)]
	// Two candidates are enough for words that make up more than a third.
	var a, b wordAt
	na, nb, dropped := 0, 0, 0
	same := func(x, y wordAt) bool { return string(t.text[x.start:x.end]) == string(t.text[y.start:y.end]) }
	for _, w := range words {
		if t.isSign(w) {
			continue
		}
		of++
		switch {
		case na > 0 && same(w, a):
			na++
		case nb > 0 && same(w, b):
			nb++
		case na == 0:
			a, na = w, 1
		case nb == 0:
			b, nb = w, 1
		default:
			na, nb, dropped = na-1, nb-1, dropped+1
		}
	}
	// No word stands more often than it was counted and dropped.
	if most := max(na, nb) + dropped; most < least || most*100 < percent*of {
		return "", 0, of
	}
	for _, candidate := range []struct {
		w wordAt
		n int
	}{{a, na}, {b, nb}} {
		if candidate.n == 0 {
			continue
		}
		count := 0
		for _, w := range words {
			if same(w, candidate.w) {
				count++
			}
		}
		if count > n {
			word, n = string(t.text[candidate.w.start:candidate.w.end]), count
		}
	}
	return word, n, of
}

// commonestOfAll is commonest for words of which more than two may stand that often: it
// counts them all.
func commonestOfAll(t *wordText, _, _ int) (word string, n, of int) {
	counts := map[string]int{}
	for _, w := range t.words[:min(len(t.words), maxCompared)] {
		if t.isSign(w) {
			continue
		}
		of++
		at := string(t.text[w.start:w.end])
		if counts[at]++; counts[at] > n {
			word, n = at, counts[at]
		}
	}
	return word, n, of
}

// isSign tells whether a token is punctuation or a symbol and no word.
func (t *wordText) isSign(w wordAt) bool {
	r := rune(t.text[w.start])
	if r >= utf8.RuneSelf {
		r, _ = utf8.DecodeRune(t.text[w.start:])
	}
	return classOf(r) == sign
}
