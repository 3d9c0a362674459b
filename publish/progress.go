package publish

import (
	"time"

	"github.com/winnowd/winnow/models"
)

// unload lets go of a decision that the store has as well.
func (b *book) unload(it *item) {
	if it.decision != nil {
		it.decision = nil
		b.loaded--
	}
}

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
