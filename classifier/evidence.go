package classifier

import (
	"bytes"
	"math"

	"github.com/winnowd/winnow/models"
)

// minEvidence is the least weight that is worth showing.
const minEvidence = 0.005

// name writes what a feature is called. The grams of a word are called like the word:
// what they weigh is the word's.
func (d *document) name(b []byte, f *feature) []byte {
	if f.kind.named() {
		return append(b, d.names[f.a:f.b]...)
	}
	switch f.kind {
	case kindPair:
		if d.punctuates(f) {
			return append(b, "form:address"...)
		}
		one, two := &d.tokens[f.a], &d.tokens[f.b]
		b = append(b, d.lower[one.from:one.to]...)
		b = append(b, ' ')
		return append(b, d.lower[two.from:two.to]...)
	case kindForm:
		b = append(b, "form:"...)
		b = appendForm(b, f.a)
		b = append(b, ' ')
		return appendForm(b, f.b)
	case kindTrait, kindLink:
		return appendTrait(b, f)
	case kindNumber:
		return appendNumber(b, f)
	}
	return append(b, d.lower[f.a:f.b]...)
}

// clue is how strongly what one name stands for speaks for spam.
type clue struct {
	feature int // the first that is called so
	weight  float64
}

// evidence gives the strongest features by name, after d.shares was filled in.
func (d *document) evidence() []models.Evidence {
	var strongest [maxEvidence]clue
	n, least := 0, minEvidence
	for _, s := range d.strengths() {
		size := math.Abs(s.weight)
		if size < least || n == len(strongest) && !d.stronger(s, strongest[n-1]) {
			continue
		}
		n = min(n+1, len(strongest))
		at := n - 1
		for ; at > 0; at-- {
			if other := math.Abs(strongest[at-1].weight); other > size || other == size && !d.stronger(s, strongest[at-1]) {
				break
			}
			strongest[at] = strongest[at-1]
		}
		strongest[at] = s
		if n == len(strongest) {
			least = math.Abs(strongest[n-1].weight)
		}
	}
	return d.nameClues(strongest[:n])
}

// nameClues names clues; the names share one piece of memory. Four decimals of a weight
// tell all that there is to see, and most of a stored decision would be digits after them.
func (d *document) nameClues(clues []clue) []models.Evidence {
	var ends [maxEvidence]int
	b := d.scratch[:0]
	for i, s := range clues {
		b = d.name(b, &d.features[s.feature])
		ends[i] = len(b)
	}
	d.scratch = b
	all, from := string(b), 0
	named := make([]models.Evidence, len(clues))
	for i, s := range clues {
		named[i] = models.Evidence{Token: all[from:ends[i]], Weight: math.Round(s.weight*1e4) / 1e4}
		from = ends[i]
	}
	return named
}

// stronger tells whether one comes before another; of equal ones the first by name does.
func (d *document) stronger(one, other clue) bool {
	a, b := math.Abs(one.weight), math.Abs(other.weight)
	if a != b {
		return a > b
	}
	d.scratch = d.name(d.scratch[:0], &d.features[one.feature])
	n := len(d.scratch)
	d.scratch = d.name(d.scratch, &d.features[other.feature])
	return bytes.Compare(d.scratch[:n], d.scratch[n:]) < 0
}

// strengths gives the weight of each name, in order of appearance. They add up, with the
// part that no feature has, to the log-odds.
func (d *document) strengths() []clue {
	// Where in the list the newest name of a word is, its place, and where that of all
	// addresses is.
	list, word, place, address := d.list[:0], -1, uint64(0), -1
	features := d.features[:len(d.shares)]
	for i, w := range d.shares {
		if w == 0 {
			continue
		}
		known := -1
		switch f := &features[i]; f.kind {
		case kindWord, kindGram, kindSymbol:
			// All that is called like a word comes before anything called like another.
			if at := uint64(f.a)<<32 | uint64(f.b); word >= 0 && at == place {
				known = word
			} else {
				word, place = len(list), at
			}
		case kindPair:
			if d.addressed && d.punctuates(f) {
				if known = address; known < 0 {
					address = len(list)
				}
			}
		default:
			if f.kind.named() {
				known = d.sameName(f, list)
			}
		}
		if known >= 0 {
			list[known].weight += w
		} else {
			list = append(list, clue{i, w})
		}
	}
	d.list = list
	return list
}

// punctuates tells that a feature is a pair of what addresses consist of, with a symbol:
// these say together that there is an address.
func (d *document) punctuates(f *feature) bool {
	if f.kind != kindPair {
		return false
	}
	one, two := &d.tokens[f.a], &d.tokens[f.b]
	return one.form == addressForm && two.form == addressForm && (d.symbolic(one) || d.symbolic(two))
}

// symbolic tells that a token is one ASCII character that is no part of words.
func (d *document) symbolic(t *token) bool {
	return t.to == t.from+1 && asciiClass[d.lower[t.from]] == 0
}

// sameName finds a feature in a list that has the name of f; -1 if there is none. Few
// features have names of their own.
func (d *document) sameName(f *feature, list []clue) int {
	for known := range list {
		g := &d.features[list[known].feature]
		if g.kind.named() && string(d.names[g.a:g.b]) == string(d.names[f.a:f.b]) {
			return known
		}
	}
	return -1
}
