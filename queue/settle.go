package queue

import (
	"time"

	"github.com/winnowd/winnow/models"
)

// maxPause is the longest pause before a failed judgement is tried again.
const maxPause = 30 * time.Second

// Settled tells that a revision stopped being queued in the durable record: it was
// decided, superseded or removed. It is called once for each, after the commit and
// after it was offered.
func (q *Queue) Settled(siteID, seq int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lane(siteID).depth--
	q.depth--
	if q.filling {
		q.gone[seq] = struct{}{}
	}
	if e := q.held[seq]; e != nil {
		q.forget(e)
	}
}

// forget drops a settled entry from memory; its place in a line goes when reached.
func (q *Queue) forget(e *entry) {
	delete(q.held, e.rev.Seq)
	q.bytes -= e.bytes
	q.ages.remove(e)
	e.lane.held--
	if e.again != nil {
		e.again.Stop()
	}
	e.settled, e.rev = true, nil
	if q.wanting() {
		q.signal()
	}
}

// returned finds the entry of a piece of work that comes back; nil if it was settled,
// even if the same revision is in memory anew.
func (q *Queue) returned(it models.Work) *entry {
	e := q.held[it.Revision.Seq]
	if e == nil || e.rev != it.Revision || !e.out {
		return nil
	}
	e.out = false
	return e
}

// Done tells that an item needs no more work: the durable record no longer had it
// queued. It is harmless for one that was settled.
func (q *Queue) Done(it models.Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.returned(it); e != nil {
		q.forget(e)
	}
}

// Failed puts an item back whose judgement failed; it is handed out again, with
// the failure counted, after a pause.
func (q *Queue) Failed(it models.Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.returned(it)
	if e == nil {
		return
	}
	q.retries++
	rev := *it.Revision
	rev.Attempts++
	e.rev = &rev
	q.later(e, min(q.opts.RetryAfter<<min(rev.Attempts-1, 16), maxPause))
}

// Release puts an item back that could not be judged or stored for no fault of its
// own; it is handed out again after a short pause.
func (q *Queue) Release(it models.Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.returned(it); e != nil {
		q.later(e, q.opts.RetryAfter)
	}
}

// later puts an entry back in line after a pause.
func (q *Queue) later(e *entry, pause time.Duration) {
	if q.closed {
		return
	}
	e.again = time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if e.settled || q.closed {
			return
		}
		e.again = nil
		q.enqueue(e)
		q.signal()
	})
}

// Requeue takes up a revision that an operator put back. Its age counts from now,
// so that an old comment tried again does not look like a stalled queue.
func (q *Queue) Requeue(rev *models.Revision) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lane(rev.SiteID)
	l.depth++
	q.depth++
	if q.held[rev.Seq] == nil {
		q.push(rev, l, q.opts.Now())
	}
	q.signal()
}
