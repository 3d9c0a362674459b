package classifier

import "math"

// cell is what training reads and writes of a feature: how large it stands in a ham and
// in a spam, without that document's own appearance, and its weight. All of it lies
// together, because training waits for memory more than for anything else.
type cell struct {
	size [2]float64
	weight
}

// trainee is a document with its norm.
type trainee struct {
	*lesson
	norm float64
}

// trainer trains weights over the counts of a brain, which stay as they are meanwhile.
type trainer struct {
	*brain
	cells   []cell
	bias    weight
	balance [2]float64
}

// newTrainer makes a trainer, and trainees of documents.
func newTrainer(b *brain, docs []*lesson) (*trainer, []trainee) {
	t := &trainer{brain: b, cells: make([]cell, b.table.len())}
	groups := make([]uint8, len(t.cells))
	for _, l := range docs {
		for _, code := range l.features {
			groups[code&numberMask] = uint8(code >> groupBit)
		}
	}
	for row := range t.balance {
		t.balance[row] = b.balance(uint8(row))
		t.measure(row, groups)
	}
	trainees := make([]trainee, len(docs))
	for i, l := range docs {
		square := 0.0
		for _, code := range l.features {
			v := t.cells[code&numberMask].size[l.row]
			square += float64(v * v)
		}
		trainees[i] = trainee{l, math.Sqrt(square)}
	}
	return t, trainees
}

// measure reckons the sizes that features have in documents of a row, as judge does.
func (t *trainer) measure(row int, groups []uint8) {
	logs := t.logs
	logs[row] = math.Log(float64(t.documents[row]))
	difference := logs[spamRow] - logs[hamRow]
	for n := range t.table.records {
		have := t.table.records[n].have
		v := t.tuning.floor
		if have[row] > 0 { // else it stands in no document of the row
			have[row]--
			if have != [2]uint32{} {
				l := logHalf(have[spamRow]) - logHalf(have[hamRow]) - difference
				v += float64(t.tuning.slope * min(t.tuning.ceiling, math.Abs(l)))
			}
		}
		t.cells[n].size[row] = v * t.tuning.groups[groups[n]]
	}
}

// fit trains weights in a few passes, in each the documents of both classes shuffled
// and evenly mixed. They are then in the cells.
func (t *trainer) fit(docs []trainee, seed uint64) {
	for n := range t.cells {
		t.cells[n].weight = weight{}
	}
	t.bias = weight{}
	var rows [2][]trainee
	for _, l := range docs {
		rows[l.row] = append(rows[l.row], l)
	}
	for pass := range t.tuning.passes {
		for row := range rows {
			shuffle(rows[row], seed, uint64(pass*2+row))
		}
		hams, spams := rows[hamRow], rows[spamRow]
		for i, j := 0, 0; i < len(hams) || j < len(spams); {
			// The class that is behind its share is next.
			if j >= len(spams) || i < len(hams) && (2*i+1)*len(spams) <= (2*j+1)*len(hams) {
				t.step(hams[i])
				i++
			} else {
				t.step(spams[j])
				j++
			}
		}
	}
}

// weights gives a copy of the weights that fit trained.
func (t *trainer) weights() *weights {
	w := &weights{of: make([]weight, len(t.cells)), bias: t.bias}
	for n := range t.cells {
		w.of[n] = t.cells[n].weight
	}
	return w
}

// addTo adds the weights that fit trained to others; the energies stay.
func (t *trainer) addTo(sum *weights) {
	for n := range t.cells {
		sum.of[n].value += t.cells[n].value
	}
	sum.bias.value += t.bias.value
}

// linear is what the weights say of a document.
func (t *trainer) linear(l trainee) float64 {
	z := 0.0
	for _, code := range l.features {
		c := &t.cells[code&numberMask]
		z += float64(c.size[l.row] * c.value)
	}
	if l.norm > 0 {
		z /= l.norm
	}
	return z + t.bias.value
}

// look judges a document by the weights trained.
func (t *trainer) look(l trainee) opinion {
	o := t.brain.look(l.lesson, l.row)
	o.linear = t.linear(l)
	return o
}

// step moves the weights by one document's gradient, as the brain's step does.
func (t *trainer) step(l trainee) {
	g := t.balance[l.row] * (float64(l.row) - sigmoid(t.linear(l)))
	rate, damping := t.tuning.rate, t.tuning.damping
	if l.norm > 0 {
		scale := g / l.norm
		for _, code := range l.features {
			c := &t.cells[code&numberMask]
			c.step(scale*c.size[l.row], rate, damping)
		}
	}
	t.bias.step(g, rate, damping)
}

// shuffle is Fisher's and Yates's, by seed.
func shuffle(docs []trainee, seed, salt uint64) {
	for i := len(docs) - 1; i > 0; i-- {
		j := int(random(seed*31+salt, uint64(i)) % uint64(i+1))
		docs[i], docs[j] = docs[j], docs[i]
	}
}
