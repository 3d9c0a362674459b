package queue

import (
	"context"
	"sort"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record is a durable record in memory: what is committed to it is seen by the next
// reading.
type record struct {
	mu     sync.Mutex
	queued map[int64]*models.Revision
	err    error
	// middle, if set, runs in the middle of a reading, after its snapshot was taken.
	middle func()
}

func newRecord() *record { return &record{queued: map[int64]*models.Revision{}} }

func (r *record) Queued(ctx context.Context, after int64, limit int) ([]*models.Revision, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	revs, err := r.snapshot(after, limit)
	if r.middle != nil {
		r.middle()
	}
	return revs, err
}

func (r *record) snapshot(after int64, limit int) ([]*models.Revision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	var revs []*models.Revision
	for seq, rev := range r.queued {
		if seq > after {
			fresh := *rev
			revs = append(revs, &fresh)
		}
	}
	sort.Slice(revs, func(i, j int) bool { return revs[i].Seq < revs[j].Seq })
	return revs[:min(limit, len(revs))], nil
}

func (r *record) commit(revs ...*models.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rev := range revs {
		r.queued[rev.Seq] = rev
	}
}

func (r *record) settle(seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.queued, seq)
}

func (r *record) standing() Standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := Standing{Depths: map[int64]int{}}
	for _, rev := range r.queued {
		st.Depths[rev.SiteID]++
		st.Newest = max(st.Newest, rev.Seq)
		if st.Oldest.IsZero() || rev.ReceivedAt.Before(st.Oldest) {
			st.Oldest = rev.ReceivedAt
		}
	}
	return st
}

func revision(seq, site int64) *models.Revision {
	return &models.Revision{Seq: seq, SiteID: site, Number: 1, ReceivedAt: time.Now()}
}

// options are those of a queue with room for plenty.
func options(b Backlog) Options {
	return Options{Backlog: b, Capacity: 1000, MaxAge: 30 * time.Second, MaxDepth: 1 << 30, MaxPerSite: 1 << 30, MaxAttempts: 5}
}

func start(t *testing.T, opts Options, standing Standing) *Queue {
	t.Helper()
	q, err := New(opts, standing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// next takes work that must be there.
func next(t *testing.T, q *Queue, limit int) []models.Work {
	t.Helper()
	works, err := q.Next(t.Context(), limit)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return works
}

// nothing checks that no work can be had now.
func nothing(t *testing.T, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if works, err := q.Next(ctx, 1); len(works) > 0 {
		t.Fatalf("got %v, %v, want nothing", seqs(works), err)
	}
}

func seqs(works []models.Work) []int64 {
	list := make([]int64, len(works))
	for i, w := range works {
		list[i] = w.Revision.Seq
	}
	return list
}
