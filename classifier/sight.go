package classifier

import "math"

// sight is what a brain sees of a feature when it scores.
type sight struct {
	have   [2]uint32 // as weight 0 if it is not known
	weight float64
	value  float64 // how large it stands in the document
	spoken float64 // its part of opinion.sum
}

// weigh judges a document to be scored, and notes in d what scoring needs of every
// feature. It gives what judge does. All places in memory are read before anything is
// reckoned, so that the processor waits for many of them at once.
func (b *brain) weigh(d *document) opinion {
	d.numbers, d.slots = b.table.codes(d.features, d.numbers[:0], d.slots)
	d.sights = append(d.sights[:0], make([]sight, len(d.numbers))...)
	for i, code := range d.numbers {
		if n := code & numberMask; n != unknownNumber {
			r := &b.table.records[n]
			d.sights[i].have = r.have
			d.sights[i].weight = r.value
		}
	}
	var o opinion
	t := b.tuning
	difference := b.logs[spamRow] - b.logs[hamRow]
	square := 0.0
	for i, code := range d.numbers {
		s := &d.sights[i]
		s.value = t.floor
		if s.have[hamRow]|s.have[spamRow] != 0 {
			l := logHalf(s.have[spamRow]) - logHalf(s.have[hamRow]) - difference
			s.value += float64(t.slope * min(t.ceiling, math.Abs(l)))
			if code&bayesianFlag != 0 {
				s.spoken = l
				o.sum += l
			}
		}
		s.value *= t.groups[code>>groupBit]
		o.linear += float64(s.value * s.weight) // nothing for one that is not known
		square += float64(s.value * s.value)
	}
	o.norm = math.Sqrt(square)
	if o.norm > 0 {
		o.linear /= o.norm
	}
	o.linear += b.bias.value
	return o
}
