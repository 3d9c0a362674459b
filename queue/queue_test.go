package queue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no backlog":       func(o *Options) { o.Backlog = nil },
		"capacity 0":       func(o *Options) { o.Capacity = 0 },
		"negative bytes":   func(o *Options) { o.CapacityBytes = -1 },
		"max attempts 0":   func(o *Options) { o.MaxAttempts = 0 },
		"max age":          func(o *Options) { o.MaxAge = 0 },
		"max depth":        func(o *Options) { o.MaxDepth = 0 },
		"max per site":     func(o *Options) { o.MaxPerSite = 0 },
		"max age negative": func(o *Options) { o.MaxAge = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(newRecord())
			change(&o)
			if _, err := New(o, Standing{}); err == nil || !strings.HasPrefix(err.Error(), "queue: ") {
				t.Errorf("New returned %v", err)
			}
		})
	}
}

func TestASitesRevisionsAreHandedOutInOrder(t *testing.T) {
	q := start(t, options(newRecord()), Standing{})
	for seq := int64(1); seq <= 9; seq++ {
		q.Offer(revision(seq, 1))
	}
	var got []int64
	for len(got) < 9 {
		got = append(got, seqs(next(t, q, 2))...)
	}
	if !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("handed out %v", got)
	}
}

func TestSitesTakeTurns(t *testing.T) {
	q := start(t, options(newRecord()), Standing{})
	q.Offer(revision(1, 1), revision(2, 1), revision(3, 1), revision(4, 2), revision(5, 2), revision(6, 3))
	if got := seqs(next(t, q, 10)); !slices.Equal(got, []int64{1, 4, 6, 2, 5, 3}) {
		t.Errorf("handed out %v", got)
	}
}

func TestAFloodDoesNotHoldUpAnotherSite(t *testing.T) {
	for _, capacity := range []int{1000, 10, 1} {
		r := newRecord()
		o := options(r)
		o.Capacity = capacity
		q := start(t, o, Standing{})
		for seq := int64(1); seq <= 200; seq++ {
			rev := revision(seq, 1)
			r.commit(rev)
			q.Offer(rev)
		}
		next(t, q, 1) // the flood has its turn
		rev := revision(201, 2)
		r.commit(rev)
		q.Offer(rev)
		if got := seqs(next(t, q, 2)); !slices.Contains(got, 201) {
			t.Errorf("capacity %d: the next round was %v, without 201", capacity, got)
		}
	}
}

func TestAStartHandsOutWhatStands(t *testing.T) {
	r := newRecord()
	for seq := int64(1); seq <= 25; seq++ {
		r.commit(revision(seq, seq%3))
	}
	o := options(r)
	o.Capacity = 4
	q := start(t, o, r.standing())
	if q.Depth() != 25 {
		t.Errorf("depth is %d", q.Depth())
	}
	var got []int64
	for len(got) < 25 {
		for _, w := range next(t, q, 3) {
			got = append(got, w.Revision.Seq)
			r.settle(w.Revision.Seq)
			q.Settled(w.Revision.SiteID, w.Revision.Seq)
			q.Done(w)
		}
	}
	slices.Sort(got)
	for i, seq := range got {
		if seq != int64(i)+1 {
			t.Fatalf("handed out %v", got)
		}
	}
	nothing(t, q)
	if q.Depth() != 0 {
		t.Errorf("depth is %d at the end", q.Depth())
	}
}

func TestNextReportsABacklogThatCannotBeReadAndGoesOn(t *testing.T) {
	r := newRecord()
	r.commit(revision(1, 1))
	q := start(t, options(r), r.standing())
	r.err = errors.New("no such table")
	if _, err := q.Next(t.Context(), 1); !errors.Is(err, r.err) {
		t.Fatalf("Next returned %v", err)
	}
	r.err = nil
	if got := seqs(next(t, q, 1)); !slices.Equal(got, []int64{1}) {
		t.Errorf("handed out %v", got)
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Next(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Next returned %v", err)
		}
	})
}

func TestCloseEndsEveryNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		errs := make(chan error)
		for range 3 {
			go func() {
				_, err := q.Next(context.Background(), 1)
				errs <- err
			}()
		}
		synctest.Wait()
		q.Close()
		for range 3 {
			if err := <-errs; !errors.Is(err, ErrClosed) {
				t.Errorf("Next returned %v", err)
			}
		}
		q.Offer(revision(1, 1))
		if _, err := q.Next(t.Context(), 1); !errors.Is(err, ErrClosed) {
			t.Errorf("Next after Close returned %v", err)
		}
	})
}

func TestCloseWhileTheBacklogIsReadHandsOutNothing(t *testing.T) {
	r := newRecord()
	r.commit(revision(1, 1))
	q := start(t, options(r), r.standing())
	r.middle = q.Close
	if works, err := q.Next(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Next returned %v, %v", seqs(works), err)
	}
}

func TestWaitersShareWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := start(t, options(newRecord()), Standing{})
		got := make(chan models.Work, 10)
		for range 4 {
			go func() {
				for {
					works, err := q.Next(context.Background(), 1)
					if err != nil {
						return
					}
					got <- works[0]
				}
			}()
		}
		synctest.Wait()
		q.Offer(revision(1, 1), revision(2, 1), revision(3, 2))
		seen := map[int64]bool{}
		for range 3 {
			seen[(<-got).Revision.Seq] = true
		}
		if len(seen) != 3 {
			t.Errorf("handed out %v", seen)
		}
		q.Close()
		synctest.Wait()
	})
}

func TestOneAtATimeReadsTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		r.commit(revision(1, 1), revision(2, 1))
		q := start(t, options(r), r.standing())
		reading := 0
		r.middle = func() {
			reading++
			if reading > 1 {
				t.Error("two readings at once")
			}
			time.Sleep(time.Second)
			reading--
		}
		got := make(chan int64, 2)
		for range 2 {
			go func() {
				works, err := q.Next(context.Background(), 1)
				if err != nil {
					t.Error(err)
					return
				}
				got <- works[0].Revision.Seq
			}()
		}
		if a, b := <-got, <-got; a+b != 3 {
			t.Errorf("handed out %d and %d", a, b)
		}
	})
}

func TestAReaderThatGivesUpLeavesTheBacklogToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		r.commit(revision(1, 1))
		q := start(t, options(r), r.standing())
		r.middle = func() { time.Sleep(time.Second) }
		r.err = context.Canceled // what a database answers to a cancelled query
		failed := make(chan error)
		go func() {
			_, err := q.Next(context.Background(), 1)
			failed <- err
		}()
		synctest.Wait() // its reading has failed already
		r.err = nil
		got := make(chan []int64)
		go func() {
			works, err := q.Next(context.Background(), 1)
			if err != nil {
				t.Error(err)
			}
			got <- seqs(works)
		}()
		synctest.Wait()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("the first Next returned %v", err)
		}
		if list := <-got; !slices.Equal(list, []int64{1}) {
			t.Errorf("the second was handed %v", list)
		}
	})
}

func BenchmarkOfferNextSettle(b *testing.B) {
	q, err := New(options(newRecord()), Standing{})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	const size = 64
	revs := make([]models.Revision, size)
	b.ReportAllocs()
	seq := int64(0)
	for b.Loop() {
		for i := range revs {
			seq++
			revs[i] = models.Revision{Seq: seq, SiteID: seq % 7, ReceivedAt: time.Unix(seq, 0)}
			q.Offer(&revs[i])
		}
		works, err := q.Next(context.Background(), size)
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range works {
			q.Settled(w.Revision.SiteID, w.Revision.Seq)
			q.Done(w)
		}
	}
}
