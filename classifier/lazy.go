package classifier

import "slices"

// lazy is how a brain follows a log that is read in bulk. What training makes at one
// place of the log is overwritten at the next, so that only the last place matters:
// until the log's end a brain counts, fills its memory, and keeps for the newest place
// what training there needs, and what came after it. catchUp then trains once and
// learns the rest; the outcome is that of learning everything in turn, to the bit.
type lazy struct {
	have     [][2]uint32 // the counts by number of the feature
	rows     [2][]*lesson
	progress progress
	train    bool // false at the beginning of the log
	since    []operation
	// before is what was kept before the newest label brought a place, in case that it
	// is taken back.
	before *lazy
}

// operation is a document learnt or taken back.
type operation struct {
	lesson   *lesson
	retracts bool
}

func newLazy(t *tuning) *lazy { return &lazy{progress: newProgress(t)} }

// learnLazily is learn without what the next training overwrites.
func (b *brain) learnLazily(l *lesson) {
	b.journal.open(b)
	b.remember(l.row)
	b.acquaint(l)
	b.meet(l)
	b.count(l.features, l.row, 1)
	b.learnt++
	b.memory.add(l, uint64(b.learnt), &b.journal)
	b.journal.of = l
	b.lazy.before = nil
	b.lazy.since = append(b.lazy.since, operation{l, false})
}

// forgetLazily is forget likewise.
func (b *brain) forgetLazily(l *lesson) {
	if of := b.journal.of; of != nil && of.same(l) {
		if b.lazy.before != nil {
			b.lazy = b.lazy.before
		}
		b.undo()
		b.lazy.since = b.lazy.since[:len(b.lazy.since)-1]
		return
	}
	b.journal.of = nil
	b.lazy.before = nil
	b.forgetCounts(l)
	b.lazy.since = append(b.lazy.since, operation{l, true})
}

// mark notes that the weights are to be trained here, if no later place comes.
func (b *brain) mark() {
	// What is marked is the state before adopt, which moves next on.
	now := &lazy{have: b.table.counts(), progress: b.progress, train: true, before: b.lazy}
	for row := range now.rows {
		now.rows[row] = slices.Clone(b.memory.rows[row])
	}
	b.lazy.before = nil
	b.lazy = now
	b.next = b.after()
}

// catchUp ends learning lazily.
func (b *brain) catchUp() {
	if b.lazy == nil {
		return
	}
	from := b.lazy
	if from.before != nil {
		// The newest label brought the place: learning it in earnest is what lets it be
		// taken back exactly.
		from = from.before
	}
	b.lazy = nil
	b.recount(from.have)
	b.progress, b.memory.rows, b.journal.of = from.progress, from.rows, nil
	b.settle()
	if from.train {
		b.adopt(b.retrain())
	}
	for _, op := range from.since {
		if op.retracts {
			b.forget(op.lesson)
		} else {
			b.learn(op.lesson)
		}
		if b.due() {
			b.adopt(b.retrain())
		}
	}
}

// counts gives a copy of the counts by number of the feature.
func (t *table) counts() [][2]uint32 {
	have := make([][2]uint32, t.len())
	for n := range t.records {
		have[n] = t.records[n].have
	}
	return have
}

// recount sets the counts; features that have none are in no document.
func (b *brain) recount(have [][2]uint32) {
	b.features = 0
	for n := range b.table.records {
		r := &b.table.records[n]
		if r.have = [2]uint32{}; n < len(have) {
			r.have = have[n]
		}
		if r.have != [2]uint32{} {
			b.features++
		}
	}
}
