package queue

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestFailedPausesDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(newRecord())
		o.MaxAttempts = 12
		q := start(t, o, Standing{})
		q.Offer(revision(1, 1))
		want := []time.Duration{
			100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond,
			1600 * time.Millisecond, 3200 * time.Millisecond, 6400 * time.Millisecond, 12800 * time.Millisecond,
			25600 * time.Millisecond, 30 * time.Second, 30 * time.Second,
		}
		w := next(t, q, 1)[0]
		for i, pause := range want {
			if w.Revision.Attempts != i || w.Last {
				t.Fatalf("attempt %d: %d attempts, last %v", i, w.Revision.Attempts, w.Last)
			}
			at := time.Now()
			q.Failed(w)
			w = next(t, q, 1)[0]
			if got := time.Since(at); got != pause {
				t.Errorf("after failure %d the pause was %s, want %s", i+1, got, pause)
			}
		}
		if !w.Last || w.Revision.Attempts != 11 {
			t.Errorf("the twelfth attempt: %d failed before, last %v", w.Revision.Attempts, w.Last)
		}
		if q.Retries() != 11 || q.Depth() != 1 {
			t.Errorf("retries %d, depth %d", q.Retries(), q.Depth())
		}
	})
}

func TestAttemptsBeforeARestartCount(t *testing.T) {
	for attempts, last := range map[int]bool{0: false, 3: false, 4: true, 5: true, 9: true} {
		r := newRecord()
		rev := revision(1, 1)
		rev.Attempts = attempts
		r.commit(rev)
		q := start(t, options(r), r.standing())
		if w := next(t, q, 1)[0]; w.Last != last {
			t.Errorf("after %d failures of at most 5, last is %v", attempts, w.Last)
		}
	}
}

func TestReleasedWorkComesAgainUncounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1))
		at := time.Now()
		q.Release(next(t, q, 1)[0])
		nothing(t, q)
		w := next(t, q, 1)[0]
		if w.Revision.Attempts != 0 || time.Since(at) != 100*time.Millisecond || q.Retries() != 0 {
			t.Errorf("came after %s with %d attempts, %d retries", time.Since(at), w.Revision.Attempts, q.Retries())
		}
	})
}

func TestOthersAreNotHeldUpByAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1), revision(2, 1))
		q.Failed(next(t, q, 1)[0])
		if got := seqs(next(t, q, 5)); !slices.Equal(got, []int64{2}) {
			t.Errorf("handed out %v", got)
		}
	})
}

func TestWhatIsSettledIsNotHandedOut(t *testing.T) {
	q := start(t, options(newRecord()), Standing{})
	q.Offer(revision(1, 1), revision(2, 1), revision(3, 2))
	q.Settled(1, 1)
	q.Settled(2, 3)
	if got := seqs(next(t, q, 5)); !slices.Equal(got, []int64{2}) {
		t.Errorf("handed out %v", got)
	}
	nothing(t, q)
	if q.Depth() != 1 {
		t.Errorf("depth is %d", q.Depth())
	}
}

func TestWhatIsSettledDuringItsPauseDoesNotComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1), revision(2, 1))
		for _, w := range next(t, q, 2) {
			q.Failed(w)
		}
		q.Settled(1, 1)
		time.Sleep(time.Hour)
		if got := seqs(next(t, q, 5)); !slices.Equal(got, []int64{2}) {
			t.Errorf("handed out %v", got)
		}
	})
}

func TestWhatIsSettledWhileTheBacklogIsReadIsNotHandedOut(t *testing.T) {
	r := newRecord()
	r.commit(revision(1, 1), revision(2, 1))
	q := start(t, options(r), r.standing())
	r.middle = func() { // the reading has seen revision 1 queued
		r.middle = nil
		r.settle(1)
		q.Settled(1, 1)
	}
	if got := seqs(next(t, q, 5)); !slices.Equal(got, []int64{2}) {
		t.Errorf("handed out %v", got)
	}
	nothing(t, q)
}

func TestWhatWasReadBeforeItsOfferIsHandedOutOnce(t *testing.T) {
	r := newRecord()
	r.commit(revision(1, 1))
	q := start(t, options(r), r.standing())
	two := revision(2, 1)
	r.commit(two) // committed, not offered yet
	got := seqs(next(t, q, 5))
	q.Offer(two)
	if !slices.Equal(got, []int64{1, 2}) || q.Depth() != 2 {
		t.Errorf("handed out %v, depth %d", got, q.Depth())
	}
	nothing(t, q)
}

func TestAnOfferDuringAReadingIsNotLost(t *testing.T) {
	r := newRecord()
	r.commit(revision(1, 1))
	o := options(r)
	o.Capacity = 2
	q := start(t, o, r.standing())
	r.middle = func() { // the reading has not seen revision 2
		r.middle = nil
		rev := revision(2, 1)
		r.commit(rev)
		q.Offer(rev)
	}
	got := append(seqs(next(t, q, 1)), seqs(next(t, q, 1))...)
	if !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("handed out %v", got)
	}
}

func TestWorkEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1))
		w := next(t, q, 1)[0]
		q.Failed(w)
		q.Failed(w)
		q.Release(w)
		q.Done(w)
		time.Sleep(time.Hour)
		if got := seqs(next(t, q, 5)); !slices.Equal(got, []int64{1}) || q.Retries() != 1 {
			t.Errorf("handed out %v, %d retries", got, q.Retries())
		}
		nothing(t, q)
	})
}

func TestWhatAnOperatorPutsBackComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1))
		old := next(t, q, 1)[0]
		q.Settled(1, 1) // decided for good
		again := revision(1, 1)
		again.PutBack = true
		q.Requeue(again)
		q.Done(old) // the judge is done with the attempt that failed only now
		q.Failed(old)
		w := next(t, q, 5)
		if len(w) != 1 || w[0].Revision != again || q.Depth() != 1 {
			t.Fatalf("handed out %v, depth %d", seqs(w), q.Depth())
		}
		q.Done(old)
		q.Release(w[0])
		q.Release(w[0])
		if w = next(t, q, 5); len(w) != 1 || w[0].Revision != again {
			t.Fatalf("handed out %v", seqs(w))
		}
		time.Sleep(time.Second)
		nothing(t, q)
		q.Settled(1, 1)
		q.Done(w[0])
		if q.Depth() != 0 || q.Oldest() != 0 {
			t.Errorf("depth %d, oldest %s", q.Depth(), q.Oldest())
		}
	})
}

func TestWhatIsPutBackHasPlaceBeyondTheCapacity(t *testing.T) {
	r := newRecord()
	o := options(r)
	o.Capacity = 1
	q := start(t, o, Standing{})
	q.Offer(revision(5, 1))
	for seq := int64(1); seq <= 3; seq++ {
		q.Requeue(&models.Revision{Seq: seq, SiteID: 1, PutBack: true})
	}
	if got := seqs(next(t, q, 9)); !slices.Equal(got, []int64{5, 1, 2, 3}) {
		t.Errorf("handed out %v", got)
	}
}

func TestCloseForgetsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		q.Offer(revision(1, 1), revision(2, 1))
		works := next(t, q, 2)
		q.Failed(works[0])
		q.Close()
		q.Failed(works[1])
		time.Sleep(time.Hour)
		if q.turn.next != nil {
			t.Error("work came back after Close")
		}
	})
}
