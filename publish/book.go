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
