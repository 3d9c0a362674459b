package queue

import (
	"time"

	"github.com/winnowd/winnow/models"
)

// maxPause is the longest pause before a failed judgement is tried again.
const maxPause = 30 * time.Second

// Settled tells that a revision stopped being queued in the durable record: it was
// decided, superseded or removed. It is called once for each, after the commit.
func (q *Queue) Settled(siteID, seq int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lane(siteID)
	l.depth--
	q.depth--
	if e := q.held[seq]; e != nil {
		q.forget(e)
	}
}

// forget drops a settled entry from memory; its place in a line goes when reached.
func (q *Queue) forget(e *entry) {
	e.settled = true
	delete(q.held, e.rev.Seq)
	for len(q.oldest) > 0 && q.oldest[0].settled {
		q.oldest[0] = nil
		q.oldest = q.oldest[1:]
	}
	if len(q.held) == 0 && !q.reading {
		q.since = time.Time{}
	}
	if q.reading && q.ready == 0 {
		q.signal()
	}
}

// Done tells that an item needs no more work: the durable record no longer had it
// queued. It is harmless for one that was settled.
func (q *Queue) Done(it models.Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if e := q.held[it.Revision.Seq]; e != nil {
		q.forget(e)
	}
}

// Failed puts an item back whose judgement failed; it is handed out again, with
// the failure counted, after a pause.
func (q *Queue) Failed(it models.Work) {
	rev := *it.Revision
	rev.Attempts++
	pause := min(q.opts.RetryAfter<<min(rev.Attempts-1, 16), maxPause)
	q.mu.Lock()
	q.retries++
	q.mu.Unlock()
	q.later(&rev, pause)
}

// Release puts an item back that could not be judged or stored for no fault of its
// own; it is handed out again after a short pause.
func (q *Queue) Release(it models.Work) { q.later(it.Revision, q.opts.RetryAfter) }

func (q *Queue) later(rev *models.Revision, pause time.Duration) {
	time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		e := q.held[rev.Seq]
		if e == nil || q.closed {
			return
		}
		e.rev = rev
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
