package queue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestWhatDoesNotFitIsReadBackInOrder(t *testing.T) {
	for capacity := 1; capacity <= 10; capacity++ {
		t.Run(fmt.Sprintf("capacity %d", capacity), func(t *testing.T) {
			r := newRecord()
			o := options(r)
			o.Capacity = capacity
			q := start(t, o, Standing{})
			for seq := int64(1); seq <= 50; seq++ {
				rev := revision(seq, 1)
				r.commit(rev)
				q.Offer(rev)
			}
			var got []int64
			for len(got) < 50 {
				w := next(t, q, 1)[0]
				got = append(got, w.Revision.Seq)
				r.settle(w.Revision.Seq)
				q.Settled(1, w.Revision.Seq)
			}
			if !slices.IsSorted(got) || got[0] != 1 || got[49] != 50 {
				t.Errorf("handed out %v", got)
			}
			nothing(t, q)
		})
	}
}

var texts = strings.Repeat("text", emptyBytes)

func TestLongTextsAreLeftToTheBacklog(t *testing.T) {
	r := newRecord()
	o := options(r)
	o.CapacityBytes = 5 * len(texts)
	q := start(t, o, Standing{})
	for seq := int64(1); seq <= 50; seq++ {
		rev := revision(seq, 1)
		rev.Comment.Content = texts
		r.commit(rev)
		q.Offer(rev)
		if q.bytes > o.CapacityBytes+len(texts) {
			t.Fatalf("after %d revisions %d bytes are in memory, want about %d at most", seq, q.bytes, o.CapacityBytes)
		}
	}
	var got []int64
	for len(got) < 50 {
		for _, w := range next(t, q, 3) {
			got = append(got, w.Revision.Seq)
			r.settle(w.Revision.Seq)
			q.Settled(1, w.Revision.Seq)
		}
	}
	if !slices.IsSorted(got) {
		t.Errorf("handed out %v", got)
	}
	if q.bytes != 0 {
		t.Errorf("%d bytes are in memory at the end", q.bytes)
	}
}

func TestRoomInMemoryIsFilledWhileSomebodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		o := options(r)
		o.Capacity = 1
		q := start(t, o, Standing{})
		for seq := int64(1); seq <= 2; seq++ {
			rev := revision(seq, 1)
			r.commit(rev)
			q.Offer(rev)
		}
		w := next(t, q, 1)[0]
		got := make(chan []int64)
		go func() {
			works, err := q.Next(context.Background(), 1)
			if err != nil {
				t.Error(err)
			}
			got <- seqs(works)
		}()
		synctest.Wait()
		r.settle(1)
		q.Settled(1, 1)
		q.Done(w)
		if list := <-got; !slices.Equal(list, []int64{2}) {
			t.Errorf("handed out %v", list)
		}
	})
}

func TestSteadyNewcomersDoNotKeepTheBacklogWaiting(t *testing.T) {
	r := newRecord()
	o := options(r)
	o.Capacity = 10
	q := start(t, o, Standing{})
	offer := func(seq, site int64) {
		rev := revision(seq, site)
		r.commit(rev)
		q.Offer(rev)
	}
	settle := func(works []models.Work) (flood int) {
		for _, w := range works {
			if w.Revision.SiteID == 1 {
				flood++
			}
			r.settle(w.Revision.Seq)
			q.Settled(w.Revision.SiteID, w.Revision.Seq)
		}
		return flood
	}
	for seq := int64(1); seq <= 30; seq++ {
		offer(seq, 1)
	}
	left := 30
	for seq := int64(31); left > 0 && seq < 131; seq += 2 {
		offer(seq, seq)
		offer(seq+1, seq+1)
		left -= settle(next(t, q, 3))
	}
	if left > 0 {
		t.Errorf("%d of the flood were never handed out", left)
	}
}

// play is one random play of a queue: a writer that commits and offers, judges that
// settle, fail and release, and newer revisions that supersede. The clock is not the
// world's, so that pauses cost nothing.
type play struct {
	t   *testing.T
	r   *record
	q   *Queue
	rnd func(n int) int

	writing chan struct{} // holds one while somebody commits and tells, as a writer does

	mu       sync.Mutex
	out      map[int64]bool // handed out and not come back
	settled  map[int64]bool // told before
	decided  map[int64]int
	seq      int64
	accepted int
}

func TestEveryRevisionIsHandedOutUntilItIsSettled(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newPlay(t, seed).run() })
		})
	}
}

func newPlay(t *testing.T, seed uint64) *play {
	var mu sync.Mutex
	source := rand.New(rand.NewPCG(seed, 1))
	p := &play{
		t: t, r: newRecord(), writing: make(chan struct{}, 1), out: map[int64]bool{}, settled: map[int64]bool{}, decided: map[int64]int{},
		rnd: func(n int) int { mu.Lock(); defer mu.Unlock(); return source.IntN(n) },
	}
	for range p.rnd(20) {
		p.seq++
		p.accepted++
		p.r.commit(revision(p.seq, int64(p.rnd(3))))
	}
	o := options(p.r)
	o.Capacity = 1 + p.rnd(10)
	o.CapacityBytes = p.rnd(3) * 3 * emptyBytes
	o.MaxAttempts = 1000
	p.r.middle = p.pause
	p.q = start(t, o, p.r.standing())
	return p
}

