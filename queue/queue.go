// Package queue hands accepted revisions to the judge: at once, in order, each
// site in its turn.
//
// The table of revisions is the durable record and the queue its working copy in
// memory. A revision that was just committed is offered with Offer, which never
// blocks. When memory is full the offer is passed over and the queue reads queued
// revisions back from the Backlog in order of seq until it has caught up; a start
// is the same thing with everything in the backlog. So nothing depends on what was
// in memory when a process died.
//
// Within a site revisions are handed out in order of seq; sites take turns, so
// that a flood at one does not hold up the others. Depth, age and a site's share
// are counted over all that waits, in memory or not, and Admit turns them into
// back-pressure.
//
// A judgement that fails is tried again after a pause that doubles; the attempt
// after which the judge must decide all the same is marked (see models.Work).
//
// The states of a revision and who moves it between them:
//
//	           accept                       decide (judge, label, moderator)
//	(nothing) ────────► queued ──────────────────────────────────────► decided
//	                      │  ▲                                            │
//	 newer revision       │  └──────────── retry (operator, only if dead) ┘
//	 accepted             ▼
//	                  superseded
package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// Backlog reads the durable record. It is the queue's view of a storage engine.
type Backlog interface {
	// Queued returns at most limit queued revisions with a seq above after, in order of
	// seq. What was committed before the call is seen.
	Queued(ctx context.Context, after int64, limit int) ([]*models.Revision, error)
}

// Options are what a Queue needs.
type Options struct {
	Backlog Backlog
	// Capacity is how many revisions are kept in memory, at least 1.
	Capacity int
	// MaxAge, MaxDepth and MaxPerSite are the limits that Admit holds.
	MaxAge     time.Duration
	MaxDepth   int
	MaxPerSite int
	// MaxAttempts is how often a judgement may fail, at least 1.
	MaxAttempts int
	// RetryAfter is the pause after the first failure; it doubles with each. Zero
	// means 100 ms.
	RetryAfter time.Duration
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

func (o *Options) validate() error {
	switch {
	case o.Backlog == nil:
		return errors.New("queue: no backlog")
	case o.Capacity < 1:
		return fmt.Errorf("queue: capacity %d: must be at least 1", o.Capacity)
	case o.MaxAttempts < 1:
		return fmt.Errorf("queue: max attempts %d: must be at least 1", o.MaxAttempts)
	case o.MaxAge <= 0 || o.MaxDepth < 1 || o.MaxPerSite < 1:
		return errors.New("queue: max age, max depth and max per site must be positive")
	}
	return nil
}

// Standing is what waits in the durable record when a Queue is made.
type Standing struct {
	// Depths is how many revisions are queued at each site, by site ID.
	Depths map[int64]int
	// Newest is the highest seq among them.
	Newest int64
	// Oldest is when the oldest of them was received; zero if there is none.
	Oldest time.Time
}

// ErrClosed is what Next returns after Close.
var ErrClosed = errors.New("queue: closed")

// Queue is safe for use by any number of goroutines.
type Queue struct {
	opts Options

	mu     sync.Mutex
	wake   chan struct{} // closed and renewed when something may be handed out
	closed bool

	lanes  map[int64]*lane
	turn   []*lane          // lanes with something to hand out, the next first
	held   map[int64]*entry // in memory and not settled, by seq
	ready  int              // entries in lanes' lines
	oldest []*entry         // held, the oldest first; settled ones are dropped lazily

	depth   int // undecided, in memory or not
	retries uint64

	// Everything queued up to read was taken from the backlog; while reading, there may
	// be more up to newest that is not in memory.
	reading      bool
	read, newest int64
	since        time.Time // when the oldest was received, until memory knows better
}

// lane is one site's line, in order of seq.
type lane struct {
	line   []*entry
	depth  int
	inTurn bool
}

// entry is a revision in memory.
type entry struct {
	rev     *models.Revision
	lane    *lane
	since   time.Time
	settled bool
}

// New makes a queue over a backlog in which standing waits; it is handed out first.
func New(opts Options, standing Standing) (*Queue, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.RetryAfter == 0 {
		opts.RetryAfter = 100 * time.Millisecond
	}
	q := &Queue{
		opts: opts, wake: make(chan struct{}), lanes: map[int64]*lane{}, held: map[int64]*entry{},
		newest: standing.Newest, since: standing.Oldest,
	}
	for id, n := range standing.Depths {
		q.lane(id).depth = n
		q.depth += n
	}
	q.reading = q.depth > 0
	return q, nil
}

func (q *Queue) lane(siteID int64) *lane {
	l := q.lanes[siteID]
	if l == nil {
		l = &lane{}
		q.lanes[siteID] = l
	}
	return l
}

// Offer hands over revisions that were just committed, in order of seq. It never
// blocks: what does not fit in memory is read from the backlog later.
func (q *Queue) Offer(revs ...*models.Revision) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range revs {
		l := q.lane(r.SiteID)
		l.depth++
		q.depth++
		q.newest = max(q.newest, r.Seq)
		switch {
		case r.Seq <= q.read || q.reading: // the backlog has it or will have it
		case len(q.held) >= q.opts.Capacity:
			q.reading, q.read = true, r.Seq-1
		default:
			q.push(r, l, r.ReceivedAt)
		}
	}
	q.signal()
}

