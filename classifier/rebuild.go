package classifier

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/winnowd/winnow/models"
)

// Rebuild makes the model the fold of a whole label log, in order of Seq, and drops
// what it knew. It works beside the model in use, which goes on scoring and learning,
// and takes its place at the end; entries folded meanwhile are kept, whether the log
// has them or not. Afterwards scores are the same, bit for bit, as if the log had been
// folded entry by entry into a new model, and features that stand in no document any
// more take no memory.
//
// The log must hold what was folded before the call: it is read, once, in the calling
// goroutine, and a page that was fetched earlier may lack an entry. Texts are
// tokenised on as many other goroutines as there are processors. An error of the log,
// of an entry as in Fold, or of ctx is returned wrapped, and the model is what it was.
// Of several rebuilds one waits for the other.
func (m *Model) Rebuild(ctx context.Context, entries iter.Seq2[models.LogEntry, error]) error {
	m.rebuilding.Lock()
	defer m.rebuilding.Unlock()
	m.record(true)
	defer m.record(false)

	fresh, err := m.replay(ctx, entries)
	if err == nil {
		err = m.catchUp(fresh)
	}
	if err != nil {
		return fmt.Errorf("rebuild the model from the label log: %w", err)
	}
	return nil
}

// record starts or stops keeping the entries that are folded.
func (m *Model) record(on bool) {
	m.folding.Lock()
	defer m.folding.Unlock()
	m.recording, m.missed = on, nil
}

// nobody is the lock of a state that nobody else sees.
type nobody struct{}

func (nobody) Lock()   {}
func (nobody) Unlock() {}

// catchUp folds into fresh what was folded into the model meanwhile, and when there
// is nothing left makes it the model's state.
func (m *Model) catchUp(fresh *state) error {
	d := newDocument()
	for {
		missed := m.takeMissed(fresh)
		if len(missed) == 0 {
			return nil
		}
		for i := range missed {
			e := &missed[i]
			d.read(&e.Lesson, nil)
			if err := fresh.fold(e, m.reading(d), nobody{}); err != nil {
				return err
			}
		}
	}
}

// takeMissed gives the entries folded since the last call; if there are none, fresh
// becomes the model's state.
func (m *Model) takeMissed(fresh *state) []models.LogEntry {
	m.folding.Lock()
	defer m.folding.Unlock()
	missed := m.missed
	m.missed = nil
	if len(missed) == 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.state = fresh
		m.settle()
	}
	return missed
}

// batchSize is how many entries are tokenised at a time.
const batchSize = 64

// batch is a run of entries with their features.
type batch struct {
	entries  []models.LogEntry
	features []feature // of all entries, one after another
	ends     []int     // where each entry's end
	starter  []float64
	done     chan struct{}
}

func newBatch() *batch {
	return &batch{entries: make([]models.LogEntry, 0, batchSize), done: make(chan struct{})}
}

// tokenise fills in the features.
func (b *batch) tokenise(m *Model, d *document) {
	defer close(b.done)
	for i := range b.entries {
		d.read(&b.entries[i].Lesson, nil)
		r := m.reading(d)
		b.features = append(b.features, r.features...)
		b.ends = append(b.ends, len(b.features))
		b.starter = append(b.starter, r.starter)
	}
}

// fold folds the entries into a state.
func (b *batch) fold(s *state) error {
	first := 0
	for i := range b.entries {
		r := reading{b.features[first:b.ends[i]], b.starter[i]}
		if err := s.fold(&b.entries[i], r, nobody{}); err != nil {
			return err
		}
		first = b.ends[i]
	}
	return nil
}

// replay folds a log into a new state. Batches are tokenised in any order and
// learnt in that of the log.
func (m *Model) replay(ctx context.Context, entries iter.Seq2[models.LogEntry, error]) (*state, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := runtime.GOMAXPROCS(0)
	work, ordered := make(chan *batch, workers), make(chan *batch, 4*workers)
	all := newState(&m.tuning)
	all.shared.counts.behind, all.shared.lazy = true, newLazy(all.shared.tuning)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			d := newDocument()
			for b := range work {
				b.tokenise(m, d)
			}
		})
	}
	running.Go(func() {
		for b := range ordered {
			<-b.done
			if ctx.Err() == nil {
				if err := b.fold(all); err != nil {
					cancel(err)
				}
			}
		}
	})
	err := distribute(ctx, entries, work, ordered)
	close(work)
	close(ordered)
	running.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	all.catchUp()
	all.fillStores()
	return all, nil
}

// catchUp trains the brains once, after a log was read in bulk.
func (s *state) catchUp() {
	s.shared.catchUp()
	for _, b := range s.sites {
		b.catchUp()
	}
}

// fillStores gives the count stores all counts at once, which takes one observation of
// each feature instead of one per document.
func (s *state) fillStores() {
	s.shared.fill()
	for _, b := range s.sites {
		b.fill()
	}
}

func (b *brain) fill() {
	if b.counts.behind {
		b.counts.fill(&b.table, b.documents, b.table.len())
	}
}

// fillStep is how many features are filled in while learning waits.
const fillStep = 4096

// FillCounts gives the count store what a saved model that was loaded does not bring
// along. It lets learning go first, scoring waits for nothing, and both may go on
// before. It returns when it is done, or ctx is.
func (m *Model) FillCounts(ctx context.Context) {
	for ctx.Err() == nil && m.fillSome() {
		runtime.Gosched()
	}
}

// fillSome fills in a few features, and tells whether there are more.
func (m *Model) fillSome() bool {
	m.folding.Lock()
	defer m.folding.Unlock()
	for _, b := range append([]*brain{m.state.shared}, slices.Collect(maps.Values(m.state.sites))...) {
		if b.counts.behind {
			b.counts.fill(&b.table, b.documents, fillStep)
			return true
		}
	}
	return false
}

// distribute cuts a log into batches and sends each to both channels.
func distribute(ctx context.Context, entries iter.Seq2[models.LogEntry, error], work, ordered chan<- *batch) error {
	send := func(b *batch) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		ordered <- b // learning never stops before the channel is closed
		work <- b
		return nil
	}
	b := newBatch()
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := checkEntry(&e); err != nil {
			return err
		}
		if b.entries = append(b.entries, e); len(b.entries) == batchSize {
			if err := send(b); err != nil {
				return err
			}
			b = newBatch()
		}
	}
	return send(b)
}
