package classifier

import (
	"cmp"
	"math"
	"slices"

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

// evidence gives the strongest features by name, after d.shares was filled in.
func (d *document) evidence() []models.Evidence {
	named := d.all()
	slices.SortFunc(named, func(a, b models.Evidence) int {
		if c := cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)); c != 0 {
			return c
		}
		return cmp.Compare(a.Token, b.Token)
	})
	named = named[:min(len(named), maxEvidence)]
	for i := range named {
		if math.Abs(named[i].Weight) < minEvidence {
			return named[:i]
		}
	}
	return named
}

// all gives the weight of each name, in order of appearance. They add up, with the part
// that no feature has, to the log-odds.
func (d *document) all() []models.Evidence {
	at := make(map[string]int, len(d.features))
	var named []models.Evidence
	var name []byte
	for i := range d.features {
		w := d.shares[i]
		if w == 0 {
			continue
		}
		name = d.name(name[:0], &d.features[i])
		n, ok := at[string(name)]
		if !ok {
			n = len(named)
			token := string(name)
			at[token] = n
			named = append(named, models.Evidence{Token: token})
		}
		named[n].Weight += w
	}
	return named
}
