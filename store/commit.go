package store

import (
	"errors"
	"runtime"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/winnowd/winnow/models"
)

// letOthersGo commits what waits, again and again for as long as a step has patience.
func (w *writer) letOthersGo(batch []*request) []*request {
	for start := time.Now(); time.Since(start) < stepPatience; {
		batch = w.gather(batch[:0])
		if len(batch) == 0 {
			break
		}
		batch = w.commitSoon(batch)
	}
	return batch
}

// commitSoon commits a batch with what joins it.
func (w *writer) commitSoon(batch []*request) []*request {
	batch = w.gatherSoon(batch)
	w.commit(batch)
	clear(batch)
	return batch
}

// gatherSoon takes what waits and what is about to: whoever can run goes first, as long
// as that brings more. A commit costs the same for one as for many, so fewer and larger
// ones leave more of the processor for everything else; when nothing else runs, nothing is
// waited for.
func (w *writer) gatherSoon(batch []*request) []*request {
	for start, had := time.Now(), 0; time.Since(start) < soon; {
		if batch = w.gather(batch); len(batch) == had {
			break
		}
		had = len(batch)
		runtime.Gosched()
	}
	return batch
}

// gather takes what else waits, without waiting for more: first those whose clients wait,
// then a share of what was judged.
func (w *writer) gather(batch []*request) []*request {
	weight, judged := 0, 0
	for _, r := range batch {
		if _, ok := r.op.(*deciding); ok {
			judged += weightOf(r.op)
		} else {
			weight += weightOf(r.op)
		}
	}
	for weight < maxBatch {
		r := take(w.requests)
		if r == nil {
			break
		}
		batch, weight = append(batch, r), weight+weightOf(r.op)
	}
	for judged < maxVerdicts {
		r := take(w.verdicts)
		if r == nil {
			break
		}
		batch, judged = append(batch, r), judged+weightOf(r.op)
	}
	return batch
}

// take takes what waits in line; nil if nothing does.
func take(line <-chan *request) *request {
	select {
	case r := <-line:
		return r
	default:
		return nil
	}
}

func (w *writer) drain(batch []*request) {
	for {
		batch = w.gather(batch[:0])
		if len(batch) == 0 {
			w.truncateLog(0)
			return
		}
		w.commit(batch)
	}
}

// commit applies a batch in one transaction and answers its callers.
func (w *writer) commit(batch []*request) {
	if err := w.refused(); err != nil {
		answer(batch, err)
		return
	}
	w.m.batchSize.Observe(float64(len(batch)))
	if err := w.try(batch, false); err != nil {
		answer(batch, w.broken(err))
		return
	}
	w.announce(batch)
	w.boundLog()
}

// try runs one transaction. If an operation failed by itself it begins anew with a careful
// one, which goes back to before such an operation and goes on with the next: that costs
// something for each of them.
func (w *writer) try(batch []*request, careful bool) error {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	tx := &tx{w: w, seq: w.s.last.Load(), careful: careful, began: time.Now()}
	if err := w.fill(tx, batch); err != nil {
		w.rollback()
		if !careful && isOwn(err) {
			return w.try(batch, true)
		}
		return err
	}
	changed, err := tx.heldChanged()
	if err != nil {
		w.rollback()
		return err
	}
	start := time.Now()
	if _, err := w.exec("COMMIT"); err != nil {
		w.rollback()
		return err
	}
	w.s.holds.touch(changed)
	w.m.commit.Observe(time.Since(start).Seconds())
	w.s.last.Store(tx.seq)
	return nil
}

// fill applies a batch's operations. Its error is of the whole batch.
func (w *writer) fill(tx *tx, batch []*request) error {
	for _, r := range batch {
		r.err = tx.alone(func() error { return r.op.apply(tx) })
		if r.err != nil && !refused(r.err) && !(tx.careful && isOwn(r.err)) {
			return r.err
		}
	}
	if err := tx.keepTallies(); err != nil {
		return err
	}
	if tx.seq == w.s.last.Load() {
		return nil
	}
	_, err := w.exec("UPDATE sequence SET last = ? WHERE id = 1", tx.seq)
	return err
}

// refused tells errors by which an operation declines, having changed nothing.
func refused(err error) bool {
	return errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrInvalid)
}

// rollback ends the transaction; SQLite may have ended it already.
func (w *writer) rollback() {
	_, _ = w.exec("ROLLBACK")
}

// announce tells the observer first, so that what a caller learns from the answer
// is already known everywhere.
func (w *writer) announce(batch []*request) {
	for _, r := range batch {
		if r.err == nil {
			r.op.committed(w.s.opts.Observer)
		}
		close(r.done)
	}
}

func answer(batch []*request, err error) {
	for _, r := range batch {
		r.err = err
		close(r.done)
	}
}

// isOwn tells errors that are of one operation: a constraint that it breaks, or what it
// reads and cannot understand. All others of SQLite are everybody's.
func isOwn(err error) bool {
	var se sqlite3.Error
	return !errors.As(err, &se) || se.Code == sqlite3.ErrConstraint
}

// exec runs a statement and returns how many rows it changed.
func (w *writer) exec(query string, args ...any) (int64, error) { return w.write.exec(query, args) }
