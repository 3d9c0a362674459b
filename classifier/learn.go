package classifier

import "math"

// learn learns a document. It is coded by number. starter is what the starter says.
func (b *brain) learn(l *lesson) {
	if b.lazy != nil {
		b.learnLazily(l)
		return
	}
	b.journal.open(b)
	o := b.look(l, noRow)
	b.note(b.raw(o, l.starter), l.row)
	b.acquaint(l)
	b.meet(l)
	b.count(l.features, l.row, 1)
	b.learnt++
	b.memory.add(l, uint64(b.learnt), &b.journal)
	b.stepFrom(o, l, &b.journal) // without its own appearance it is what it was before
	b.journal.of = l
	for i := range b.tuning.replays {
		if old := b.memory.draw(uint64(b.learnt), i); old != nil {
			b.step(old, &b.journal)
		}
	}
}

// note remembers a label for the base rate and the calibration.
func (b *brain) note(z float64, row uint8) {
	b.remember(row)
	b.drift.follow(b.calibration.slope*z+b.calibration.offset, row, b.tuning)
	b.calibration.add(z, row)
	if b.learnt < calibrateAlways || b.learnt%calibrateEvery == 0 {
		b.calibration.fit(b.tuning.slopePrior, b.tuning.offsetPrior, b.tuning.memory)
		b.verdicts = b.spread()
	}
}

// meet compares the starter with a label.
func (b *brain) meet(l *lesson) {
	if b.tuning.starter == 0 {
		return
	}
	b.opener.add(l.starter, l.row)
	if b.learnt >= calibrateAlways && b.learnt%calibrateEvery != 0 {
		return
	}
	b.opener.fit(b.tuning.openerPrior, b.tuning.offsetPrior, b.tuning.memory)
}

// acquaint follows how much of the comments that come is known; l is not counted yet.
func (b *brain) acquaint(l *lesson) {
	known, all := 0, 0
	for _, code := range l.features {
		if code&contentFlag == 0 {
			continue
		}
		all++
		if b.table.records[code&numberMask].have != [2]uint32{} {
			known++
		}
	}
	if all == 0 {
		return
	}
	keep := math.Exp(-1 / b.tuning.memory)
	b.usual[0] = float64(keep*b.usual[0]) + float64(known)/float64(all)
	b.usual[1] = float64(keep*b.usual[1]) + 1
}

// remember follows the share of spam.
func (b *brain) remember(row uint8) {
	keep := math.Exp(-1 / b.tuning.memory)
	b.recent[hamRow] *= keep
	b.recent[spamRow] *= keep
	b.recent[row]++
}

const (
	calibrateAlways = 256
	calibrateEvery  = 8
)

// balance makes a step of the rarer class as long as all of the other's.
func (b *brain) balance(row uint8) float64 {
	n := float64(b.documents[hamRow] + b.documents[spamRow])
	return min(4, max(0.25, (n+2)/(2*float64(b.documents[row])+2)))
}

// step moves the weights by one document's gradient.
func (b *brain) step(l *lesson, j *journal) { b.stepFrom(b.look(l, l.row), l, j) }

// stepFrom is step by what look just made of the document without its own appearance.
func (b *brain) stepFrom(o opinion, l *lesson, j *journal) {
	b.move(l, j, o, b.balance(l.row)*(float64(l.row)-sigmoid(o.linear)))
}

func (b *brain) move(l *lesson, j *journal, o opinion, g float64) {
	rate, damping := b.tuning.rate, b.tuning.damping
	if j != nil {
		rate = b.tuning.online
	}
	if o.norm > 0 {
		scale := g / o.norm
		for i, code := range l.features {
			n := code & numberMask
			w := &b.table.records[n].weight
			if j != nil {
				j.note(n, *w)
			}
			w.step(scale*b.values[i], rate, damping)
		}
	}
	b.bias.step(g, rate, damping)
}

// step moves a weight by its gradient d.
func (w *weight) step(d, rate, damping float64) {
	w.energy += float64(d * d)
	w.value += float64(rate * d / math.Sqrt(w.energy+damping))
}

// forget takes a document back. If it is the newest, everything is as before it;
// else the counts are exact, the weights are moved as if somebody had said that the
// document is neither, and the next training, which then comes sooner, knows nothing of
// it.
func (b *brain) forget(l *lesson) {
	if b.lazy != nil {
		b.forgetLazily(l)
		return
	}
	if of := b.journal.of; of != nil && of.same(l) {
		b.undo()
		return
	}
	b.journal.of = nil
	b.forgetCounts(l)
	o := b.look(l, noRow)
	b.move(l, nil, o, b.balance(l.row)*(b.base()-sigmoid(o.linear)))
}

// forgetCounts is what forgetting changes but the weights.
func (b *brain) forgetCounts(l *lesson) {
	b.count(l.features, l.row, -1)
	b.memory.drop(l.print, l.row, l.site)
	b.recent[l.row] = max(0, b.recent[l.row]-1)
	b.next = min(b.next, b.learnt+1+b.learnt/16)
}
