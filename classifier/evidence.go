package classifier

import (
	"math"

	"github.com/winnowd/winnow/models"
)

// minEvidence is the least weight that is worth showing.
const minEvidence = 0.005

// name writes what a feature is called. The grams of a word are called like the word:
// what they weigh is the word's.
func (d *document) name(b []byte, f *feature) []byte {
	switch f.kind {
	case kindPair:
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
	case kindHost, kindPath, kindAuthor:
		return append(b, d.names[f.a:f.b]...)
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
	n := 0
	for _, s := range d.strengths() {
		if math.Abs(s.weight) < minEvidence || n == len(strongest) && !d.stronger(s, strongest[n-1]) {
			continue
		}
		n = min(n+1, len(strongest))
		at := n - 1
		for ; at > 0 && d.stronger(s, strongest[at-1]); at-- {
			strongest[at] = strongest[at-1]
		}
		strongest[at] = s
	}
	named := make([]models.Evidence, n)
	for i, s := range strongest[:n] {
		named[i] = d.clueNamed(s)
	}
	return named
}

// stronger tells whether one comes before another; of equal ones the first by name does.
func (d *document) stronger(one, other clue) bool {
	a, b := math.Abs(one.weight), math.Abs(other.weight)
	if a != b {
		return a > b
	}
	return d.clueNamed(one).Token < d.clueNamed(other).Token
}

func (d *document) clueNamed(s clue) models.Evidence {
	return models.Evidence{Token: string(d.name(nil, &d.features[s.feature])), Weight: s.weight}
}

// strengths gives the weight of each name, in order of appearance. They add up, with the
// part that no feature has, to the log-odds.
func (d *document) strengths() []clue {
	clear(d.words[:])
	list := d.list[:0]
	for i := range d.features {
		w := d.shares[i]
		if w == 0 {
			continue
		}
		if known := d.same(i, list); known >= 0 {
			list[known].weight += w
			continue
		}
		list = append(list, clue{i, w})
	}
	d.list = list
	return list
}

// same finds a feature in a list that has the name of feature i; else it returns -1, and
// i is expected to be appended.
func (d *document) same(i int, list []clue) int {
	f := &d.features[i]
	switch f.kind {
	case kindWord, kindGram, kindSymbol:
		return d.sameWord(f, list)
	case kindHost, kindPath, kindAuthor: // few
		for known := range list {
			g := &d.features[list[known].feature]
			if g.kind == f.kind && string(d.names[g.a:g.b]) == string(d.names[f.a:f.b]) {
				return known
			}
		}
	}
	return -1
}

// sameWord is same for what is called like a word of the text, by its place.
func (d *document) sameWord(f *feature, list []clue) int {
	slot := uint32(mix(uint64(f.a), uint64(f.b))) & (tableSize - 1)
	for ; d.words[slot] != 0; slot = (slot + 1) & (tableSize - 1) {
		known := int(d.words[slot]) - 1
		if g := &d.features[list[known].feature]; g.a == f.a && g.b == f.b {
			return known
		}
	}
	d.words[slot] = uint16(len(list) + 1)
	return -1
}
