package classifier

import "math"

// cell is what training reads and writes of a feature: how large it stands in a ham and
// in a spam, without that document's own appearance, and its weight. All of it lies
// together, because training waits for memory more than for anything else.
type cell struct {
	size [2]float64
	weight
}

// trainee is a document as training takes it.
type trainee struct {
	*lesson
	cells []uint32 // of features that stand in other trainees, too
	own   []alike  // of all others
	norm  float64  // what opinion tells
	said  said
}

// alike is features that stand in one trainee only and are equally large: in training
// their weights are the same at any time, so that they have one cell.
type alike struct {
	cell  uint32
	times float64
}

// trainer trains weights over the counts of a brain, which stay as they are meanwhile.
type trainer struct {
	*brain
	cells   []cell
	cellOf  []uint32 // by number of the feature; noCell of one that no trainee has
	bias    weight
	balance [2]float64
	// differences are of the logarithms of documents, without one of a row, by that row.
	differences [2]float64
}

// What stands for the cell of a feature that has none yet.
const (
	noCell     = 1<<32 - 1 - iota
	oneHas     // one trainee has it
	severalHas // several have it
)

// newTrainer makes a trainer, and trainees of documents.
func newTrainer(b *brain, docs []*lesson) (*trainer, []*trainee) {
	t := &trainer{brain: b, cellOf: make([]uint32, b.table.len())}
	for row := range t.balance {
		t.balance[row] = b.balance(uint8(row))
		logs := b.logs
		logs[row] = math.Log(float64(b.documents[row]))
		t.differences[row] = logs[spamRow] - logs[hamRow]
	}
	for n := range t.cellOf {
		t.cellOf[n] = noCell
	}
	listed, cells := 0, 3*len(docs)
	for _, l := range docs {
		listed += len(l.features)
		for _, code := range l.features {
			switch n := code & numberMask; t.cellOf[n] {
			case noCell:
				t.cellOf[n] = oneHas
			case oneHas:
				t.cellOf[n] = severalHas
				cells++
			}
		}
	}
	t.cells = make([]cell, 0, cells)
	r := recruiter{trainer: t, said: make([][2]said, 0, cells), list: make([]uint32, 0, listed)}
	trainees := make([]*trainee, len(docs))
	for i, l := range docs {
		trainees[i] = r.recruit(l)
	}
	return t, trainees
}

// recruiter makes trainees; their lists share pieces of memory.
type recruiter struct {
	*trainer
	said [][2]said // by cell, what a feature adds if it is of the kind
	list []uint32
	own  []alike
}

// said is what a feature adds to an opinion's sum, and how many features were seen.
type said struct{ sum, spoken float64 }

// recruit makes a trainee of a document.
func (r *recruiter) recruit(l *lesson) *trainee {
	made, square := &trainee{lesson: l}, 0.0
	listed, owned := len(r.list), len(r.own)
	for _, code := range l.features {
		n := code & numberMask
		i := r.cellOf[n]
		if i == oneHas {
			i = r.ownCell(owned, l.row, code)
			r.cellOf[n] = i
		} else {
			if i == severalHas {
				i = r.sharedCell(code)
				r.cellOf[n] = i
			}
			r.list = append(r.list, i)
		}
		size := r.cells[i].size[l.row&1]
		square += float64(size * size)
		if code&bayesianFlag != 0 {
			says := r.said[i][l.row&1]
			made.said.sum += says.sum
			made.said.spoken += says.spoken
		}
	}
	made.cells, made.own, made.norm = r.list[listed:len(r.list):len(r.list)], r.own[owned:len(r.own):len(r.own)], math.Sqrt(square)
	return made
}

// sharedCell makes the cell of a feature that several trainees have.
func (r *recruiter) sharedCell(code uint32) uint32 {
	var c cell
	var says [2]said
	for row := range c.size {
		c.size[row], says[row] = r.measure(code, uint8(row))
	}
	return r.addCell(c, says)
}

func (r *recruiter) addCell(c cell, says [2]said) uint32 {
	r.cells, r.said = append(r.cells, c), append(r.said, says)
	return uint32(len(r.cells) - 1)
}

// maxSizes is how many sizes of a trainee's own features are looked through for one that
// is the same: nearly all have one of three.
const maxSizes = 4