// push takes a revision into memory, at the end of its lane.
func (q *Queue) push(r *models.Revision, l *lane, since time.Time) {
	e := &entry{rev: r, lane: l, since: since}
	q.held[r.Seq] = e
	q.oldest = append(q.oldest, e)
	q.enqueue(e)
}

func (q *Queue) enqueue(e *entry) {
	e.lane.line = append(e.lane.line, e)
	q.ready++
	if !e.lane.inTurn {
		e.lane.inTurn = true
		q.turn = append(q.turn, e.lane)
	}
}

func (q *Queue) signal() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// Next waits for work and hands out at most limit revisions, sites in turn. What
// is taken ends with exactly one of Done, Failed and Release, unless it was settled. It
// returns ctx's error when ctx ends, ErrClosed after Close, and the backlog's
// error when it cannot be read.
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
		items := q.take(limit)
		wake, more := q.wake, q.reading && len(q.held) < q.opts.Capacity
		q.mu.Unlock()
		if len(items) > 0 {
			return items, nil
		}
		if more {
			continue
		}
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
	for len(q.turn) > 0 && len(items) < limit {
		l := q.turn[0]
		q.turn = q.turn[1:]
		e := l.line[0]
		l.line[0] = nil
		l.line = l.line[1:]
		q.ready--
		if len(l.line) > 0 {
			q.turn = append(q.turn, l)
		} else {
			l.inTurn, l.line = false, nil
		}
		if !e.settled {
			items = append(items, models.Work{Revision: e.rev, Last: e.rev.Attempts+1 >= q.opts.MaxAttempts})
		}
	}
	return items
}

// refill reads queued revisions back from the backlog when memory has run out.
func (q *Queue) refill(ctx context.Context) error {
	q.mu.Lock()
	limit := min(q.opts.Capacity-len(q.held), 1000)
	after, upTo := q.read, q.newest
	want := q.reading && q.ready == 0 && limit > 0 && !q.closed
	q.mu.Unlock()
	if !want {
		return nil
	}
	revs, err := q.opts.Backlog.Queued(ctx, after, limit)
	if err != nil {
		return fmt.Errorf("read queued revisions: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range revs {
		q.read = r.Seq
		if q.held[r.Seq] == nil {
			q.push(r, q.lane(r.SiteID), r.ReceivedAt)
		}
	}
	if len(revs) < limit {
		q.read = max(q.read, upTo)
	}
	q.reading = q.read < q.newest
	return nil
}

// Close makes Next hand out nothing more. What waits stays in the backlog.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}
