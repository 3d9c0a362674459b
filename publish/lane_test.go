package publish

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestDeadCallbackIsSparedNewTriesAndNotOldOnes(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := &lane{book: newBook(0), failures: spareAfter}
	for seq, comment := range []string{"a", "b", "c", "d"} {
		l.book.add(outgoing(int64(seq+1), comment), now)
	}
	failed := l.book.take(&l.book.fresh)
	l.book.failed(failed, now)
	l.book.wake(now)
	got := map[*item]bool{}
	for it := l.next(now); it != nil; it = l.next(now) {
		got[it] = true
	}
	if len(got) != 2 || !got[failed] {
		t.Errorf("%d calls at once, the one that is due among them: %v; want that one and one new", len(got), got[failed])
	}
	if it := l.next(now.Add(maxPause)); it == nil {
		t.Error("no new try after the longest pause")
	}
}

// rows is a store of rows that wait, and a feed that counts who reads it.
type rows struct {
	Store
	Feed
	list  []models.Delivery
	reads int
}

func (r *rows) WaitingDeliveries(_ context.Context, _, after int64, limit int) (page []models.Delivery, err error) {
	for _, v := range r.list {
		if v.Seq > after && len(page) < limit {
			page = append(page, v)
		}
	}
	return page, nil
}

func (r *rows) Outgoing(context.Context, int64, int64, int) ([]models.Outgoing, bool, error) {
	r.reads++
	return nil, false, nil
}

// laneOf is a lane that has just begun, with all its rows behind the cursor.
func laneOf(r *rows) *lane {
	p := &Publisher{o: Options{Store: r, Feed: r, Schedule: Schedule()}}
	return &lane{p: p, site: &models.Site{ID: 1}, cut: context.Background(), book: newBook(1 << 40), more: true, stale: true}
}

func TestAClockThatWasSetBackPutsNoDeliveryOffForLonger(t *testing.T) {
	now := time.Now()
	l := laneOf(&rows{list: []models.Delivery{
		{Seq: 1, Place: 1, CommentID: "a", Attempts: 8, DueAt: now.Add(1000 * time.Hour)},
		{Seq: 2, Place: 2, CommentID: "b", DueAt: now.Add(1000 * time.Hour)}, // put back
	}})
	l.read(now)
	for _, most := range []time.Duration{0, 2 * time.Hour * 11 / 10} {
		due, ok := l.book.nextDue()
		if !ok || due.After(now.Add(most)) {
			t.Fatalf("due in %v, want %v at most", due.Sub(now), most)
		}
		l.book.wake(due)
		l.book.take(&l.book.again)
	}
}

func TestNothingNewIsReadBeforeAllThatIsKept(t *testing.T) {
	now := time.Now()
	r := &rows{}
	for seq := range int64(maxRows + 1) {
		r.list = append(r.list, models.Delivery{Seq: seq + 1, Place: seq + 1, CommentID: fmt.Sprint(seq), DueAt: now})
	}
	l := laneOf(r)
	l.read(now)
	if r.reads != 0 || len(l.book.rows) != maxRows {
		t.Fatalf("%d rows of %d are looked after, and the feed was read %d times", len(l.book.rows), len(r.list), r.reads)
	}
	for range maxRows {
		l.book.wake(now)
		it := l.book.take(&l.book.again)
		l.book.done(it)
		c := l.book.collect()
		l.book.stored(c)
		r.list = r.list[1:]
		if l.read(now); r.reads != 0 {
			break
		}
	}
	if left := len(r.list); r.reads == 0 || left > maxRows/2+1 || len(l.book.rows) != left {
		t.Errorf("the feed was read %d times, with %d rows left, of which %d are looked after", r.reads, left, len(l.book.rows))
	}
}