// ownCell gives the cell of a feature that only the trainee has whose own ones begin at a
// place.
func (r *recruiter) ownCell(owned int, row uint8, code uint32) uint32 {
	size, own := r.measure(code, row)
	for i := owned; i < min(len(r.own), owned+maxSizes); i++ {
		if a := &r.own[i]; r.cells[a.cell].size[row] == size && r.said[a.cell][row] == own {
			a.times++
			return a.cell
		}
	}
	var c cell
	var says [2]said
	c.size[row], says[row] = size, own
	i := r.addCell(c, says)
	r.own = append(r.own, alike{i, 1})
	return i
}

// measure reckons the size that a feature has in a document of a row, and what it says,
// as judge does.
func (t *trainer) measure(code uint32, row uint8) (size float64, says said) {
	have := &t.table.records[code&numberMask].have
	size = t.tuning.floor
	if have[row] > 0 { // else it stands in no document of the row
		ham, spam := have[hamRow]-uint32(1-row), have[spamRow]-uint32(row)
		if ham|spam != 0 {
			l := logHalf(spam) - logHalf(ham) - t.differences[row]
			says = said{l - t.longer, 1}
			size += float64(t.tuning.slope * min(t.tuning.ceiling, math.Abs(l)))
		}
	}
	return size * t.tuning.groups[code>>groupBit], says
}

// fit trains weights in a few passes, in each the documents of both classes shuffled
// and evenly mixed. They are then in the cells.
func (t *trainer) fit(docs []*trainee, seed uint64) {
	for n := range t.cells {
		t.cells[n].weight = weight{}
	}
	t.bias = weight{}
	rows := [2][]*trainee{make([]*trainee, 0, len(docs)), make([]*trainee, 0, len(docs))}
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

// trained gives a copy of the weights that fit trained, by cell.
func (t *trainer) trained() *weights {
	w := &weights{of: make([]weight, len(t.cells)), bias: t.bias}
	for i := range t.cells {
		w.of[i] = t.cells[i].weight
	}
	return w
}

// addTo adds the weights that fit trained to others, by cell; the energies stay.
func (t *trainer) addTo(sum *weights) {
	for i := range t.cells {
		sum.of[i].value += t.cells[i].value
	}
	sum.bias.value += t.bias.value
}

// byNumber gives weights by number of the feature instead of by cell.
func (t *trainer) byNumber(w *weights) *weights {
	all := &weights{of: make([]weight, len(t.cellOf)), bias: w.bias}
	for n, c := range t.cellOf {
		if c != noCell {
			all.of[n] = w.of[c]
		}
	}
	return all
}

// linear is what the weights say of a document.
func (t *trainer) linear(l *trainee) float64 {
	z, row := 0.0, l.row&1
	for _, i := range l.cells {
		c := &t.cells[i]
		z += float64(c.size[row] * c.value)
	}
	for _, a := range l.own {
		c := &t.cells[a.cell]
		z += float64(a.times * float64(c.size[row]*c.value))
	}
	if l.norm > 0 {
		z /= l.norm
	}
	return z + t.bias.value
}

// look judges a document by the weights trained.
func (t *trainer) look(l *trainee) opinion {
	return opinion{linear: t.linear(l), sum: l.said.sum, spoken: l.said.spoken, norm: l.norm}
}

// step moves the weights by one document's gradient, as the brain's step does.
func (t *trainer) step(l *trainee) {
	row := l.row & 1
	g := t.balance[row] * (float64(row) - sigmoid(t.linear(l)))
	rate, damping := t.tuning.rate, t.tuning.damping
	if l.norm > 0 {
		scale := g / l.norm
		for _, i := range l.cells {
			c := &t.cells[i]
			c.step(scale*c.size[row], rate, damping)
		}
		for _, a := range l.own {
			c := &t.cells[a.cell]
			c.step(scale*c.size[row], rate, damping)
		}
	}
	t.bias.step(g, rate, damping)
}

// shuffle is Fisher's and Yates's, by seed.
func shuffle(docs []*trainee, seed, salt uint64) {
	for i := len(docs) - 1; i > 0; i-- {
		j := int(random(seed*31+salt, uint64(i)) % uint64(i+1))
		docs[i], docs[j] = docs[j], docs[i]
	}
}
