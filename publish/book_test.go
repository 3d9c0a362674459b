package publish

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// TestBookKeepsOrderAndLosesNothing plays a lane with random outcomes, and crashes
// now and then: then only what was stored is left.
func TestBookKeepsOrderAndLosesNothing(t *testing.T) {
	for seed := range uint64(1000) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { playLane(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// play is a lane, a feed, a store and a callback in one.
type play struct {
	t   *testing.T
	r   *rand.Rand
	now time.Time

	feed    []models.Outgoing
	cursor  int64                      // stored
	rows    map[int64]*models.Delivery // stored
	storing *batch                     // on its way
	book    *book
	read    int
	flying  []*item
	got     map[int64]bool
	highest map[string]int64 // the newest delivered place of each comment
}

func playLane(t *testing.T, r *rand.Rand) {
	p := &play{t: t, r: r, now: time.Unix(1e9, 0), rows: map[int64]*models.Delivery{}, got: map[int64]bool{}, highest: map[string]int64{}}
	p.begin()
	for range 400 {
		p.step()
	}
	for i := 0; len(p.got) < len(p.feed) && i < 100_000; i++ { // the callback is well again
		p.save()
		p.readFeed()
		p.now = p.now.Add(time.Hour)
		p.book.wake(p.now)
		p.call()
		if len(p.flying) > 0 {
			p.finish(true)
		}
	}
	if len(p.got) != len(p.feed) {
		t.Fatalf("%d of %d were delivered", len(p.got), len(p.feed))
	}
	for i := 0; i < 100 && (p.storing != nil || p.book.dirty() || len(p.book.settled) > 0); i++ {
		p.save()
	}
	if len(p.feed) > 0 && (p.cursor != p.feed[len(p.feed)-1].Place || p.waiting() != 0) {
		t.Errorf("at the end: cursor %d of %d, rows %v", p.cursor, p.feed[len(p.feed)-1].Place, p.rows)
	}
	if p.book.open != 0 || p.book.loaded != 0 || len(p.book.chains) != 0 || len(p.book.rows) != 0 {
		t.Errorf("left in the book: %d open, %d loaded", p.book.open, p.book.loaded)
	}
}

// waiting counts the stored deliveries that wait.
func (p *play) waiting() (n int) {
	for _, v := range p.rows {
		if v.State == models.DeliveryWaiting {
			n++
		}
	}
	return n
}

func (p *play) step() {
	switch p.r.IntN(12) {
	case 0, 1:
		d := &models.Decision{CommentID: fmt.Sprint(p.r.IntN(6)), DecidedAt: p.now}
		d.Seq = int64(len(p.feed)*3 + 1)
		p.feed = append(p.feed, models.Outgoing{Place: d.Seq, Decision: d})
	case 2, 3:
		p.readFeed()
	case 4, 5, 6:
		p.call()
	case 7, 8, 9:
		if len(p.flying) > 0 {
			p.finish(p.r.IntN(3) > 0)
		}
	case 10:
		p.now = p.now.Add(time.Duration(p.r.IntN(100)) * time.Second)
		p.book.wake(p.now)
		if p.r.IntN(2) == 0 {
			p.save()
		}
	case 11:
		if p.r.IntN(10) == 0 {
			p.begin() // a crash
		}
	}
	p.check()
}

// begin starts from what is stored, as after a crash.
func (p *play) begin() {
	p.book, p.flying, p.storing, p.read = newBook(p.cursor), nil, nil, 0
	for p.read < len(p.feed) && p.feed[p.read].Place <= p.cursor {
		p.read++
	}
	for _, seq := range slices.Sorted(maps.Keys(p.rows)) {
		if v := *p.rows[seq]; v.State == models.DeliveryWaiting {
			p.book.restore(v, v.DueAt)
		}
	}
}

func (p *play) readFeed() {
	for n := p.r.IntN(5) + 1; n > 0 && p.read < len(p.feed); n-- {
		p.book.add(p.feed[p.read], p.now)
		p.read++
	}
}

func (p *play) call() {
	queue := &p.book.fresh
	if p.r.IntN(2) == 0 {
		queue = &p.book.again
	}
	if it := p.book.take(queue); it != nil {
		for _, other := range p.flying {
			if other.CommentID == it.CommentID {
				p.t.Fatalf("two calls at once for comment %s", it.CommentID)
			}
		}
		p.flying = append(p.flying, it)
	}
}

func (p *play) finish(good bool) {
	i := p.r.IntN(len(p.flying))
	it := p.flying[i]
	p.flying = append(p.flying[:i], p.flying[i+1:]...)
	if !good && p.r.IntN(20) == 0 {
		p.book.dead(it)
		p.highest[it.CommentID], p.got[it.Seq] = max(it.Place, p.highest[it.CommentID]), true
		return
	}
	if !good {
		it.Attempts++
		it.DueAt = p.now.Add(time.Minute)
		p.book.failed(it, it.DueAt)
		return
	}
	if it.Place < p.highest[it.CommentID] {
		p.t.Fatalf("comment %s: %d after %d", it.CommentID, it.Place, p.highest[it.CommentID])
	}
	p.highest[it.CommentID] = it.Place
	p.got[it.Seq] = true
	p.book.done(it)
}

// save begins to store progress, and in turn ends that: it is stored or not.
func (p *play) save() {
	if p.storing == nil {
		p.book.makeWay(p.now)
		c := p.book.collect()
		p.storing = &c
		return
	}
	c := *p.storing
	p.storing = nil
	if p.r.IntN(4) == 0 {
		p.book.regain(c)
		return
	}
	p.cursor = max(p.cursor, c.progress.Cursor)
	for _, seq := range c.progress.Done {
		delete(p.rows, seq)
	}
	for _, v := range c.progress.Failed {
		p.rows[v.Seq] = &v
	}
	p.book.stored(c)
}

// check: what is stored covers everything that was not delivered.
func (p *play) check() {
	for _, o := range p.feed {
		seq := o.Decision.Seq
		if o.Place <= p.cursor && !p.got[seq] && p.rows[seq] == nil {
			p.t.Fatalf("decision %d is lost: the cursor is at %d and it has no row", seq, p.cursor)
		}
	}
}

func TestNewerDecisionMakesTheOlderDue(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(0)
	b.add(outgoing(1, "a"), now)
	it := b.take(&b.fresh)
	b.failed(it, now.Add(time.Hour))
	if b.take(&b.again) != nil || b.take(&b.fresh) != nil {
		t.Fatal("called before its time")
	}
	b.add(outgoing(2, "a"), now)
	if next := b.take(&b.again); next != it {
		t.Fatalf("got %v", next)
	}
	if b.take(&b.fresh) != nil || b.take(&b.again) != nil {
		t.Error("the newer one was called with the older")
	}
	b.done(it)
	if b.take(&b.fresh) != nil || b.take(&b.again) != nil {
		t.Error("the newer one was called before it is stored that the older was delivered")
	}
	b.stored(b.collect())
	if next := b.take(&b.fresh); next == nil || next.Seq != 2 {
		t.Errorf("got %v", next)
	}
}

func TestNewerDecisionWaitsForNoBackOffOfTheOlder(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(0)
	b.add(outgoing(1, "a"), now)
	it := b.take(&b.fresh)
	it.Attempts = 9
	b.add(outgoing(2, "a"), now) // while the older is being called
	if it.state != flying || it.Attempts != 0 {
		t.Errorf("state %d, attempts %d: the newer one would wait as long as after %d failures", it.state, it.Attempts, it.Attempts+1)
	}
	it.Attempts = 5
	b.failed(it, now.Add(time.Hour))
	b.add(outgoing(3, "a"), now) // while it waits
	if next := b.take(&b.again); next != it || it.Attempts != 0 {
		t.Errorf("got %v with %d attempts", next, it.Attempts)
	}
}

func TestResentOlderOneComesBeforeTheNewer(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(5)
	b.add(outgoing(6, "a"), now)
	b.restore(models.Delivery{Seq: 2, Place: 2, CommentID: "a"}, now)
	b.wake(now)
	it := b.take(&b.again)
	if it == nil || it.Seq != 2 || b.take(&b.fresh) != nil {
		t.Fatalf("got %v", it)
	}
	b.dead(it)
	c := b.collect()
	b.stored(c)
	if next := b.take(&b.fresh); next == nil || next.Seq != 6 {
		t.Errorf("got %v", next)
	}
	p := c.progress
	if len(p.Failed) != 1 || p.Failed[0].State != models.DeliveryDead || p.Cursor != 5 {
		t.Errorf("got %+v", p)
	}
}

func TestResentOlderOneWaitsUntilItIsNotedThatTheNewerWasDelivered(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(5)
	b.add(outgoing(6, "a"), now)
	b.done(b.take(&b.fresh))
	b.restore(models.Delivery{Seq: 2, Place: 2, CommentID: "a"}, now)
	b.wake(now)
	if it := b.take(&b.again); it != nil {
		t.Fatalf("%d was called before it is stored that 6 was delivered", it.Seq)
	}
	b.stored(b.collect())
	if it := b.take(&b.again); it == nil || it.Seq != 2 {
		t.Errorf("got %v", it)
	}
}

func TestARowThatWasReadBeforeItWasDeletedIsNotTakenUpAgain(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(5)
	row := models.Delivery{Seq: 2, Place: 2, CommentID: "a"}
	if !b.restore(row, now) {
		t.Fatal("a row that was not known is said to be")
	}
	b.wake(now)
	b.done(b.take(&b.again))
	if b.restore(row, now) || b.open != 0 {
		t.Errorf("it is to be delivered again: %d open", b.open)
	}
}

func TestOldestIsFoundAgain(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBook(0)
	if !b.since().IsZero() {
		t.Error("something undelivered in an empty book")
	}
	for i := range 3 {
		b.restore(models.Delivery{Seq: int64(i + 1), Place: int64(i + 1), CommentID: fmt.Sprint(i), DecidedAt: now.Add(time.Duration(i) * time.Minute)}, now)
	}
	b.wake(now)
	for i := range 3 {
		if got := b.since(); !got.Equal(now.Add(time.Duration(i) * time.Minute)) {
			t.Errorf("%d done: %v", i, got)
		}
		b.done(b.take(&b.again))
	}
}

func outgoing(seq int64, comment string) models.Outgoing {
	return models.Outgoing{Place: seq, Decision: &models.Decision{Seq: seq, CommentID: comment}}
}
