// Package queue hands accepted revisions to the judge: at once, in order, each
// site in its turn.
//
// The database is the durable record and the queue its working copy in memory. A
// revision that was just committed is offered with Offer, which never blocks. When
// memory is full the offer is passed over and the queue reads queued
// revisions back from the Backlog in order of seq until it has caught up; a start
// is the same thing with everything in the backlog. So nothing depends on what was
// in memory when a process died.
//
// Within a site revisions are handed out in order of seq, those that are tried
// again excepted; sites take turns, so that a flood at one does not hold up the
// others: a site with nothing in memory gets a place there even when it is full.
// Depth, age and a site's share are counted over all that waits, in memory or not,
// and Admit turns them into back-pressure.
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
	// Capacity is how many revisions are kept in memory, at least 1, and CapacityBytes, if
	// it is not 0, about how many bytes they may take: when they take more, no further one
	// is kept. Each site may have one beyond both, and those that an operator put back are
	// kept in any case.
	Capacity      int
	CapacityBytes int
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
	case o.CapacityBytes < 0:
		return fmt.Errorf("queue: capacity of %d bytes: must not be negative", o.CapacityBytes)
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
	// Oldest is when the oldest of them was received, those that an operator put back
	// excepted; zero if there is none.
	Oldest time.Time
}

// ErrClosed is what Next returns after Close.
var ErrClosed = errors.New("queue: closed")

// Queue is safe for use by any number of goroutines.
type Queue struct {
	opts Options

	mu     sync.Mutex
	wake   chan struct{} // closed when something may be handed out; nil if nobody waits
	closed bool

	lanes map[int64]*lane
	turn  turns            // lanes with something to hand out
	held  map[int64]*entry // in memory and not settled, by seq
	bytes int              // that held takes, about
	ready int              // entries in lanes' lines
	ages  ages             // of held

	depth   int // undecided, in memory or not
	retries uint64

	// While reading, queued revisions above read and up to missing may be in the backlog
	// alone. The oldest of them was received at behind, or later.
	reading       bool
	read, missing int64
	behind        time.Time
	// filling is set while the backlog is read, and gone has what was settled meanwhile.
	filling bool
	gone    map[int64]struct{}
}

// lane is one site's line, in order of seq.
type lane struct {
	line   []*entry
	depth  int // undecided, in memory or not
	held   int // in memory and not settled
	inTurn bool
	after  *lane // the next in turn
}

// turns is a line of lanes.
type turns struct{ next, last *lane }

func (t *turns) push(l *lane) {
	if t.next == nil {
		t.next = l
	} else {
		t.last.after = l
	}
	t.last, l.inTurn = l, true
}

func (t *turns) pop() *lane {
	l := t.next
	t.next, l.after, l.inTurn = l.after, nil, false
	return l
}

// entry is a revision in memory.
type entry struct {
	rev   *models.Revision
	lane  *lane
	since time.Time
	bytes int
	// older and newer are its neighbours in ages.
	older, newer *entry
	// out tells that it was handed out, settled that its place in a line is void.
	out, settled bool
	again        *time.Timer // puts it back in line
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
		opts: opts, lanes: map[int64]*lane{}, held: map[int64]*entry{},
		missing: standing.Newest, behind: standing.Oldest,
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
		outOfOrder := l.depth > l.held // earlier ones of this site are in the backlog alone
		l.depth++
		q.depth++
		switch {
		case q.held[r.Seq] != nil: // the backlog had it before it was offered
		case outOfOrder, l.held > 0 && (q.reading || q.filled(1)):
			q.fallBehind(r)
		default:
			q.push(r, l, q.since(r))
		}
	}
	q.signal()
}

// since is from when on a revision waits: now for one that was put back or imported,
// however long ago it was received.
func (q *Queue) since(r *models.Revision) time.Time {
	if r.PutBack {
		return q.opts.Now()
	}
	return r.ReceivedAt
}

// fallBehind leaves a revision to the backlog.
func (q *Queue) fallBehind(r *models.Revision) {
	q.missing = max(q.missing, r.Seq)
	if !q.reading {
		q.reading, q.read, q.behind = true, r.Seq-1, q.since(r)
	}
}

// push takes a revision into memory, at the end of its lane.
func (q *Queue) push(r *models.Revision, l *lane, since time.Time) {
	e := &entry{rev: r, lane: l, since: since, bytes: size(r)}
	q.held[r.Seq] = e
	q.bytes += e.bytes
	l.held++
	q.ages.insert(e)
	q.enqueue(e)
}

// filled tells that one part-th of the room in memory is taken.
func (q *Queue) filled(part int) bool {
	return len(q.held) >= q.opts.Capacity/part || q.opts.CapacityBytes > 0 && q.bytes >= q.opts.CapacityBytes/part
}

// emptyBytes is about what a revision without texts takes in memory, in bytes.
const emptyBytes = 1 << 10

// size is about how many bytes a revision takes in memory.
func size(r *models.Revision) int {
	c := &r.Comment
	return emptyBytes + len(c.ID) + len(c.Type) + len(c.Content) + len(c.ParentID) + len(c.Language) + len(c.Referrer) + len(c.Meta) +
		len(c.Post.ID) + len(c.Post.URL) + len(c.Post.Title) + len(c.Form.Honeypot) +
		len(c.Author.ID) + len(c.Author.Name) + len(c.Author.Email) + len(c.Author.URL) + len(c.Author.IP) + len(c.Author.UserAgent) + len(c.Author.Role)
}

func (q *Queue) enqueue(e *entry) {
	e.lane.line = append(e.lane.line, e)
	q.ready++
	if !e.lane.inTurn {
		q.turn.push(e.lane)
	}
}

// signal wakes everybody who waits in Next.
func (q *Queue) signal() {
	if q.wake != nil {
		close(q.wake)
		q.wake = nil
	}
}

// Close makes Next hand out nothing more. What waits stays in the backlog.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, e := range q.held {
		if e.again != nil {
			e.again.Stop()
		}
	}
	q.signal()
}
