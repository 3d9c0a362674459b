package classifier

import (
	_ "embed" // for the starter
	"math"
)

// Starter is what a model knows before its first label: counts and weights that were
// trained from public collections of comments and stay as they are. It is safe for use
// by any number of goroutines.
type Starter struct {
	// hashes are the upper starterBits bits of features' hashes, sorted ascending; the
	// features' parts stand at the same places.
	hashes []uint64
	parts  []starterPart
	have   [][2]uint32
	// index[k] is the first place of a hash whose upper indexBits bits are k or more.
	index []uint32

	about               string
	documents           [2]uint32
	bias, slope, offset float64
}

// starterPart is what the starter knows of a feature: its weight, and the logarithm of
// the ratio of its likelihoods in spam and in ham.
type starterPart struct{ weight, likelihood float64 }

const (
	// starterBits of a hash are kept: of a million million features unknown to the
	// starter one is taken for one of its own.
	starterBits = 40
	indexBits   = 16
)

//go:embed starter.model
var bundled []byte

// Bundled returns the starter that ships with winnow. NOTICE names what it was made
// from, and cmd/winnow-starter makes it.
func Bundled() (*Starter, error) { return ReadStarter(bundled) }

// minFade is how much the starter must count to be asked.
const minFade = 0.03

// starterOpinion is what the starter makes of a document: the log-odds, and what of
// them is no feature's. What it says of each feature is in d.firsts; d.firstPlaces tells
// where it has it.
type starterOpinion struct{ odds, rest float64 }

// find gives the place of a feature, -1 if the starter does not know it.
func (s *Starter) find(hash uint64) int {
	hash >>= 64 - starterBits
	k := hash >> (starterBits - indexBits)
	for i := s.index[k]; i < s.index[k+1]; i++ {
		if s.hashes[i] == hash {
			return int(i)
		}
	}
	return -1
}

// places appends where the starter has each feature, -1 for those that it does not know.
func (s *Starter) places(features []feature, places []int32) []int32 {
	for i := range features {
		places = append(places, int32(s.find(features[i].hash)))
	}
	return places
}

// judge weighs a document as a brain does.
func (s *Starter) judge(d *document, t *tuning) starterOpinion {
	d.firsts = d.firsts[:0]
	d.firstPlaces = s.places(d.features, d.firstPlaces[:0])
	var square, sum float64
	for i, n := range d.firstPlaces {
		group := t.groups[d.features[i].flags()>>groupBit]
		v, w := t.floor, 0.0
		if n >= 0 {
			p := &s.parts[n]
			v += float64(t.slope * min(t.ceiling, math.Abs(p.likelihood)))
			w = float64(v*group) * p.weight
			if d.features[i].kind.bayesian() {
				sum += p.likelihood
			}
		}
		v *= group
		square += float64(v * v)
		d.firsts = append(d.firsts, w)
	}
	o := starterOpinion{rest: s.slope*s.bias + s.offset}
	o.odds = o.rest
	scale := 0.0
	if sum != 0 {
		scale = t.bayesTerm(sum) / sum
	}
	norm := math.Sqrt(square)
	for i, w := range d.firsts {
		z := w / norm
		if n := d.firstPlaces[i]; n >= 0 && d.features[i].kind.bayesian() {
			z += scale * s.parts[n].likelihood
		}
		d.firsts[i] = s.slope * z
		o.odds += d.firsts[i]
	}
	return o
}
