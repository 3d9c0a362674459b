package classifier

import (
	_ "embed" // for the starter
	"math"
)

// Starter is what a model knows before its first label: counts and weights that were
// trained from public collections of comments and stay as they are. It is safe for use
// by any number of goroutines.
type Starter struct {
	// hashes are the upper starterBits bits of features' hashes, sorted ascending; what is
	// known of the features stands at the same places. Scoring reads slots alone.
	hashes  []uint64
	weights []int16 // in units of 1/weightUnit
	have    [][2]uint32

	slots       starterSlots
	likelihoods []float64 // by entry.likelihood: 0, and those of all that features have

	about               string
	documents           [2]uint32
	bias, slope, offset float64
}

// starterBits of a hash are kept: of ten million features unknown to a starter of
// 100,000 one is taken for one of its own.
const starterBits = 40

//go:embed starter.model
var bundled []byte

// Bundled returns the starter that ships with winnow. NOTICE names what it was made
// from, and cmd/winnow-starter makes it.
func Bundled() (*Starter, error) { return ReadStarter(bundled) }

// minFade is how much the starter must count to be asked.
const minFade = 0.03

// starterOpinion is what the starter makes of a document: the log-odds, and what of
// them is no feature's. What it says of each feature is in d.firsts; d.entries tells what
// it has of it.
type starterOpinion struct{ odds, rest float64 }

// judge weighs a document as a brain does.
func (s *Starter) judge(d *document, t *tuning) starterOpinion {
	d.found = s.slots.look(d.features, d.found)
	d.entries = s.slots.entries(d.features, d.found, d.entries)
	n := len(d.entries)
	d.firsts = resized(d.firsts, n)
	features, firsts := d.features[:n], d.firsts[:n]
	var square, sum float64
	for i, e := range d.entries {
		l, flags := s.likelihoods[e.likelihood()], features[i].flags()
		v := t.floor + float64(t.slope*min(t.ceiling, math.Abs(l)))
		v *= t.groups[flags>>groupBit]
		sum += float64(l * present(flags&bayesianFlag))
		square += float64(v * v)
		firsts[i] = v * e.weight()
	}
	o := starterOpinion{rest: s.slope*s.bias + s.offset}
	o.odds = o.rest
	scale := 0.0
	if sum != 0 {
		scale = t.bayesTerm(sum) / sum
	}
	norm := math.Sqrt(square)
	for i, e := range d.entries {
		z := firsts[i]/norm + float64(scale*s.likelihoods[e.likelihood()])*present(features[i].flags()&bayesianFlag)
		firsts[i] = s.slope * z
		o.odds += firsts[i]
	}
	return o
}