// pause lets others run, for a time or just so.
func (p *play) pause() {
	if n := p.rnd(4); n > 0 {
		time.Sleep(time.Duration(p.rnd(n*n)) * time.Millisecond)
	}
}

func (p *play) run() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var writers, judges sync.WaitGroup
	for range 2 {
		writers.Go(p.write)
	}
	done := make(chan struct{})
	for range 3 {
		judges.Go(func() { p.judge(ctx, done) })
	}
	writers.Wait()
	for p.left() > 0 {
		time.Sleep(time.Second)
		if ctx.Err() != nil {
			p.t.Errorf("%d are left undecided", p.left())
			break
		}
	}
	close(done)
	p.q.Close()
	judges.Wait()
	if p.q.Depth() != 0 || len(p.q.held) != 0 || p.q.bytes != 0 || p.q.ages.oldest != nil || p.q.ages.newest != nil {
		p.t.Errorf("at the end: depth %d, %d in memory, of %d bytes", p.q.Depth(), len(p.q.held), p.q.bytes)
	}
	for seq, n := range p.decided {
		if n != 1 {
			p.t.Errorf("%d was decided %d times", seq, n)
		}
	}
}

func (p *play) left() int {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	return len(p.r.queued)
}

// write accepts revisions; some supersede one that is still queued.
func (p *play) write() {
	for range 40 {
		p.writing <- struct{}{}
		batch := make([]*models.Revision, 1+p.rnd(3))
		for i := range batch {
			p.seq++
			batch[i] = revision(p.seq, int64(p.rnd(3)))
			batch[i].Comment.Content = texts[:p.rnd(3)*len(texts)/2]
		}
		p.r.commit(batch...)
		p.pause()
		p.q.Offer(batch...)
		if p.rnd(3) == 0 {
			p.settle(batch[0].Seq-int64(p.rnd(6)), false)
		}
		<-p.writing
		p.pause()
	}
}

// settle ends a revision in the record and tells the queue, if it is still queued.
func (p *play) settle(seq int64, decided bool) {
	p.r.mu.Lock()
	rev := p.r.queued[seq]
	delete(p.r.queued, seq)
	p.r.mu.Unlock()
	if rev == nil {
		return
	}
	p.pause()
	if decided {
		p.mu.Lock()
		p.decided[seq]++
		p.mu.Unlock()
	}
	p.q.Settled(rev.SiteID, seq)
	p.mu.Lock()
	p.settled[seq] = true
	p.mu.Unlock()
}

func (p *play) judge(ctx context.Context, done chan struct{}) {
	for {
		p.mu.Lock()
		before := make(map[int64]bool, len(p.settled))
		for seq := range p.settled {
			before[seq] = true
		}
		p.mu.Unlock()
		works, err := p.q.Next(ctx, 1+p.rnd(4))
		if err != nil {
			select {
			case <-done:
			default:
				p.t.Errorf("Next: %v", err)
			}
			return
		}
		for _, w := range works {
			p.take(w, before)
		}
		for _, w := range works {
			p.pause()
			p.end(w)
		}
	}
}

func (p *play) take(w models.Work, before map[int64]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seq := w.Revision.Seq
	if p.out[seq] {
		p.t.Errorf("%d was handed out twice at a time", seq)
	}
	if before[seq] || p.decided[seq] > 0 {
		p.t.Errorf("%d was handed out after it was settled", seq)
	}
	p.out[seq] = true
}

func (p *play) end(w models.Work) {
	seq := w.Revision.Seq
	p.mu.Lock()
	p.out[seq] = false
	p.mu.Unlock()
	switch p.rnd(6) {
	case 0:
		p.q.Failed(w)
	case 1:
		p.q.Release(w)
	default:
		p.writing <- struct{}{}
		p.settle(seq, true)
		<-p.writing
		p.q.Done(w)
	}
}

// One judge at a time keeps the order within each site, however little fits.
func TestOrderWithinASiteHoldsWhileCatchingUp(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			p := newPlay(t, seed)
			newest := map[int64]int64{}
			var writer sync.WaitGroup
			writer.Go(p.write)
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			go func() {
				writer.Wait()
				for p.left() > 0 && ctx.Err() == nil {
					time.Sleep(time.Second)
				}
				cancel()
			}()
			for {
				works, err := p.q.Next(ctx, 2)
				if err != nil {
					break
				}
				for _, w := range works {
					r := w.Revision
					if r.Seq <= newest[r.SiteID] {
						t.Errorf("seed %d: site %d: %d came after %d", seed, r.SiteID, r.Seq, newest[r.SiteID])
					}
					newest[r.SiteID] = r.Seq
					p.pause()
					p.writing <- struct{}{}
					p.settle(r.Seq, true)
					<-p.writing
					p.q.Done(w)
				}
			}
			if p.left() > 0 {
				t.Errorf("seed %d: %d are left", seed, p.left())
			}
		})
	}
}
