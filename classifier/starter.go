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
	// slots are a hash table with open addressing: the hash above placeBits, and in these
	// the place + 1; 0 is free.
	slots []uint64

	about               string
	documents           [2]uint32
	bias, slope, offset float64
}

// starterPart is what the starter knows of a feature: its weight, and the logarithm of
// the ratio of its likelihoods in spam and in ham.
type starterPart struct{ weight, likelihood float64 }

const (
	// starterBits of a hash are kept: of ten million features unknown to a starter of
	// 100,000 one is taken for one of its own.
	starterBits = 40
	placeBits   = 64 - starterBits
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

// look gives the slots where the search for each feature begins.
func (s *Starter) look(features []feature, slots []uint64) []uint64 {
	slots = slots[:0]
	mask := uint64(len(s.slots) - 1)
	for i := range features {
		slots = append(slots, s.slots[features[i].hash>>placeBits&mask])
	}
	return slots
}

// places appends where the starter has each feature, -1 for those that it does not know.
func (s *Starter) places(features []feature, slots []uint64, places []int32) []int32 {
	mask := uint64(len(s.slots) - 1)
	for i := range features {
		at, found := features[i].hash>>placeBits, slots[i]
		for found != 0 && (found^features[i].hash)>>placeBits != 0 {
			at++
			found = s.slots[at&mask]
		}
		places = append(places, int32(found&(1<<placeBits-1))-1)
	}
	return places
}

// judge weighs a document as a brain does.
func (s *Starter) judge(d *document, t *tuning) starterOpinion {
	d.slots = s.look(d.features, d.slots)
	d.firstPlaces = s.places(d.features, d.slots, d.firstPlaces[:0])
	d.firstParts = append(d.firstParts[:0], make([]starterPart, len(d.features))...)
	for i, n := range d.firstPlaces {
		if n >= 0 {
			d.firstParts[i] = s.parts[n]
		}
	}
	d.firsts = d.firsts[:0]
	var square, sum float64
	for i := range d.firstParts {
		p, flags := &d.firstParts[i], d.features[i].flags()
		v := t.floor + float64(t.slope*min(t.ceiling, math.Abs(p.likelihood)))
		v *= t.groups[flags>>groupBit]
		if flags&bayesianFlag != 0 {
			sum += p.likelihood
		}
		square += float64(v * v)
		d.firsts = append(d.firsts, v*p.weight)
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
		if d.features[i].flags()&bayesianFlag != 0 {
			z += float64(scale * d.firstParts[i].likelihood)
		}
		d.firsts[i] = s.slope * z
		o.odds += d.firsts[i]
	}
	return o
}
