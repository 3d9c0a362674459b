package classifier

// journal tells how to take the newest label back exactly.
type journal struct {
	of       *lesson
	before   progress
	bias     weight
	changed  []change
	replaced *weights // the weights before a training
	place    int      // where the memory put it, -1 at the end
	was      *lesson  // what stood there
}

type change struct {
	n   uint32
	was weight
}

// open begins the journal of the next label.
func (j *journal) open(b *brain) {
	j.of = nil
	j.before = b.progress
	j.bias = b.bias
	j.changed = j.changed[:0]
	j.replaced = nil
}

func (j *journal) note(n uint32, was weight) { j.changed = append(j.changed, change{n, was}) }

func (j *journal) placed(at int, was *lesson) { j.place, j.was = at, was }

// undo takes back the label that the journal is about.
func (b *brain) undo() {
	j := &b.journal
	l := j.of
	b.count(l.features, l.row, -1)
	if j.replaced != nil {
		b.swap(j.replaced)
	}
	for i := len(j.changed) - 1; i >= 0; i-- {
		b.table.records[j.changed[i].n].weight = j.changed[i].was
	}
	b.bias = j.bias
	row := &b.memory.rows[l.row]
	if j.place < 0 {
		*row = (*row)[:len(*row)-1]
	} else {
		(*row)[j.place] = j.was
	}
	b.progress = j.before
	b.settle()
	j.of = nil
}
