package queue

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

func TestAdmitRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*Options)
		fill   func(*Queue)
		site   int64
		kind   error
		reason string
	}{
		{"nothing when nothing waits", func(*Options) {}, func(*Queue) {}, 1, nil, ""},
		{"nothing below every limit", func(o *Options) { o.MaxDepth, o.MaxPerSite = 4, 3 },
			func(q *Queue) { q.Offer(revision(1, 1), revision(2, 1), revision(3, 2)) }, 1, nil, ""},
		{"a site over its share", func(o *Options) { o.MaxPerSite = 2 },
			func(q *Queue) { q.Offer(revision(1, 1), revision(2, 1)) }, 1, models.ErrOverShare, "site-share"},
		{"not another site", func(o *Options) { o.MaxPerSite = 2 },
			func(q *Queue) { q.Offer(revision(1, 1), revision(2, 1)) }, 2, nil, ""},
		{"everybody when too many wait", func(o *Options) { o.MaxDepth = 2 },
			func(q *Queue) { q.Offer(revision(1, 1), revision(2, 1)) }, 2, models.ErrUnavailable, "queue-depth"},
		{"everybody when one waits too long", func(*Options) {},
			func(q *Queue) { q.Offer(revision(1, 1)); time.Sleep(31 * time.Second) }, 2, models.ErrUnavailable, "queue-age"},
		{"nobody at exactly the age", func(*Options) {},
			func(q *Queue) { q.Offer(revision(1, 1)); time.Sleep(30 * time.Second) }, 2, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := options(newRecord())
				c.set(&o)
				q := start(t, o, Standing{})
				c.fill(q)
				err := q.Admit(&models.Site{ID: c.site})
				if c.kind == nil {
					if err != nil {
						t.Errorf("refused: %v", err)
					}
					return
				}
				var r *models.Refusal
				if !errors.As(err, &r) || !errors.Is(err, c.kind) || r.Reason != c.reason || r.RetryAfter <= 0 || r.Detail == "" {
					t.Errorf("got %#v", err)
				}
			})
		})
	}
}

func TestTheAgeThatIsRefusedIsOverTheLimit(t *testing.T) {
	for _, c := range []struct {
		age, limit time.Duration
		want       string
	}{
		{2 * time.Millisecond, time.Millisecond, "2ms old, at most 1ms is allowed"},
		{420 * time.Millisecond, 200 * time.Millisecond, "400ms old, at most 200ms is allowed"},
		{1400 * time.Millisecond, 500 * time.Millisecond, "1s old, at most 500ms is allowed"},
		{30*time.Second + 40*time.Millisecond, 30 * time.Second, "30.04s old, at most 30s is allowed"},
		{30*time.Second + 300*time.Nanosecond, 30 * time.Second, "30.0000003s old, at most 30s is allowed"},
		{95*time.Second + 300*time.Millisecond, 30 * time.Second, "1m35s old, at most 30s is allowed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := options(newRecord())
			o.MaxAge = c.limit
			q := start(t, o, Standing{})
			q.Offer(revision(1, 1))
			time.Sleep(c.age)
			if err := q.Ready(); err == nil || !strings.HasSuffix(strings.TrimSuffix(err.Error(), ": "+models.ErrUnavailable.Error()), c.want) {
				t.Errorf("%s: got %v, want %q", c.age, err, c.want)
			}
		})
	}
}

func TestOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		o := options(r)
		o.Capacity = 1
		q := start(t, o, Standing{})
		check := func(when string, want time.Duration) {
			t.Helper()
			if got := q.Oldest(); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		check("with nothing", 0)
		offer := func(seq int64) {
			rev := revision(seq, 1)
			r.commit(rev)
			q.Offer(rev)
		}
		settle := func(w models.Work) {
			r.settle(w.Revision.Seq)
			q.Settled(1, w.Revision.Seq)
			q.Done(w)
		}
		offer(1)
		time.Sleep(time.Second)
		offer(2)
		check("with one in memory", time.Second)
		settle(next(t, q, 1)[0])
		check("with the backlog alone", 0)
		time.Sleep(time.Second)
		offer(3)
		check("with the backlog alone, later", time.Second)
		w := next(t, q, 1)[0]
		check("with one of two read back", time.Second)
		settle(w)
		w = next(t, q, 1)[0]
		check("with the last read back", 0)
		settle(w)
		check("with nothing again", 0)

		old := revision(1, 1)
		old.ReceivedAt, old.PutBack = time.Now().Add(-time.Hour), true
		q.Requeue(old)
		check("with an old one just put back", 0)
		time.Sleep(time.Second)
		check("with an old one put back", time.Second)
	})
}

// What was queued in another winnow, and long ago, does not look like a stalled queue.
func TestWhatIsImportedIsAsOldAsItsImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := options(newRecord())
		opts.Capacity = 1
		q := start(t, opts, Standing{})
		for seq := range int64(2) { // one in memory, one in the backlog alone
			old := revision(seq+1, 1)
			old.ReceivedAt, old.PutBack = time.Now().Add(-100*time.Hour), true
			q.Offer(old)
			if got := q.Oldest(); got != 0 {
				t.Errorf("after %d: the oldest waits for %s", seq+1, got)
			}
		}
		q.Settled(1, 1)
		if got := q.Oldest(); got != 0 {
			t.Errorf("in the backlog alone: the oldest waits for %s", got)
		}
	})
}

func TestOldestAfterAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		r.commit(revision(1, 1))
		old := revision(2, 1)
		old.ReceivedAt, old.PutBack = time.Now().Add(-time.Hour), true
		r.commit(old)
		standing := r.standing()
		standing.Oldest = r.queued[1].ReceivedAt
		time.Sleep(time.Minute)
		q := start(t, options(r), standing)
		if got := q.Oldest(); got != time.Minute {
			t.Errorf("before the first reading: %s", got)
		}
		if err := q.Ready(); !errors.Is(err, models.ErrUnavailable) {
			t.Errorf("Ready returned %v", err)
		}
		works := next(t, q, 5)
		q.Settled(1, 1)
		if got := q.Oldest(); got != 0 || len(works) != 2 {
			t.Errorf("with only the one put back: %s, %v", got, seqs(works))
		}
	})
}

func TestMetricsAreThereFromTheStart(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	q := start(t, options(newRecord()), Standing{})
	q.Register(reg)
	q.Offer(revision(1, 1))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		got[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
	}
	if len(got) != 3 || got["winnow_queue_depth"] != 1 || got["winnow_queue_retries_total"] != 0 {
		t.Errorf("metrics are %v", got)
	}
	if _, ok := got["winnow_queue_oldest_seconds"]; !ok {
		t.Error("no winnow_queue_oldest_seconds")
	}
}
