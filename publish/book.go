package publish

import (
	"container/heap"
	"time"

	"github.com/winnowd/winnow/models"
)

// itemState is where a delivery stands in its lane.
type itemState uint8

const (
	blocked itemState = iota // behind an older one of its comment
	ready                    // may be called
	flying                   // is being called
	paused                   // failed, waits for its time
	settled                  // delivered, dead or gone, which may not be stored yet
)

// item is one delivery that is not done.
type item struct {
	models.Delivery
	// decision is nil for one that is kept in the store and read when its turn comes.
	decision *models.Decision
	due      time.Time
	state    itemState
	// kept tells that the store has a row for it, or is about to get one.
	kept bool
	// noted tells that its success is remembered as an attempt, too.
	noted bool
	next  *item // the comment's next one, in order of place
	slot  int   // in the heap
}

// book is what a lane has before it: in which order its deliveries may be called, and
// what of it must be stored. It does no I/O and is used by one goroutine.
//
// The deliveries of one comment form a chain in order of place, of which only the
// first may be called. One that is settled stays the first until that is stored:
// were the next one called before, a crash would bring the older one back after it.
// window holds what was read above the cursor, in order, until the cursor may move
// past it: delivered, or kept.
type book struct {
	cursor int64
	window fifo
	chains map[string]*item // the first of each comment's
	rows   map[int64]*item  // what is kept, by seq
	early  map[int64]*item  // what was restored before its turn in the feed, by seq
	fresh  fifo             // ready, never called
	again  fifo             // ready, called before
	later  dueHeap
	// loaded counts items that hold their decision.
	loaded int
	open   int   // items that are not settled
	read   int64 // the place up to which the feed was read

	// what must be stored: nil is a row to be deleted
	changes map[int64]*models.Delivery
	tried   []models.Attempted
	moved   bool
	oldest  *item   // of rows, by place; nil if it must be looked for
	settled []*item // not stored yet
	// pressed tells that one of them keeps back the next of its comment.
	pressed bool
}

// batch is what is being stored.
type batch struct {
	progress models.LaneProgress
	changes  map[int64]*models.Delivery
	settled  []*item
}

func newBook(cursor int64) *book {
	return &book{
		cursor: cursor, read: cursor, chains: map[string]*item{}, rows: map[int64]*item{}, early: map[int64]*item{},
		changes: map[int64]*models.Delivery{},
	}
}

// add takes a decision that was read from the feed, in order of place.
func (b *book) add(o models.Outgoing, now time.Time) {
	d := o.Decision
	b.read = o.Place
	if it := b.early[d.Seq]; it != nil {
		delete(b.early, d.Seq)
		b.window.push(it)
		b.advance()
		return
	}
	it := &item{decision: d}
	it.Seq, it.Place, it.CommentID, it.DecidedAt = d.Seq, o.Place, d.CommentID, d.DecidedAt
	b.loaded++
	b.open++
	b.window.push(it)
	if b.insert(it) {
		b.enable(it)
		return
	}
	b.renew(b.chains[it.CommentID], now)
}

// renew makes a comment's first delivery due at once, because a newer decision waits
// behind it. Its attempts are counted anew: the newer decision is to wait as long as
// it would after failures of its own, and not in the middle of the older one's.
func (b *book) renew(first *item, now time.Time) {
	first.Attempts = 0 // a call that is under way is the first attempt
	if first.state == paused {
		heap.Remove(&b.later, first.slot)
		first.due = now
		b.enable(first)
	}
}

// restore takes a delivery that the store keeps, due at a time, and tells whether it
// was not known. One that is known, and was put back by hand, is due at once.
func (b *book) restore(v models.Delivery, due time.Time) bool {
	if _, newer := b.changes[v.Seq]; newer {
		return false
	}
	if it := b.rows[v.Seq]; it != nil {
		it.noted = true
		if v.Attempts == 0 && it.state == paused {
			heap.Remove(&b.later, it.slot)
			it.Attempts, it.due = 0, due
			b.enable(it)
		}
		return false
	}
	if it := b.inWindow(v); it != nil {
		it.kept, it.noted, b.rows[v.Seq] = true, true, it // its turn in the feed has come already
		b.oldest = nil
		return false
	}
	it := &item{Delivery: v, due: due, kept: true, noted: true}
	b.rows[v.Seq] = it
	b.oldest = nil
	b.open++
	if v.Place > b.read {
		b.early[v.Seq] = it
	}
	if b.insert(it) {
		b.schedule(it)
	}
	return true
}

