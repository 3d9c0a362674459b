package queue

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// page is the most revisions that are read from the backlog at once, which may take so much
// more memory than CapacityBytes.
const page = 250

// Next waits for work and hands out at most limit revisions (at least one), sites
// in turn. What is taken ends with exactly one of Done, Failed and Release; after it
// was settled these do nothing. It returns ctx's error when ctx ends, ErrClosed after
// Close, and the backlog's error when it cannot be read.
func (q *Queue) Next(ctx context.Context, limit int) ([]models.Work, error) {
	for {
		if err := q.refill(ctx); err != nil {
			return nil, err
		}
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return nil, ErrClosed
		}
		if items := q.take(max(limit, 1)); len(items) > 0 {
			q.mu.Unlock()
			return items, nil
		}
		if q.wanting() {
			q.mu.Unlock()
			continue
		}
		if q.wake == nil {
			q.wake = make(chan struct{})
		}
		wake := q.wake
		q.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take hands out up to limit entries, one of each lane in turn.
func (q *Queue) take(limit int) []models.Work {
	if q.ready == 0 {
		return nil
	}
	items := make([]models.Work, 0, min(limit, q.ready))
	for q.turn.next != nil && len(items) < limit {
		l := q.turn.pop()
		if e := q.first(l); e != nil {
			e.out = true
			items = append(items, models.Work{Revision: e.rev, Last: e.rev.Attempts+1 >= q.opts.MaxAttempts})
		}
		if len(l.line) > 0 {
			q.turn.push(l)
		} else {
			l.line = nil
		}
	}
	return items
}

// first takes a lane's first entry that was not settled meanwhile; nil if there is none.
func (q *Queue) first(l *lane) *entry {
	for len(l.line) > 0 {
		e := l.line[0]
		l.line[0] = nil
		l.line = l.line[1:]
		q.ready--
		if !e.settled {
			return e
		}
	}
	return nil
}

// wanting tells that the backlog should be read: there is something in it, nobody
// reads it, and memory has run low.
func (q *Queue) wanting() bool {
	low := q.ready == 0 || !q.filled(2)
	return q.reading && low && !q.filled(1) && !q.filling && !q.closed
}

// refill reads queued revisions back from the backlog when memory has run low. One
// caller at a time does so; it wakes the others.
func (q *Queue) refill(ctx context.Context) error {
	q.mu.Lock()
	if !q.wanting() {
		q.mu.Unlock()
		return nil
	}
	limit := min(q.opts.Capacity-len(q.held), page)
	after, missing := q.read, q.missing
	q.filling, q.gone = true, map[int64]struct{}{}
	q.mu.Unlock()

	revs, err := q.opts.Backlog.Queued(ctx, after, limit)

	q.mu.Lock()
	defer q.mu.Unlock()
	gone := q.gone
	q.filling, q.gone = false, nil
	q.signal()
	switch {
	case q.closed:
		return ErrClosed
	case err != nil:
		return fmt.Errorf("read queued revisions: %w", err)
	}
	for _, r := range revs {
		q.read = r.Seq
		if _, settled := gone[r.Seq]; !settled && q.held[r.Seq] == nil {
			q.recall(r)
		}
	}
	if len(revs) < limit {
		q.read = max(q.read, missing)
	}
	q.reading = q.read < q.missing
	return nil
}

// recall takes a revision from the backlog into memory.
func (q *Queue) recall(r *models.Revision) {
	if !r.PutBack {
		q.behind = r.ReceivedAt
	}
	q.push(r, q.lane(r.SiteID), q.since(r))
}
