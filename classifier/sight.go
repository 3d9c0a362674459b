package classifier

import "math"

// sight is what a brain sees of a feature when it scores.
type sight struct {
	have   [2]uint32 // as weight 0 if it is not known
	weight float64   // after weigh, times how large the feature stands in the document
	spoken float64   // its part of opinion.sum
}

// see notes in d what the brain knows of each feature. All places in memory are read
// before anything is reckoned, so that the processor waits for many of them at once.
func (b *brain) see(d *document) {
	d.slots = b.table.look(d.features, d.slots)
	d.numbers = b.table.likely(d.features, d.slots, d.numbers)
	d.sights = resized(d.sights, len(d.numbers))
	records, features, sights := b.table.records, d.features[:len(d.numbers)], d.sights[:len(d.numbers)]
	wrong := uint64(0)
	for i, code := range d.numbers {
		// Field by field: a sight that is put together and copied is waited for.
		s, n := &sights[i], code&numberMask
		if n == unknownNumber {
			s.have, s.weight, s.spoken = [2]uint32{}, 0, 0
			continue
		}
		r := &records[n]
		wrong |= r.hash ^ features[i].hash
		s.have, s.weight, s.spoken = r.have, r.value, 0
	}
	if wrong != 0 {
		b.seeAgain(d)
	}
}

// seeAgain puts right what see took for something else.
func (b *brain) seeAgain(d *document) {
	for i, code := range d.numbers {
		if n := code & numberMask; n == unknownNumber || b.table.records[n].hash == d.features[i].hash {
			continue
		}
		d.numbers[i], d.sights[i] = b.table.code(&d.features[i]), sight{}
		if n := d.numbers[i] & numberMask; n != unknownNumber {
			r := &b.table.records[n]
			d.sights[i].have, d.sights[i].weight = r.have, r.value
		}
	}
}

// present is 1 for what is not 0. To multiply by it takes less than to branch where the
// processor can only guess.
func present(n uint32) float64 {
	is := 0
	if n != 0 {
		is = 1
	}
	return float64(is)
}

// weigh judges a document to be scored, and notes in d what scoring needs of every
// feature. It gives what judge does.
func (b *brain) weigh(d *document) opinion {
	b.see(d)
	var o opinion
	t := b.tuning
	difference, longer := b.logs[spamRow]-b.logs[hamRow], b.longer
	square := 0.0
	sights := d.sights[:len(d.numbers)]
	for i, code := range d.numbers {
		s := &sights[i]
		v := t.floor
		if s.have[hamRow]|s.have[spamRow] != 0 {
			l := logHalf(s.have[spamRow]) - logHalf(s.have[hamRow]) - difference
			v += float64(t.slope * min(t.ceiling, math.Abs(l)))
			speaks := present(code & bayesianFlag)
			s.spoken = (l - longer) * speaks
			o.sum += s.spoken
			o.spoken += speaks
		}
		v *= t.groups[code>>groupBit]
		s.weight = float64(s.weight * v) // nothing for one that is not known
		o.linear += s.weight
		square += float64(v * v)
	}
	o.norm = math.Sqrt(square)
	if o.norm > 0 {
		o.linear /= o.norm
	}
	o.linear += b.bias.value
	return o
}