// inWindow finds a delivery that was read from the feed and is not done.
func (b *book) inWindow(v models.Delivery) *item {
	for it := b.chains[v.CommentID]; it != nil; it = it.next {
		if it.Seq == v.Seq && it.state != settled {
			return it
		}
	}
	return nil
}

// insert puts an item into its comment's chain by place, but never before one that is
// being called or was, and tells whether it is the first.
func (b *book) insert(it *item) bool {
	first := b.chains[it.CommentID]
	if first == nil {
		b.chains[it.CommentID] = it
		return true
	}
	if it.Place < first.Place && first.state != flying && first.state != settled {
		it.next = first
		b.chains[it.CommentID] = it
		b.block(first)
		return true
	}
	at := first
	for at.next != nil && at.next.Place < it.Place {
		at = at.next
	}
	it.next, at.next = at.next, it
	b.pressed = b.pressed || first.state == settled
	return false
}

// block takes the turn from an item whose chain got an older one.
func (b *book) block(it *item) {
	if it.state == paused {
		heap.Remove(&b.later, it.slot)
	}
	it.state = blocked // the queue that it may stand in passes over it
}

// schedule gives an item its turn when it is due.
func (b *book) schedule(it *item) {
	it.state = paused
	heap.Push(&b.later, it)
}

// enable gives an item its turn.
func (b *book) enable(it *item) {
	it.state = ready
	if it.kept {
		b.again.push(it)
	} else {
		b.fresh.push(it)
	}
}

// wake gives their turn to the items that are due.
func (b *book) wake(now time.Time) {
	for len(b.later) > 0 && !b.later[0].due.After(now) {
		b.enable(heap.Pop(&b.later).(*item))
	}
}

// nextDue is when wake has something to do; ok is false if nothing waits.
func (b *book) nextDue() (at time.Time, ok bool) {
	if len(b.later) == 0 {
		return time.Time{}, false
	}
	return b.later[0].due, true
}

// take takes the next item to call out of a queue; nil if there is none.
func (b *book) take(q *fifo) *item {
	for {
		it := q.pop()
		if it == nil {
			return nil
		}
		if it.state == ready {
			it.state = flying
			return it
		}
	}
}

// unload lets go of a decision that the store has as well.
func (b *book) unload(it *item) {
	if it.decision != nil {
		it.decision = nil
		b.loaded--
	}
}

// done settles an item that was delivered, or whose decision is gone.
func (b *book) done(it *item) {
	if it.kept {
		b.changes[it.Seq] = nil
	}
	b.settle(it)
}

// dead settles an item that failed for good; its row stays.
func (b *book) dead(it *item) {
	b.note(it, models.DeliveryDead)
	b.settle(it)
}

func (b *book) settle(it *item) {
	it.state = settled
	b.open--
	b.unload(it)
	delete(b.rows, it.Seq)
	if b.oldest == it {
		b.oldest = nil
	}
	b.settled = append(b.settled, it)
	b.pressed = b.pressed || it.next != nil
	b.advance()
}

// release gives the next delivery of a comment its turn.
func (b *book) release(it *item) {
	if it.next == nil {
		delete(b.chains, it.CommentID)
		return
	}
	b.chains[it.CommentID] = it.next
	b.enable(it.next)
}

// failed keeps an item for another attempt at a time, and those behind it with it.
func (b *book) failed(it *item, due time.Time) {
	it.due = due
	b.keep(it)
	b.note(it, models.DeliveryWaiting)
	for behind := it.next; behind != nil; behind = behind.next {
		if !behind.kept {
			b.keep(behind)
			behind.DueAt = it.DueAt
			b.note(behind, models.DeliveryWaiting)
		}
	}
	b.schedule(it)
	b.advance()
}

// interrupted gives back an item whose call was cut off by winnow itself.
func (b *book) interrupted(it *item) { b.enable(it) }

func (b *book) keep(it *item) {
	b.unload(it)
	b.mark(it)
}

