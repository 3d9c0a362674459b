package policy

import "strings"

// terms finds words and phrases in texts: a trie whose edges are the numbers that a
// lexicon gives to words, so that the time for a text depends on its length and
// hardly on the number of terms.
type terms struct {
	lexicon *lexicon
	bit     uint64
	next    map[uint64]int32 // from the place in the upper half by the word in the lower
	// ends gives, by place, the term that ends there, as the operator wrote it; empty
	// if none does. Place 0 is the root.
	ends []string
}

func newTerms(x *lexicon) *terms {
	t := &terms{lexicon: x, bit: 1 << (x.lists % 64), next: map[uint64]int32{}, ends: []string{""}}
	x.lists++
	return t
}

// add takes one term; of two that are the same when folded the first counts. False
// tells that nothing of it is a word or a sign.
func (t *terms) add(term string, wildcards bool) bool {
	at, x := int32(0), t.lexicon
	folded := fold(nil, term, x.diacritics)
	step := nextToken
	if wildcards {
		step = nextPattern
	}
	for start, end, ok := step(folded, 0); ok; start, end, ok = step(folded, end) {
		word := string(folded[start:end])
		var id uint32
		if wildcards && strings.ContainsAny(word, "*?") {
			id = x.globID(word)
		} else {
			id = x.id(word)
		}
		if at == 0 {
			x.begins[id] |= t.bit
		}
		key := uint64(at)<<32 | uint64(id)
		below, known := t.next[key]
		if !known {
			below = int32(len(t.ends))
			t.next[key] = below
			t.ends = append(t.ends, "")
		}
		at = below
	}
	if at != 0 && t.ends[at] == "" {
		t.ends[at] = term
	}
	return at != 0
}

// find gives the term that begins first in a text, the longest of several, and how it
// stands there, folded.
func (t *terms) find(text *wordText) (term, found string, ok bool) {
	if text.begins&t.bit == 0 {
		return "", "", false
	}
	for i := range text.words {
		if text.words[i].begins&t.bit == 0 {
			continue
		}
		if term, stop := t.longest(text, 0, i); stop > i {
			return term, string(text.text[text.words[i].start:text.words[stop-1].end]), true
		}
	}
	return "", "", false
}

// longest follows the words of text from the i-th on. It gives the longest term on the
// way and the index of the word after it; -1 without one.
func (t *terms) longest(text *wordText, at int32, i int) (term string, stop int) {
	stop = -1
	if t.ends[at] != "" {
		term, stop = t.ends[at], i
	}
	if i == len(text.words) {
		return term, stop
	}
	w := &text.words[i]
	for _, id := range text.ids[w.from:w.to] {
		if below, ok := t.next[uint64(at)<<32|uint64(id)]; ok {
			if other, end := t.longest(text, below, i+1); end > stop {
				term, stop = other, end
			}
		}
	}
	return term, stop
}
