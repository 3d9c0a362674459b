package publish

import (
	"container/heap"
	"time"
)

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

// release gives the next delivery of a comment its turn.
func (b *book) release(it *item) {
	if it.next == nil {
		delete(b.chains, it.CommentID)
		return
	}
	b.chains[it.CommentID] = it.next
	b.enable(it.next)
}