// mark notes that the store has a row for an item, or is about to get one.
func (b *book) mark(it *item) {
	if !it.kept {
		it.kept = true
		b.rows[it.Seq] = it
		b.oldest = nil
	}
}

func (b *book) note(it *item, state models.DeliveryState) {
	it.State = state
	row := it.Delivery
	b.changes[it.Seq] = &row
}

// advance moves the cursor past what needs no second look.
func (b *book) advance() {
	for {
		it := b.window.peek()
		if it == nil || !(it.kept || it.state == settled) {
			return
		}
		b.cursor, b.moved = b.window.pop().Place, true
	}
}

// dirty tells that something must be stored.
func (b *book) dirty() bool { return b.moved || len(b.changes) > 0 }

// collect hands over what must be stored.
func (b *book) collect() batch {
	c := batch{progress: models.LaneProgress{Cursor: b.cursor, Attempts: b.tried}, changes: b.changes, settled: b.settled}
	for seq, v := range b.changes {
		if v == nil {
			c.progress.Done = append(c.progress.Done, seq)
		} else {
			c.progress.Failed = append(c.progress.Failed, *v)
		}
	}
	b.changes, b.tried, b.settled, b.moved, b.pressed = map[int64]*models.Delivery{}, nil, nil, false, false
	return c
}

// makeWay keeps what holds the cursor before settled deliveries that others wait for.
func (b *book) makeWay(now time.Time) {
	if !b.pressed {
		return
	}
	var to int64
	for _, it := range b.settled {
		if it.next != nil {
			to = max(to, it.Place)
		}
	}
	for _, it := range b.window.items[b.window.head:] {
		if it.Place > to {
			break
		}
		if it.kept || it.state == settled {
			continue
		}
		if it.state == flying { // its call reads the decision
			b.mark(it)
		} else {
			b.keep(it)
		}
		it.DueAt = now
		b.note(it, models.DeliveryWaiting)
	}
	b.advance()
}

// stored notes that all of a batch is stored.
func (b *book) stored(c batch) {
	for _, it := range c.settled {
		if it.Place <= c.progress.Cursor { // even one that was kept stands in the feed above the cursor
			b.release(it)
			continue
		}
		b.settled = append(b.settled, it)
		b.pressed = b.pressed || it.next != nil
	}
}

// regain takes back what could not be stored; what happened since counts more.
func (b *book) regain(c batch) {
	b.moved = true
	b.tried = newest(append(c.progress.Attempts, b.tried...))
	for seq, v := range c.changes {
		if _, newer := b.changes[seq]; !newer {
			b.changes[seq] = v
		}
	}
	for _, it := range c.settled {
		b.pressed = b.pressed || it.next != nil
	}
	b.settled = append(b.settled, c.settled...)
}

// since is when the oldest decision that is not delivered was made; zero if there is
// none.
func (b *book) since() time.Time {
	if b.oldest == nil {
		for _, it := range b.rows {
			if b.oldest == nil || it.Place < b.oldest.Place {
				b.oldest = it
			}
		}
	}
	var at time.Time
	if b.oldest != nil {
		at = b.oldest.DecidedAt
	}
	if it := b.window.peek(); it != nil && (at.IsZero() || it.DecidedAt.Before(at)) {
		at = it.DecidedAt
	}
	return at
}

// dueHeap is a container/heap of paused items, the next due first.
type dueHeap []*item

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	if c := h[i].due.Compare(h[j].due); c != 0 {
		return c < 0
	}
	return h[i].Place < h[j].Place
}
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

// Push is container/heap's.
func (h *dueHeap) Push(x any) {
	it := x.(*item)
	it.slot = len(*h)
	*h = append(*h, it)
}

// Pop is container/heap's.
func (h *dueHeap) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return it
}

// fifo is a queue of items.
type fifo struct {
	items []*item
	head  int
}

func (q *fifo) len() int { return len(q.items) - q.head }

func (q *fifo) push(it *item) {
	if q.head > 64 && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, it)
}

// peek returns the first item; nil if there is none.
func (q *fifo) peek() *item {
	if q.len() == 0 {
		return nil
	}
	return q.items[q.head]
}

// pop takes the first item; nil if there is none.
func (q *fifo) pop() *item {
	it := q.peek()
	if it != nil {
		q.items[q.head] = nil
		q.head++
	}
	return it
}
