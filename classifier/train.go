package classifier

import (
	"cmp"
	"slices"
)

const (
	// crossFolds is in how many parts documents are scored by the others' weights.
	crossFolds = 4
	// maxCross is how many of the newest documents calibration is made from.
	maxCross = 6000
)

// largeBrain is how many labels make trainings rarer, because they take longer.
const largeBrain = 2000

// due tells that the weights are to be trained anew.
func (b *brain) due() bool { return b.learnt >= b.next }

// retrain trains new weights from memory and calibrates them. It reads the counts and
// changes nothing: adopt does.
func (b *brain) retrain() (*weights, calibration) {
	t, docs := newTrainer(b, b.memory.inOrder())
	t.fit(docs, uint64(b.learnt))
	w := t.trained()
	if len(docs) <= maxCross {
		// The mean of weights errs less than any of them: each saw other documents in
		// another order (L. Breiman, "Bagging Predictors", 1996).
		c := t.crossCalibrate(docs, w)
		w.scale(1.0 / (1 + crossFolds))
		return t.byNumber(w), c
	}
	return t.byNumber(w), t.crossCalibrate(docs[len(docs)-maxCross:], nil)
}

// scale multiplies all weights; the energies stay.
func (w *weights) scale(by float64) {
	for i := range w.of {
		w.of[i].value *= by
	}
	w.bias.value *= by
}

// inOrder gives all documents in order of the log.
func (m *memory) inOrder() []*lesson {
	all := slices.Concat(m.rows[hamRow], m.rows[spamRow])
	slices.SortFunc(all, func(a, b *lesson) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// crossCalibrate calibrates by documents scored with weights that were trained without
// them, and adds those weights to sum, unless it is nil.
func (t *trainer) crossCalibrate(docs []*trainee, sum *weights) calibration {
	c := newCalibration()
	scores := make([]float64, len(docs))
	for part := range crossFolds {
		var others []*trainee
		for i, l := range docs {
			if foldOf(i) != part {
				others = append(others, l)
			}
		}
		t.fit(others, uint64(t.learnt)+uint64(part)<<32)
		if sum != nil {
			t.addTo(sum)
		}
		for i, l := range docs {
			if foldOf(i) == part {
				scores[i] = t.raw(t.look(l), l.starter)
			}
		}
	}
	for i, l := range docs {
		c.add(scores[i], l.row)
	}
	c.fit(t.tuning.slopePrior, t.tuning.offsetPrior, t.tuning.memory)
	return c
}

func foldOf(i int) int { return int(random(uint64(i), 11) % crossFolds) }

// adopt makes trained weights the brain's own.
func (b *brain) adopt(w *weights, c calibration) {
	b.swap(w)
	if b.journal.of != nil {
		b.journal.replaced = w
	}
	b.calibration = c
	b.drift = b.tuning.driftStart()
	b.verdicts = b.spread()
	b.next = b.after()
}

// swap makes weights the brain's own, and w those that it had.
func (b *brain) swap(w *weights) {
	for n := range w.of {
		r := &b.table.records[n]
		r.weight, w.of[n] = w.of[n], r.weight
	}
	b.bias, w.bias = w.bias, b.bias
}

// after is how many labels bring the training after one that takes place now.
func (b *brain) after() int {
	growth := b.tuning.growth
	if b.learnt > largeBrain {
		growth = b.tuning.growthLarge
	}
	return b.learnt + max(1, int(float64(b.learnt)*growth))
}
