package publish

import (
	"testing"
	"time"
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
